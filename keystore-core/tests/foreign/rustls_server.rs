//! A rustls server with an EC key from keytool's JKS, set up by the code in the README.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::{fs, thread};

use keystore_core::{Password, decode};
use rustls::{ServerConfig, ServerConnection};
use tempfile::TempDir;
use test_support::{Suite, Tool, output};

use crate::tools::{exported_pem, keytool};

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Keytool, Tool::OpenSsl];
    suite.test("rustls_server::serves_with_an_ec_key_of_keytool", TOOLS, serves_with_an_ec_key_of_keytool)
}

fn serves_with_an_ec_key_of_keytool() {
    for curve in ["secp256r1", "secp384r1"] {
        let folder = TempDir::new().unwrap();
        let store = folder.path().join("server.jks");
        let key = ["-genkeypair", "-keyalg", "EC", "-groupname", curve, "-alias", "server", "-keypass", "changeit"];
        output(keytool(&store).args(key).args(["-dname", "CN=server", "-ext", "san=ip:127.0.0.1"]));
        let certificate = exported_pem(&store, "server");
        let config = Arc::new(config(&store, "server"));
        for version in ["-tls1_2", "-tls1_3"] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let of_server = config.clone();
            let serving = thread::spawn(move || serve(&listener, of_server));
            let said = dial(address, &certificate, version);
            assert!(said.contains("Verification: OK"), "{curve} {version}: {said}");
            serving.join().unwrap();
        }
    }
}

/// The code in the README, with the builder of a server.
fn config(store: &Path, alias: &str) -> ServerConfig {
    let (bytes, password) = (fs::read(store).unwrap(), Password::new("changeit"));
    let store = decode(&bytes, &password).unwrap();
    let view = store.view();
    let entry = view.private_keys().into_iter().find(|entry| entry.alias == alias).unwrap();
    let key = entry.open(&password).unwrap().secret_pkcs8().clone_key();
    let chain = entry.chain.iter().map(|der| der.clone().into_owned()).collect();
    ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key.into()).unwrap()
}

/// One handshake.
fn serve(listener: &TcpListener, config: Arc<ServerConfig>) {
    let (mut tcp, _) = listener.accept().unwrap();
    let mut tls = ServerConnection::new(config).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp).unwrap();
    }
}

/// The output of OpenSSL, which verifies the server's certificate and address.
fn dial(address: SocketAddr, certificate: &str, version: &str) -> String {
    let mut client = Tool::OpenSsl.command();
    client.args(["s_client", "-connect", &address.to_string(), "-CAfile", certificate, version, "-brief"]);
    client.args(["-verify_ip", "127.0.0.1", "-verify_return_error"]).stdin(Stdio::null());
    String::from_utf8_lossy(&client.output().unwrap().stderr).into_owned()
}
