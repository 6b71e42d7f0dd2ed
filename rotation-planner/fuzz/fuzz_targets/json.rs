//! Any bytes parse as a cluster, a goal and a plan, or give an error. A plan from a file is judged, not trusted.
#![no_main]

use rotation_planner::{Cluster, Goal, Plan, Preference, check, plan};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut next = || parts.next().unwrap_or_default();
    let (cluster, goal, found) = (next(), next(), next());
    let Ok(cluster) = serde_json::from_slice::<Cluster>(cluster) else { return };
    if let Ok(goal) = serde_json::from_slice::<Goal>(goal) {
        let _ = plan(&cluster, &goal, &Preference::default());
    }
    if let Ok(found) = serde_json::from_slice::<Plan>(found) {
        let _ = check(&cluster, &found);
    }
});
