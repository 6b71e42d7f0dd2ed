//! TLS between the servers of `ZooKeeper` 3.8.
//!
//! With `portUnification`, a server accepts both plaintext and TLS. A server reads its stores when it starts. With
//! `sslQuorumReloadCertFiles` (off by default, ZOOKEEPER-3174), a watcher also loads the files when they change.
//!
//! Quorum TLS is enabled on three servers. Then each server gets a new certificate, with and without the watcher.
//!
//! ```sh
//! cargo run -p rotation-planner --example zookeeper
//! ```

use rotation_planner::{
    ClientAuth, Cluster, Goal, Identity, Observed, OptionalSupport, Plaintext, Preference, Reading, Readings, Scope,
    Semantics, TlsConfig, plan,
};

const SERVERS: [&str; 3] = ["zk1", "zk2", "zk3"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The default of `ssl.quorum.clientAuth` is `need`.
    let semantics = |reading| {
        Semantics::new(Readings::all(reading), ClientAuth::On).with_optional_support(OptionalSupport::Available)
    };
    let plaintext = cluster(semantics(Reading::AtStart), |_| TlsConfig::plaintext())?;
    let first = SERVERS.map(|server| (server, Identity::self_signed(server)));
    let enabling = plan(&plaintext, &Goal::enable(first, Plaintext::Refused), &Preference::default())?;
    println!("Enable quorum TLS\n{enabling}\n");
    assert_eq!(enabling.cost().restarts, 7);

    let next = SERVERS.map(|server| (server, Identity::self_signed(&format!("{server}-next"))));
    let goal = Goal::rotate(next).dropping_unused();
    for (reading, restarts, reloads) in [(Reading::AtStart, 7, 0), (Reading::AtReload, 0, 7)] {
        let tls = |server| TlsConfig::tls(Identity::self_signed(server), SERVERS.into_iter().collect());
        let rotation = plan(&cluster(semantics(reading), tls)?, &goal, &Preference::default())?;
        println!("Rotate, with stores read {reading:?}\n{rotation}\n");
        assert_eq!((rotation.cost().restarts, rotation.cost().reloads), (restarts, reloads));
    }
    Ok(())
}

fn cluster(
    semantics: Semantics,
    config: impl Fn(&'static str) -> TlsConfig,
) -> Result<Cluster, rotation_planner::Error> {
    let mut cluster = Cluster::new(Scope::All, semantics);
    for server in SERVERS {
        cluster.add_node(server, "quorum", server, Observed::settled(config(server)))?;
    }
    Ok(cluster)
}
