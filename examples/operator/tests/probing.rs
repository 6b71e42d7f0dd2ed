//! What `probe` and `expiry` see of servers that are not ours.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use bridge::{Format, Identity, Locked, open_keystore};
use cassandra_tls::bundle::PASSWORD;
use cassandra_tls::probe::{Acceptance, ClientCertificate, Credential, Served, TIMEOUT, present, probe};
use certgen::pem::{self, SecretPem};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use test_support::{Suite, Tool};

fn main() -> ExitCode {
    Suite::new()
        .test("old_suites_are_understood", &[Tool::OpenSsl], old_suites_are_understood)
        .test(
            "a_server_that_asks_for_a_certificate_is_seen_to",
            &[Tool::OpenSsl],
            a_server_that_asks_for_a_certificate_is_seen_to,
        )
        .test(
            "clusters_35_a_listener_whose_intermediate_has_expired_is_no_longer_accepted",
            &[Tool::OpenSsl],
            clusters_35_a_listener_whose_intermediate_has_expired_is_no_longer_accepted,
        )
        .test(
            "clusters_35_a_listener_that_serves_no_intermediate_is_named",
            &[Tool::OpenSsl],
            clusters_35_a_listener_that_serves_no_intermediate_is_named,
        )
        .test(
            "a_certificate_that_is_presented_is_accepted_refused_or_not_asked_for",
            &[Tool::OpenSsl],
            a_certificate_is_presented,
        )
        .run()
}

/// A server of Cassandra 2.1's kind: TLS 1.2 without forward secrecy, which rustls does not speak.
fn old_suites_are_understood() {
    for suite in ["AES128-SHA", "AES256-SHA256", "ECDHE-RSA-AES128-SHA"] {
        let served = served(&["-tls1_2", "-cipher", suite]);
        assert_eq!((served.version.as_str(), served.asked), ("TLS 1.2", ClientCertificate::NotAsked), "{suite}");
    }
}

fn a_server_that_asks_for_a_certificate_is_seen_to() {
    for (options, version) in [
        (&["-tls1_2", "-cipher", "AES128-SHA", "-Verify", "1"][..], "TLS 1.2"),
        (&["-tls1_2", "-Verify", "1"], "TLS 1.2"),
        (&["-tls1_3", "-Verify", "1"], "TLS 1.3"),
    ] {
        let served = served(options);
        assert_eq!((served.version.as_str(), served.asked), (version, ClientCertificate::Asked), "{options:?}");
    }
    let served = served(&["-tls1_3"]);
    assert_eq!((served.version.as_str(), served.asked), ("TLS 1.3", ClientCertificate::NotAsked));
}

/// The outage of `AddTrust`'s root: the certificate that ended is in the middle of what is served.
fn clusters_35_a_listener_whose_intermediate_has_expired_is_no_longer_accepted() {
    let (key, chain) = reported("keystores-11-expired-intermediate.p12");
    let said = listening(key.secret_text(), &chain, &[], |address| program(2, &["expiry", address]));
    assert!(said.contains("error") && said.contains("certificate 2 of 2"), "{said}");
    assert!(said.contains("every certificate from it is refused, except by peers that trust it directly"), "{said}");
}

fn clusters_35_a_listener_that_serves_no_intermediate_is_named() {
    let (key, chain) = reported("clusters-06-no-intermediate.jks");
    let said = listening(key.secret_text(), &chain, &[], |address| program(0, &["expiry", address]));
    assert!(
        said.contains("which issued the last certificate of the chain, is missing: its dates are not checked"),
        "{said}"
    );
    let said = listening(key.secret_text(), &chain, &[], |address| program(0, &["probe", address]));
    assert!(said.contains("CN=Acme Issuing"), "{said}");
}

/// The key of a store of the reports, and what a listener with it serves: its chain without the root.
fn reported(store: &str) -> (SecretPem, Vec<CertificateDer<'static>>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(store);
    let password = Password::new("changeit");
    let (key, mut chain) = open_keystore(Locked { bytes: &fs::read(path).unwrap(), password: &password }).unwrap();
    chain.truncate(2);
    (pem::encode_private_key(&key.secret_pkcs8()), chain)
}

fn program(status: i32, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cassandra-tls")).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(status), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn a_certificate_is_presented() {
    let folder = tempfile::tempdir().unwrap();
    let generate =
        |node: &str| Identity::generate(node, Ipv4Addr::LOCALHOST.into(), SystemTime::now(), &mut rand::rng()).unwrap();
    let bundle = |node: &str| {
        let (own, bundle) = (generate(node), folder.path().join(node));
        fs::create_dir(&bundle).unwrap();
        let password = Password::new("secret1");
        let store = own.keystore(Format::Jks, &password, SystemTime::now(), &mut rand::rng()).unwrap();
        fs::write(bundle.join(format!("keystore.{node}")), store).unwrap();
        fs::write(bundle.join(PASSWORD), "secret1\n").unwrap();
        let trusted = folder.path().join(format!("{node}.pem"));
        fs::write(&trusted, own.certificate_pem()).unwrap();
        (Credential::of_bundle(&bundle).unwrap(), trusted.to_str().unwrap().to_owned())
    };
    let ((known, trusted), (unknown, _), server) = (bundle("node1"), bundle("node2"), generate("node0"));
    let asks = ["-tls1_2", "-Verify", "1", "-verify_return_error", "-CAfile", &trusted];
    let answer = |options: &[&str], shown: &Credential| {
        listening(server.key_pem().secret_text(), &[server.certificate().clone()], options, |address| {
            present(address, shown, TIMEOUT)
        })
    };
    assert_eq!(answer(&asks, &known).unwrap(), Acceptance::Accepted);
    assert!(matches!(answer(&asks, &unknown).unwrap(), Acceptance::Refused(_)));
    assert_eq!(answer(&["-tls1_2"], &known).unwrap(), Acceptance::NotAsked);
    assert!(answer(&["-tls1_3", "-Verify", "1"], &known).is_err(), "in TLS 1.3 nothing shows it");
}

/// What node0's certificate is shown as, by `openssl s_server` with these options.
fn served(options: &[&str]) -> Served {
    let own = Identity::generate("node0", Ipv4Addr::LOCALHOST.into(), SystemTime::now(), &mut rand::rng()).unwrap();
    let seen = listening(own.key_pem().secret_text(), &[own.certificate().clone()], options, |address| {
        probe(address, TIMEOUT).unwrap()
    });
    assert_eq!(seen.chain.first().unwrap(), own.certificate());
    seen
}

/// Looks at an `openssl s_server` that has this key and serves this chain.
fn listening<T>(key: &str, chain: &[CertificateDer<'_>], options: &[&str], look: impl FnOnce(&str) -> T) -> T {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name);
    let pem = |chain: &[CertificateDer<'_>]| chain.iter().map(|der| pem::encode_certificate(der)).collect::<String>();
    let (own, others) = chain.split_at(1);
    fs::write(in_folder("own.pem"), pem(own)).unwrap();
    fs::write(in_folder("chain.pem"), pem(others)).unwrap();
    fs::write(in_folder("key.pem"), key).unwrap();
    let mut command = Tool::OpenSsl.command();
    command.args(["s_server", "-quiet", "-accept", &address.to_string()]).args(options);
    command.arg("-cert").arg(in_folder("own.pem")).arg("-key").arg(in_folder("key.pem"));
    if !others.is_empty() {
        command.arg("-cert_chain").arg(in_folder("chain.pem"));
    }
    let mut listener = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_listening = when_it_listens(address);
    let seen = is_listening.map(|()| catch_unwind(AssertUnwindSafe(|| look(&address.to_string()))));
    listener.kill().unwrap();
    listener.wait().unwrap();
    seen.unwrap().unwrap_or_else(|panic| resume_unwind(panic))
}

fn when_it_listens(address: SocketAddr) -> anyhow::Result<()> {
    for _ in 0..200 {
        if TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(25));
    }
    anyhow::bail!("openssl s_server does not listen on {address}")
}
