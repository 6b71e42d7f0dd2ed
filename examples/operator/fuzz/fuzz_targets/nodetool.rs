//! What `nodetool status` prints: any text is nodes in data centres and racks that are seen whole, or is refused.
#![no_main]

use cassandra_tls::description::Description;
use cassandra_tls::shown::is_hidden;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let release = "3.11".parse().expect("a release");
    let Ok(description) = Description::from_nodetool_status(text, release) else { return };
    for node in &description.nodes {
        assert!(!node.dc().contains(is_hidden) && !node.rack().contains(is_hidden));
    }
    let _ = description.cluster();
});
