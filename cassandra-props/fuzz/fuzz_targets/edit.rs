//! Checks that an edit changes one property, and no other.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use cassandra_props::{Encoding, Properties};

#[derive(Arbitrary, Debug)]
enum Edit {
    Set(String, String),
    SetNth(usize, String),
    Remove(usize),
    CommentOut(usize),
    Rename(usize, String),
}

#[derive(Arbitrary, Debug)]
struct Case {
    file: Vec<u8>,
    utf8: bool,
    edits: Vec<Edit>,
}

type Map = BTreeMap<Vec<u16>, Vec<u16>>;

libfuzzer_sys::fuzz_target!(|case: Case| {
    let encoding = if case.utf8 { Encoding::Utf8 } else { Encoding::Latin1 };
    let mut file = Properties::parse_as(encoding, &case.file).unwrap();
    let Some(mut map) = meaning(&file) else { return };
    for edit in case.edits {
        apply(edit, &mut file, &mut map);
        let again = Properties::parse_as(encoding, file.as_bytes()).unwrap();
        assert_eq!(meaning(&again).as_ref(), Some(&map));
        assert_eq!(meaning(&file).as_ref(), Some(&map));
    }
});

fn apply(edit: Edit, file: &mut Properties, map: &mut Map) {
    let java = |text: &str| text.encode_utf16().collect::<Vec<_>>();
    match edit {
        Edit::Set(key, value) => {
            file.set(&key, &value).unwrap();
            map.insert(java(&key), java(&value));
        }
        Edit::SetNth(place, value) => {
            let Some(key) = nth(file, place) else { return };
            file.set(&key, &value).unwrap();
            map.insert(java(&key), java(&value));
        }
        Edit::Remove(place) => {
            let Some(key) = nth(file, place) else { return };
            assert!(file.remove(&key) > 0);
            map.remove(&java(&key));
        }
        Edit::CommentOut(place) => {
            let Some(key) = nth(file, place) else { return };
            assert!(file.comment_out(&key).unwrap() > 0);
            map.remove(&java(&key));
        }
        Edit::Rename(place, new) => {
            let Some(key) = nth(file, place) else { return };
            if file.rename(&key, &new).is_ok() {
                let value = map.remove(&java(&key)).unwrap();
                map.insert(java(&new), value);
            }
        }
    }
}

fn nth(file: &Properties, place: usize) -> Option<String> {
    let count = file.entries().count();
    file.entries().nth(place.checked_rem(count)?)?.key().ok().map(String::from)
}

fn meaning(file: &Properties) -> Option<Map> {
    file.entries().map(|entry| Some((entry.key_utf16().ok()?, entry.value_utf16().ok()?))).collect()
}
