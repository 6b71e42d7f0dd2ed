//! What each refusal says. Where another file has its text already, it is not repeated here.

use certgen::rustls_pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use certgen::{
    Authority, AuthorityParams, CertificateInfo, CertificateRequest, DistinguishedName, Error, ExtendedKeyUsage,
    KeyPair, NameSubtree, NodeParams, SerialNumber, Time, Validity, pem, verify_chain,
};

use crate::by_hand::{EXTENSIONS, attribute, extension, list, server_auth, signed, tlv};
use crate::workshop::{copy, key, keys, rng};

const NOW: Time = Time::from_unix_seconds(1_800_000_000);

fn days(days: u32) -> Validity {
    Validity::days(NOW, days).unwrap()
}

fn node() -> NodeParams {
    NodeParams::for_ip([10, 0, 0, 11].into()).validity(days(100))
}

fn root(name: &str) -> Authority {
    AuthorityParams::new(name.parse().unwrap(), days(1000)).self_signed(copy(&keys()[0]), &mut rng(130)).unwrap()
}

fn issued(node: &NodeParams, by: &Authority) -> Result<CertificateDer<'static>, Error> {
    node.issued_by(by, key().public_key(), &mut rng(131))
}

fn own(node: &NodeParams) -> Result<CertificateDer<'static>, Error> {
    node.self_signed(key(), &mut rng(132))
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T, Error>, text: &str) {
    assert_eq!(result.unwrap_err().to_string(), text);
}

#[test]
fn dates() {
    let late = Time::from_unix_seconds(253_402_300_000);
    says(Validity::days(late, 1), "the date @253402386400 is outside the years 1 to 9999 that a certificate can hold");
    says(
        Validity::new(NOW, NOW.plus_seconds(-1)),
        "the validity ends at 2027-01-15T07:59:59Z, before it starts at 2027-01-15T08:00:00Z",
    );
    says(
        own(&NodeParams::for_subject("CN=node0".parse().unwrap())),
        "the certificate of CN=node0 has no dates; set its validity",
    );
}

#[test]
fn names_of_a_node() {
    says(
        own(&node().dns_name("a b")),
        "\"a b\" cannot be a dNSName, which is a host name in ASCII; `*` may be the first of at least three labels",
    );
    says(
        own(&node().uri("no scheme")),
        "\"no scheme\" is not an absolute URI in ASCII, so it cannot be a uniformResourceIdentifier",
    );
    says(
        own(&node().uri("spiffe://Example.org/n")),
        "\"spiffe://Example.org/n\" is not a SPIFFE ID: spiffe://, a trust domain in lower case, and path segments without \
         query or fragment",
    );
    says(own(&node().email("ops")), "\"ops\" is not an e-mail address in ASCII, so it cannot be an rfc822Name");
    let nameless = NodeParams::for_subject(DistinguishedName::empty()).validity(days(1));
    says(issued(&nameless, &root("CN=Root")), "there is neither a subject nor an alternative name");
    says(
        own(&nameless.dns_name("node0")),
        "the issuer's name would be empty, which RFC 5280 forbids; give the certificate a subject",
    );
    says(
        own(&node().extended_key_usages([ExtendedKeyUsage::Other("serverAuth".to_owned())])),
        "\"serverAuth\" is not an object identifier, so it cannot be an extended key usage",
    );
}

#[test]
fn names_of_an_authority_and_serial_numbers() {
    let limited = AuthorityParams::new("CN=Root".parse().unwrap(), days(1)).permit(NameSubtree::Dns(".a".to_owned()));
    says(
        limited.self_signed(copy(key()), &mut rng(133)),
        "\"DNS:.a\" cannot be a name constraint: give a host name without a dot before it, or a network address whose bits \
         after the prefix are zero",
    );
    let root = root("CN=Root");
    says(
        issued(&node().subject("CN=Root".parse().unwrap()), &root),
        "CN=Root is the name of the issuer or of an authority in the old chain; choose another name",
    );
    let serial = SerialNumber::from_unsigned_bytes;
    says(serial(&[]), "a serial number of 0 bytes is zero or needs more than 20 bytes");
    says(serial(&[1; 21]), "a serial number of 21 bytes is zero or needs more than 20 bytes");
}

#[test]
fn names_from_text() {
    for (text, defect, at) in [
        ("CN=a,", "a part of it is empty", 5),
        ("CN=a, O", "a part of it has no equals sign", 5),
        ("X=b", "a keyword is neither one that keytool knows nor an object identifier", 0),
        ("CN=a\\x", "a backslash is followed by neither a special character nor two hexadecimal digits", 5),
        ("CN=a<b", "a special character is neither escaped nor quoted", 4),
        ("CN=\"a", "a quotation mark is not closed", 3),
        ("CN=\"a\" b", "there is text after a closing quotation mark", 7),
        ("CN=#0c02", "the number sign is not followed by a DER element in hexadecimal digits", 3),
        ("CN=\\C3", "bytes in it are not UTF-8", 6),
        ("DC=\u{e9}", "a value of DC or EMAILADDRESS is not ASCII", 3),
    ] {
        says(text.parse::<DistinguishedName>(), &format!("the name cannot be read: {defect} (at byte {at})"));
    }
    let der = DistinguishedName::from_der(&[5, 0]).unwrap_err().to_string();
    assert!(der.starts_with("the name cannot be read: its bytes are not the DER of a name"), "{der}");
}

#[test]
fn private_keys() {
    let pkcs8 = |der: &[u8]| KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(der));
    says(pkcs8(&[5, 0]), "the private key is not a well-formed PKCS#8 or SEC1 structure (at byte 0)");
    let sec1 = PrivateKeyDer::Sec1(vec![0x30, 7, 2, 1, 1, 4, 2, 7, 7].into());
    says(
        pem::PrivateKey::from_der(&sec1),
        "the EC PRIVATE KEY does not name its curve; `openssl pkcs8 -topk8 -nocrypt` converts it if OpenSSL knows the curve",
    );
}

#[test]
fn pem_texts() {
    let read = |text: &str| pem::decode_private_key(text.as_bytes());
    let block = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n");
    for (text, defect, line) in [
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n".to_owned(),
            "a block does not end with the label that it begins with",
            1,
        ),
        (block("PRIVATE KEY", "A==\n"), "the content of a block is not base64", 1),
        (
            block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"),
            "a block has header lines, as in OpenSSL's old encryption; `openssl pkcs8 -topk8` converts such a key",
            1,
        ),
        (pem::encode_private_key(&key().secret_pkcs8()).secret_text().repeat(2), "there is a second private key", 29),
    ] {
        says(read(&text), &format!("the PEM text cannot be read: {defect} (in line {line})"));
    }
    says(
        pem::decode_certificates(block("TRUSTED CERTIFICATE", "AAAA\n").as_bytes()),
        "the PEM text cannot be read: a certificate comes with OpenSSL's trust settings; `openssl x509` converts it (in line \
         1)",
    );
    says(read(&block("ENCRYPTED PRIVATE KEY", "AAAA\n")), "the private key is encrypted, so a password is needed");
}

#[cfg(feature = "encrypted-keys")]
#[test]
fn encrypted_keys() {
    use certgen::pem::{KdfLimits, KeyEncryption};
    let seal = |encryption| {
        pem::encode_encrypted_private_key(&key().secret_pkcs8(), encryption, b"keypass", &mut rng(134)).unwrap()
    };
    let open =
        |text: &str, password: &[u8], limits| pem::decode_encrypted_private_key(text.as_bytes(), password, limits);
    let sealed = seal(KeyEncryption::Pbes2Aes256);
    says(
        open(&sealed, b"other", KdfLimits::default()),
        "the password is wrong or the encrypted private key is damaged",
    );
    says(
        open(&sealed, b"keypass", KdfLimits::default().with_pbkdf2_iterations(1000)),
        "opening the private key would cost 600000 iterations or bytes, more than the limit of 1000",
    );
    // The object identifier of triple DES under PKCS#12, changed to two keys, and to one that stands for nothing.
    let der = pem_body(&seal(KeyEncryption::Sha1TripleDes));
    let place = der.windows(3).position(|bytes| bytes == [12, 1, 3]).unwrap() + 2;
    for (last, name) in [(4, "PBE-SHA1-2DES"), (99, "the algorithm 1.2.840.113549.1.12.1.99")] {
        let mut changed = der.clone();
        changed[place] = last;
        let text = pem::encode_certificate(&changed.into()).replace("CERTIFICATE", "ENCRYPTED PRIVATE KEY");
        says(
            open(&text, b"keypass", KdfLimits::default()),
            &format!(
                "the private key is encrypted with {name}, which is not supported; `openssl pkcs8 -topk8` converts it"
            ),
        );
    }
}

/// The bytes of the one block.
#[cfg(feature = "encrypted-keys")]
fn pem_body(text: &str) -> Vec<u8> {
    let certificate = text.replace("ENCRYPTED PRIVATE KEY", "CERTIFICATE");
    pem::decode_certificates(certificate.as_bytes()).unwrap().remove(0).to_vec()
}

#[test]
fn chains() {
    let (root, other) = (root("CN=Root"), root("CN=Other"));
    let leaf = issued(&node(), &root).unwrap();
    let broken = |defect: &str| format!("the chain is broken: {defect} (in certificate 1)");
    let [of_root, of_other] = [&root, &other].map(|authority| authority.certificate().clone());
    says(
        verify_chain(&[leaf.clone(), of_other]),
        &broken("the certificate's issuer is not the subject of the next certificate"),
    );
    let impostor = AuthorityParams::new("CN=Root".parse().unwrap(), days(1000));
    let impostor = impostor.self_signed(copy(&keys()[1]), &mut rng(135)).unwrap();
    says(
        verify_chain(&[leaf.clone(), impostor.certificate().clone()]),
        &broken("the certificate's authority key identifier is not the next certificate's subject key identifier"),
    );
    let mut forged = leaf.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    says(
        verify_chain(&[forged.into(), of_root.clone()]),
        &broken("the certificate's signature was not made with the next certificate's key"),
    );
    says(
        issued(&node().validity(days(1001)), &root),
        &broken("the certificate's dates are not within those of every certificate above it"),
    );
    says(
        Authority::from_parts(copy(key()), vec![own(&node()).unwrap()]),
        &broken("the certificate's issuer, or the authority itself, is not allowed to issue certificates"),
    );
    says(Authority::from_parts(copy(key()), root.chain()), &broken("the certificate is not for the key"));
    says(Authority::from_parts(copy(key()), Vec::new()), "the chain has no certificate");
}

#[test]
fn chains_that_are_too_long_or_signed_with_what_cannot_be_checked() {
    let short = AuthorityParams::new("CN=Root".parse().unwrap(), days(1000)).path_length(0);
    let short = short.self_signed(copy(&keys()[0]), &mut rng(136)).unwrap();
    let below = AuthorityParams::new("CN=Issuing".parse().unwrap(), days(900));
    let broken = |defect: &str| format!("the chain is broken: {defect} (in certificate 1)");
    says(
        below.issued_by(&short, copy(&keys()[1]), &mut rng(137)),
        &broken("there are more authorities below the certificate's issuer than the issuer allows"),
    );
    // The last byte of sha256WithRSAEncryption, changed to one that stands for nothing, both times.
    let root = root("CN=Root");
    let mut leaf = issued(&node(), &root).unwrap().to_vec();
    let sha256 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
    let places: Vec<usize> = (0..leaf.len() - 8).filter(|at| leaf[*at..].starts_with(&sha256)).collect();
    assert_eq!(places.len(), 2);
    for place in places {
        leaf[place + 8] = 99;
    }
    says(
        verify_chain(&[leaf.into(), root.certificate().clone()]),
        &broken("the certificate's signature cannot be checked with the next certificate's key"),
    );
}

/// Each part of a certificate, made one that cannot be read.
#[test]
fn certificates() {
    let serial = SerialNumber::from_unsigned_bytes(&[7]).unwrap();
    let der = own(&node().serial(serial)).unwrap().to_vec();
    // Two headers of four bytes, the version in five, the serial number in three, the algorithm in fifteen.
    let (name, validity) = (31, 31 + 2 + usize::from(der[32]));
    let signature = der.len() - 256 - 5;
    for (place, part) in [
        (10, "its version (at byte 8)".to_owned()),
        (13, "its serial number (at byte 13)".to_owned()),
        (16, "its signature algorithm (at byte 16)".to_owned()),
        (name, format!("a name in it (at byte {name})")),
        (validity, format!("a date in it (at byte {validity})")),
        (validity + 32 + validity - name, format!("its public key (at byte {})", validity + 32 + validity - name)),
        (signature, format!("its signature (at byte {signature})")),
    ] {
        let mut broken = der.clone();
        broken[place] = 0x1e;
        says(CertificateInfo::read(&broken.into()), &format!("the certificate is not well-formed: {part}"));
    }
    let longer = [&der[..], &[0]].concat();
    says(
        CertificateInfo::read(&longer.into()),
        &format!("the certificate is not well-formed: there are bytes after its end (at byte {})", der.len()),
    );
}

#[test]
fn requests() {
    let read = |der: Vec<u8>| CertificateRequest::read(&CertificateSigningRequestDer::from(der));
    let start = |result: Result<CertificateRequest, Error>, text: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(text) && error.contains(" (at byte "), "{error}");
    };
    start(read(Vec::new()), "the certificate request is not well-formed: its structure");
    start(read(signed(&[vec![5, 0]])), "the certificate request is not well-formed: its attributes");
    let twice = attribute(EXTENSIONS, &list(&[server_auth(), server_auth()]));
    start(read(signed(&[twice])), "the certificate request is not well-formed: its extensions");
    let authority = extension("2.5.29.19", Some(0xff), &tlv(0x30, &[1, 1, 0xff]));
    let request = read(signed(&[attribute(EXTENSIONS, &list(&[authority]))])).unwrap();
    says(
        NodeParams::for_request(&request, &"all".parse().unwrap()),
        "the certificate request of \"CN=web.corp.example, O=\\\"Ex, Inc\\\"\" asks for the rights of an authority; do not \
         honor its `bc` and `ku`, or sign it as an authority",
    );
}
