//! Reads a server's answer to a hello of TLS 1.0 to 1.2 (RFC 5246, sections 6.2.1 and 7.4).
//!
//! The answer is unencrypted up to `ServerHelloDone`.

use anyhow::{Context as _, bail, ensure};
use keystore_core::rustls_pki_types::CertificateDer;

use super::dial::MAX_BYTES;
use super::{ClientCertificate, MAX_CERTIFICATES, Served};

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const CERTIFICATE_REQUEST: u8 = 13;
const SERVER_HELLO_DONE: u8 = 14;

/// The maximum length of a record's content (RFC 5246, section 6.2.1).
const MAX_RECORD: usize = 1 << 14;
/// The maximum number of records in an answer.
///
/// Some servers send each message in a record of its own.
const MAX_RECORDS: usize = 256;

/// Reads a server's answer as it arrives.
///
/// ```
/// use cassandra_tls::probe::ServerFlight;
///
/// let mut flight = ServerFlight::default();
/// assert!(flight.push(&[22, 3]).unwrap().is_none());
/// assert_eq!(flight.push(&[3, 0, 0]).unwrap_err().to_string(), "the server sends an empty record");
/// ```
#[derive(Debug, Default)]
pub struct ServerFlight {
    /// The start of an incomplete record.
    records: Vec<u8>,
    /// The start of an incomplete message.
    messages: Vec<u8>,
    record_count: usize,
    byte_count: usize,
    version: Option<&'static str>,
    chain: Vec<CertificateDer<'static>>,
    asked: bool,
}

impl ServerFlight {
    /// Reads the next bytes; returns `None` until the answer is complete.
    ///
    /// Messages after the end of the answer are not read. Do not call this function again after an answer or an error.
    ///
    /// # Errors
    /// If the answer contains an alert or is invalid, or if it has more than 256 records, 256 KiB or 32 certificates.
    pub fn push(&mut self, bytes: &[u8]) -> anyhow::Result<Option<Served>> {
        self.byte_count = self.byte_count.saturating_add(bytes.len());
        ensure!(self.byte_count <= MAX_BYTES, "the server's answer is longer than {MAX_BYTES} bytes");
        let mut records = std::mem::take(&mut self.records);
        records.extend_from_slice(bytes);
        let mut rest = records.as_slice();
        while let Some((content, after)) = self.record(rest)? {
            self.messages.extend_from_slice(content);
            if let Some(served) = self.read_messages()? {
                return Ok(Some(served));
            }
            rest = after;
        }
        self.records = rest.to_vec();
        Ok(None)
    }

    /// The content of the first record, and the rest, if the record is complete.
    ///
    /// An error in a header is reported before the content arrives.
    fn record<'a>(&mut self, bytes: &'a [u8]) -> anyhow::Result<Option<(&'a [u8], &'a [u8])>> {
        let Some((&[kind, major, _, high, low], rest)) = bytes.split_first_chunk() else { return Ok(None) };
        ensure!(major == 3, "the server does not speak TLS");
        ensure!(matches!(kind, HANDSHAKE | ALERT), "the server answers with a record of type {kind}");
        let length = usize::from(u16::from_be_bytes([high, low]));
        ensure!(length > 0, "the server sends an empty record");
        ensure!(length <= MAX_RECORD, "the server sends a record of {length} bytes");
        let Some((content, after)) = rest.split_at_checked(length) else { return Ok(None) };
        if kind == ALERT {
            bail!("the server answers with alert {}", content.get(1).copied().unwrap_or_default());
        }
        self.record_count += 1;
        ensure!(self.record_count <= MAX_RECORDS, "the server's answer has more than {MAX_RECORDS} records");
        Ok(Some((content, after)))
    }

    fn read_messages(&mut self) -> anyhow::Result<Option<Served>> {
        let messages = std::mem::take(&mut self.messages);
        let mut rest = messages.as_slice();
        while let Some((kind, body, after)) = message(rest) {
            match kind {
                SERVER_HELLO => self.version = Some(name(body.get(1).copied())?),
                CERTIFICATE => self.chain = certificates(body)?,
                CERTIFICATE_REQUEST => self.asked = true,
                SERVER_HELLO_DONE => return self.served().map(Some),
                _ => {}
            }
            rest = after;
        }
        self.messages = rest.to_vec();
        Ok(None)
    }

    fn served(&mut self) -> anyhow::Result<Served> {
        let version = self.version.context("the server's answer has no ServerHello")?.to_owned();
        let asked = if self.asked { ClientCertificate::Asked } else { ClientCertificate::NotAsked };
        Ok(Served { chain: std::mem::take(&mut self.chain), version, asked })
    }
}

fn name(minor: Option<u8>) -> anyhow::Result<&'static str> {
    match minor {
        Some(1) => Ok("TLS 1.0"),
        Some(2) => Ok("TLS 1.1"),
        Some(3) => Ok("TLS 1.2"),
        _ => bail!("the server chose a version that was not offered"),
    }
}

fn message(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (body, after) = with_length(rest)?;
    Some((kind, body, after))
}

fn certificates(body: &[u8]) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let malformed = "the server's Certificate message is malformed";
    let (mut list, _) = with_length(body).context(malformed)?;
    let mut chain = Vec::new();
    while !list.is_empty() {
        ensure!(chain.len() < MAX_CERTIFICATES, "the server shows more than {MAX_CERTIFICATES} certificates");
        let (der, after) = with_length(list).context(malformed)?;
        chain.push(CertificateDer::from(der.to_vec()));
        list = after;
    }
    Ok(chain)
}

fn with_length(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[high, middle, low], rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ServerHello` of TLS 1.2, one certificate, `CertificateRequest` and `ServerHelloDone`.
    const WHOLE: [&[u8]; 4] =
        [&[2, 0, 0, 2, 3, 3], &[11, 0, 0, 7, 0, 0, 4, 0, 0, 1, 9], &[13, 0, 0, 0], &[14, 0, 0, 0]];

    fn record(content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[HANDSHAKE, 3, 3][..], &length, content].concat()
    }

    fn refused(bytes: &[u8]) -> String {
        ServerFlight::default().push(bytes).unwrap_err().to_string()
    }

    #[test]
    fn an_answer_is_the_same_however_it_is_cut() {
        let messages = WHOLE.concat();
        let one_record = record(&messages);
        let tiny_records: Vec<u8> = messages.iter().flat_map(|byte| record(&[*byte])).collect();
        let message_each: Vec<u8> = WHOLE.iter().flat_map(|message| record(message)).collect();
        let expected = Served {
            chain: vec![CertificateDer::from(vec![9])],
            version: "TLS 1.2".to_owned(),
            asked: ClientCertificate::Asked,
        };
        for answer in [one_record, tiny_records, message_each] {
            assert_eq!(ServerFlight::default().push(&answer).unwrap().as_ref(), Some(&expected));
            for cut in 0..answer.len() {
                let (first, second) = answer.split_at(cut);
                let mut flight = ServerFlight::default();
                assert_eq!(flight.push(first).unwrap(), None, "{cut}");
                assert_eq!(flight.push(second).unwrap().as_ref(), Some(&expected), "{cut}");
            }
        }
    }

    #[test]
    fn what_is_not_an_answer_is_named() {
        for (answer, said) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "the server does not speak TLS"),
            (&[21, 3, 3, 0, 2, 2, 40], "the server answers with alert 40"),
            (&[23, 3, 3, 0, 1], "the server answers with a record of type 23"),
            (&[22, 3, 3, 0, 0], "the server sends an empty record"),
            (&[22, 3, 3, 255, 255], "the server sends a record of 65535 bytes"),
        ] {
            assert_eq!(refused(answer), said);
        }
        for (messages, said) in [
            (&[11, 0, 0, 7, 0, 0, 4, 0, 0, 9, 9][..], "the server's Certificate message is malformed"),
            (&[2, 0, 0, 2, 3, 4], "the server chose a version that was not offered"),
            (&[14, 0, 0, 0], "the server's answer has no ServerHello"),
        ] {
            assert_eq!(refused(&record(messages)), said);
        }
    }

    #[test]
    fn records_bytes_and_certificates_are_counted() {
        // Nothing is kept of a message that was read, and the 257th record is refused.
        let mut flight = ServerFlight::default();
        for _ in 0..MAX_RECORDS {
            assert_eq!(flight.push(&record(&[0, 0, 0, 0])).unwrap(), None);
            assert!(flight.records.is_empty() && flight.messages.is_empty());
        }
        let many = "the server's answer has more than 256 records";
        assert_eq!(flight.push(&record(&[0, 0, 0, 0])).unwrap_err().to_string(), many);
        assert_eq!(refused(&record(&[0, 0, 0, 0]).repeat(20_000)), many);

        // A message without an end.
        let (mut flight, endless) = (ServerFlight::default(), record(&[11; MAX_RECORD]));
        let pushed = (0..).find_map(|count| flight.push(&endless).err().map(|error| (count, error.to_string())));
        assert_eq!(pushed, Some((15, "the server's answer is longer than 262144 bytes".to_owned())));

        let certificates = |count: usize| {
            let list = [0, 0, 1, 9].repeat(count);
            let sized = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat();
            [WHOLE[0], &[CERTIFICATE][..], &sized(&sized(&list)), WHOLE[3]].concat()
        };
        let most = ServerFlight::default().push(&record(&certificates(MAX_CERTIFICATES))).unwrap().unwrap();
        assert_eq!(most.chain.len(), MAX_CERTIFICATES);
        let more = record(&certificates(MAX_CERTIFICATES + 1));
        assert_eq!(refused(&more), "the server shows more than 32 certificates");
    }
}
