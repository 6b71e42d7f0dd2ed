//! Operations on `.properties` files.

use std::collections::HashMap;
use std::fmt::Write as _;

use cassandra_props::{Encoding, Properties};
use zeroize::Zeroize;

use crate::lines::line_scan;
use crate::operation::{Effort, Operation, concerns};

const KEY: &str = "conf_cassandra_server_encryption_keystore_150";

pub(crate) fn operations(_: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("properties", filter) {
        return Vec::new();
    }
    let sizes = [("100 kB", 100_000), ("10 MB", 10_000_000)];
    sizes
        .into_iter()
        .flat_map(|(name, size)| [parse(name, size), parse_copy(name, size), edit(name, size), read(name, size)])
        .collect()
}

/// A file of at least `size` bytes in the style of Edge's own files.
pub(crate) fn file(size: usize) -> &'static [u8] {
    let mut text = String::with_capacity(size + 200);
    for number in 0.. {
        if text.len() >= size {
            break;
        }
        let _ = write!(
            text,
            "# Setting {number} of the node, see the guide before it is changed\n\
             conf_cassandra_server_encryption_keystore_{number}=/opt/apigee/data/apigee-cassandra/keystore.node{number}\n\
             conf_jvm_options_setting_{number} = -XX:+UseG1GC\\n-XX:G1RSetUpdatingPauseTimePercent=5\n\
             conf_seeds_{number} : 192.0.2.11,\\\n    192.0.2.12\n"
        );
    }
    text.into_bytes().leak()
}

/// Parses an owned buffer, and takes the buffer back.
fn parse(name: &str, size: usize) -> Operation {
    let bytes = file(size);
    let mut buffer = bytes.to_vec();
    let parsed = move || {
        let file = Properties::from_bytes(Encoding::Latin1, std::mem::take(&mut buffer)).unwrap();
        let last = file.entries().next_back().is_some();
        buffer = file.into_bytes();
        last
    };
    Operation::new(format!("properties parse, {name}"), parsed).limit(2.5, move || line_scan(bytes))
}

/// Parses borrowed bytes.
///
/// The limit also copies the bytes and wipes the copy.
fn parse_copy(name: &str, size: usize) -> Operation {
    let bytes = file(size);
    let copied = move || {
        let mut copy = bytes.to_vec();
        let lines = line_scan(&copy);
        copy.clear();
        copy.zeroize();
        lines
    };
    Operation::new(format!("properties copy, parse, wipe, {name}"), move || Properties::parse(bytes).unwrap())
        .limit(2.0, copied)
}

fn edit(name: &str, size: usize) -> Operation {
    let bytes = file(size);
    let edited = move || {
        let mut file = Properties::parse(bytes).unwrap();
        file.set(KEY, "/keys/new").unwrap();
        file.as_bytes().to_vec()
    };
    assert_eq!(java_properties::read(edited().as_slice()).unwrap().get(KEY).map(String::as_str), Some("/keys/new"));
    Operation::new(format!("properties parse, set, write, {name}"), edited).rival("java-properties", move || {
        let mut map = java_properties::read(bytes).unwrap();
        map.insert(KEY.to_owned(), "/keys/new".to_owned());
        let mut file = Vec::with_capacity(bytes.len());
        java_properties::write(&mut file, &map).unwrap();
        file
    })
}

fn read(name: &str, size: usize) -> Operation {
    let bytes = file(size);
    let map = |file: &Properties| -> HashMap<String, String> {
        file.entries()
            .map(|entry| entry.pair().unwrap())
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect()
    };
    let expected = java_properties::read(bytes).unwrap();
    assert_eq!(map(&Properties::parse(bytes).unwrap()), expected, "we and the rival read the same pairs");
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(java_props::Properties::parse(&text), expected);
    Operation::new(format!("properties parse, read every pair, {name}"), move || {
        let file = Properties::parse(bytes).unwrap();
        file.entries().map(|entry| entry.pair().unwrap()).fold(0, |sum, (key, value)| sum + key.len() + value.len())
    })
    .slower_rival("java-properties", 10.0, move || java_properties::read(bytes).unwrap())
    .slower_rival("java-props", 5.0, move || java_props::Properties::parse(&text))
    .slower_java(5.0)
}
