//! Bundles of two generations, from one's own certificates and from an authority, and what preflight says of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use cassandra_props::{Family, InternodeTls, Properties, RequireClientAuth, Store, TlsSettings};
use cassandra_tls::bundle::{Manifest, Order, PreviousState, StorePasswords, prepare};
use cassandra_tls::description::Description;
use cassandra_tls::files::{Access, install};
use cassandra_tls::preflight::{Expected, Node, Report, preflight};
use cassandra_tls::reading::Root;
use cassandra_tls::state::Certificates;
use cassandra_tls::status::Severity;
use certgen::{AuthorityParams, CertificateInfo, KeyKind, KeyPair, SubjectAltName, Time, Validity};
use keystore_core::Password;
use zeroize::Zeroizing;

const CLUSTER: &str = "cassandra = \"3.11\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n\
    [[node]]\nname = \"node1\"\naddress = \"2001:db8::12\"\n";

fn password(folder: &Path, node: &str) -> String {
    StorePasswords::read(folder, node).unwrap().keystore.to_string()
}

/// A node's tree with the bundle's stores where the settings name them.
fn tree(root: &Path, bundle: &Path, node: &str) -> PathBuf {
    let data = Path::new("opt/apigee/data/apigee-cassandra");
    for file in [format!("keystore.{node}"), format!("truststore.{node}")] {
        let bytes = fs::read(bundle.join(node).join(&file)).unwrap();
        install(&root.join(data).join(&file), &bytes, Access::Owner).unwrap();
    }
    let passwords = StorePasswords::read(bundle, node).unwrap();
    let store =
        |kind: &str, password: &str| Store::new(&format!("/{}/{kind}.{node}", data.display()), password).unwrap();
    let mut file = Properties::parse(b"# site\n").unwrap();
    let settings = TlsSettings::new(store("keystore", &passwords.keystore), store("truststore", &passwords.truststore))
        .client_auth(RequireClientAuth::Required);
    InternodeTls::new(Family::ServerEncryption).enable(&settings).apply(&mut file).unwrap();
    let properties = PathBuf::from(cassandra_tls::settings::EDGE);
    install(&root.join(properties.strip_prefix("/").unwrap()), file.as_bytes(), Access::Editable).unwrap();
    properties
}

fn wrong(report: &Report) -> Vec<&str> {
    let wrong = report.checks.iter().filter(|check| check.severity == Some(Severity::Error));
    wrong.filter_map(|check| check.wrong.as_deref()).collect()
}

fn now() -> Time {
    std::time::SystemTime::now().into()
}

/// Nodes with the same password share one file for each of the two contents; the next generation is made from such
/// bundles, and from copies without second names.
#[cfg(unix)]
#[test]
fn a_truststore_is_written_once() {
    use std::os::unix::fs::MetadataExt as _;
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let order = |before| Order {
        before,
        password: Some(Zeroizing::new("changeit".to_owned())),
        ..Order::new(&description, dir.path())
    };
    let (first, _) = prepare(&order(PreviousState::Nothing), &|_| {}).unwrap();
    let (second, two) = prepare(&order(PreviousState::Generation(first)), &|_| {}).unwrap();
    let inode = |folder: &Path, node: &str, kind: &str| {
        fs::metadata(folder.join(node).join(format!("{kind}.{node}"))).unwrap().ino()
    };
    for kind in ["truststore", "truststore-after"] {
        assert_eq!(inode(&second, "node0", kind), inode(&second, "node1", kind), "{kind}");
    }
    assert_ne!(inode(&second, "node0", "truststore"), inode(&second, "node0", "truststore-after"));
    assert_ne!(inode(&second, "node0", "keystore"), inode(&second, "node1", "keystore"));
    assert_eq!(Manifest::read(&second).unwrap(), two);
    let (third, _) = prepare(&order(PreviousState::Generation(second)), &|_| {}).unwrap();
    let shared = third.join("node1/truststore.node1");
    let copied = fs::read(&shared).unwrap();
    install(&shared, &copied, Access::Owner).unwrap();
    assert_ne!(inode(&third, "node0", "truststore"), inode(&third, "node1", "truststore"));
    Manifest::read(&third).unwrap();
    prepare(&order(PreviousState::Generation(third)), &|_| {}).unwrap();
    // Under its own password each node has its own file.
    let (own, _) = prepare(&Order::new(&description, dir.path()), &|_| {}).unwrap();
    assert_ne!(inode(&own, "node0", "truststore"), inode(&own, "node1", "truststore"));
}

#[test]
fn the_second_generation_trusts_the_first_and_keeps_its_passwords() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (first, one) = prepare(&Order::new(&description, dir.path()), &|_| {}).unwrap();
    let before = PreviousState::Generation(first.clone());
    let (second, two) = prepare(&Order { before, ..Order::new(&description, dir.path()) }, &|_| {}).unwrap();
    assert_eq!(
        (
            one.generation.as_str(),
            two.generation.as_str(),
            two.previous.as_ref().map(cassandra_tls::input::Name::as_str)
        ),
        ("g1", "g2", Some("g1"))
    );
    assert_eq!(Manifest::read(&second).unwrap(), two);
    for node in ["node0", "node1"] {
        let (old, new) = (&one.nodes[node], &two.nodes[node]);
        assert_eq!((old.trusts.len(), old.trusts_after.clone()), (2, None));
        assert_eq!(new.trusts.len(), 4);
        assert!(old.trusts.iter().all(|old| new.trusts.contains(old)));
        assert_eq!(new.trusts_after.as_ref().unwrap().len(), 2);
        assert!(new.trusts.contains(&new.identity));
        assert_eq!(password(&first, node), password(&second, node));
    }
    assert_ne!(password(&first, "node0"), password(&first, "node1"));
}

#[test]
fn what_somebody_else_made_is_followed_as_a_generation_is() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let elsewhere = dir.path().join("elsewhere");
    let (theirs, one) = prepare(&Order::new(&description, &elsewhere), &|_| {}).unwrap();
    let trees = dir.path().join("trees");
    let mut properties = PathBuf::new();
    for node in ["node0", "node1"] {
        properties = tree(&trees.join(node), &theirs, node);
    }
    let before = PreviousState::Trees { folder: trees, settings: Some(properties) };
    let (ours, two) = prepare(&Order { before, ..Order::new(&description, dir.path()) }, &|_| {}).unwrap();
    assert_eq!((two.generation.as_str(), two.previous.as_ref().map(cassandra_tls::input::Name::as_str)), ("g1", None));
    for node in ["node0", "node1"] {
        let (old, new) = (&one.nodes[node], &two.nodes[node]);
        // Theirs stand under the very aliases that ours have, too.
        assert!(new.trusts.len() == 4 && old.trusts.iter().all(|old| new.trusts.contains(old)));
        assert_eq!(new.trusts_after.as_ref().unwrap().len(), 2);
        assert_eq!(password(&theirs, node), password(&ours, node));
    }
}

/// The page of Apigee's that nodes were set up by has `keypass` and `trustpass`.
#[test]
fn clusters_30_a_keystore_and_a_truststore_keep_passwords_that_differ() {
    let place = tempfile::tempdir().unwrap();
    let trees = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports/clusters-30-two-passwords");
    let description = Description::from_toml(&CLUSTER.replace("3.11", "4.0")).unwrap();
    let before = PreviousState::Trees { folder: trees, settings: None };
    let (ours, manifest) = prepare(&Order { before, ..Order::new(&description, place.path()) }, &|_| {}).unwrap();
    for node in ["node0", "node1"] {
        let bundle = ours.join(node);
        assert_eq!(fs::read_to_string(bundle.join("password")).unwrap(), "changeit\n");
        assert_eq!(fs::read_to_string(bundle.join("truststore-password")).unwrap(), "trustpass\n");
        opens(&bundle.join(format!("keystore.{node}")), "changeit", "trustpass");
        opens(&bundle.join(format!("truststore.{node}")), "trustpass", "changeit");
        opens(&bundle.join(format!("truststore-after.{node}")), "trustpass", "changeit");
        let settings = fs::read_to_string(bundle.join(format!("{node}.properties"))).unwrap();
        assert!(settings.contains("_encryption_keystore_password=changeit\n"), "{settings}");
        assert!(settings.contains("_encryption_truststore_password=trustpass\n"), "{settings}");
        assert_eq!(manifest.nodes[node].trusts.len(), 3);
    }
    // The generation after it, which knows no trees.
    let before = PreviousState::Generation(ours);
    let (next, _) = prepare(&Order { before, ..Order::new(&description, place.path()) }, &|_| {}).unwrap();
    opens(&next.join("node1/keystore.node1"), "changeit", "trustpass");
    opens(&next.join("node1/truststore.node1"), "trustpass", "changeit");
    Certificates::default().add_generation(&next, &Manifest::read(&next).unwrap()).unwrap();
}

/// A PKCS#12 of Java 17's takes ASCII alone.
#[test]
fn passwords_that_only_a_jks_takes_are_kept_where_there_is_one() {
    let place = tempfile::tempdir().unwrap();
    let trees = two_passwords(place.path(), "schl\u{fc}ssel", "\u{3c0}\u{3af}\u{3c3}\u{3c4}\u{3b7}");
    let description = Description::from_toml(CLUSTER).unwrap();
    let before = PreviousState::Trees { folder: trees, settings: None };
    let (ours, manifest) = prepare(&Order { before, ..Order::new(&description, place.path()) }, &|_| {}).unwrap();
    opens(&ours.join("node0/keystore.node0"), "schl\u{fc}ssel", "keypass");
    assert!(!manifest.nodes["node0"].files.contains_key("node0.p12") && !ours.join("node0/node0.p12").exists());
    let (plain, manifest) = prepare(&Order::new(&description, place.path()), &|_| {}).unwrap();
    assert!(manifest.nodes["node0"].files.contains_key("node0.p12") && plain.join("node0/node0.p12").exists());
}

/// Trees whose nodes have these two passwords.
fn two_passwords(place: &Path, keypass: &str, trustpass: &str) -> PathBuf {
    let description = Description::from_toml(CLUSTER).unwrap();
    let given = |password: &str| Some(Zeroizing::new(password.to_owned()));
    let order = Order {
        password: given(keypass),
        truststore_password: given(trustpass),
        ..Order::new(&description, &place.join("elsewhere"))
    };
    let (theirs, _) = prepare(&order, &|_| {}).unwrap();
    let trees = place.join("trees");
    for node in ["node0", "node1"] {
        tree(&trees.join(node), &theirs, node);
    }
    trees
}

#[track_caller]
fn opens(store: &Path, password: &str, other: &str) {
    let bytes = fs::read(store).unwrap();
    keystore_core::decode(&bytes, &Password::new(password)).unwrap();
    keystore_core::decode(&bytes, &Password::new(other)).unwrap_err();
}

#[test]
fn every_address_and_name_of_a_node_is_in_its_certificate() {
    let text = "cassandra = \"4.0\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n\
        addresses = [\"192.0.2.11\", \"198.51.100.11\", \"2001:db8::11\"]\n\
        hostnames = [\"node0.example.com\", \"*.ring.example.com\"]\nuri = \"spiffe://example.com/node0\"\n\
        [[node]]\nname = \"node1\"\nhostnames = [\"node1.example.com\"]\n";
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(text).unwrap());
    let order = Order { key: Some(KeyKind::EcP256), ..Order::new(&description, dir.path()) };
    let (folder, _) = prepare(&order, &|_| {}).unwrap();
    let read = |node: &str| {
        let der = fs::read(folder.join(node).join(format!("{node}.cer"))).unwrap();
        CertificateInfo::read(&der.into()).unwrap()
    };
    let ip = |text: &str| SubjectAltName::IpAddress(text.parse().unwrap());
    let dns = |text: &str| SubjectAltName::DnsName(text.into());
    let uri = SubjectAltName::Uri("spiffe://example.com/node0".into());
    let zero = read("node0");
    assert_eq!(zero.subject().to_string(), "CN=192.0.2.11, OU=None, O=None, L=None, C=None");
    let all = [ip("192.0.2.11"), ip("198.51.100.11"), ip("2001:db8::11"), dns("node0.example.com")];
    assert_eq!(zero.subject_alt_names(), [&all[..], &[dns("*.ring.example.com"), uri]].concat());
    assert_eq!(zero.public_key().algorithm().to_string(), "EC on prime256v1");
    let one = read("node1");
    assert_eq!(one.subject().to_string(), "CN=node1.example.com, OU=None, O=None, L=None, C=None");
    assert_eq!(one.subject_alt_names(), [dns("node1.example.com")]);
    let nameless = Description::from_toml("cassandra = \"4.0\"\n[[node]]\nname = \"node0\"\n").unwrap();
    let error = format!("{:#}", prepare(&Order::new(&nameless, dir.path()), &|_| {}).unwrap_err());
    assert!(error.starts_with("node0: has neither an address nor a host name: give it `address` or"), "{error}");
}

#[test]
fn bundles_of_an_authority_trust_it_alone() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let mut rng = rand::rng();
    let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng).unwrap();
    let validity = Validity::days(Time::from(std::time::SystemTime::now()), Validity::DEFAULT_DAYS).unwrap();
    let authority = AuthorityParams::new("CN=CA 2026".parse().unwrap(), validity).self_signed(key, &mut rng).unwrap();
    let order = Order { authority: Some(&authority), days: 365, ..Order::new(&description, dir.path()) };
    let (folder, manifest) = prepare(&order, &|_| {}).unwrap();
    assert_eq!(manifest.nodes["node0"].trusts, [cassandra_tls::input::Digest::of(authority.certificate())]);
    assert_eq!(manifest.nodes["node0"].trusts, manifest.nodes["node1"].trusts);
    let root = dir.path().join("tree");
    let properties = tree(&root, &folder, "node0");
    let expected = Expected::of(&manifest.nodes["node0"]);
    let node = Node { settings: Some(properties), expected, ..Node::new(Root::Copy(root), now()) };
    assert_eq!(wrong(&preflight(&node)), [""; 0]);
}

#[test]
fn a_file_that_was_changed_is_no_generation_and_a_generation_is_never_written_over() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (folder, _) = prepare(&Order::new(&description, dir.path()), &|_| {}).unwrap();
    let bytes = fs::read(folder.join("node0/keystore.node0")).unwrap();
    install(&folder.join("node0/node0.cer"), b"another", Access::Everyone).unwrap();
    let error = Manifest::read(&folder).unwrap_err().to_string();
    assert!(error.contains("node0.cer is not the file that was written"), "{error}");
    let before = PreviousState::Generation(folder.clone());
    let refused = prepare(&Order { before, ..Order::new(&description, dir.path()) }, &|_| {}).unwrap_err();
    assert!(refused.to_string().contains("node0.cer"), "{refused}");
    let (other, _) = prepare(&Order::new(&description, dir.path()), &|_| {}).unwrap();
    assert_ne!(other, folder);
    assert_eq!(fs::read(folder.join("node0/keystore.node0")).unwrap(), bytes);
}

#[test]
fn a_manifest_that_somebody_changed_is_refused() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (folder, manifest) = prepare(&Order::new(&description, dir.path()), &|_| {}).unwrap();
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap();
    assert_eq!(Manifest::parse(&text).unwrap(), manifest);
    let identity = manifest.nodes["node1"].identity.to_string();
    for (from, to, why) in [
        ("\"node1\"", "\"../../../evil\"".to_owned(), "is not made of letters"),
        ("\"node1\"", "\"{{ x }}\"".to_owned(), "is not made of letters"),
        ("\"password\"", "\"../../etc/shadow\"".to_owned(), "is not made of letters"),
        ("\"g1\"", "\"g1\\u001b[2J\"".to_owned(), "is not made of letters"),
        (&identity, "x; id".to_owned(), "is not 64 hexadecimal digits"),
        (&format!("\"identity\": \"{identity}\""), format!("\"identity\": \"{}\"", "0".repeat(64)), "is to serve"),
        ("node1.cer\"", "node1.crt\"".to_owned(), "the bundle has no node1.cer"),
    ] {
        let changed = text.replace(from, &to);
        assert_ne!(changed, text, "{from}");
        let said = format!("{:#}", Manifest::parse(&changed).unwrap_err());
        assert!(said.contains(why), "{from} as {to}: {said}");
    }
    // The files are those that were written, and the truststore holds something else than is said.
    let mut other = manifest.clone();
    other.nodes.values_mut().for_each(|bundle| bundle.trusts.truncate(1));
    let error = Certificates::default().add_generation(&folder, &other).unwrap_err().to_string();
    assert!(error.ends_with("truststore.node0 does not hold the certificates that the manifest lists"), "{error}");
}

#[test]
fn what_a_restart_would_find_out_is_found_out_before() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (folder, manifest) = prepare(&Order::new(&description, dir.path()), &|_| {}).unwrap();
    let root = dir.path().join("tree");
    let properties = tree(&root, &folder, "node0");
    let looked_at = |expected: &str| {
        let expected = Expected::of(&manifest.nodes[expected]);
        let node = Node { settings: Some(properties.clone()), expected, ..Node::new(Root::Copy(root.clone()), now()) };
        preflight(&node)
    };
    assert_eq!(wrong(&looked_at("node0")), [""; 0]);
    assert!(looked_at("node0").checks.len() >= 4);
    // Another node's bundle.
    assert!(wrong(&looked_at("node1"))[0].starts_with("it holds "));
    // The wrong password, a truststore that is missing, a setting that is.
    let file = root.join(properties.strip_prefix("/").unwrap());
    let text = fs::read_to_string(&file).unwrap();
    let replaced = |from: &str, to: &str| {
        fs::write(&file, text.replace(from, to)).unwrap();
        wrong(&looked_at("node0")).join("; ")
    };
    let said = replaced(&password(&folder, "node0"), "another1");
    assert!(said.contains("the password is wrong, or the content was tampered with"), "{said}");
    assert!(!said.contains("another1"));
    assert!(replaced("truststore.node0", "truststore.gone").contains("truststore.gone cannot be read"));
    let said = replaced("conf_cassandra_server_encryption_keystore_password", "x");
    assert!(said.contains("keystore and its password are not both set"), "{said}");
    fs::write(&file, "x=1\n").unwrap();
    assert!(wrong(&looked_at("node0"))[0].contains("neither family"));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_or_that_the_service_may_not_is_wrong() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (folder, _) = prepare(&Order::new(&description, dir.path()), &|_| {}).unwrap();
    let root = dir.path().join("tree");
    let properties = tree(&root, &folder, "node0");
    let keystore = root.join("opt/apigee/data/apigee-cassandra/keystore.node0");
    let (owner, group) = (fs::metadata(&keystore).unwrap().uid(), fs::metadata(&keystore).unwrap().gid());
    let looked_at = |user: u32| {
        let node =
            Node { settings: Some(properties.clone()), user: Some(user), ..Node::new(Root::Copy(root.clone()), now()) };
        wrong(&preflight(&node)).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(looked_at(owner), [""; 0]);
    assert_eq!(looked_at(owner + 1), vec![format!("it belongs to {owner} and the group {group}, mode 0400"); 2]);
    fs::set_permissions(&keystore, fs::Permissions::from_mode(0o440)).unwrap();
    assert_eq!(looked_at(owner), ["its mode is 0440"]);
    // Its group may read it where that is how the service does.
    fs::create_dir(root.join("etc")).unwrap();
    fs::write(root.join("etc/passwd"), format!("cassandra:x:{}:1:::\n", owner + 1)).unwrap();
    fs::write(root.join("etc/group"), format!("tls:x:{group}:other,cassandra\n")).unwrap();
    let truststore = root.join("opt/apigee/data/apigee-cassandra/truststore.node0");
    fs::set_permissions(&truststore, fs::Permissions::from_mode(0o440)).unwrap();
    assert_eq!(looked_at(owner + 1), [""; 0]);
}
