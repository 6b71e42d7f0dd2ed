//! Judges steps that the planner did not make, for example those of a runbook.
//!
//! The program judges two lists of steps. In the first list, a node serves a new certificate before the peer trusts it, and
//! the checker names the connection that would be cut.
//!
//! ```text
//! cargo run -p rotation-planner --example check_steps
//! ```

use rotation_planner::{
    Action, Activation, Checker, ClientAuth, Cluster, Identity, Observed, Scope, Semantics, Step, TlsConfig, Trust,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 19, ClientAuth::Off)?);
    let trust: Trust = ["node0", "node1"].into_iter().collect();
    for node in ["node0", "node1"] {
        let config = TlsConfig::tls(Identity::self_signed(node), trust.clone());
        cluster.add_node(node, "dc1", "rack1", Observed::settled(config))?;
    }

    let both: Trust = ["node0", "node1", "node1-new"].into_iter().collect();
    let identity = || Step::new("node1", Action::StageIdentity(Identity::self_signed("node1-new")));
    let restart = || Step::new("node1", Action::Activate(Activation::Restart));
    let trust_on = |node| Step::new(node, Action::StageTrust(both.clone()));

    judge(&cluster, "the certificate first", &[identity(), restart(), trust_on("node0")])?;
    judge(&cluster, "the trust first", &[trust_on("node0"), identity(), restart()])?;
    Ok(())
}

/// Prints the verdict on each step, up to the first unsafe one.
fn judge(cluster: &Cluster, name: &str, steps: &[Step]) -> Result<(), rotation_planner::Error> {
    println!("{name}:");
    let mut checker = Checker::safe(cluster)?;
    for step in steps {
        match checker.apply(step) {
            Ok(()) => println!("  safe    {step}"),
            Err(error) => {
                println!("  UNSAFE  {step}: {error}");
                break;
            }
        }
    }
    Ok(())
}
