//! A goal that no order of steps reaches safely.
//!
//! Before Cassandra 4.0, a node whose connections are all encrypted cannot accept plaintext as well. The refusal names
//! the pair that would be cut and offers a fallback with its impact.
//!
//! ```text
//! cargo run -p rotation-planner --example explained_refusal
//! ```

use rotation_planner::{
    ClientAuth, Cluster, Goal, Identity, Observed, Plaintext, Preference, Rule, Scope, Semantics, TlsConfig, plan,
};

const NODES: [&str; 3] = ["node0", "node1", "node2"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 19, ClientAuth::Off)?);
    for node in NODES {
        cluster.add_node(node, "dc1", "rack1", Observed::settled(TlsConfig::plaintext()))?;
    }
    let goal = Goal::enable(NODES.map(|node| (node, Identity::self_signed(node))), Plaintext::Refused);
    let refusal = match plan(&cluster, &goal, &Preference::default()) {
        Ok(plan) => return Err(format!("a safe plan: {plan}").into()),
        Err(refusal) => refusal,
    };

    // For programs: which rule, and which pair.
    if let Some(witness) = refusal.witness() {
        assert_eq!(witness.rule, Rule::AcceptsBothTransports);
        println!("{} and {} would be cut off from each other.", witness.client, witness.server);
    }
    // For people: the whole sentence.
    println!("{refusal}.");

    if let Some(fallback) = refusal.fallback() {
        fallback.impact().iter().for_each(|impact| println!("\nThe fallback: {impact}."));
        println!("{}", fallback.plan());
    }
    Ok(())
}
