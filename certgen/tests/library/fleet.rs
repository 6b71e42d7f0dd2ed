//! Fleets.

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use certgen::{
    AuthorityParams, ErrorKind, FleetIssuer, KeyKind, NodeOrder, NodeParams, Position, Time, Validity, issue_fleet,
    verify_chain,
};
use rand_chacha::ChaCha20Rng;

use crate::workshop::{copy, keys, rng};

fn params(node: u8) -> NodeParams {
    NodeParams::for_ip(Ipv4Addr::new(10, 0, 0, node).into())
}

fn with_key((params, seed): (NodeParams, u64)) -> NodeOrder<ChaCha20Rng> {
    NodeOrder::new(params, KeyKind::Rsa2048, rng(seed))
}

fn orders(count: u8) -> Vec<NodeOrder<ChaCha20Rng>> {
    let validity = Validity::days(Time::from_unix_seconds(1_800_000_000), 100).unwrap();
    (0..count).map(|node| params(node).validity(validity)).zip(0..).map(with_key).collect()
}

#[test]
fn results_are_in_the_order_of_the_orders_and_depend_on_nothing_else() {
    let calls = AtomicUsize::new(0);
    let count = |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let fleet = issue_fleet(orders(6), FleetIssuer::SelfSigned, count).unwrap();
    assert_eq!(calls.into_inner(), 6);
    for (order, material) in orders(6).into_iter().zip(&fleet) {
        let alone = issue_fleet(vec![order], FleetIssuer::SelfSigned, |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(alone[0].chain(), material.chain());
        assert!(material.key().matches(&material.chain()[0]).unwrap());
    }
}

#[test]
fn an_authority_signs_for_all() {
    let validity = Validity::days(Time::from_unix_seconds(1_800_000_000), 1000).unwrap();
    let authority = AuthorityParams::new("CN=Root".parse().unwrap(), validity);
    let authority = authority.self_signed(copy(&keys()[0]), &mut rng(40)).unwrap();
    let fleet = issue_fleet(orders(3), FleetIssuer::Authority(&authority), |_| ControlFlow::Continue(())).unwrap();
    for material in fleet {
        assert_eq!(material.chain().len(), 2);
        verify_chain(material.chain()).unwrap();
    }
}

#[test]
fn a_break_ends_it() {
    let begun = AtomicUsize::new(0);
    let stop = |_| {
        begun.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Break(())
    };
    let error = issue_fleet(orders(200), FleetIssuer::SelfSigned, stop).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (&ErrorKind::Cancelled, "cancelled"));
    assert!(begun.into_inner() < 100, "nodes were begun after the break");
}

#[test]
fn an_error_names_the_node() {
    let mut orders = orders(2);
    orders[1] = with_key((params(1), 1));
    let error = issue_fleet(orders, FleetIssuer::SelfSigned, |_| ControlFlow::Continue(())).unwrap_err();
    let subject = "CN=10.0.0.1, OU=None, O=None, L=None, C=None".to_owned();
    assert_eq!(error.kind(), &ErrorKind::NoValidity { subject });
    assert_eq!(error.position(), Some(Position::Node(1)));
    assert_eq!(
        error.to_string(),
        "the certificate of CN=10.0.0.1, OU=None, O=None, L=None, C=None has no dates; set its validity (for node 2 \
         of the fleet)"
    );
}

#[test]
fn debug_shows_no_generator() {
    let shown = format!("{:?}", orders(1)[0]);
    assert!(!shown.contains("rng") && !shown.contains("ChaCha"), "{shown}");
}
