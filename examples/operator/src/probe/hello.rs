//! The first half of a TLS 1.0 to 1.2 handshake by hand: which is unencrypted (RFC 5246, section 7.4).

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context as _, bail, ensure};
use keystore_core::rustls_pki_types::CertificateDer;

use super::{ClientCertificate, Served};

/// Suites by which a certificate of an RSA key is shown, the old ones among them.
const SUITES: [u16; 14] =
    [0xc02f, 0xc030, 0xc027, 0xc028, 0xc013, 0xc014, 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x0033, 0x000a];
/// `signature_algorithms`, `supported_groups` (x25519, P-256, P-384, P-521), `ec_point_formats` (uncompressed).
const EXTENSIONS: [u8; 42] = [
    0, 13, 0, 14, 0, 12, 4, 1, 5, 1, 6, 1, 2, 1, 4, 3, 2, 3, //
    0, 10, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25, //
    0, 11, 0, 2, 1, 0, 0, 23, 0, 0,
];

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const CERTIFICATE_REQUEST: u8 = 13;
const SERVER_HELLO_DONE: u8 = 14;

/// More than any chain that a node serves.
const LONGEST: usize = 1 << 18;

pub(super) fn dial(mut stream: TcpStream) -> anyhow::Result<Served> {
    stream.write_all(&client_hello(rand::random()))?;
    let mut answer = Vec::new();
    loop {
        read_record(&mut stream, &mut answer)?;
        if let Some(served) = served(&answer)? {
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

/// After a length of two bytes; everything here is far shorter than that allows.
fn sized(bytes: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [length.to_be_bytes().to_vec(), bytes].concat()
}

/// Appends the content of the next record, if it is of the handshake.
fn read_record(stream: &mut impl Read, answer: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut header = [0; 5];
    stream.read_exact(&mut header).context("the server closes the connection")?;
    let [kind, major, _, high, low] = header;
    ensure!(major == 3, "the server does not speak TLS");
    let length = usize::from(u16::from_be_bytes([high, low]));
    ensure!(answer.len() + length <= LONGEST, "the server's answer has no end");
    let mut content = vec![0; length];
    stream.read_exact(&mut content).context("the server closes the connection")?;
    match kind {
        HANDSHAKE => answer.append(&mut content),
        ALERT => bail!("the server answers with alert {}", content.get(1).copied().unwrap_or_default()),
        other => bail!("the server answers with a record of type {other}"),
    }
    Ok(())
}

/// What the messages so far show; `None` until the server's half is complete.
fn served(answer: &[u8]) -> anyhow::Result<Option<Served>> {
    let (mut version, mut chain, mut asked) = ("", Vec::new(), ClientCertificate::NotAsked);
    let mut rest = answer;
    while let Some((kind, body, after)) = message(rest) {
        match kind {
            SERVER_HELLO => version = name(body.get(1).copied())?,
            CERTIFICATE => chain = certificates(body).context("the server's Certificate message is malformed")?,
            CERTIFICATE_REQUEST => asked = ClientCertificate::Asked,
            SERVER_HELLO_DONE => return Ok(Some(Served { chain, version: version.to_owned(), asked })),
            _ => {}
        }
        rest = after;
    }
    Ok(None)
}

fn name(minor: Option<u8>) -> anyhow::Result<&'static str> {
    match minor {
        Some(1) => Ok("TLS 1.0"),
        Some(2) => Ok("TLS 1.1"),
        Some(3) => Ok("TLS 1.2"),
        _ => bail!("the server chose a version that was not offered"),
    }
}

/// The first message: its type, its body, and what follows.
fn message(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (body, after) = with_length(rest)?;
    Some((kind, body, after))
}

fn certificates(body: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let (mut list, _) = with_length(body)?;
    let mut chain = Vec::new();
    while !list.is_empty() {
        let (der, after) = with_length(list)?;
        chain.push(CertificateDer::from(der.to_vec()));
        list = after;
    }
    Some(chain)
}

/// What follows a length of three bytes, and the rest.
fn with_length(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[high, middle, low], rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_or_lying_answer_shows_nothing() {
        let whole =
            [&[2, 0, 0, 2, 3, 3][..], &[11, 0, 0, 7, 0, 0, 4, 0, 0, 1, 9], &[13, 0, 0, 0, 14, 0, 0, 0]].concat();
        let served_whole = served(&whole).unwrap().unwrap();
        assert_eq!((served_whole.chain.len(), served_whole.version.as_str()), (1, "TLS 1.2"));
        assert_eq!(served_whole.asked, ClientCertificate::Asked);
        for length in 0..whole.len() {
            let (cut, _) = whole.split_at(length);
            assert!(served(cut).unwrap().is_none(), "{length}");
        }
        let lying = [11, 0, 0, 7, 0, 0, 4, 0, 0, 9, 9];
        assert!(served(&lying).unwrap_err().to_string().contains("malformed"));
    }

    #[test]
    fn an_answer_that_is_not_tls_is_named() {
        for (answer, said) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "not speak TLS"),
            (&[21, 3, 3, 0, 2, 2, 40][..], "alert 40"),
            (&[22, 3][..], "closes the connection"),
            (&[22, 3, 3, 255, 255, 0][..], "closes the connection"),
        ] {
            let error = read_record(&mut &*answer, &mut Vec::new()).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
