//! Input that makes no sense: nothing panics, and nothing is ignored silently.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::many_single_char_names,
    clippy::doc_markdown,
    reason = "tests say what they expect by panicking"
)]

use rotation_planner::*;

mod adding;
use adding::{Adding as _, ss, t};

fn sems() -> Vec<Semantics> {
    let mut v = vec![];
    for ver in [
        Some((2, 1, 22)),
        Some((3, 0, 29)),
        Some((3, 11, 19)),
        Some((4, 0, 17)),
        Some((4, 1, 8)),
        Some((5, 0, 6)),
        None,
    ] {
        for a in [ClientAuth::On, ClientAuth::Off] {
            for s in [Staging::IN_PLACE, Staging::NEW_PATHS, Staging::DOCUMENTED] {
                v.push(
                    ver.map_or_else(
                        || Semantics::conservative(a),
                        |(x, y, z)| Semantics::cassandra(x, y, z, a).unwrap(),
                    )
                    .with_staging(s),
                );
            }
        }
    }
    v
}
fn goals(n: &[&str]) -> Vec<Goal> {
    let g = |x: &str| n.iter().map(|a| (*a, ss(&format!("{a}{x}")))).collect::<Vec<_>>();
    vec![
        Goal::rotate(g("2")),
        Goal::rotate(g("2")).dropping_unused(),
        Goal::enable(g("2"), Plaintext::Refused),
        Goal::enable(g("2"), Plaintext::Accepted),
        Goal::disable(),
        Goal::client_auth(ClientAuth::On),
        Goal::client_auth(ClientAuth::Off),
        Goal::quarantine(g("2")),
    ]
}
#[test]
fn empty_and_single() {
    for sem in sems() {
        for scope in [Scope::All, Scope::Dc, Scope::Rack] {
            for pref in [Preference::default(), Preference::as_documented(), Preference::default().racks_together()] {
                let c = Cluster::new(scope, sem);
                for g in goals(&[]) {
                    let p = plan(&c, &g, &pref);
                    if let Ok(p) = p {
                        assert!(p.is_empty());
                        rollback(&c, &p, 0).ok();
                    }
                }
                for s in [
                    TlsConfig::plaintext(),
                    TlsConfig::tls(ss("a1"), t(&["a1"])),
                    TlsConfig::tls(ss("a1"), Trust::none()).with_mode(InternodeMode::PlaintextAcceptingTls),
                ] {
                    let c = Cluster::new(scope, sem).node("a", "", "", Observed::settled(s)).unwrap();
                    for g in goals(&["a"]) {
                        if let Ok(p) = plan(&c, &g, &pref) {
                            check(&c, &p).unwrap();
                        }
                    }
                }
            }
        }
    }
}
#[test]
fn huge_and_odd_labels() {
    let big = "x".repeat(4 << 20);
    for l in [big.as_str(), "", "\u{0}", "\u{202e}abc", "a\nb: restart", "🦀"] {
        let c = Cluster::new(Scope::All, Semantics::cassandra(5, 0, 6, ClientAuth::On).unwrap())
            .node(l, l, l, Observed::settled(TlsConfig::tls(ss(l), t(&[l]))))
            .unwrap()
            .node("z", l, l, Observed::settled(TlsConfig::tls(ss("z"), t(&[l, "z"]))))
            .unwrap();
        let p = plan(&c, &Goal::rotate([(l, ss("new"))]).dropping_unused(), &Preference::default()).unwrap();
        check(&c, &p).unwrap();
        let s = p.to_string();
        if s.len() < 3000 {
            println!("{l:?} ->\n{s}");
        } else {
            println!("{} bytes of text for a label of {}", s.len(), l.len());
        }
        let j = serde_json::to_string(&p).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&j).unwrap(), p);
    }
}
#[test]
fn contradictory_goals() {
    let mut c = Cluster::new(Scope::All, Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap());
    for n in ["a", "b"] {
        c = c.node(n, "d", "r", Observed::settled(TlsConfig::tls(ss(n), t(&["a", "b", "stale"])))).unwrap();
    }
    assert!(matches!(
        c.clone().node("a", "d", "r", Observed::stopped(TlsConfig::plaintext())).unwrap_err().kind(),
        ErrorKind::DuplicateNode(_)
    ));
    let twice = plan(&c, &Goal::rotate([("a", ss("x")), ("a", ss("y"))]), &Preference::default());
    assert_eq!(twice.unwrap_err().to_string(), "no safe plan: the goal gives a two identities: it can have only one");
    println!(
        "drop what is served: {}",
        plan(&c, &Goal::rotate([("a", ss("x"))]).dropping(t(&["x"])), &Preference::default()).unwrap_err()
    );
    println!(
        "drop what stays served: {}",
        plan(&c, &Goal::rotate([("a", ss("x"))]).dropping(t(&["b"])), &Preference::default()).unwrap_err()
    );
    println!("unknown node: {}", plan(&c, &Goal::rotate([("nobody", ss("x"))]), &Preference::default()).unwrap_err());
    println!(
        "two anchors: {}",
        plan(&c, &Goal::rotate([("a", Identity::new("a", "CA"))]), &Preference::default()).unwrap_err()
    );
    println!(
        "dropping(x).dropping_unused() keeps: {:?}",
        Goal::rotate([("a", ss("x"))]).dropping(t(&["x"])).dropping_unused()
            == Goal::rotate([("a", ss("x"))]).dropping_unused()
    );
}
/// A goal that is not a rotation also drops the anchors that it names.
#[test]
fn c19_dropping_is_not_ignored_by_other_goals() {
    let mut c = Cluster::new(
        Scope::All,
        Semantics::cassandra(5, 0, 6, ClientAuth::On).unwrap().with_staging(Staging::IN_PLACE),
    );
    for n in ["a", "b"] {
        c = c
            .node(
                n,
                "d",
                "r",
                Observed::settled(
                    TlsConfig::tls(ss(n), t(&["a", "b", "stale"])).with_mode(InternodeMode::PlaintextAcceptingTls),
                ),
            )
            .unwrap();
    }
    let p = plan(
        &c,
        &Goal::enable([("a", ss("a")), ("b", ss("b"))], Plaintext::Refused).dropping(t(&["stale"])),
        &Preference::default(),
    )
    .unwrap();
    for s in p.steps() {
        c.apply(s).unwrap();
    }
    assert!(
        c.nodes().all(|(_, n)| !n.observed().disk().trust().contains(&"stale".into())),
        "stale is still trusted at the end:\n{p}"
    );
}
/// One node would get a new password in place. The refusal must not depend on which node it is.
#[test]
fn c20_mixture_keeps_the_password_rule() {
    let bad = Staging::new(Placement::InPlaceNewPassword, Placement::NewPath);
    let s = |x| Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap().with_staging(x);
    for order in [[s(bad), s(Staging::DOCUMENTED)], [s(Staging::DOCUMENTED), s(bad)]] {
        let mut c = Cluster::new(Scope::All, s(Staging::DOCUMENTED));
        for (n, own) in ["a", "b"].into_iter().zip(order) {
            c = c.node(n, "d", "r", Observed::settled(TlsConfig::tls(ss(n), t(&["a", "b"])))).unwrap();
            c.set_semantics(n, own).unwrap();
        }
        let p = plan(&c, &Goal::rotate([("a", ss("x"))]), &Preference::default());
        assert!(p.is_err(), "{order:?} is planned");
    }
}
/// `OneOf` without candidates is an observation that contradicts itself.
#[test]
fn c21_one_of_nothing() {
    let sem = Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE);
    let mut loaded = Loaded::from(TlsConfig::tls(ss("a"), t(&["a", "b"])));
    loaded.identity = Known::OneOf(vec![]);
    let c = Cluster::new(Scope::All, sem)
        .node("a", "d", "r", Observed::running(loaded, TlsConfig::tls(ss("a"), t(&["a", "b"]))))
        .unwrap()
        .node("b", "d", "r", Observed::settled(TlsConfig::tls(ss("b"), t(&["a", "b"]))))
        .unwrap();
    assert!(Checker::safe(&c).is_err(), "the identity that a serves has no candidates, but the cluster counts as safe");
}
/// Java accepts an intermediate as an anchor. Node a trusts the root and b the intermediate; both serve their leaf with its
/// chain.
#[test]
fn c22_an_issued_identity_is_trusted_by_root_or_intermediate() {
    let mut c = Cluster::new(Scope::All, Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap());
    for (n, tr) in [("a", "root"), ("b", "intermediate")] {
        c = c
            .node(
                n,
                "d",
                "r",
                Observed::settled(TlsConfig::tls(Identity::new(n, "root").or_through("intermediate"), t(&[tr]))),
            )
            .unwrap();
    }
    let e = Checker::safe(&c);
    println!("{e:?}");
    assert!(e.is_ok(), "Java accepts this, but the checker does not: {}", e.unwrap_err());
}
/// The cost of a move from CA1 to CA2. With cross-signing, the new leaves' chains would lead to both, so no node would have to
/// accept CA2 first.
#[test]
fn cross_signing_costs() {
    let mut c = Cluster::new(Scope::All, Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap());
    let names = ["a", "b", "c"];
    for n in names {
        c = c
            .node(n, "d", "r", Observed::settled(TlsConfig::tls(Identity::new(format!("{n}1"), "CA1"), t(&["CA1"]))))
            .unwrap();
    }
    let p = plan(
        &c,
        &Goal::rotate(names.map(|n| (n, Identity::new(format!("{n}2"), "CA2")))).dropping_unused(),
        &Preference::default(),
    )
    .unwrap();
    println!("CA1 to CA2 without cross-signing: {:?}", p.cost());
}
/// Two data centres, each with its own authority.
#[test]
fn two_authorities() {
    for (scope, want) in [(Scope::All, 7), (Scope::Dc, 6)] {
        let mut c = Cluster::new(scope, Semantics::cassandra(2, 1, 22, ClientAuth::On).unwrap());
        for (n, d) in [("a", "d1"), ("b", "d1"), ("x", "d2"), ("y", "d2")] {
            c = c
                .node(
                    n,
                    d,
                    "r",
                    Observed::settled(TlsConfig::tls(
                        Identity::new(format!("{n}1"), format!("{d}-CA1")),
                        t(&["d1-CA1", "d2-CA1"]),
                    )),
                )
                .unwrap();
        }
        let g = Goal::rotate(
            [("a", "d1"), ("b", "d1"), ("x", "d2"), ("y", "d2")]
                .map(|(n, d)| (n, Identity::new(format!("{n}2"), format!("{d}-CA2")))),
        );
        let p = plan(&c, &g, &Preference::default()).unwrap();
        println!("{scope:?} {:?} {:?}", p.cost(), p.optimality());
        assert_eq!(p.cost().restarts, want);
    }
}
/// The settings may name other stores than those that the running process uses. A first plan with new paths is stopped after its
/// files were staged; the second is made for the default staging (truststore in place).
#[test]
fn staging_is_also_said_of_the_present() {
    let mk = |s: Staging, o: Vec<Observed>| {
        let mut c = Cluster::new(Scope::All, Semantics::cassandra(3, 11, 19, ClientAuth::Off).unwrap().with_staging(s));
        for (n, o) in ["a", "b"].into_iter().zip(o) {
            c = c.node(n, "d", "r", o).unwrap();
        }
        c
    };
    let start = |n: &str| Observed::settled(TlsConfig::tls(ss(n), t(&["a", "b"])));
    let g = Goal::rotate([("a", ss("a2"))]);
    let mut c = mk(Staging::NEW_PATHS, vec![start("a"), start("b")]);
    let p = plan(&c, &g, &Preference::default()).unwrap();
    for s in p.waves()[0].steps() {
        c.apply(s).unwrap();
    }
    let o: Vec<Observed> = c.nodes().map(|(_, n)| n.observed().clone()).collect();
    let q1 = plan(&mk(Staging::NEW_PATHS, o.clone()), &g, &Preference::default()).unwrap();
    let q2 = plan(&mk(Staging::DOCUMENTED, o), &g, &Preference::default()).unwrap();
    println!(
        "resumed with new paths: {:?}\nresumed with the default staging: {:?} - b still dials with the file it was started with, which lacks a2\n{q2}",
        q1.cost(),
        q2.cost()
    );
}
