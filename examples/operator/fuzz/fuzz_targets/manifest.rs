//! manifest.json: any text is a manifest whose names stay in its folder, or is refused.
#![no_main]

use std::path::{Component, Path};

use cassandra_tls::bundle::Manifest;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(manifest) = Manifest::parse(text) else { return };
    for (node, bundle) in &manifest.nodes {
        for name in bundle.files.keys() {
            let path = Path::new(node.as_str()).join(name.as_str());
            assert_eq!(path.components().filter(|part| matches!(part, Component::Normal(_))).count(), 2, "{path:?}");
        }
        let _ = manifest.label(node.as_str());
    }
});
