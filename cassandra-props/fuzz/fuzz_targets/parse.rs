//! Checks that every byte string is a file, and that reading and linting do not change it.
#![no_main]

use cassandra_props::{Encoding, Family, InternodeTls, Properties, Release, Setting};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    // The same bytes after the name of a setting, which random bytes rarely contain.
    if let Some((&first, rest)) = bytes.split_first() {
        let setting = Setting::ALL[usize::from(first) % Setting::ALL.len()];
        read(&[Family::Legacy.key(setting).as_bytes(), rest].concat());
    }
});

fn read(bytes: &[u8]) {
    for encoding in [Encoding::Latin1, Encoding::Utf8] {
        let file = Properties::parse_as(encoding, bytes).unwrap();
        for entry in file.entries() {
            let _ = entry.pair();
            let (text, units) = (entry.value(), entry.value_utf16());
            assert!(text.is_err() || units.is_ok_and(|units| text.is_ok_and(|text| text.encode_utf16().eq(units))));
        }
        let _ = file.check();
        for family in Family::ALL {
            let _ = InternodeTls::new(family).lint(&file, Release::V5_0);
        }
        assert_eq!(file.as_bytes(), bytes);
    }
}
