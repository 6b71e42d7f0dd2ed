//! Moves three etcd members from one authority to another.
//!
//! A member opens its key and certificate at each handshake, and reads the trusted authorities when it starts
//! (`client/pkg/transport/listener.go`: `GetCertificate` and `GetClientCertificate`; `ClientCAs` and `RootCAs`).
//!
//! The members use `--peer-client-cert-auth`. Each member is restarted once to trust the new authority and once to drop
//! the old one. Between the two restarts, its certificate is replaced by writing files only.
//!
//! ```sh
//! cargo run -p rotation-planner --example etcd
//! ```

use rotation_planner::{
    ClientAuth, Cluster, Goal, Identity, Observed, Optimality, Preference, Reading, Readings, Scope, Semantics,
    TlsConfig, Trust, plan,
};

const MEMBERS: [&str; 3] = ["etcd0", "etcd1", "etcd2"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut readings = Readings::all(Reading::AtHandshake);
    (readings.trust_as_server, readings.trust_as_client) = (Reading::AtStart, Reading::AtStart);
    let mut cluster = Cluster::new(Scope::All, Semantics::new(readings, ClientAuth::On));

    let trust: Trust = ["authority-2025"].into_iter().collect();
    for member in MEMBERS {
        let identity = Identity::new(format!("{member}-2025"), "authority-2025");
        cluster.add_node(member, "etcd", "etcd", Observed::settled(TlsConfig::tls(identity, trust.clone())))?;
    }

    let new = |member: &'static str| (member, Identity::new(format!("{member}-2026"), "authority-2026"));
    let plan = plan(&cluster, &Goal::rotate(MEMBERS.map(new)).dropping_unused(), &Preference::default())?;
    println!("{plan}");
    assert_eq!((plan.cost().restarts, plan.optimality()), (6, Optimality::Minimum));
    Ok(())
}
