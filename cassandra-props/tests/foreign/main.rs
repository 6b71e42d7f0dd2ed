//! Compares this crate with Java, SnakeYAML and Cassandra's classes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

mod cassandra;
mod drawn;
mod java;
mod loads;
mod types;
mod values;
mod yaml;

use std::collections::BTreeMap;
use std::process::ExitCode;

use cassandra_props::{Encoding, Place, Properties};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use test_support::{Suite, Tool};

/// A Java string, which may hold half of a surrogate pair.
type JavaString = Vec<u16>;
type Pairs = Vec<(JavaString, JavaString)>;

const FILES: usize = 20_000;
const EDITS: usize = 20_000;

fn main() -> ExitCode {
    const JAVA: &[Tool] = &[Tool::Java, Tool::Javac];
    const MAVEN: &[Tool] = &[Tool::Java, Tool::Javac, Tool::Other("mvn")];
    Suite::new()
        .test("java_reads_hostile_files_as_we_do", JAVA, java_reads_hostile_files_as_we_do)
        .test("java_sees_what_an_edit_was_to_make", JAVA, java_sees_what_an_edit_was_to_make)
        .test("java_reads_the_store_types_that_we_say", JAVA, types::java_reads_the_store_types_that_we_say)
        .test("values_of_every_unit_arrive_in_java", JAVA, values_of_every_unit_arrive_in_java)
        .test_where_found(
            "the_table_has_the_fields_of_every_release",
            MAVEN,
            cassandra::the_table_has_the_fields_of_every_release,
        )
        .test_where_found(
            "each_release_refuses_the_nulls_that_we_refuse",
            MAVEN,
            loads::each_release_refuses_the_nulls_that_we_refuse,
        )
        .test_where_found(
            "the_last_of_both_names_of_a_setting_counts",
            MAVEN,
            loads::the_last_of_both_names_of_a_setting_counts,
        )
        .test_where_found(
            "each_value_is_read_as_each_release_reads_it",
            MAVEN,
            loads::each_value_is_read_as_each_release_reads_it,
        )
        .test_where_found(
            "merges_and_aliases_are_read_as_each_release_reads_them",
            MAVEN,
            loads::merges_and_aliases_are_read_as_each_release_reads_them,
        )
        .test_where_found(
            "clients_are_served_as_each_release_serves_them",
            MAVEN,
            loads::clients_are_served_as_each_release_serves_them,
        )
        .test_where_found("snakeyaml_nests_as_deeply_as_we_do", MAVEN, yaml::snakeyaml_nests_as_deeply_as_we_do)
        .test_where_found("snakeyaml_reads_drawn_files_as_we_do", MAVEN, yaml::snakeyaml_reads_drawn_files_as_we_do)
        .test_where_found(
            "snakeyaml_reads_what_an_edit_of_the_server_section_was_to_make",
            MAVEN,
            yaml::snakeyaml_reads_what_an_edit_of_the_server_section_was_to_make,
        )
        .test_where_found(
            "snakeyaml_reads_what_an_edit_of_the_rest_was_to_make",
            MAVEN,
            yaml::snakeyaml_reads_what_an_edit_of_the_rest_was_to_make,
        )
        .run()
}

fn java_reads_hostile_files_as_we_do() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let files: Vec<_> = (0..FILES).map(|_| drawn::file(&mut rng)).collect();
    let (mut read, mut refused) = (0, 0);
    for ((encoding, bytes), java) in files.iter().zip(java::read(&files)) {
        let ours = pairs(&Properties::parse_as(*encoding, bytes).unwrap());
        assert_eq!(ours, java, "{encoding:?} {}", bytes.escape_ascii());
        if java.is_some() { read += 1 } else { refused += 1 }
    }
    println!("{read} files read alike, {refused} refused by both");
    assert!(read > FILES / 2 && refused > FILES / 100);
}

/// Makes a random edit. Java must read the same map with only this change.
fn java_sees_what_an_edit_was_to_make() {
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let (mut files, mut expected) = (Vec::new(), Vec::new());
    while files.len() < EDITS {
        let (encoding, bytes) = drawn::file(&mut rng);
        let mut file = Properties::parse_as(encoding, &bytes).unwrap();
        let Some(before) = pairs(&file) else { continue };
        let mut map: BTreeMap<_, _> = before.into_iter().collect();
        edit(&mut rng, &mut file, &mut map);
        files.push((encoding, file.as_bytes().to_vec()));
        expected.push((map, bytes));
    }
    for (((encoding, after), java), (map, before)) in files.iter().zip(java::read(&files)).zip(&expected) {
        let seen: BTreeMap<_, _> =
            java.unwrap_or_else(|| panic!("Java refuses {}", after.escape_ascii())).into_iter().collect();
        assert_eq!(&seen, map, "{encoding:?} {} became {}", before.escape_ascii(), after.escape_ascii());
    }
    println!("{EDITS} edits are what Java sees");
}

fn edit(rng: &mut ChaCha20Rng, file: &mut Properties, map: &mut BTreeMap<JavaString, JavaString>) {
    let (key, value) = (drawn::key(rng, file), drawn::text(rng));
    let java = |text: &str| text.encode_utf16().collect::<JavaString>();
    match drawn::below(rng, 5) {
        0 => assert_eq!(file.remove(&key) > 0, map.remove(&java(&key)).is_some()),
        1 => assert_eq!(file.comment_out(&key).unwrap() > 0, map.remove(&java(&key)).is_some()),
        2 if file.entry(&key).is_none() => {
            file.insert(Place::End, &key, &value).unwrap();
            map.insert(java(&key), java(&value));
        }
        3 => {
            let new = drawn::text(rng);
            if file.rename(&key, &new).is_ok_and(|renamed| renamed > 0) {
                let value = map.remove(&java(&key)).unwrap();
                map.insert(java(&new), value);
            }
        }
        _ => {
            file.set(&key, &value).unwrap();
            map.insert(java(&key), java(&value));
        }
    }
}

/// Tests every character up to U+2FFFF as part of a value and of a key.
fn values_of_every_unit_arrive_in_java() {
    let mut file = Properties::new();
    let characters = (0..=0x2_ffff).filter_map(char::from_u32).collect::<Vec<_>>();
    let texts: Vec<String> = characters.chunks(997).map(|chunk| chunk.iter().collect()).collect();
    for (number, text) in texts.iter().enumerate() {
        file.insert(Place::End, &format!("{number}{text}"), text).unwrap();
    }
    let java = java::read(&[(Encoding::Latin1, file.as_bytes().to_vec())]).remove(0).unwrap();
    assert_eq!(java.len(), texts.len());
    for ((number, text), (key, value)) in texts.iter().enumerate().zip(java) {
        assert_eq!(&String::from_utf16(&value).unwrap(), text);
        assert_eq!(String::from_utf16(&key).unwrap(), format!("{number}{text}"));
    }
}

fn pairs(file: &Properties) -> Option<Pairs> {
    file.check().ok()?;
    Some(file.entries().map(|entry| (entry.key_utf16().unwrap(), entry.value_utf16().unwrap())).collect())
}
