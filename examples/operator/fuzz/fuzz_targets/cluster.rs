//! cluster.toml: any text is a cluster whose nodes have names and nothing else, or is refused.
#![no_main]

use cassandra_tls::description::Description;
use cassandra_tls::input::Name;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(description) = Description::from_toml(text) else { return };
    assert!(!description.nodes.is_empty());
    for node in &description.nodes {
        node.name.as_str().parse::<Name>().expect("what was read is a name");
    }
    // Contradictions are refused, not panicked at.
    let _ = description.cluster();
});
