//! Files from public reports, and what `inspect` and `expiry` say of them: what Java would do. `fixtures/reports/README.md` says
//! what each file is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use cassandra_tls::files::{Access, install};
use certgen::{Authority, AuthorityParams, KeyKind, KeyPair, NodeParams, Validity};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, Protection, SealedKey, jks};
use serde_json::Value;

fn report(name: &str) -> String {
    format!("{}/tests/fixtures/reports/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn program(password: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
    command.args(arguments).env_remove("STORE_PASSWORD").stdin(std::process::Stdio::null());
    command.envs(password.map(|password| ("STORE_PASSWORD", password))).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// All that a command says of a file, after its status was looked at.
fn says(command: &str, status: i32, password: Option<&str>, file: &str) -> String {
    let output = program(password, &[command, file]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{command} {file}: {said}");
    said
}

/// `inspect` of a report's file has this status, and says all of this.
fn inspects(status: i32, name: &str, expected: &[&str]) {
    let said = says("inspect", status, Some("changeit"), &report(name));
    for expected in expected {
        assert!(said.contains(expected), "{name}: {expected:?} is not in {said}");
    }
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&program(Some("changeit"), &[arguments, &["--json"]].concat()).stdout).unwrap()
}

/// keystore-explorer 204, istio 56815: Java refuses the whole store.
#[test]
fn keystores_01_a_certificate_that_java_does_not_read_is_shown_and_the_store_refused() {
    for name in ["duplicate-extension-key.p12", "duplicate-extension.p12", "duplicate-extension.jks"] {
        let name = format!("keystores-01-{name}");
        inspects(2, &name, &["error: Java", "does not load it", "Java refuses the whole store"]);
    }
    inspects(2, "keystores-01-not-a-certificate.p12", &["a certificate that cannot be read", "does not load it"]);
}

/// pyjks 37: Java reads the PEM text.
#[test]
fn keystores_01_pem_in_place_of_der_is_read_as_java_reads_it() {
    inspects(1, "keystores-01-pem-inside.jks", &["the store holds PEM in place of DER", "SHA-256"]);
}

#[test]
fn keystores_01b_no_finding_goes_to_another_certificate() {
    let name = "keystores-01b-unreadable-first.jks";
    inspects(2, name, &["certificate 1 of 2", "error: srv, certificate 2 of 2: expired on 2026-11-06"]);
    let entry = &json(&["inspect", &report(name)])["files"][0]["entries"][0];
    assert!(entry["certificates"][0]["error"].is_string(), "{entry}");
    assert_eq!(entry["certificates"][1]["role"], "issuer");
}

/// istio 56815: one file that cannot be read is one line.
#[test]
fn keystores_02_33_one_file_does_not_hide_the_others() {
    let (good, bad) = (report("keystores-11-expired-intermediate.p12"), report("keystores-14-encrypted-key.der"));
    for command in ["inspect", "expiry"] {
        let output = program(Some("changeit"), &[command, &bad, &good]);
        let (seen, failed) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(3), "{failed}");
        assert!(seen.contains("CN=I6") || seen.contains("certificate 2 of 3"), "{command}: {seen}");
        assert!(failed.lines().count() == 1 && failed.starts_with(&bad), "{command}: {failed}");
        let document = json(&[command, &bad, &good]);
        assert_eq!(document["failures"][0]["name"], *bad, "{document}");
    }
    let store = report("keystores-01b-unreadable-first.jks");
    let said = says("expiry", 3, Some("changeit"), &store);
    assert!(said.contains("srv"), "{said}");
}

/// go-pkcs12 28, xca 617: without a MAC, and without any password.
#[test]
fn keystores_08_a_store_without_a_mac_is_looked_at_and_says_so() {
    inspects(1, "keystores-08-without-mac.p12", &["PKCS#12, ", "without a MAC", "warning: the file has no MAC"]);
    says("expiry", 0, Some("changeit"), &report("keystores-08-without-mac.p12"));
    // Nothing in it is protected, so no password is asked for.
    let said = says("inspect", 0, None, &report("keystores-08-without-password.p12"));
    assert!(said.contains("trustedCertEntry") && said.contains("note: no password protects the file"), "{said}");
    says("expiry", 0, None, &report("keystores-08-without-password.p12"));
}

/// keystore-explorer 391, openssl 6684.
#[test]
fn keystores_10_what_java_does_not_show_is_marked() {
    let said = says("inspect", 2, None, &report("keystores-10-plain-key.p12"));
    for expected in ["of which Java lists 0", "hidden: Java does not find it", "error: there is no private key"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let name = "keystores-10-hidden-certificates.p12";
    let files = json(&["inspect", &report(name)])["files"].clone();
    assert_eq!((&files[0]["listed"], &files[0]["entries"][0]["visibility"]), (&Value::from(0), &Value::from("hidden")));
}

/// sensu-plugins-ssl 65 and others: Java refuses the node.
#[test]
fn keystores_11_an_expired_intermediate_is_an_error() {
    inspects(
        2,
        "keystores-11-expired-intermediate.p12",
        &[
            "error: ",
            "certificate 2 of 3: expired on 2026-11-06",
            "every certificate from it is refused, except by peers that trust it directly",
        ],
    );
}

/// pyjks 37, cert-utils-operator 23.
#[test]
fn keystores_13_a_key_or_pem_in_place_of_a_certificate() {
    for name in ["keystores-13-key-as-certificate.jks", "keystores-13-key-as-certificate.p12"] {
        inspects(2, name, &["does not load it", "a certificate that cannot be read"]);
    }
    inspects(1, "keystores-13-pem-as-certificate.p12", &["the store holds PEM in place of DER"]);
}

/// pyjks 49, 51, 67: people give the wrong file, which is called by its name.
#[test]
fn keystores_14_the_kind_of_a_file_is_named() {
    let place = tempfile::tempdir().unwrap();
    let (key, request, secret) = (place.path().join("k"), place.path().join("r"), place.path().join("s"));
    let made = KeyPair::generate(KeyKind::EcP256, &mut rand::rng()).unwrap();
    fs::write(&key, made.secret_pkcs8().secret_pkcs8_der()).unwrap();
    let params = NodeParams::for_ip("192.0.2.1".parse().unwrap());
    let signed = params.request(&made, &mut rand::rng()).unwrap();
    fs::write(&request, signed.as_der()).unwrap();
    fs::write(&secret, "MIIKCgIBAzCCCbQGCSqGSIb3DQEHAaCCCaUEggmhMIIJnTCCBXEGCSqGSIb3DQEH").unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    for (file, said) in [
        (report("keystores-14-encrypted-key.der"), "it is an encrypted private key (PKCS#8)"),
        (report("keystores-14-trusted-certificate.pem"), "comes with OpenSSL's trust settings"),
        (path(&key), "it is a private key (PKCS#8)"),
        (path(&request), "it is a certificate signing request"),
        (path(&secret), "it is base64 of a keystore, key or certificate"),
    ] {
        for command in ["inspect", "expiry"] {
            let found = says(command, 3, None, &file);
            assert!(found.contains(said) && !found.contains("password"), "{said}: {found}");
        }
    }
}

#[test]
fn keystores_15_a_byte_order_mark_is_passed_over_and_named() {
    inspects(1, "keystores-15-byte-order-mark.pem", &["warning: ", "UTF-8 byte order mark", "SHA-256"]);
}

/// openssl 22215: Java lists the certificate, and not the key.
#[test]
fn keystores_20_a_key_behind_a_trusted_certificate_is_missed() {
    let expected = ["shadowed: Java does not find it", "trustedCertEntry", "error: there is no private key"];
    inspects(2, "keystores-20-key-and-trusted.p12", &expected);
}

#[test]
fn keystores_31_names_that_java_refuses_are_errors() {
    for name in ["keystores-31-empty-issuer.p12", "keystores-31-empty-subject.p12"] {
        inspects(2, name, &["error: Java", "does not load it"]);
    }
}

/// cloud-sdk-java 248: as `keytool -list` without an answer.
#[test]
fn keystores_34_a_store_can_be_looked_at_without_its_password() {
    let file = report("clusters-08-truststore-root.jks");
    for option in [&[][..], &["--no-password"]] {
        let output = program(None, &[&["inspect", &file], option].concat());
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(
            said.contains("note: the integrity of the file was not verified") && said.contains("trustedCertEntry"),
            "{said}"
        );
    }
    let said = says("expiry", 0, None, &file);
    assert!(said.contains("read without its password") && said.contains("peers accept it after that too"), "{said}");
    // A key in it is not called unopenable.
    let said = says("inspect", 2, None, &report("clusters-03-expired-intermediate.jks"));
    assert!(said.contains("integrity not verified") && !said.contains("does not open"), "{said}");
}

/// The AWS guide, Helm values, Spring: the PEM text's own error.
#[test]
fn keystores_35_damaged_pem_says_what_is_wrong_with_it() {
    for (name, said) in [
        ("glued", "line"),
        ("one-of-two", "line"),
        ("escaped-line-ends", "the characters \\n in place of line ends"),
        ("four-dashes", "does not have five dashes"),
    ] {
        let file = report(&format!("keystores-35-{name}.pem"));
        for command in ["inspect", "expiry"] {
            let found = says(command, 3, None, &file);
            assert!(found.contains(said) && !found.contains("password"), "{name}: {found}");
        }
    }
}

/// bitnami/charts 6182.
#[test]
fn clusters_02_a_truststore_without_an_anchor_for_java() {
    let expected = ["of which Java lists 0", "error: there is no trusted certificate"];
    inspects(2, "clusters-02-openssl-nokeys.p12", &expected);
}

/// cass-operator 334: the authority ends first.
#[test]
fn clusters_03_an_expired_intermediate_is_an_error_everywhere() {
    let name = "clusters-03-expired-intermediate.jks";
    inspects(2, name, &["certificate 2 of 3: expired on 2025-01-01"]);
    let said = says("expiry", 2, Some("changeit"), &report(name));
    assert!(said.contains("every certificate from it is refused, except by peers that trust it directly"), "{said}");
}

/// `DataStax` 360010898977: what is above was not shown, and so not looked at.
#[test]
fn clusters_06_35_a_chain_without_its_intermediate_is_named() {
    let file = report("clusters-06-no-intermediate.jks");
    let said = text(&program(Some("changeit"), &["expiry", &file]).stdout);
    assert!(
        said.contains("which issued the last certificate of the chain, is missing: its dates are not checked"),
        "{said}"
    );
    let ends = json(&["expiry", &file])["open_ends"].clone();
    assert!(ends[0]["issuer"].as_str().unwrap().contains("CN=Acme Issuing"), "{ends}");
}

/// TLP, k8ssandra: one authority in every truststore. Java shakes hands with it.
#[test]
fn clusters_08_keystores_04_an_authority_in_a_truststore_is_no_node() {
    inspects(0, "clusters-08-truststore-root.jks", &["judged as: anchor"]);
    let findings = json(&["inspect", &report("clusters-08-truststore-root.jks")])["files"][0]["findings"].clone();
    assert_eq!(findings.as_array().unwrap().len(), 0, "{findings}");
}

/// What the JVM trusts by itself: no warning that Java does not share.
#[test]
fn keystores_04_a_jvms_own_truststore_has_no_warnings() {
    let mut looked_at = 0;
    for file in trusted_by_java().iter().filter(|file| file.exists()) {
        for password in [None, Some("changeit")] {
            let output = program(password, &["inspect", "--json", file.to_str().unwrap()]);
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            let findings = document["files"][0]["findings"].as_array().unwrap();
            let is_worse = |finding: &&Value| finding["severity"] != "note";
            let mut worse =
                findings.iter().filter(is_worse).map(|finding| finding["text"].as_str().unwrap().to_owned());
            assert_eq!(worse.next(), None, "{}", file.display());
            let held = document["files"][0]["entries"].as_array().or(document["files"][0]["certificates"].as_array());
            assert!(held.unwrap().len() > 50);
        }
        looked_at += 1;
    }
    if looked_at == 0 {
        assert!(std::env::var_os("CI").is_none(), "no JVM's truststore is on this machine");
        eprintln!("SKIPPED keystores_04_a_jvms_own_truststore_has_no_warnings: no JVM's truststore found");
    }
}

/// Debian's, and those of the JDKs that the environment names.
fn trusted_by_java() -> Vec<PathBuf> {
    let homes = ["JAVA_HOME", "JAVA_17_HOME", "JAVA_25_HOME"].into_iter().filter_map(std::env::var_os);
    let own = homes.map(|home| Path::new(&home).join("lib/security/cacerts"));
    let debian = ["/etc/ssl/certs/java/cacerts", "/etc/ssl/certs/ca-certificates.crt"];
    own.chain(["/usr/lib/jvm/default-java/lib/security/cacerts".into()]).chain(debian.map(PathBuf::from)).collect()
}

/// `preflight` of a report's tree has this status, and says all of this.
fn stops(name: &str, more: &[&str], expected: &[&str]) {
    let root = report(name);
    let output = program(None, &[&["preflight", "--root", &root][..], more].concat());
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{name}: {said}");
    for expected in expected {
        assert!(said.contains(expected), "{name}: {expected:?} is not in {said}");
    }
    let (checked, not_checked) = (said.lines().rev().nth(1).unwrap(), said.lines().last().unwrap());
    assert!(checked.starts_with("checked: ") && not_checked.starts_with("not checked: revocation; "), "{said}");
}

/// bitnami/charts 6182.
#[test]
fn clusters_02_a_truststore_that_trusts_nobody_stops_a_node() {
    let expected = ["opens and holds a trusted certificate: Java stops with", "OpenSSL writes such truststores"];
    stops("clusters-02-tree-p12ts/node0", &[], &expected);
}

/// cass-operator 334 and 308: whatever peers trust.
#[test]
fn clusters_03_04_dates_over_the_whole_chain_stop_a_node() {
    let expected =
        ["served certificate 1 expired at 2025-01-01T00:00:00Z", "served certificate 1 is O=Acme, CN=Acme Issuing X"];
    stops("clusters-03-tree-xleaf/node0", &[], &expected);
    stops(
        "clusters-04-tree-expired/node0",
        &[],
        &["accepts its certificate as a server's", "served certificate 0 expired"],
    );
    stops("clusters-04-tree-nyv/node0", &[], &["served certificate 0 is not valid before 2030"]);
}

/// caddy 7320, zowe 2394: client authentication is on, so it is both.
#[test]
fn clusters_05_a_certificate_without_one_of_its_roles_stops_a_node() {
    let refused = |role: &str| format!("lacks the extended key usage of a {role}");
    stops("clusters-05-tree-srv/node0", &[], &["WRONG  its own truststore", &refused("client")]);
    stops("clusters-05-tree-cli/node0", &[], &[&refused("server")]);
}

/// `DataStax` 360010898977.
#[test]
fn clusters_06_a_chain_without_its_intermediate_stops_a_node() {
    stops("clusters-06-tree-nochain/node0", &[], &["does not lead to an anchor", "--peers says it"]);
}

/// pega-helm-charts 769.
#[test]
fn clusters_09_a_store_type_that_does_not_fit_stops_a_node() {
    let expected = ["store_type is BCFKS, but the file is JKS", "keystore.node0"];
    stops("clusters-09-tree-st/node0", &["--cassandra", "4.0.17", "--java", "11"], &expected);
}

/// scylladb 9653: the certificate is for 192.168.7.7.
#[test]
fn clusters_20_a_certificate_for_another_address_stops_a_node() {
    stops("clusters-20-tree-wrongip/node0", &["--address", "10.0.0.11"], &["is not for 10.0.0.11"]);
    let root = report("clusters-20-tree-wrongip/node0");
    let said = text(&program(None, &["preflight", "--root", &root]).stdout);
    assert!(
        said.contains(
            "whether the certificate of node0 is for its address: give the address with --cluster or --address"
        ),
        "{said}"
    );
}

/// keystore-explorer 302: Java 8 before 8u301 does not read it, and 3.11 runs with Java 8.
#[test]
fn clusters_34_a_pkcs12_that_an_old_java_8_refuses_is_a_warning() {
    let root = report("clusters-34-trees/node0");
    let said = |more: &[&str]| {
        text(&program(None, &[&["preflight", "--root", &root, "--cassandra", "3.11.13"][..], more].concat()).stdout)
    };
    let line = |said: &str| said.lines().find(|line| line.contains("Java 8 before 8u301")).unwrap().to_owned();
    assert!(line(&said(&[])).starts_with("warning  "));
    assert!(line(&said(&["--java", "11"])).starts_with("note   "));
}

/// A node's tree, made by the test: its authority, an intermediate, and what its stores hold.
struct Made {
    place: tempfile::TempDir,
    root: CertificateDer<'static>,
    intermediate: Authority,
}

impl Made {
    fn new() -> Self {
        let mut rng = rand::rng();
        let key = || KeyPair::generate(KeyKind::EcP256, &mut rand::rng()).unwrap();
        let validity = Validity::days(SystemTime::now().into(), 365).unwrap();
        let params = |name: &str| AuthorityParams::new(name.parse().unwrap(), validity);
        let root = params("CN=Root").self_signed(key(), &mut rng).unwrap();
        let intermediate = params("CN=Issuing").issued_by(&root, key(), &mut rng).unwrap();
        let root = root.certificate().clone();
        Self { place: tempfile::tempdir().unwrap(), root, intermediate }
    }

    /// The tree of a node at this address that trusts these, its key under this password.
    fn tree(&self, node: &str, address: &str, trusted: &[&CertificateDer<'_>], key_password: &str) -> String {
        let mut rng = rand::rng();
        let key = KeyPair::generate(KeyKind::EcP256, &mut rng).unwrap();
        let validity = Validity::days(SystemTime::now().into(), 90).unwrap();
        let params = NodeParams::for_ip(address.parse().unwrap()).validity(validity);
        let own = params.issued_by(&self.intermediate, key.public_key(), &mut rng).unwrap();
        let chain = self.intermediate.chain_of(own);
        let now = keystore_core::Timestamp::from_millis(0);
        let password = Password::new(key_password);
        let sealed = SealedKey::seal(&key.secret_pkcs8(), &password, Protection::Jks, &mut rng).unwrap();
        let (mut keystore, mut truststore) = (KeyStore::new(), KeyStore::new());
        keystore.insert(Entry::new_private_key(node, sealed, chain, now)).unwrap();
        for (number, der) in trusted.iter().enumerate() {
            let entry = Entry::new_trusted_certificate(format!("ca{number}"), (*der).clone(), now);
            truststore.insert(entry).unwrap();
        }
        let tree = self.place.path().join("hosts").join(node);
        let stores = "opt/apigee/data/apigee-cassandra";
        let mut settings = "conf_cassandra_server_encryption_internode_encryption=all\n\
             conf_cassandra_server_encryption_require_client_auth=true\n\
             conf_cassandra_server_encryption_require_endpoint_verification=true\n"
            .to_owned();
        for (kind, store) in [("keystore", keystore), ("truststore", truststore)] {
            let file = tree.join(stores).join(format!("{kind}.{node}"));
            install(&file, &jks::encode(&store, &Password::new("changeit")).unwrap(), Access::Owner).unwrap();
            let prefix = format!("conf_cassandra_server_encryption_{kind}");
            settings.extend([&prefix, "=/", stores, "/", kind, ".", node, "\n", &prefix, "_password=changeit\n"]);
        }
        let file = tree.join("opt/apigee/customer/application/cassandra.properties");
        install(&file, settings.as_bytes(), Access::Editable).unwrap();
        tree.to_str().unwrap().to_owned()
    }

    /// Edits the settings of a tree.
    fn edit(tree: &str, edited: impl FnOnce(String) -> String) {
        let file = Path::new(tree).join("opt/apigee/customer/application/cassandra.properties");
        let before = fs::read_to_string(&file).unwrap();
        let after = edited(before.clone());
        assert_ne!(after, before);
        fs::write(&file, after).unwrap();
    }

    fn says(&self, status: i32, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        let output = command.args(arguments).current_dir(self.place.path()).output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        said
    }

    fn cluster(&self) {
        let node = |number: usize| format!("[[node]]\nname = \"node{number}\"\naddress = \"10.0.0.1{number}\"\n");
        let nodes: String = (0..3).map(node).collect();
        fs::write(self.place.path().join("cluster.toml"), format!("cassandra = \"4.0.17\"\n{nodes}")).unwrap();
    }
}

/// `DataStax` 'Failed to hot reload', accumulo 658: the store opens, the key does not.
#[test]
fn clusters_25_a_key_with_another_password_is_told_from_a_store_with_another() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "keypass");
    let said = made.says(2, &["preflight", "--root", &tree]);
    assert!(said.contains("the store opens with keystore_password, but the key \"node0\" in it does not"), "{said}");
    let settings = Path::new(&tree).join("opt/apigee/customer/application/cassandra.properties");
    let text = fs::read_to_string(&settings).unwrap().replace("keystore_password=changeit", "keystore_password=other1");
    fs::write(&settings, text).unwrap();
    let said = made.says(2, &["preflight", "--root", &tree]);
    assert!(said.contains("the store does not open with keystore_password"), "{said}");
    assert!(!said.contains("other1") && !said.contains("keypass"), "{said}");
}

/// A key that was not opened was not compared with its certificate.
#[test]
fn what_a_failed_check_makes_impossible_is_not_said_to_be_checked() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "keypass");
    let checked = |said: &str| said.lines().find(|line| line.starts_with("checked: ")).unwrap().to_owned();
    let said = checked(&made.says(2, &["preflight", "--root", &tree]));
    assert!(said.contains("the keystore: its password;") && !said.contains("key against certificate"), "{said}");
    Made::edit(&tree, |text| text.replace("_keystore_password=changeit", "_keystore_password=other1"));
    let said = checked(&made.says(2, &["preflight", "--root", &tree]));
    assert!(!said.contains("keystore") && said.contains("the truststore: its password"), "{said}");
}

#[test]
fn a_node_with_a_host_name_alone_is_dialled_by_it() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    made.tree("node1", "10.0.0.11", &[&made.root], "changeit");
    let named = "cassandra = \"4.0.17\"\n[[node]]\nname = \"node0\"\nhostnames = [\"*.example.com\", \"node0.example.com\"]\n\
                 [[node]]\nname = \"node1\"\n";
    fs::write(made.place.path().join("cluster.toml"), named).unwrap();
    let said = made.says(2, &["preflight", "--root", &tree, "--cluster", "cluster.toml", "--peers", "hosts"]);
    assert!(
        said.contains("WRONG  node1 accepts node0 as a server: served certificate 0 is not for node0.example.com"),
        "{said}"
    );
    let unknown = "whether the certificate of node1 is for its address: give the address with --cluster";
    assert!(said.contains(unknown) && !said.contains(&format!("{unknown} or")), "{said}");
}

/// 4.0 does not start with a setting that 5.0 added.
#[test]
fn a_peer_is_judged_by_its_own_release() {
    let made = Made::new();
    made.cluster();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    let peer = made.tree("node1", "10.0.0.11", &[&made.root], "changeit");
    fs::remove_file(Path::new(&peer).join("opt/apigee/customer/application/cassandra.properties")).unwrap();
    let store = "/opt/apigee/data/apigee-cassandra";
    let yaml = format!(
        "cluster_name: c\nserver_encryption_options:\n  internode_encryption: all\n  require_client_auth: true\n  \
         keystore: {store}/keystore.node1\n  keystore_password: changeit\n  truststore: {store}/truststore.node1\n  \
         truststore_password: changeit\n  outbound_keystore: {store}/keystore.node1\n  outbound_keystore_password: changeit\n"
    );
    fs::create_dir_all(Path::new(&peer).join("etc/cassandra")).unwrap();
    fs::write(Path::new(&peer).join("etc/cassandra/cassandra.yaml"), yaml).unwrap();
    let preflight = ["preflight", "--root", &tree, "--peers", "hosts"];
    let of = |status, more: &[&str]| made.says(status, &[&preflight[..], more].concat());
    let said = of(3, &["--address", "10.0.0.10", "--cassandra", "4.0.17"]);
    assert!(said.contains("node1: its settings, keystore and truststore are needed"), "{said}");
    let assumed = "the releases of peers, which are assumed to be that of this node: give --cluster";
    assert!(of(0, &["--address", "10.0.0.10", "--cassandra", "5.0.8"]).contains(assumed));
    let file = made.place.path().join("cluster.toml");
    let (cluster, name) = (fs::read_to_string(&file).unwrap(), "name = \"node1\"\n");
    fs::write(&file, cluster.replace(name, &format!("{name}cassandra = \"5.0.8\"\n"))).unwrap();
    let said = of(0, &["--cluster", "cluster.toml"]);
    assert!(said.contains("node1 accepts node0 as a client") && !said.contains(assumed), "{said}");
}

#[cfg(unix)]
#[test]
fn root_reads_a_store_of_another_user() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    for kind in ["keystore", "truststore"] {
        let store = Path::new(&tree).join(format!("opt/apigee/data/apigee-cassandra/{kind}.node0"));
        fs::set_permissions(&store, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
        // Only root may give a file away; otherwise it does not belong to root anyway.
        let _ = std::os::unix::fs::chown(&store, Some(12345), Some(12345));
    }
    let said = made.says(0, &["preflight", "--root", &tree, "--address", "10.0.0.10", "--user", "0"]);
    assert!(said.contains("user 0 can read ") && !said.contains("WRONG"), "{said}");
}

/// IBM 7258720: root and intermediate in one truststore, the root alone in the others. Java shakes hands in all directions.
#[test]
fn clusters_11_an_intermediate_that_some_trust_is_no_cut() {
    let made = Made::new();
    made.cluster();
    let intermediate = made.intermediate.certificate();
    let node0 = made.tree("node0", "10.0.0.10", &[&made.root, intermediate], "changeit");
    made.tree("node1", "10.0.0.11", &[&made.root], "changeit");
    made.tree("node2", "10.0.0.12", &[&made.root], "changeit");
    let said =
        made.says(0, &["preflight", "--root", &node0, "--peers", "hosts", "--cluster", "cluster.toml", "--java", "11"]);
    for expected in [
        "node0 accepts node1 as a server",
        "node0 accepts node2 as a client",
        "node1 accepts node0 as a server",
        "node2 accepts node0 as a client",
    ] {
        assert!(said.contains(&format!("ok     {expected}")), "{expected}: {said}");
    }
    assert!(said.contains("checked: ") && !said.contains("is for its address"), "{said}");
    let said = made.says(0, &["observe", "trees", "--cluster", "cluster.toml", "--settled", "hosts"]);
    // The nodes' own in one line, the authorities one by one.
    let own = "  3 certificates of nodes, from ";
    assert!(said.contains(own) && said.contains("\n    seen in: node0, node1, node2\n"), "{said}");
    assert_eq!(said.matches("(CA: nodes that trust it trust all that it issues)").count(), 2, "{said}");
    assert!(!said.contains("(not a CA)"), "{said}");
    let state = fs::read_to_string(made.place.path().join("state.json")).unwrap();
    let anchor = cassandra_tls::input::Digest::of(&made.root).brief().to_string();
    let through_intermediate = cassandra_tls::input::Digest::of(intermediate).brief().to_string();
    let document: Value = serde_json::from_str(&state).unwrap();
    let cluster = document["cluster"].to_string();
    // The intermediate is in node0's truststore alone: the root comes first.
    assert_eq!(cluster.matches(&format!("\"anchor\":\"{through_intermediate}\"")).count(), 0, "{cluster}");
    assert!(cluster.contains(&anchor), "{cluster}");
}

/// What a peer would refuse, in either direction, and what cannot be known of it.
#[test]
fn peers_that_would_refuse_or_be_refused_stop_a_node() {
    let (made, other) = (Made::new(), Made::new());
    made.cluster();
    let node0 = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    // It trusts another authority, and it is at another address than its certificate says.
    made.tree("node1", "10.0.0.99", &[&other.root], "changeit");
    let preflight = ["preflight", "--root", &node0, "--cluster", "cluster.toml", "--peers"];
    let said = made.says(2, &[&preflight[..], &["hosts"]].concat());
    for expected in [
        "WRONG  node0 accepts node1 as a server: served certificate 0 is not for 10.0.0.11",
        "WRONG  node1 accepts node0 as a server: served certificate 2 is not signed with its issuer's key",
        "WRONG  node1 accepts node0 as a client",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    fs::create_dir(made.place.path().join("nothing")).unwrap();
    let said = made.says(3, &[&preflight[..], &["nothing", "--peers", "nowhere"]].concat());
    for expected in [
        "nothing: it holds neither manifest.json of a generation of bundles, nor copies of nodes' trees",
        "nowhere: neither a folder nor host:port",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn endpoint_verification_is_on_in_every_word_that_cassandra_takes() {
    for (word, said) in [
        ("yes", "is not for 10.0.0.99"),
        ("True", "is not for 10.0.0.99"),
        ("maybe", "the value of require_endpoint_verification is not valid"),
    ] {
        let made = Made::new();
        let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
        Made::edit(&tree, |text| {
            text.replace("_endpoint_verification=true", &format!("_endpoint_verification={word}"))
        });
        let found = made.says(2, &["preflight", "--root", &tree, "--address", "10.0.0.99"]);
        assert!(found.contains(said), "{word}: {found}");
    }
}

#[test]
fn the_trust_managers_are_those_that_the_settings_name() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    Made::edit(&tree, |text| format!("{text}conf_cassandra_server_encryption_algorithm=X.509\n"));
    let said = made.says(2, &["preflight", "--root", &tree]);
    for expected in [
        "WRONG  Java has the trust manager that `algorithm` names: algorithm is \"X.509\"",
        "neither SunX509 nor PKIX, the only two with key managers and trust managers in the JDK",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let cluster = "cassandra = \"4.1\"\n[[node]]\nname = \"node0\"\naddress = \"10.0.0.10\"\n";
    fs::write(made.place.path().join("cluster.toml"), cluster).unwrap();
    let said = made.says(3, &["observe", "trees", "--cluster", "cluster.toml", "--settled", "hosts"]);
    assert!(said.contains("algorithm is"), "{said}");
}

#[test]
fn a_check_against_no_peer_is_not_claimed() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    let alone = made.place.path().join("hosts");
    let said = text(&program(None, &["preflight", "--root", &tree, "--peers", alone.to_str().unwrap()]).stdout);
    assert!(said.contains("any peer: --peers names the node alone"), "{said}");
    assert!(!said.contains("acceptance over whole chains"), "{said}");
    let said = text(&program(None, &["preflight", "--root", &tree, "--peers", "nowhere"]).stdout);
    assert!(said.contains("checked: ") && !said.contains("acceptance over whole chains"), "{said}");
}

#[cfg(unix)]
#[test]
fn groups_that_cannot_be_read_are_said_to_be_unknown() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    let said = text(&program(None, &["preflight", "--root", &tree, "--user", "12345"]).stdout);
    let not_checked = said.lines().last().unwrap();
    for file in ["/etc/passwd", "/etc/group"] {
        assert!(not_checked.contains(&format!("the groups of user 12345: {file} does not exist")), "{said}");
    }
}

#[test]
fn the_release_is_assumed_by_the_family_that_counts() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    Made::edit(&tree, |text| text + "conf_cassandra_internode_encryption=all\nconf_cassandra_keystore=/nowhere\n");
    for (names, release, javas) in [("legacy", "2.1.22", "8"), ("server-encryption", "5.0.8", "8, 11, 17, 21")] {
        let said = text(&program(None, &["preflight", "--root", &tree, "--names", names]).stdout);
        assert!(said.contains(&format!("the release of Cassandra, which is assumed to be {release}: ")), "{said}");
        assert!(said.contains(&format!("the release of Java, which is assumed to be one of {javas}: ")), "{said}");
    }
    let said = text(
        &program(None, &["preflight", "--root", &tree, "--names", "server-encryption", "--cassandra", "edge-4.53"])
            .stdout,
    );
    assert!(said.contains("assumed to be one of 8, 11: ") && !said.contains("assumed to be 4.0.13"), "{said}");
}

/// Such settings leave TLS off, whatever they say.
#[test]
fn names_that_this_version_of_edge_does_not_read_are_wrong() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    let preflight = ["preflight", "--root", &tree, "--cassandra"];
    let unread = "this version of Edge reads names like conf_cassandra_keystore";
    let output = program(None, &[&preflight[..], &["edge-4.52.01"]].concat());
    let said = text(&output.stdout);
    assert!(output.status.code() == Some(2) && said.contains(unread), "{said}");
    for read in ["edge-4.52.02", "edge-4.53.01", "3.11"] {
        let said = text(&program(None, &[&preflight[..], &[read]].concat()).stdout);
        assert!(!said.contains("this version of Edge reads names like"), "{said}");
    }
    let told = ["edge-4.52.01", "--names", "server-encryption"];
    assert!(!text(&program(None, &[&preflight[..], &told].concat()).stdout).contains(unread));
}

/// Edge 4.54 reads the same names as Edge 4.53, and its Cassandra knows more settings.
#[test]
fn settings_of_the_newest_edge_are_known_without_its_version() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    Made::edit(&tree, |text| {
        text + "conf_cassandra_server_encryption_ssl_context_factory=org.apache.cassandra.security.DefaultSslContextFactory\n"
    });
    let unknown = "this release of Cassandra does not know the setting";
    let preflight = ["preflight", "--root", &tree];
    let said = text(&program(None, &preflight).stdout);
    assert!(!said.contains(unknown), "{said}");
    let said = text(&program(None, &[&preflight[..], &["--cassandra", "edge-4.53"]].concat()).stdout);
    assert!(said.contains(unknown), "{said}");
    let file = format!("{tree}{}", cassandra_tls::settings::EDGE);
    let said = text(&program(None, &["inspect", &file]).stdout);
    assert!(said.contains("ssl_context_factory") && !said.contains(unknown), "{said}");
}

#[test]
fn settings_of_a_peer_that_cannot_be_read_are_not_taken_for_none() {
    let made = Made::new();
    let tree = made.tree("node0", "10.0.0.10", &[&made.root], "changeit");
    let peers = made.place.path().join("peers");
    fs::create_dir_all(peers.join("node1/opt/apigee/customer/application/cassandra.properties")).unwrap();
    let said = made.says(3, &["preflight", "--root", &tree, "--peers", peers.to_str().unwrap()]);
    assert!(said.contains("it is not a regular file") && !said.contains("it holds neither"), "{said}");
}

/// A tree's folder that is another folder, or a file: every place that was looked at is named.
#[test]
fn a_folder_without_settings_is_told_from_settings_that_are_wrong() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("cassandra.yaml");
    fs::write(&file, "cluster_name: x\n").unwrap();
    let cluster = place.path().join("cluster.toml");
    fs::write(&cluster, "cassandra = \"4.1\"\n[[node]]\nname = \"cassandra.yaml\"\n").unwrap();
    let (cluster, folder) = (cluster.to_str().unwrap(), place.path().to_str().unwrap());
    let observe = ["observe", "trees", "--cluster", cluster, folder];
    for (arguments, status, why) in [
        (&["preflight", "--root", folder][..], 2, "exists; name the file with --settings"),
        (&["preflight", "--root", file.to_str().unwrap()], 2, "is not a folder with a copy of a node's tree"),
        (&observe, 3, "cassandra.yaml is not a folder with a copy of a node's tree"),
    ] {
        let output = program(None, arguments);
        let said = text(&[output.stdout, output.stderr].concat());
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(said.contains(why), "{why}: {said}");
        let places =
            ["application/cassandra.properties", "etc/cassandra/cassandra.yaml", "etc/cassandra/conf/cassandra.yaml"];
        let is_named = |place: &&str| said.contains(*place);
        assert_eq!(
            places.iter().filter(|place| is_named(place)).count(),
            if why.starts_with("exists") { 3 } else { 0 },
            "{said}"
        );
    }
}

/// cass-operator 334: every certificate of the cluster has expired.
#[test]
fn clusters_04_expired_certificates_are_a_warning_of_observe() {
    let place = tempfile::tempdir().unwrap();
    let cluster = "cassandra = \"4.0\"\n[[node]]\nname = \"node0\"\naddress = \"10.0.0.11\"\n\
        [[node]]\nname = \"node1\"\naddress = \"10.0.0.12\"\n[[node]]\nname = \"node2\"\naddress = \"10.0.0.13\"\n";
    fs::write(place.path().join("cluster.toml"), cluster).unwrap();
    let (trees, state) = (report("clusters-04-trees"), place.path().join("state.json"));
    let cluster = place.path().join("cluster.toml");
    let observe = ["observe", "trees", "--cluster", cluster.to_str().unwrap(), "--settled", &trees];
    let output = program(None, &[&observe[..], &["--state", state.to_str().unwrap(), "--json"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let refused = document["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 3, "{document}");
    assert!(refused[0]["why"].as_str().unwrap().contains("expired at 2025-01-01"), "{document}");
}
