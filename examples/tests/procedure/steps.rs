//! One test for each step.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use bridge::{Format, Identities};
use keystore_core::Password;
use rotation_planner::Trust;
use sha2::{Digest, Sha256};
use test_support::{JavaProgram, Tool, output};

use crate::tree::{data, folder, root, stores};

/// `keytool -genkey -keyalg RSA -alias node0 -validity 3650 -keystore keystore.node0 -dname "CN=..., OU=None, ..."`
pub(crate) fn genkey_makes_the_keystore() {
    let text = keystore_list("node0", "-v");
    for line in [
        "Keystore type: JKS",
        "Your keystore contains 1 entry",
        "Alias name: node0-2",
        "Entry type: PrivateKeyEntry",
        "Certificate chain length: 1",
        "Owner: CN=192.0.2.11, OU=None, O=None, L=None, C=None",
        "Issuer: CN=192.0.2.11, OU=None, O=None, L=None, C=None",
        "Signature algorithm name: SHA256withRSA",
        "Subject Public Key Algorithm: 2048-bit RSA key",
        "IPAddress: 192.0.2.11",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

/// `keytool -export -alias node0 -file node0.cer -keystore keystore.node0`
pub(crate) fn export_gives_the_certificate() {
    let (keystore, _) = stores("node0");
    let exported = folder().join("exported.cer");
    output(
        Tool::Keytool
            .command()
            .args(["-exportcert", "-alias", "node0-2", "-keystore"])
            .arg(file_of("node0", keystore.path()))
            .args(["-storepass", keystore.secret_password(), "-file"])
            .arg(&exported),
    );
    assert_eq!(fs::read(exported).unwrap(), fs::read(data("node0", "node0-2.cer")).unwrap());
    let printed = output(Tool::Keytool.command().args(["-printcert", "-file"]).arg(data("node0", "node0-2.cer")));
    assert!(printed.contains("Owner: CN=192.0.2.11, OU=None, O=None, L=None, C=None"), "{printed}");
}

/// The same certificate, printed by `openssl x509 -text` and verified by `openssl verify`.
pub(crate) fn openssl_reads_the_certificate() {
    let pem = data("node0", "node0-2.cer.pem");
    let text = output(Tool::OpenSsl.command().args(["x509", "-noout", "-text", "-in"]).arg(&pem));
    for line in [
        "Issuer: C = None, L = None, O = None, OU = None, CN = 192.0.2.11",
        "Signature Algorithm: sha256WithRSAEncryption",
        "Public-Key: (2048 bit)",
        "IP Address:192.0.2.11",
        "X509v3 Subject Key Identifier",
    ] {
        assert!(text.contains(line) || text.contains(&line.replace(" = ", "=")), "{line}\n{text}");
    }
    assert!(output(Tool::OpenSsl.command().arg("verify").arg("-CAfile").arg(&pem).arg(&pem)).ends_with(": OK\n"));
    let dates = output(Tool::OpenSsl.command().args(["x509", "-noout", "-checkend", "315350000", "-in"]).arg(&pem));
    assert_eq!(dates, "Certificate will not expire\n", "3650 days are 315360000 seconds");
}

/// `chmod 400 keystore.node0`
#[cfg(unix)]
pub(crate) fn chmod_400_on_what_holds_a_key() {
    for file in ["keystore.node0", "node0-2.p12", "node0-2.key.pem", "node0.p12", "node0.key.pem"] {
        assert_eq!(mode(&data("node0", file)), 0o400, "{file}");
    }
    let properties = root("node0").join("opt/apigee/customer/application/cassandra.properties");
    assert_eq!(mode(&properties), 0o600, "it holds the passwords");
}

/// `keytool -import -trustcacerts -alias node1 -file node1.cer -keystore truststore.node0`, for every node
pub(crate) fn import_fills_the_truststore() {
    let text = truststore_list("node0", "-v");
    assert!(text.contains("Your keystore contains 3 entries"), "{text}");
    for node in ["node0", "node1", "node2"] {
        assert!(text.contains(&format!("Alias name: {node}-2\n")), "{text}");
        let certificate = fs::read(data(node, &format!("{node}-2.cer"))).unwrap();
        assert!(text.contains(&colons(&Sha256::digest(certificate))), "{node}\n{text}");
    }
    assert_eq!(text.matches("Entry type: trustedCertEntry").count(), 3, "{text}");
}

/// `keytool -importkeystore ... -deststoretype PKCS12`, `openssl pkcs12 -nokeys`, `openssl pkcs12 -nodes -nocerts`
pub(crate) fn exports_agree() {
    let (keystore, _) = stores("node0");
    let theirs = folder().join("theirs.p12");
    let password = keystore.secret_password();
    output(
        Tool::Keytool
            .command()
            .args(["-importkeystore", "-noprompt", "-srcstoretype", "JKS", "-srckeystore"])
            .arg(file_of("node0", keystore.path()))
            .args(["-srcstorepass", password, "-deststorepass", password, "-deststoretype", "PKCS12", "-destkeystore"])
            .arg(&theirs),
    );
    let ours = data("node0", "node0-2.p12");
    for options in [["-nokeys", "-clcerts"], ["-nocerts", "-nodes"]] {
        let from = |file: &Path| {
            let mut command = Tool::OpenSsl.command();
            command.args(["pkcs12", "-passin", "env:STORE_PASSWORD"]).args(options).arg("-in").arg(file);
            pem_of(&output(command.env("STORE_PASSWORD", password)))
        };
        assert_eq!(from(&ours), from(&theirs), "{options:?}");
    }
    let certificate = fs::read_to_string(data("node0", "node0-2.cer.pem")).unwrap();
    let key = fs::read_to_string(data("node0", "node0-2.key.pem")).unwrap();
    assert_eq!(
        output(Tool::OpenSsl.command().args(["pkey", "-pubout", "-in"]).arg(data("node0", "node0-2.key.pem"))),
        output(
            Tool::OpenSsl.command().args(["x509", "-noout", "-pubkey", "-in"]).arg(data("node0", "node0-2.cer.pem"))
        ),
    );
    assert_eq!(pem_of(&certificate), certificate);
    assert_eq!(pem_of(&key), key);
}

/// `keytool -list -keystore keystore.node0`, `keytool -list -keystore truststore.node0`, on every node
pub(crate) fn list_says_what_is_there() {
    for node in ["node0", "node1", "node2"] {
        let keys = keystore_list(node, "-rfc");
        assert_eq!(keys.matches("Entry type: PrivateKeyEntry").count(), 1, "{keys}");
        let trusted = truststore_list(node, "-rfc");
        assert_eq!(trusted.matches("Entry type: trustedCertEntry").count(), 3, "{trusted}");
    }
}

/// The block that the page adds to `cassandra.properties`, as `java.util.Properties` reads it.
pub(crate) fn properties_as_java_reads_them() {
    let text = output(node_program().command().arg("properties").arg(root("node1")));
    let (keystore, truststore) = stores("node1");
    let tls = |name: &str, value: &str| format!("conf_cassandra_server_encryption_{name}={value}\n");
    for line in [
        "conf_cassandra_num_tokens=16\n".to_owned(),
        "conf_cassandra_cluster_name=Z\u{fc}rich\n".to_owned(),
        "conf_cassandra_seed_provider_parameters_seeds=192.0.2.11,192.0.2.12\n".to_owned(),
        "conf_jvm_options_g1_gc_setting_lines=-XX:+UseG1GC\\n-XX:G1RSetUpdatingPauseTimePercent=5\n".to_owned(),
        tls("internode_encryption", "all"),
        tls("keystore", "/opt/apigee/data/apigee-cassandra/keystore.node1"),
        tls("keystore_password", keystore.secret_password()),
        tls("truststore", "/opt/apigee/data/apigee-cassandra/truststore.node1"),
        tls("truststore_password", truststore.secret_password()),
        tls("require_client_auth", "true"),
        tls("optional", "false"),
    ] {
        assert!(text.contains(&line), "{line}");
    }
    assert_eq!(text.lines().count(), 11);
}

/// `apigee-service apigee-cassandra start`: Java opens the stores that the properties name, and each side accepts the
/// other's certificate.
pub(crate) fn nodes_talk_by_mutual_tls_in_java() {
    let program = node_program();
    for (server, client) in [("node0", "node1"), ("node2", "node0")] {
        let text = output(program.command().arg("handshake").arg(root(server)).arg(root(client)));
        let shown = |node: &str| {
            let certificate = fs::read(data(node, &format!("{node}-2.cer"))).unwrap();
            hex::encode(Sha256::digest(certificate))
        };
        let expected = format!("the client was shown {}\nthe server was shown {}\n", shown(server), shown(client));
        assert_eq!(text, expected);
    }
}

/// `keytool -import -alias node0-2 -file new/node0.cer -keystore truststore.node0`: old and new in one truststore
pub(crate) fn import_under_a_new_alias() {
    let (now, rng) = (SystemTime::now(), &mut rand::rng());
    let mut identities = Identities::new(Format::Jks);
    let mut generate = || identities.generate("node0", "192.0.2.11".parse().unwrap(), now, rng).unwrap();
    let trust: Trust = [generate(), generate()].iter().map(|identity| identity.anchor().clone()).collect();
    let file = folder().join("both");
    let bytes = identities.truststore(&trust, &Password::new("trustpass"), now, &mut rand::rng()).unwrap();
    fs::write(&file, bytes).unwrap();
    let text = list(&file, "trustpass", "-v");
    for alias in ["node0", "node0-2"] {
        assert!(text.contains(&format!("Alias name: {alias}\n")), "{text}");
    }
}

fn node_program() -> JavaProgram {
    JavaProgram::compile("Node", include_str!("Node.java"))
}

fn keystore_list(node: &str, style: &str) -> String {
    let (keystore, _) = stores(node);
    list(&file_of(node, keystore.path()), keystore.secret_password(), style)
}

fn truststore_list(node: &str, style: &str) -> String {
    let (_, truststore) = stores(node);
    list(&file_of(node, truststore.path()), truststore.secret_password(), style)
}

fn list(file: &Path, password: &str, style: &str) -> String {
    output(Tool::Keytool.command().args(["-list", style, "-storepass", password, "-keystore"]).arg(file))
}

fn file_of(node: &str, path: &str) -> std::path::PathBuf {
    root(node).join(path.trim_start_matches('/'))
}

fn colons(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The PEM blocks of a text, without the text around them.
fn pem_of(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        inside |= line.starts_with("-----BEGIN");
        if inside {
            kept += line;
            kept += "\n";
        }
        inside &= !line.starts_with("-----END");
    }
    kept
}

#[cfg(unix)]
fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}
