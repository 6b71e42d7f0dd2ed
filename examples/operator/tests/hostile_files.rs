//! Files that a stranger has named, made or put in the place of others: settings that name devices, FIFOs and what lies outside
//! a copy of a tree.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use keystore_core::{Content, Entry, KeyStore, Password, Store, Timestamp, jks};
use test_support::bounded;

const SETTINGS: &str = "opt/apigee/customer/application/cassandra.properties";

/// A bundle of one node.
static BUNDLES: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("cluster.toml"), CLUSTER).unwrap();
    let output = run(place.path(), &["prepare", "--cluster", "cluster.toml"]);
    assert!(output.status.success(), "{output:?}");
    place
});

const CLUSTER: &str = "cassandra = \"4.0\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n";

/// A copy of node0's tree whose settings name this keystore, beside a keystore that is not in it.
struct Place(tempfile::TempDir);

impl Place {
    fn naming(keystore: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let bundle = BUNDLES.path().join("bundles/g1/node0");
        fs::write(place.path("cluster.toml"), CLUSTER).unwrap();
        fs::create_dir_all(place.path("hosts/node0").join(SETTINGS).parent().unwrap()).unwrap();
        fs::create_dir_all(place.path("outside")).unwrap();
        fs::create_dir_all(place.path("hosts/node0/stores")).unwrap();
        fs::copy(bundle.join("keystore.node0"), place.path("outside/keystore")).unwrap();
        fs::copy(bundle.join("truststore.node0"), place.path("hosts/node0/stores/truststore")).unwrap();
        let settings = fs::read_to_string(bundle.join("node0.properties")).unwrap();
        let stores = "/opt/apigee/data/apigee-cassandra";
        let settings = settings
            .replace(&format!("{stores}/keystore.node0"), keystore)
            .replace(&format!("{stores}/truststore.node0"), "/stores/truststore");
        assert!(settings.contains(keystore) && !settings.contains(stores));
        fs::write(place.path("hosts/node0").join(SETTINGS), settings).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What the program says and its status, in this place.
    fn says(&self, arguments: &[&str]) -> (i32, String) {
        let output = run(self.0.path(), arguments);
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    bounded(1_000_000, env!("CARGO_BIN_EXE_cassandra-tls"), folder, arguments)
}

const OBSERVE: [&str; 6] = ["observe", "trees", "--cluster", "cluster.toml", "--settled", "hosts"];
const PREPARE: [&str; 5] = ["prepare", "--cluster", "cluster.toml", "--trees", "hosts"];
const PREFLIGHT: [&str; 3] = ["preflight", "--root", "hosts/node0"];

#[test]
fn settings_on_a_host_name_only_regular_files() {
    for device in ["/dev/zero", "/dev/tty", "/proc/self/mem", "/dev"] {
        let place = Place::naming(device);
        let (status, said) = place.says(&["preflight", "--settings", &format!("hosts/node0/{SETTINGS}")]);
        assert!(status == 2 && said.contains(&format!("{device} cannot be read: ")), "{said}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let fifo = elsewhere.path().join("FIFO");
    make_fifo(&fifo);
    let place = Place::naming(fifo.to_str().unwrap());
    let (status, said) = place.says(&["preflight", "--settings", &format!("hosts/node0/{SETTINGS}")]);
    assert!(status == 2 && said.contains("FIFO cannot be read: it is not a regular file"), "{said}");
}

#[test]
fn settings_in_a_tree_name_only_what_lies_in_it() {
    for outside in
        ["/../../outside/keystore", "/../../../../../../../../../../etc/shadow", "/stores/../../../outside/keystore"]
    {
        let place = Place::naming(outside);
        for (arguments, expected) in [(&OBSERVE[..], 3), (&PREFLIGHT, 2)] {
            let (status, said) = place.says(arguments);
            assert!(status == expected && said.contains("leads upwards by `..`"), "{arguments:?} {said}");
        }
    }
}

/// A JCEKS with forty keys, each with as many iterations as Java allows for one.
#[test]
fn keys_that_take_long_are_not_opened_one_after_the_other() {
    let place = Place::naming("/stores/keystore");
    let password = BUNDLES.path().join("bundles/g1/node0/password").display().to_string();
    let convert = ["convert", "outside/keystore", "one.jceks", "--store", "jceks", "--password-file", &password];
    let (status, said) = place.says(&convert);
    assert_eq!(status, 0, "{said}");
    let password = Password::new(fs::read_to_string(&password).unwrap().trim_end());
    let store = many_costly_keys(&fs::read(place.path("one.jceks")).unwrap(), &password);
    fs::write(place.path("hosts/node0/stores/keystore"), store).unwrap();
    let (status, said) = place.says(&PREFLIGHT);
    assert!(status == 2 && said.contains("holds more than one private key"), "{said}");
    assert!(said.contains("the iterations of their key derivations exceed the limits"), "{said}");
}

fn many_costly_keys(store: &[u8], password: &Password) -> Vec<u8> {
    let decoded = keystore_core::decode(store, password).unwrap();
    let view = decoded.view();
    let Some(Content::PrivateKey { key, chain }) = view.iter().map(Entry::content).next() else { panic!("no key") };
    let mut many = KeyStore::new();
    for number in 0..40 {
        let entry = Entry::new_private_key(format!("k{number}"), key.clone(), chain.clone(), Timestamp::from_millis(0));
        many.insert(entry).unwrap();
    }
    // The INTEGER of 200,000 iterations becomes that of 5,000,000, and the store gets a digest that fits.
    let written = jks::encode_jceks(&many, password).unwrap();
    let (usual, most) = ([2, 3, 0x03, 0x0d, 0x40], [2, 3, 0x4c, 0x4b, 0x40]);
    let mut bytes = Vec::new();
    let mut rest = written.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(&usual) {
            bytes.extend(most);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    assert_ne!(bytes, written);
    let Store::Jks(store) = keystore_core::decode_unverified(&bytes).unwrap() else { panic!("it is a JCEKS") };
    store.encode(password).unwrap()
}

/// The link is followed as the host would follow it: to nothing.
#[test]
fn a_link_in_a_tree_does_not_lead_out() {
    for target in ["../../../outside/keystore", "/etc/shadow", "/dev/zero", "absolute"] {
        let place = Place::naming("/stores/keystore");
        let outside = place.path("outside/keystore");
        let target = if target == "absolute" { outside.to_str().unwrap() } else { target };
        symlink(target, place.path("hosts/node0/stores/keystore")).unwrap();
        let (status, said) = place.says(&PREFLIGHT);
        assert!(status == 2 && said.contains("stores/keystore cannot be read: No such file"), "{said}");
        // Observed as a node without a keystore, with which TLS cannot be on.
        let (status, said) = place.says(&OBSERVE);
        assert!(status == 3 && said.contains("there is no keystore"), "{said}");
    }
}

#[test]
fn a_file_in_a_tree_has_no_second_name() {
    let place = Place::naming("/stores/keystore");
    fs::hard_link(place.path("outside/keystore"), place.path("hosts/node0/stores/keystore")).unwrap();
    for (arguments, expected) in [(&OBSERVE[..], 3), (&PREFLIGHT, 2)] {
        let (status, said) = place.says(arguments);
        let second_name = "stores/keystore cannot be read: it has a second name, a hard link";
        assert!(status == expected && said.contains(second_name), "{arguments:?} {said}");
    }
}

#[test]
fn what_a_tree_holds_in_the_place_of_a_file_is_refused() {
    for name in [SETTINGS, "stores/truststore", ".observed.json"] {
        let place = Place::naming("/stores/keystore");
        fs::copy(place.path("outside/keystore"), place.path("hosts/node0/stores/keystore")).unwrap();
        let there = place.path("hosts/node0").join(name);
        let _ = fs::remove_file(&there);
        make_fifo(&there);
        let said = place.says(&OBSERVE);
        assert!(
            said.0 == 3 && said.1.contains(&format!("{name} cannot be read: it is not a regular file")),
            "{said:?}"
        );
        if name != ".observed.json" {
            let (status, said) = place.says(&PREPARE);
            assert!(status == 3 && said.contains("it is not a regular file"), "{said}");
            let (status, said) = place.says(&PREFLIGHT);
            assert!(status == 2 && said.contains("it is not a regular file"), "{said}");
        }
    }
}

#[test]
fn settings_without_end_are_not_read() {
    let place = Place::naming("/stores/keystore");
    fs::File::create(place.path("hosts/node0").join(SETTINGS)).unwrap().set_len(1 << 40).unwrap();
    for arguments in [&OBSERVE[..], &PREPARE, &PREFLIGHT] {
        let (status, said) = place.says(arguments);
        let expected = if arguments == PREFLIGHT { 2 } else { 3 };
        assert!(status == expected && said.contains("it is longer than 4194304 bytes"), "{arguments:?} {said}");
    }
}

#[test]
fn what_is_inspected_is_a_regular_file() {
    let place = Place::naming("/stores/keystore");
    make_fifo(&place.path("fifo"));
    for command in ["inspect", "expiry"] {
        for file in ["/dev/zero", "fifo"] {
            let (status, said) = place.says(&[command, file]);
            assert!(
                status == 3 && said.contains(&format!("{file} cannot be read: it is not a regular file")),
                "{said}"
            );
        }
    }
}

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
