//! Any text is a name or an error; a name can be displayed.
#![no_main]

use certgen::DistinguishedName;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(name) = text.parse::<DistinguishedName>() else { return };
    let _ = name.to_string();
});
