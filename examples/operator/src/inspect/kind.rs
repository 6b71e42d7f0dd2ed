//! Recognises files that cannot be inspected, such as keys, requests, base64 and damaged PEM.

use certgen::rustls_pki_types::CertificateSigningRequestDer;
use certgen::{CertificateRequest, ErrorKind, pem};

use super::MAX_TEXT;

/// The reason why a file is not a keystore; `None` if it may be a keystore.
pub(super) fn other(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return Some("the file is empty".to_owned());
    }
    if bytes.starts_with(BASE64_OF_PEM) || bytes.starts_with(b"MII") || bytes.starts_with(BASE64_OF_JKS) {
        let is = if bytes.starts_with(BASE64_OF_PEM) { "a PEM text" } else { "a keystore, key or certificate" };
        return Some(format!("it is base64 of {is}, as in a Kubernetes secret: decode it first (base64 -d)"));
    }
    if is_text_with(bytes, "-----BEGIN ") {
        let is_long = bytes.len() > MAX_TEXT;
        return Some(if is_long { format!("the PEM text is longer than {MAX_TEXT} bytes") } else { in_pem(bytes) });
    }
    if is_text_with(bytes, "BEGIN ") {
        return Some("the PEM text is damaged: a BEGIN line does not have five dashes on each side".to_owned());
    }
    in_der(bytes).map(|kind| format!("it is {kind}, and neither a keystore nor a certificate"))
}

const BASE64_OF_PEM: &[u8] = b"LS0tLS";
const BASE64_OF_JKS: &[u8] = b"/u3+7Q";

pub(crate) fn is_text_with(bytes: &[u8], word: &str) -> bool {
    let start = bytes.get(..1 << 16).unwrap_or(bytes);
    !start.contains(&0) && start.windows(word.len()).any(|window| window == word.as_bytes())
}

pub(crate) fn is_settings(bytes: &[u8]) -> bool {
    ["cluster_name:", "server_encryption_options:", "conf_cassandra_"].iter().any(|word| is_text_with(bytes, word))
}

fn in_pem(text: &[u8]) -> String {
    let Err(error) = pem::decode_certificates(text) else { return "the PEM text holds certificates".to_owned() };
    match error.kind() {
        ErrorKind::NothingInPem { found, .. } if !found.is_empty() => {
            let found: Vec<&str> = found.iter().map(|label| named(label)).collect();
            format!("the PEM text holds {}, but no certificate", found.join(", "))
        }
        _ if text.windows(2).any(|pair| pair == b"\\n") => {
            format!("{error}; it has the characters \\n in place of line ends")
        }
        _ => error.to_string(),
    }
}

fn named(label: &str) -> &str {
    match label {
        "PRIVATE KEY" => "a private key (PKCS#8)",
        "ENCRYPTED PRIVATE KEY" => "an encrypted private key (PKCS#8)",
        "RSA PRIVATE KEY" => "a private key (PKCS#1)",
        "EC PRIVATE KEY" => "a private key (SEC1)",
        "EC PARAMETERS" => "parameters of a curve",
        "PUBLIC KEY" => "a public key",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate signing request",
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => "PKCS#7 without certificates",
        "X509 CRL" => "a certificate revocation list",
        other => other,
    }
}

fn in_der(bytes: &[u8]) -> Option<&'static str> {
    if let Some(key) = private_key(bytes) {
        return Some(key);
    }
    if CertificateRequest::read(&CertificateSigningRequestDer::from(bytes)).is_ok() {
        return Some("a certificate signing request");
    }
    if is_encrypted_key(bytes) {
        return Some("an encrypted private key (PKCS#8)");
    }
    is_pkcs7(bytes).then_some("PKCS#7 without certificates")
}

/// The kind of a private key in DER, by its version and the element after the version.
///
/// The structures are in RFC 5958, section 2, RFC 8017, appendix A.1.2, and RFC 5915, section 3. A PKCS#12 begins in the same
/// way, but has version 3.
fn private_key(bytes: &[u8]) -> Option<&'static str> {
    let (_, content, _) = element(bytes).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, version, rest) = element(content).filter(|(tag, ..)| *tag == INTEGER)?;
    match (version, element(rest)?) {
        ([0 | 1], (SEQUENCE, [OBJECT_IDENTIFIER, ..], _)) => Some("a private key (PKCS#8)"),
        ([0 | 1], (INTEGER, ..)) => Some("a private key (PKCS#1)"),
        ([1], (OCTET_STRING, ..)) => Some("a private key (SEC1)"),
        _ => None,
    }
}

/// Whether the bytes begin like an encrypted private key (RFC 5958, section 3).
///
/// An `EncryptedPrivateKeyInfo` is `SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, ... }, OCTET STRING }`. A BCFKS has a `SEQUENCE`
/// in the place of the identifier.
fn is_encrypted_key(bytes: &[u8]) -> bool {
    let key = element(bytes).filter(|(tag, ..)| *tag == SEQUENCE).and_then(|(_, key, _)| element(key));
    matches!(key, Some((SEQUENCE, [OBJECT_IDENTIFIER, ..], [OCTET_STRING, ..])))
}

/// Whether the bytes begin like a `ContentInfo` of PKCS#7 (RFC 5652, section 3).
pub(super) fn is_pkcs7(bytes: &[u8]) -> bool {
    let content = element(bytes).filter(|(tag, ..)| *tag == SEQUENCE).and_then(|(_, content, _)| element(content));
    matches!(content, Some((OBJECT_IDENTIFIER, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, _], _)))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;

/// The first element of DER: its tag, its content, and the bytes after it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_known_by_what_they_say() {
        for text in ["cluster_name: x\n", "server_encryption_options: {}\n", "a=b\nconf_cassandra_keystore=/k\n"] {
            assert!(is_settings(text.as_bytes()), "{text}");
        }
        assert!(!is_settings(b"\xfe\xed\xfe\xed\0\0\0\x02cluster_name:") && !is_settings(b"a=b\n"));
    }

    #[test]
    fn a_file_that_is_not_looked_into_is_called_by_its_name() {
        for (bytes, said) in [
            (&b""[..], "the file is empty"),
            (b"MIIKCgIBAzCC", "it is base64 of a keystore, key or certificate, as in a Kubernetes secret"),
            (b"/u3+7QAAAAI=", "it is base64 of a keystore, key or certificate"),
            (b"LS0tLS1CRUdJTiBD", "it is base64 of a PEM text"),
            (
                b"-----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY-----\n",
                "holds a private key (PKCS#1), but no",
            ),
            (b"----BEGIN CERTIFICATE-----\nAA==\n", "a BEGIN line does not have five dashes"),
            (b"\x30\x12\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x05\x30\x03\x02\x01\x01", "it is PKCS#7"),
            (b"\x30\x06\x02\x01\x00\x02\x01\x05", "it is a private key (PKCS#1)"),
            (b"\x30\x06\x02\x01\x01\x04\x01\x05", "it is a private key (SEC1)"),
            (b"\x30\x0a\x02\x01\x00\x30\x03\x06\x01\x2a\x04\x00", "it is a private key (PKCS#8)"),
            (b"\x30\x09\x30\x05\x06\x01\x2a\x05\x00\x04\x00", "it is an encrypted private key (PKCS#8)"),
        ] {
            let found = other(bytes).unwrap_or_default();
            assert!(found.contains(said), "{found}");
        }
        let pkcs12 = &b"\x30\x0a\x02\x01\x03\x30\x05\x06\x01\x2a\xa0\x00"[..];
        for store in
            [pkcs12, b"\xfe\xed\xfe\xed\0\0\0\x02", b"\x30\x82\x01\x00\x02\x01\x03", b"\x30\x80\x30\x80", b"\x30"]
        {
            assert_eq!(other(store), None, "{store:?}");
        }
    }
}
