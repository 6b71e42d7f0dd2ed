//! Sends the hello of an old client, and reads the server's answer.

use std::io::{Read as _, Write as _};

use anyhow::ensure;

use super::dial::Connection;
use super::{Served, ServerFlight};

/// Cipher suites for servers with an RSA certificate, including old suites.
const SUITES: [u16; 14] =
    [0xc02f, 0xc030, 0xc027, 0xc028, 0xc013, 0xc014, 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x0033, 0x000a];
/// `signature_algorithms`, `supported_groups`, `ec_point_formats`, `extended_master_secret`.
///
/// The groups are x25519, P-256, P-384 and P-521; the point format is uncompressed.
const EXTENSIONS: [u8; 42] = [
    0, 13, 0, 14, 0, 12, 4, 1, 5, 1, 6, 1, 2, 1, 4, 3, 2, 3, //
    0, 10, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25, //
    0, 11, 0, 2, 1, 0, 0, 23, 0, 0,
];

const HANDSHAKE: u8 = 22;

pub(super) fn dial(mut connection: Connection<'_>) -> anyhow::Result<Served> {
    connection.write_all(&client_hello(rand::random()))?;
    let (mut flight, mut buffer) = (ServerFlight::default(), [0; 4096]);
    loop {
        let read = connection.read(&mut buffer)?;
        ensure!(read > 0, "the server closes the connection");
        let (bytes, _) = buffer.split_at(read);
        if let Some(served) = flight.push(bytes)? {
            return Ok(served);
        }
    }
}

fn client_hello(random: [u8; 32]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend(random);
    body.push(0);
    body.extend(sized(SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect()));
    body.extend([1, 0]);
    body.extend(sized(EXTENSIONS.to_vec()));
    let mut message = vec![1, 0];
    message.extend(sized(body));
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(sized(message));
    record
}

fn sized(bytes: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [length.to_be_bytes().to_vec(), bytes].concat()
}
