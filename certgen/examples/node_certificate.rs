//! Writes a node's key and self-signed certificate as PEM.
//!
//! `(umask 077; cargo run -p certgen --example node_certificate -- 10.0.0.11 > node0.pem)`
//!
//! The output has the form that `openssl pkcs12 -nodes` writes, without the bag attributes, for a keystore that this
//! command makes: `keytool -genkeypair -keyalg RSA -keysize 2048 -sigalg SHA256withRSA -validity 3650 -dname
//! "CN=10.0.0.11, OU=None, O=None, L=None, C=None" -ext san=ip:10.0.0.11`.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::time::SystemTime;

use certgen::{KeyKind, KeyPair, NodeParams, Time, pem};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).map(|address| address.parse::<IpAddr>()).transpose()?;
    let address = address.unwrap_or(Ipv4Addr::LOCALHOST.into());

    let mut rng = rand::rng();
    let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
    let params = NodeParams::for_ip(address).valid_from(Time::from(SystemTime::now()));
    let certificate = params.self_signed(&key, &mut rng)?;

    // The key is a secret: redirect the output to a file that only its owner can read.
    let mut out = std::io::stdout().lock();
    out.write_all(pem::encode_private_key(&key.secret_pkcs8()).secret_text().as_bytes())?;
    out.write_all(pem::encode_certificate(&certificate).as_bytes())?;
    Ok(())
}
