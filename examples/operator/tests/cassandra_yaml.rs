//! A cluster whose settings are in `cassandra.yaml`, as Debian's package lays it: a company's authority, PKCS#12, mutual TLS.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::fs;
use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use bridge::{Format, Identity, truststore};
use cassandra_props::{
    CassandraYaml, Family, InternodeTls, OptionValue, RequireClientAuth, Section, Store, TlsSettings,
};
use cassandra_tls::files::Access;
use certgen::pem::KeyEncryption;
use certgen::{
    Authority, AuthorityParams, FleetIssuer, KeyKind, KeyPair, NodeOrder, NodeParams, Time, Validity, issue_fleet, pem,
};
use keystore_core::Password;
use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rand::SeedableRng as _;
use serde_json::Value;

/// Cassandra's own of 4.1.2.
const STOCK: &[u8] = include_bytes!("fixtures/cassandra-4.1.yaml");
const DEBIAN: &str = "etc/cassandra/cassandra.yaml";
const RED_HAT: &str = "etc/cassandra/conf/cassandra.yaml";
const PASSWORD: &str = "0123456789";

/// Copies of hosts' trees, and what is needed to make more of them.
struct Place {
    folder: tempfile::TempDir,
    nodes: Vec<String>,
}

impl Place {
    /// Hosts with Cassandra's own file, and `cluster.toml`.
    fn stock(nodes: u8, settings: &str) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            nodes: (1..=nodes).map(|node| format!("cdb-eu-{node:02}")).collect(),
        };
        let described = place
            .nodes
            .iter()
            .zip(addresses())
            .map(|(name, address)| format!("[[node]]\nname = \"{name}\"\naddress = \"{address}\"\n"));
        place.write("cluster.toml", format!("cassandra = \"4.1.10\"\n{}", described.collect::<String>()).as_bytes());
        place.nodes.iter().for_each(|node| place.write(&format!("hosts/{node}/{settings}"), STOCK));
        place
    }

    /// The same with mutual TLS: every node has a key of its own, signed by the company's intermediate, and trusts its root.
    fn mutual_tls(nodes: u8, settings: &str) -> Self {
        let place = Self::stock(nodes, settings);
        let (root, intermediate) = company();
        place.write("ca.pem", pem::encode_certificate(intermediate.certificate()).as_bytes());
        let (password, now) = (Password::new(PASSWORD), SystemTime::now());
        let orders = addresses().take(place.nodes.len()).map(|address| {
            let params = NodeParams::for_ip(address.into()).validity(validity(365));
            NodeOrder::new(params, KeyKind::EcP256, rand::rngs::StdRng::from_rng(&mut rand::rng()))
        });
        let orders: Vec<_> = orders.collect();
        let made = issue_fleet(orders, FleetIssuer::Authority(&intermediate), |_| ControlFlow::Continue(())).unwrap();
        let trusted = [("company", root.certificate().clone())];
        let truststore = truststore(trusted, Format::Pkcs12, &password, now, &mut rand::rng()).unwrap();
        for (node, material) in place.nodes.iter().zip(&made) {
            let key = KeyPair::from_pkcs8(&material.key().secret_pkcs8()).unwrap();
            let identity = Identity::new(node, key, material.chain().to_vec()).unwrap();
            let keystore = identity.keystore(Format::Pkcs12, &password, now, &mut rand::rng()).unwrap();
            place.write(&format!("hosts/{node}/etc/cassandra/ssl/{node}.p12"), &keystore);
            place.write(&format!("hosts/{node}/etc/cassandra/ssl/company.p12"), &truststore);
            place.write(&format!("hosts/{node}/{settings}"), encrypted(node).as_bytes());
        }
        place
    }

    /// The same from PEM: the key encrypted as Java 11 opens it.
    fn pem(nodes: u8) -> Self {
        let place = Self::mutual_tls(nodes, DEBIAN);
        for node in &place.nodes {
            let ssl = format!("hosts/{node}/etc/cassandra/ssl");
            let opened = |name: &str| {
                let bytes = fs::read(place.path(&format!("{ssl}/{name}.p12"))).unwrap();
                keystore_core::decode(&bytes, &Password::new(PASSWORD)).unwrap().view().into_owned()
            };
            let keystore = opened(node);
            let (key, chain) = {
                let found = keystore.private_keys()[0];
                (found.key.open(&Password::new(PASSWORD)).unwrap(), found.chain.to_vec())
            };
            place.write_pem_key(node, &key.secret_pkcs8(), &chain, KeyEncryption::Sha1TripleDes);
            let trusted = opened("company").trust_anchors()[0].certificate.clone().into_owned();
            place.write(&format!("{ssl}/company.pem"), pem::encode_certificate(&trusted).as_bytes());
            let settings = place.path(&format!("hosts/{node}/{DEBIAN}"));
            let text = fs::read_to_string(&settings).unwrap().replace(".p12\n", ".pem\n").replace(
                "\nserver_encryption_options:\n",
                "\nserver_encryption_options:\n  ssl_context_factory: {class_name: PEMBasedSslContextFactory}\n",
            );
            fs::write(settings, text).unwrap();
        }
        place
    }

    fn write_pem_key(
        &self,
        node: &str,
        key: &PrivatePkcs8KeyDer<'_>,
        chain: &[CertificateDer<'_>],
        encryption: KeyEncryption,
    ) {
        let mut text =
            pem::encode_encrypted_private_key(key, encryption, PASSWORD.as_bytes(), &mut rand::rng()).unwrap();
        text.extend(chain.iter().map(pem::encode_certificate));
        self.write(&format!("hosts/{node}/etc/cassandra/ssl/{node}.pem"), text.as_bytes());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// For its owner alone, as a keystore must be.
    fn write(&self, name: &str, bytes: &[u8]) {
        cassandra_tls::files::install(&self.path(name), bytes, Access::Editable).unwrap();
    }

    fn says(&self, status: i32, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        let output = command.args(arguments).current_dir(self.folder.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, error) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}{error}");
        if status == 0 { said } else { said + &error }
    }

    fn observe(&self) -> Value {
        let said = self.says(0, &["observe", "trees", "--cluster", "cluster.toml", "--settled", "hosts", "--json"]);
        serde_json::from_str(&said).unwrap()
    }
}

fn addresses() -> impl Iterator<Item = Ipv4Addr> {
    (1..=255).map(|last| Ipv4Addr::new(192, 0, 2, last))
}

fn validity(days: u32) -> Validity {
    Validity::days(Time::from(SystemTime::now()), days).unwrap()
}

/// A root, and an intermediate that signs for nodes.
fn company() -> (Authority, Authority) {
    let rng = &mut rand::rng();
    let mut key = || KeyPair::generate(KeyKind::EcP256, rng).unwrap();
    let (root_key, own_key) = (key(), key());
    // One moment for both: an authority must not outlive the one above it.
    let validity = validity(3650);
    let params = |name: &str| AuthorityParams::new(name.parse().unwrap(), validity);
    let root = params("CN=Company Root").self_signed(root_key, &mut rand::rng()).unwrap();
    let own = params("CN=Company Nodes").issued_by(&root, own_key, &mut rand::rng()).unwrap();
    (root, own)
}

/// The stock file, edited: as an operator of 4.1 would by hand.
fn encrypted(node: &str) -> CassandraYaml {
    let mut file = CassandraYaml::parse(STOCK).unwrap();
    let store = |name: &str| Store::new(&format!("/etc/cassandra/ssl/{name}.p12"), PASSWORD).unwrap();
    let settings = TlsSettings::new(store(node), store("company")).client_auth(RequireClientAuth::Required);
    InternodeTls::new(Family::ServerEncryption).enable(&settings.store_type("PKCS12")).apply(&mut file).unwrap();
    file
}

/// Was reported as plaintext, with exit status 0.
#[test]
fn sixty_nodes_of_mutual_tls_are_seen_as_what_they_are() {
    let place = Place::mutual_tls(60, DEBIAN);
    let seen = place.observe();
    let rows = seen["nodes"].as_array().unwrap();
    assert_eq!(rows.len(), 60);
    for row in rows {
        assert_eq!(
            (&row["mode"], &row["trusts"], &row["settled"]),
            (&"TLS only".into(), &vec![1].into(), &true.into())
        );
        assert_eq!(row["serves"].as_array().unwrap().len(), 1, "{row}");
    }
    let state: Value = serde_json::from_slice(&fs::read(place.path("state.json")).unwrap()).unwrap();
    assert!(state.to_string().contains("\"client_auth\":\"on\""));
    let settings = &state["disks"]["cdb-eu-60"]["settings"];
    assert_eq!(settings["path"], format!("/{DEBIAN}"));
}

/// A load changes what applications see, and no file of the nodes says what they trust.
#[test]
fn applications_of_the_same_stores_are_named() {
    let place = Place::mutual_tls(2, DEBIAN);
    let settings = place.path(&format!("hosts/cdb-eu-01/{DEBIAN}"));
    let text = fs::read_to_string(&settings).unwrap();
    let (before, after) = text.split_once("\nclient_encryption_options:\n").unwrap();
    let [keystore, truststore] = ["cdb-eu-01", "company"].map(|name| format!("/etc/cassandra/ssl/{name}.p12"));
    // Cassandra 4.1 also serves TLS with `enabled: false` if the keystore exists.
    for (lines, keystore, serves) in [
        ("  enabled: true\n", keystore.as_str(), true),
        ("  enabled: false\n", &keystore, true),
        ("  enabled: false\n  optional: false\n", &keystore, false),
        ("  enabled: false\n", "/etc/cassandra/ssl/missing.p12", false),
        ("  enabled: false\n  optional: true\n", "/etc/cassandra/ssl/missing.p12", true),
    ] {
        let lines = format!("{lines}  truststore: {truststore}\n");
        let named = format!("  keystore: {keystore}\n");
        let after = after.replacen("  enabled: false\n", &lines, 1).replacen("  keystore: conf/.keystore\n", &named, 1);
        fs::write(&settings, format!("{before}\nclient_encryption_options:\n{after}")).unwrap();
        place.observe();
        let said = place.says(0, &["plan", "--state", "state.json", "client-auth", "off"]);
        let is_said = said.contains("applications: cdb-eu-01 serves applications from the internode stores");
        assert_eq!(is_said, serves, "{lines}{named}{said}");
    }
}

#[test]
fn a_node_is_checked_before_its_restart() {
    for settings in [DEBIAN, RED_HAT] {
        let place = Place::mutual_tls(1, settings);
        let said = place.says(0, &["preflight", "--root", "hosts/cdb-eu-01"]);
        assert!(said.contains("cdb-eu-01.p12 opens and holds one key"), "{said}");
        fs::remove_file(place.path("hosts/cdb-eu-01/etc/cassandra/ssl/company.p12")).unwrap();
        let said = place.says(2, &["preflight", "--root", "hosts/cdb-eu-01"]);
        assert!(said.contains("WRONG") && said.contains("company.p12 cannot be read"), "{said}");
    }
}

/// A fragment of `cassandra.yaml` with the paths that the node has, in the next generation too, and no file of Edge's.
#[test]
fn a_bundle_has_the_settings_in_the_words_of_the_nodes_file() {
    let place = Place::mutual_tls(2, DEBIAN);
    let prepare = ["prepare", "--cluster", "cluster.toml", "--store", "pkcs12"];
    place.says(0, &[&prepare[..], &["--trees", "hosts"]].concat());
    place.says(0, &[&prepare[..], &["--previous", "bundles/g1"]].concat());
    for generation in ["g1", "g2"] {
        let bundle = place.path(&format!("bundles/{generation}/cdb-eu-01"));
        assert!(!bundle.join("cdb-eu-01.properties").exists());
        let text = fs::read(bundle.join("cdb-eu-01.yaml")).unwrap();
        let file = CassandraYaml::parse(&text).unwrap();
        let options = file.options(Section::Server, "4.1.10".parse().unwrap()).unwrap();
        for (name, value) in [
            ("internode_encryption", "all"),
            ("keystore", "/etc/cassandra/ssl/cdb-eu-01.p12"),
            ("keystore_password", PASSWORD),
            ("truststore", "/etc/cassandra/ssl/company.p12"),
            ("truststore_password", PASSWORD),
            ("store_type", "PKCS12"),
        ] {
            assert_eq!(options.value(name), Some(&OptionValue::Text(value.into())), "{name}");
        }
    }
    let said =
        place.says(2, &["preflight", "--root", "hosts/cdb-eu-01", "--node", "cdb-eu-01", "--peers", "bundles/g1"]);
    assert!(said.contains("cdb-eu-02 accepts cdb-eu-01 as a server"), "{said}");
}

/// Edge makes `cassandra.yaml` of its own file. Without trees, any other release may have either.
#[test]
fn a_first_bundle_has_the_settings_for_each_file_that_the_node_may_have() {
    let place = Place::stock(1, DEBIAN);
    place.says(0, &["prepare", "--cluster", "cluster.toml"]);
    place.says(0, &["prepare", "--cluster", "cluster.toml", "--trees", "hosts"]);
    let cluster = fs::read_to_string(place.path("cluster.toml")).unwrap().replace("4.1.10", "edge-4.53.01");
    place.write("edge.toml", cluster.as_bytes());
    place.says(0, &["prepare", "--cluster", "edge.toml"]);
    for (generation, [properties, yaml]) in [("g1", [true, true]), ("g2", [false, true]), ("g3", [true, false])] {
        let bundle = place.path(&format!("bundles/{generation}/cdb-eu-01"));
        assert_eq!(bundle.join("cdb-eu-01.properties").exists(), properties, "{generation}");
        assert_eq!(bundle.join("cdb-eu-01.yaml").exists(), yaml, "{generation}");
    }
    let text = fs::read_to_string(place.path("bundles/g2/cdb-eu-01/cdb-eu-01.yaml")).unwrap();
    assert!(text.starts_with("server_encryption_options:\n    internode_encryption: all\n"), "{text}");
    assert!(text.contains("    keystore: /etc/cassandra/keystore.cdb-eu-01\n"), "{text}");
}

#[test]
fn pem_is_checked_before_a_restart() {
    let place = Place::pem(2);
    let preflight =
        ["preflight", "--root", "hosts/cdb-eu-01", "--cassandra", "4.1.10", "--java", "11", "--peers", "hosts"];
    let said = place.says(0, &preflight);
    for what in [
        "cdb-eu-01.pem holds a key that opens, and its certificate",
        "company.pem holds a trusted certificate",
        "cdb-eu-01 accepts cdb-eu-02 as a server",
        "cdb-eu-02 accepts cdb-eu-01 as a client",
    ] {
        assert!(said.contains(what), "{said}");
    }

    // OpenSSL's default encryption, another node's key, and another password.
    let key_of = |node: &str| {
        let text = fs::read(place.path(&format!("hosts/{node}/etc/cassandra/ssl/{node}.pem"))).unwrap();
        let key = pem::decode_encrypted_private_key(&text, PASSWORD.as_bytes(), pem::KdfLimits::default()).unwrap();
        (key, pem::decode_certificates(&text).unwrap())
    };
    let ((own, chain), (other, _)) = (key_of("cdb-eu-01"), key_of("cdb-eu-02"));
    place.write_pem_key("cdb-eu-01", &own.secret_pkcs8(), &chain, KeyEncryption::Pbes2Aes256);
    let said = place.says(2, &preflight);
    assert!(said.contains("WRONG") && said.contains("the private key in PEM is encrypted by PBES2"), "{said}");
    place.write_pem_key("cdb-eu-01", &other.secret_pkcs8(), &chain, KeyEncryption::Sha1TripleDes);
    let said = place.says(2, &preflight);
    assert!(said.contains("its first certificate is for another key"), "{said}");
    let settings = place.path(&format!("hosts/cdb-eu-01/{DEBIAN}"));
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace(PASSWORD, "another1")).unwrap();
    let said = place.says(2, &preflight);
    assert!(said.contains("cdb-eu-01.pem holds a key that opens, and its certificate: "), "{said}");
    assert!(!said.contains("another1"), "{said}");
}

const PEM_FACTORY: &str = "  ssl_context_factory: {class_name: PEMBasedSslContextFactory}\n";

/// The settings of the first node, with the content of its PEM files in place of their names.
fn with_inline_pem(place: &Place) -> String {
    let text = fs::read_to_string(place.path(&format!("hosts/cdb-eu-01/{DEBIAN}"))).unwrap();
    let ssl = "hosts/cdb-eu-01/etc/cassandra/ssl";
    let inline = |name: &str| {
        let text = fs::read_to_string(place.path(&format!("{ssl}/{name}.pem"))).unwrap();
        text.lines().flat_map(|line| ["        ", line, "\n"]).collect::<String>()
    };
    let (key, trusted) = (inline("cdb-eu-01"), inline("company"));
    let factory = format!(
        "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters:\n      private_key: |\n{key}      \
         trusted_certificates: |\n{trusted}"
    );
    let names_file = |line: &str| ["keystore:", "truststore:"].iter().any(|name| line.trim_start().starts_with(name));
    let without: String = text.split_inclusive('\n').filter(|line| !names_file(line)).collect();
    without.replace(PEM_FACTORY, &factory)
}

/// Java 25 opens a key in PBES2, and Java 17 does not.
#[test]
fn pem_is_judged_for_the_given_java_in_the_settings_and_for_outbound_connections() {
    let place = Place::pem(1);
    let (settings, ssl) = (format!("hosts/cdb-eu-01/{DEBIAN}"), "hosts/cdb-eu-01/etc/cassandra/ssl");
    let own = fs::read(place.path(&format!("{ssl}/cdb-eu-01.pem"))).unwrap();
    let key = pem::decode_encrypted_private_key(&own, PASSWORD.as_bytes(), pem::KdfLimits::default()).unwrap();
    let chain = pem::decode_certificates(&own).unwrap();
    place.write_pem_key("cdb-eu-01", &key.secret_pkcs8(), &chain, KeyEncryption::Pbes2Aes256);
    let inline = with_inline_pem(&place);
    fs::rename(place.path(&format!("{ssl}/cdb-eu-01.pem")), place.path(&format!("{ssl}/outbound.pem"))).unwrap();
    place.write_pem_key("cdb-eu-01", &key.secret_pkcs8(), &chain, KeyEncryption::Sha1TripleDes);
    let preflight = |java| ["preflight", "--root", "hosts/cdb-eu-01", "--cassandra", "5.0.8", "--java", java];
    let pbes2 = "the private key in PEM is encrypted by PBES2";

    let text = fs::read_to_string(place.path(&settings)).unwrap();
    let outbound = [PEM_FACTORY, "  outbound_keystore: /etc/cassandra/ssl/outbound.pem\n"].concat();
    fs::write(place.path(&settings), text.replace(PEM_FACTORY, &outbound)).unwrap();
    let said = place.says(2, &preflight("17"));
    assert!(said.contains("outbound.pem: ") && said.contains(pbes2), "{said}");
    let said = place.says(0, &preflight("25"));
    assert!(said.contains("outbound.pem holds a key that opens, and its certificate"), "{said}");
    assert!(
        said.contains("whether peers accept the certificate of outbound_keystore") && !said.contains(pbes2),
        "{said}"
    );

    fs::write(place.path(&settings), inline).unwrap();
    let said = place.says(2, &preflight("17"));
    assert!(said.contains(pbes2), "{said}");
    let said = place.says(0, &preflight("25"));
    assert!(!said.contains(pbes2), "{said}");
}

#[test]
fn pem_in_the_settings_is_looked_into() {
    let place = Place::pem(1);
    place.write("inline.yaml", with_inline_pem(&place).as_bytes());
    let said = place.says(1, &["expiry", "--warning", "9999", "inline.yaml"]);
    for name in
        ["server_encryption_options.ssl_context_factory private_key", "ssl_context_factory trusted_certificates"]
    {
        assert!(said.contains(name), "{said}");
    }
    let said = place.says(0, &["inspect", "inline.yaml"]);
    assert!(said.contains("keys or certificates are in this file"), "{said}");
    assert!(!said.contains("reads no private key"), "{said}");
    // A file that is not on this machine is named.
    let said = place.says(0, &["inspect", &format!("hosts/cdb-eu-01/{DEBIAN}")]);
    assert!(said.contains("/etc/cassandra/ssl/cdb-eu-01.pem cannot be read"), "{said}");
    assert!(said.contains("preflight --root reads it"), "{said}");
}

#[test]
fn what_a_plan_cannot_hold_is_refused_by_name() {
    let place = Place::mutual_tls(1, DEBIAN);
    let file = place.path(&format!("hosts/cdb-eu-01/{DEBIAN}"));
    let text = fs::read_to_string(&file).unwrap();
    let observe = ["observe", "trees", "--cluster", "cluster.toml", "--settled", "hosts"];
    for (from, to, why) in [
        (
            "server_encryption_options:\n",
            "server_encryption_options:\n  ssl_context_factory: {class_name: com.example.Own}\n",
            "ssl_context_factory is com.example.Own: only the stores of Cassandra's own factory are supported",
        ),
        (
            "  keystore: /etc/cassandra/ssl/",
            "  keystore: conf/",
            "keystore is conf/cdb-eu-01.p12: name it by an absolute path",
        ),
        ("  keystore_password:", "  keystor_password:", "Cassandra 4.1.10 does not start from it: "),
        ("cluster_name:", "\tcluster_name:", "Cassandra refuses the file: "),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        fs::write(&file, edited).unwrap();
        let said = place.says(3, &observe);
        assert!(
            said.contains("cdb-eu-01: hosts/cdb-eu-01/etc/cassandra/cassandra.yaml: ") && said.contains(why),
            "{said}"
        );
    }
}

/// The files that a playbook puts differ from those on the hosts in the lines of the plan alone.
#[test]
fn a_playbook_puts_edited_files() {
    let place = Place::stock(3, DEBIAN);
    place.says(0, &["prepare", "--cluster", "cluster.toml"]);
    place.observe();
    let plan = ["plan", "--state", "state.json", "enable", "--bundles", "bundles/g1", "--trees", "hosts", "--playbook"];
    for (play, stores, folder) in
        [("play", &["--stores", "/etc/cassandra/ssl"][..], "/etc/cassandra/ssl"), ("beside", &[], "/etc/cassandra")]
    {
        place.says(0, &[&plan[..], &[play], stores].concat());
        let changed = changed_lines(STOCK, &last_settings(&place.path(&format!("{play}/files/cdb-eu-02"))));
        let keystore = format!("  keystore: {folder}/keystore.cdb-eu-02");
        let truststore = format!("  truststore: {folder}/truststore.cdb-eu-02");
        let expected = [
            "  internode_encryption: all",
            "  optional: false",
            &keystore,
            "  keystore_password: ",
            &truststore,
            "  truststore_password: ",
        ];
        assert_eq!(changed.len(), expected.len(), "{changed:?}");
        assert!(changed.iter().zip(expected).all(|(line, expected)| line.starts_with(expected)), "{changed:?}");
    }
    let role = include_str!("../ansible/roles/rot/tasks/put.yml");
    assert!(role.contains("rot_old.mode if rot_put.kind == 'settings'"), "its mode stays");
}

/// The settings that a playbook puts on a node last.
fn last_settings(folder: &Path) -> Vec<u8> {
    let mut put: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    put.sort_by_key(|file| number(file));
    fs::read(put.iter().rfind(|file| file.extension().unwrap() == "settings").unwrap()).unwrap()
}

fn number(file: &Path) -> u32 {
    file.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

/// The lines of a file that another, of as many lines or fewer, does not have in this order.
fn changed_lines(before: &[u8], after: &[u8]) -> Vec<String> {
    let lines =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let before = lines(before);
    let mut rest = before.iter().peekable();
    let mut changed = Vec::new();
    for line in lines(after) {
        if rest.clone().any(|other| *other == line) {
            while rest.next().is_some_and(|other| *other != line) {}
        } else {
            changed.push(line);
        }
    }
    changed
}
