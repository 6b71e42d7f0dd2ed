//! What `ansible-inventory --list` prints: any text is hosts with names and nothing else, or is refused.
#![no_main]

use cassandra_tls::description::Description;
use cassandra_tls::input::Name;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let release = "3.11".parse().expect("a release");
    let Ok(description) = Description::from_inventory(text, "all", release) else { return };
    for node in &description.nodes {
        node.name.as_str().parse::<Name>().expect("what was read is a name");
    }
    let _ = description.cluster();
});
