//! What `probe` sees of listeners that are not ours.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use examples::probe::{ClientCertificate, Served, probe};
use test_support::Tool;

use crate::tree::data;

/// A listener of Cassandra 2.1's kind: TLS 1.2 without forward secrecy, which rustls does not speak.
pub(crate) fn old_suites_are_understood() {
    for suite in ["AES128-SHA", "AES256-SHA256", "ECDHE-RSA-AES128-SHA"] {
        let served = served(&["-tls1_2", "-cipher", suite]);
        assert_eq!((served.version.as_str(), served.asked), ("TLS 1.2", ClientCertificate::NotAsked), "{suite}");
    }
}

pub(crate) fn whoever_asks_for_a_certificate_is_seen_to() {
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
    let mut command = Tool::OpenSsl.command();
    command.args(["s_server", "-quiet", "-accept", &address.to_string(), "-cert"]);
    command.arg(data("node0", "node0-2.cer.pem")).arg("-key").arg(data("node0", "node0-2.key.pem")).args(options);
    let mut listener = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let seen = when_it_listens(address).and_then(|()| probe(&address.to_string()));
    listener.kill().unwrap();
    listener.wait().unwrap();
    let seen = seen.unwrap();
    assert_eq!(seen.chain.first().unwrap().to_vec(), fs::read(data("node0", "node0-2.cer")).unwrap());
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
