//! Any text is shown on one line, without anything hidden, and once shown stays as it is.
#![no_main]

use cassandra_tls::shown::{is_hidden, markdown, shown, xml};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let seen = shown(text);
    assert!(!seen.contains(is_hidden));
    assert_eq!(shown(&seen), seen);
    assert!(!markdown(text).contains(is_hidden) && !xml(text).contains(['<', '>', '"']));
});
