//! Bundles of two generations, from one's own certificates and from an authority, and what preflight says of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use cassandra_props::{Family, InternodeTls, Properties, RequireClientAuth, Store, TlsSettings};
use cassandra_tls::bundle::{Manifest, Order, PASSWORD, PreviousState, prepare};
use cassandra_tls::description::Description;
use cassandra_tls::files::{Access, install};
use cassandra_tls::preflight::{Expected, Node, Report, preflight};
use cassandra_tls::reading::Root;
use cassandra_tls::state::Certificates;
use cassandra_tls::status::Severity;
use certgen::{AuthorityParams, KeyKind, KeyPair, Time, Validity};

const CLUSTER: &str = "cassandra = \"3.11\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n\
    [[node]]\nname = \"node1\"\naddress = \"2001:db8::12\"\n";

fn order<'a>(description: &'a Description, dir: &Path) -> Order<'a> {
    Order {
        description,
        dir: dir.to_owned(),
        before: PreviousState::Nothing,
        authority: None,
        days: Validity::DEFAULT_DAYS,
        password: None,
    }
}

fn password(folder: &Path, node: &str) -> String {
    fs::read_to_string(folder.join(node).join(PASSWORD)).unwrap().trim_end().to_owned()
}

/// A node's tree with the bundle's stores where the settings name them.
fn tree(root: &Path, bundle: &Path, node: &str) -> PathBuf {
    let data = Path::new("opt/apigee/data/apigee-cassandra");
    for file in [format!("keystore.{node}"), format!("truststore.{node}")] {
        let bytes = fs::read(bundle.join(node).join(&file)).unwrap();
        install(&root.join(data).join(&file), &bytes, Access::Owner).unwrap();
    }
    let store =
        |kind: &str| Store::new(&format!("/{}/{kind}.{node}", data.display()), &password(bundle, node)).unwrap();
    let mut file = Properties::parse(b"# site\n").unwrap();
    let settings = TlsSettings::new(store("keystore"), store("truststore")).client_auth(RequireClientAuth::Required);
    InternodeTls::new(Family::ServerEncryption).enable(&settings).apply(&mut file).unwrap();
    let properties = PathBuf::from("/opt/apigee/customer/application/cassandra.properties");
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

#[test]
fn the_second_generation_trusts_the_first_and_keeps_its_passwords() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (first, one) = prepare(&order(&description, dir.path()), &|_| {}).unwrap();
    let before = PreviousState::Generation(first.clone());
    let (second, two) = prepare(&Order { before, ..order(&description, dir.path()) }, &|_| {}).unwrap();
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
    let (theirs, one) = prepare(&order(&description, &elsewhere), &|_| {}).unwrap();
    let trees = dir.path().join("trees");
    let mut properties = PathBuf::new();
    for node in ["node0", "node1"] {
        properties = tree(&trees.join(node), &theirs, node);
    }
    let before = PreviousState::Trees { folder: trees, settings: Some(properties) };
    let (ours, two) = prepare(&Order { before, ..order(&description, dir.path()) }, &|_| {}).unwrap();
    assert_eq!((two.generation.as_str(), two.previous.as_ref().map(cassandra_tls::input::Name::as_str)), ("g1", None));
    for node in ["node0", "node1"] {
        let (old, new) = (&one.nodes[node], &two.nodes[node]);
        // Theirs stand under the very aliases that ours have, too.
        assert!(new.trusts.len() == 4 && old.trusts.iter().all(|old| new.trusts.contains(old)));
        assert_eq!(new.trusts_after.as_ref().unwrap().len(), 2);
        assert_eq!(password(&theirs, node), password(&ours, node));
    }
}

#[test]
fn bundles_of_an_authority_trust_it_alone() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let mut rng = rand::rng();
    let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng).unwrap();
    let validity = Validity::days(Time::from(std::time::SystemTime::now()), Validity::DEFAULT_DAYS).unwrap();
    let authority = AuthorityParams::new("CN=CA 2026".parse().unwrap(), validity).self_signed(key, &mut rng).unwrap();
    let order = Order { authority: Some(&authority), days: 365, ..order(&description, dir.path()) };
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
    let (folder, _) = prepare(&order(&description, dir.path()), &|_| {}).unwrap();
    let bytes = fs::read(folder.join("node0/keystore.node0")).unwrap();
    install(&folder.join("node0/node0.cer"), b"another", Access::Everyone).unwrap();
    let error = Manifest::read(&folder).unwrap_err().to_string();
    assert!(error.contains("node0.cer is not the file that was written"), "{error}");
    let before = PreviousState::Generation(folder.clone());
    let refused = prepare(&Order { before, ..order(&description, dir.path()) }, &|_| {}).unwrap_err();
    assert!(refused.to_string().contains("node0.cer"), "{refused}");
    let (other, _) = prepare(&order(&description, dir.path()), &|_| {}).unwrap();
    assert_ne!(other, folder);
    assert_eq!(fs::read(folder.join("node0/keystore.node0")).unwrap(), bytes);
}

#[test]
fn a_manifest_that_somebody_changed_is_refused() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (folder, manifest) = prepare(&order(&description, dir.path()), &|_| {}).unwrap();
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
        ("node1.cer\"", "node1.crt\"".to_owned(), "there is no node1.cer in its bundle"),
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
    assert!(error.ends_with("truststore.node0 does not hold what the manifest says"), "{error}");
}

#[test]
fn what_a_restart_would_find_out_is_found_out_before() {
    let (dir, description) = (tempfile::tempdir().unwrap(), Description::from_toml(CLUSTER).unwrap());
    let (folder, manifest) = prepare(&order(&description, dir.path()), &|_| {}).unwrap();
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
    let (folder, _) = prepare(&order(&description, dir.path()), &|_| {}).unwrap();
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
