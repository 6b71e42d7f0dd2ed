//! Makes a private authority, and a key and a certificate for each node of a fleet.
//!
//! The chain of each node is for the node's keystore, and the authority's certificate is for the truststores. The example
//! prints a summary and writes no files.
//!
//! `cargo run --release -p certgen --features parallel --example private_authority`

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::time::SystemTime;

use certgen::{
    AuthorityParams, CertificateInfo, FleetIssuer, KeyKind, KeyPair, NodeOrder, NodeParams, Time, Validity,
    issue_fleet, verify_chain,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut rng, now) = (rand::rng(), Time::from(SystemTime::now()));

    // Truststores are hard to change, so the authority's certificate is valid for longer than those of the nodes.
    let ca_key = KeyPair::generate(KeyKind::Rsa3072, &mut rng)?;
    let ca_validity = Validity::days(now, Validity::DEFAULT_DAYS)?;
    let ca_params = AuthorityParams::new("CN=Cassandra CA 2026, O=Example".parse()?, ca_validity).path_length(0);
    let authority = ca_params.self_signed(ca_key, &mut rng)?;
    println!("truststores: {} {}", authority.info().subject(), authority.info().sha256());

    // Each order has a generator of its own, so that the orders can be carried out in parallel.
    let node_validity = Validity::days(now, 365)?;
    let orders = (11..=13).map(|last| {
        let params = NodeParams::for_ip(Ipv4Addr::new(10, 0, 0, last).into()).validity(node_validity);
        NodeOrder::new(params, KeyKind::Rsa2048, StdRng::from_rng(&mut rng))
    });
    let report = |place| {
        println!("node{place}: issued");
        ControlFlow::Continue(())
    };
    let fleet = issue_fleet(orders.collect(), FleetIssuer::Authority(&authority), report)?;

    for (place, node) in fleet.iter().enumerate() {
        verify_chain(node.chain())?;
        let [own, ..] = node.chain() else { continue };
        let info = CertificateInfo::read(own)?;
        println!("node{place}: {}, until {}", info.subject(), info.validity().not_after());
    }
    Ok(())
}
