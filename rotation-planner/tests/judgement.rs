//! A judgement agrees with the checker on each pair, and names the direction that is cut.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use std::collections::BTreeSet;

use rotation_planner::*;

mod adding;
use adding::{Adding as _, ss, t};

fn v311(auth: ClientAuth) -> Semantics {
    Semantics::cassandra(3, 11, 19, auth).unwrap()
}

fn two(semantics: Semantics, trust_of_a: &[&str], trust_of_b: &[&str]) -> Cluster {
    let cluster = Cluster::new(Scope::All, semantics);
    let settled = |id, trust| Observed::settled(TlsConfig::tls(ss(id), t(trust)));
    let cluster = cluster.node("a", "d", "r", settled("a", trust_of_a)).unwrap();
    cluster.node("b", "d", "r", settled("b", trust_of_b)).unwrap()
}

fn said(cluster: &Cluster) -> Vec<(String, String, Rule)> {
    let broken = Judgement::of(cluster).unwrap().broken();
    broken.into_iter().map(|cut| (cut.client.to_string(), cut.server.to_string(), cut.rule)).collect()
}

#[test]
fn a_connection_is_cut_in_one_direction_or_both() {
    let cut = |client: &str, server: &str, rule| (client.to_owned(), server.to_owned(), rule);
    let trusts_itself: &[&str] = &["a"];
    let both: &[&str] = &["a", "b"];
    assert_eq!(said(&two(v311(ClientAuth::Off), both, both)), []);
    assert_eq!(said(&two(v311(ClientAuth::Off), trusts_itself, both)), [cut("a", "b", Rule::ClientTrustsServer)]);
    assert_eq!(
        said(&two(v311(ClientAuth::On), trusts_itself, both)),
        [cut("a", "b", Rule::ClientTrustsServer), cut("b", "a", Rule::ServerTrustsClient)]
    );
}

/// Keys are served before they are trusted. At each step, the pairs are those of the checker, and the witness of its
/// error is among them.
#[test]
fn it_agrees_with_the_checker_at_every_step_of_a_wrong_order() {
    for (auth, staging) in [(ClientAuth::Off, Staging::IN_PLACE), (ClientAuth::On, Staging::DOCUMENTED)] {
        let mut cluster = two(v311(auth).with_staging(staging), &["a", "b"], &["a", "b"]);
        let both = t(&["a", "b", "a2", "b2"]);
        let steps = ["a", "b"].map(|node| {
            [Action::StageIdentity(ss(&format!("{node}2"))), Action::Activate(Activation::Restart)]
                .map(|action| Step::new(node, action))
        });
        let trusts = ["a", "b"].map(|node| Step::new(node, Action::StageTrust(both.clone())));
        let mut seen = 0;
        for step in steps.into_iter().flatten().chain(trusts) {
            cluster.apply(&step).unwrap();
            let broken = Judgement::of(&cluster).unwrap().broken();
            seen += broken.len();
            let pairs: BTreeSet<_> = broken
                .iter()
                .map(|cut| (cut.client.clone().min(cut.server.clone()), cut.client.clone().max(cut.server.clone())))
                .collect();
            assert_eq!(pairs, Checker::never_worse(&cluster).unwrap().broken_pairs(), "after {step}");
            if let Err(error) = Checker::safe(&cluster) {
                assert!(broken.contains(error.witness().unwrap()), "after {step}: {error}");
            }
        }
        assert!(seen > 4, "{seen}");
    }
}

#[test]
fn facts_count_what_a_crash_would_load() {
    let mut cluster = two(v311(ClientAuth::Off), &["a", "b", "a2"], &["a", "b", "a2"]);
    cluster.apply(&Step::new("a", Action::StageIdentity(ss("a2")))).unwrap();
    cluster.apply(&Step::new("b", Action::Stop)).unwrap();
    let judgement = Judgement::of(&cluster).unwrap();
    let facts = judgement.facts(&"a".into()).unwrap();
    assert_eq!(facts.serves, [ss("a"), ss("a2")]);
    assert_eq!(facts.trusts_servers, Some(t(&["a", "b", "a2"])));
    assert_eq!((facts.trusts_clients, facts.dials), (None, vec![Transport::Tls]));
    assert_eq!(judgement.facts(&"b".into()), None);
    assert!(judgement.must_connect(&"a".into(), &"b".into()) && !judgement.must_connect(&"a".into(), &"a".into()));
}
