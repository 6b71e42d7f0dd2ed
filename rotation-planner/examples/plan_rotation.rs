//! Plans the rotation of every certificate of a cluster and prints the plan.
//!
//! ```text
//! cargo run -p rotation-planner --example plan_rotation
//! ```

use rotation_planner::{
    ClientAuth, Cluster, Goal, Identity, Observed, Preference, Role, Scope, Semantics, Staging, TlsConfig, Trust, plan,
    rollback,
};

const NODES: [&str; 3] = ["10.0.0.11", "10.0.0.12", "10.0.0.13"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cassandra 4.0 with mutual TLS. New stores replace the old ones in place, so a reload activates them.
    let semantics = Semantics::cassandra(4, 0, 17, ClientAuth::On)?.with_staging(Staging::IN_PLACE);
    let mut cluster = Cluster::new(Scope::All, semantics);
    let trust: Trust = NODES.into_iter().collect();
    for node in NODES {
        // Each node serves a self-signed certificate, which has the node's name as its label.
        let config = TlsConfig::tls(Identity::self_signed(node), trust.clone());
        cluster.add_node(node, "dc1", "rack1", Observed::settled(config))?;
    }
    cluster.set_role("10.0.0.11", Role::Seed)?;

    // Every node gets a new certificate, and the old ones are dropped from the truststores.
    let successors = NODES.map(|node| (node, Identity::self_signed(&format!("{node}-2026"))));
    let goal = Goal::rotate(successors).dropping_unused();
    let plan = plan(&cluster, &goal, &Preference::default())?;
    println!("{plan}");

    // The cost of a rollback from the end of each wave.
    for waves in 1..=plan.waves().len() {
        let cost = rollback(&cluster, &plan, waves)?.cost();
        println!("rollback from wave {waves}: {} reloads, {} files", cost.reloads, cost.files);
    }
    Ok(())
}
