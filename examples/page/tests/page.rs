//! Checks that pages show the checker's verdicts, fetch nothing, and show names as text.
#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

mod cases;

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use cases::{Case, HOSTILE};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn data(html: &str) -> Value {
    let (_, rest) = html.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// Expands the runs of signs: `.1=3` becomes `.===`.
fn signs(cells: &Value) -> Vec<char> {
    let mut all = Vec::new();
    let mut runs = cells["signs"].as_str().unwrap().chars().peekable();
    while let Some(sign) = runs.next() {
        let mut length = 0;
        while let Some(digit) = runs.next_if(char::is_ascii_digit) {
            length = length * 10 + usize::try_from(digit.to_digit(10).unwrap()).unwrap();
        }
        all.extend(std::iter::repeat_n(sign, length));
    }
    all
}

const WORDS: [(char, &str); 6] =
    [('.', "itself"), ('-', "not-required"), ('d', "down"), ('=', "works"), ('!', "at-risk"), ('x', "cut")];

/// Compares every cell, with and without crashes, and returns the number of cells by word.
fn compare(case: &Case) -> BTreeMap<&'static str, usize> {
    let data = data(&case.page().html().unwrap());
    let names: Vec<&str> =
        data["units"].as_array().unwrap().iter().map(|unit| unit["name"].as_str().unwrap()).collect();
    let expected = cases::expected(case);
    let moments = data["moments"].as_array().unwrap();
    assert_eq!(moments.len(), expected.len());
    let mut counts = BTreeMap::new();
    for (step, (moment, expected)) in moments.iter().zip(expected).enumerate() {
        for (crash, cells) in expected {
            let unit = crash.as_ref().map(|crash| names.iter().position(|name| *name == page::shown(crash)).unwrap());
            let told = unit.and_then(|unit| moment["crash"].get(unit.to_string())).unwrap_or(&moment["cells"]);
            let told = signs(&data["cells"][usize::try_from(told.as_u64().unwrap()).unwrap()]);
            for ((client, server), word) in cells {
                let place = |node: &str| names.iter().position(|name| *name == page::shown(node)).unwrap();
                let sign = told[place(&client) * names.len() + place(&server)];
                let (_, told) = WORDS.iter().find(|(known, _)| *known == sign).unwrap();
                assert_eq!(*told, word, "{}, step {step}, crash {crash:?}: {client} -> {server}", case.name);
                *counts.entry(word).or_default() += 1;
            }
        }
    }
    counts
}

#[test]
fn every_cell_of_safe_plans_is_the_checkers() {
    for case in [
        cases::rotation_of_three(),
        cases::enabling(),
        cases::two_centres(),
        cases::with_an_application(),
        cases::hostile(),
    ] {
        let counts = compare(&case);
        assert!(counts["works"] > 50 || case.name == "hostile", "{}: {counts:?}", case.name);
        assert!(!counts.contains_key("cut") && !counts.contains_key("at-risk"), "{}: {counts:?}", case.name);
    }
    assert!(compare(&cases::two_centres())["not-required"] > 50);
    // A node does not connect to the application.
    assert!(compare(&cases::with_an_application())["not-required"] > 20);
}

#[test]
fn every_cell_of_plans_with_cuts_and_crashes_is_the_checkers() {
    let counts = compare(&cases::begun_by_hand());
    assert!(counts["cut"] > 0 && counts["at-risk"] > 0, "{counts:?}");
    let counts = compare(&cases::quarantine());
    assert!(counts["down"] > 0, "{counts:?}");
}

#[test]
fn every_cell_of_fifty_nodes_is_the_checkers() {
    let case = cases::fifty();
    let html = case.page().html().unwrap();
    let data = data(&html);
    let (units, moments) = (data["units"].as_array().unwrap(), data["moments"].as_array().unwrap());
    assert_eq!((units.len(), moments.len()), (50, case.plan.steps().count() + 1));
    let mut checker = rotation_planner::Checker::safe(&case.cluster).unwrap();
    let whole: Vec<char> = (0..2500).map(|cell| if cell % 51 == 0 { '.' } else { '=' }).collect();
    for (step, moment) in case.plan.steps().zip(&moments[1..]) {
        checker.apply(step).unwrap();
        assert!(!checker.is_broken() && moment["crash"].is_null());
        assert_eq!(signs(&data["cells"][usize::try_from(moment["cells"].as_u64().unwrap()).unwrap()]), whole);
    }
}

#[test]
fn pages_are_small() {
    let size = |case: Case| case.page().html().unwrap().len();
    for case in [cases::rotation_of_three(), cases::enabling(), cases::begun_by_hand()] {
        let (name, size) = (case.name, size(case));
        assert!((20_000..400_000).contains(&size), "{name}: {size}");
    }
    for case in [cases::fifty(), cases::fifty_quarantined()] {
        let (name, size) = (case.name, size(case));
        println!("{name}: {size}");
        assert!((50_000..2_000_000).contains(&size), "{name}: {size}");
    }
}

#[test]
fn more_than_fifty_nodes_are_shown_by_rack() {
    let data = data(&cases::by_rack().page().html().unwrap());
    assert_eq!((data["by"].as_str().unwrap(), data["units"].as_array().unwrap().len()), ("rack", 6));
    let state = |moment: &Value| {
        let number = moment["states"][0][1].as_u64().unwrap();
        data["states"][usize::try_from(number).unwrap()].clone()
    };
    let moments = data["moments"].as_array().unwrap();
    assert_eq!((state(&moments[0])["nodes"].as_u64(), state(&moments[0])["new"].as_u64()), (Some(15), Some(0)));
    assert_eq!(state(moments.last().unwrap())["new"].as_u64(), Some(15));
    assert!(data["cells"].as_array().unwrap().iter().all(|cells| signs(cells) == ['='; 36]));
}

#[test]
fn a_plan_that_costs_replicas_alone_is_not_called_cut() {
    let case = cases::one_replica();
    let counts = compare(&case);
    assert!(!counts.contains_key("cut") && !counts.contains_key("at-risk"), "{counts:?}");
    let html = case.page().html().unwrap();
    assert!(html.contains("Every pair can talk at every moment, but some data cannot always be read or written."));
    assert!(html.contains("It takes 3 restarts: sessions cannot be read and written during 3 of the restarts."));
    assert!(
        html.contains("<strong>No order keeps all data available.</strong> While node0 is down, keyspace sessions ")
    );
    assert!(html.contains("steps would cut a pair if they came first"));
    let html = cases::quarantine().page().html().unwrap();
    assert!(html.contains("Not every pair can talk at every moment."));
    assert!(html.contains("<strong>No order is safe.</strong>"));
}

#[test]
fn nothing_is_fetched_and_only_the_pages_own_script_runs() {
    let html = cases::rotation_of_three().page().html().unwrap();
    let (_, policy) = html.split_once("Content-Security-Policy\" content=\"").unwrap();
    let policy = policy.split_once('"').unwrap().0;
    assert!(
        policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    for (element, directive) in [("script", "script-src"), ("style", "style-src")] {
        let (_, text) = html.rsplit_once(&format!("<{element}>")).unwrap();
        let text = text.split_once(&format!("</{element}>")).unwrap().0;
        let hash = Base64::encode_string(&Sha256::digest(text.as_bytes()));
        assert!(policy.contains(&format!("{directive} 'sha256-{hash}';")), "{policy}");
    }
    for fetched in ["http://", "https://", "url(", "@import", "src=", "href=", "style=", "onclick", "fetch("] {
        assert!(!html.contains(fetched), "{fetched}");
    }
}

#[test]
fn names_are_text() {
    let case = cases::hostile();
    let mut page = case.page();
    page.title = HOSTILE.to_owned();
    page.goal = HOSTILE.to_owned();
    page.rests_on[0].said = HOSTILE.to_owned();
    page.addresses = BTreeMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    page.certificates = BTreeMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    let html = page.html().unwrap();
    assert_eq!(html.matches("</script>").count(), 2);
    for never in ["<!--", "<b>\\u", "\u{202e}"] {
        let place = html.find(never).map(|at| html[..at].chars().rev().take(80).collect::<String>());
        assert_eq!(place, None, "{never:?}");
    }
    assert!(html.contains(&page::xml(HOSTILE)));
    let data = data(&html);
    let names: Vec<&str> =
        data["units"].as_array().unwrap().iter().map(|unit| unit["name"].as_str().unwrap()).collect();
    assert!(names.contains(&&*page::shown(HOSTILE)), "{names:?}");
}
