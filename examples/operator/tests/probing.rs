//! What `probe` sees of servers that are not ours.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use bridge::Identity;
use cassandra_tls::probe::{ClientCertificate, Served, TIMEOUT, probe};
use test_support::{Suite, Tool};

fn main() -> ExitCode {
    Suite::new()
        .test("old_suites_are_understood", &[Tool::OpenSsl], old_suites_are_understood)
        .test(
            "a_server_that_asks_for_a_certificate_is_seen_to",
            &[Tool::OpenSsl],
            a_server_that_asks_for_a_certificate_is_seen_to,
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

/// What node0's certificate is shown as, by `openssl s_server` with these options.
fn served(options: &[&str]) -> Served {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let own = Identity::generate("node0", address.ip(), SystemTime::now(), &mut rand::rng()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("node0.cer.pem"), folder.path().join("node0.key.pem"));
    fs::write(&certificate, own.certificate_pem()).unwrap();
    fs::write(&key, own.key_pem().secret_text()).unwrap();
    let mut command = Tool::OpenSsl.command();
    command.args(["s_server", "-quiet", "-accept", &address.to_string()]);
    command.arg("-cert").arg(certificate).arg("-key").arg(key).args(options);
    let mut listener = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let seen = when_it_listens(address).and_then(|()| probe(&address.to_string(), TIMEOUT));
    listener.kill().unwrap();
    listener.wait().unwrap();
    let seen = seen.unwrap();
    assert_eq!(seen.chain.first().unwrap(), own.certificate());
    seen
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
