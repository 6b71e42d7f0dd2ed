//! Requests as Windows makes them: public ones, rebuilt element by element and signed with a key of the test.

use certgen::rustls_pki_types::CertificateSigningRequestDer;
use certgen::{
    Authority, AuthorityParams, CertificateInfo, CertificateRequest, ErrorKind, Honored, NodeParams, SigningAlgorithm,
    Time, Validity,
};

use crate::by_hand::{self, EXTENSIONS, attribute, extension, key_usage, list, oid, server_auth, tlv};
use crate::workshop::{copy, key, keys, rng};

const EXTENSIONS_OF_OLD_WINDOWS: &str = "1.3.6.1.4.1.311.2.1.14";
const EFS: &str = "1.3.6.1.4.1.311.10.3.4";
const EMAIL: &str = "1.3.6.1.5.5.7.3.4";
const CLIENT: &str = "1.3.6.1.5.5.7.3.2";

/// One public request: its subject, its attributes, and how many extensions it asks for.
struct Public {
    of: &'static str,
    subject: Vec<u8>,
    attributes: Vec<Vec<u8>>,
    extensions: usize,
}

fn public() -> [Public; 8] {
    [iis(), console(), exchange(), ms_wstep(), windows_2000(), powershell(), certreq(), renewal()]
}

/// The wizard of IIS on Server 2016: pyca/cryptography#9879, ansible-collections/community.crypto#672.
fn iis() -> Public {
    Public {
        of: "iis",
        subject: name(&[
            ("2.5.4.6", 0x13, "US"),
            ("2.5.4.8", 0x0c, "Texas"),
            ("2.5.4.7", 0x0c, "Houston"),
            ("2.5.4.10", 0x0c, "acme"),
            ("2.5.4.11", 0x0c, "IT"),
            ("2.5.4.3", 0x0c, "acme"),
        ]),
        attributes: vec![
            os_version("10.0.14393.2"),
            client(5, "InetMgr.exe"),
            provider(1, "Microsoft RSA SChannel Cryptographic Provider", &[]),
            asks(EXTENSIONS, &[key_usage(), server_auth(), capabilities(), key_identifier()]),
        ],
        extensions: 4,
    }
}

/// The console of Windows 10: the tests of scorpio-id/pki.
fn console() -> Public {
    Public {
        of: "console",
        subject: name(&[]),
        attributes: vec![
            os_version("10.0.19045.2"),
            client(5, "MMC.EXE"),
            provider(1, "Microsoft Strong Cryptographic Provider", &[]),
            asks(
                EXTENSIONS,
                &[dns_names(None, &["*.example.com", "test.example.com"]), key_identifier(), usage([5, 0x20])],
            ),
        ],
        extensions: 3,
    }
}

/// Exchange on Server 2008 R2: the tests of a client that orders certificates.
fn exchange() -> Public {
    Public {
        of: "exchange",
        subject: name(&[
            ("2.5.4.3", 0x0c, "epost.example.no"),
            ("2.5.4.10", 0x0c, "Example AS"),
            ("2.5.4.6", 0x13, "NO"),
        ]),
        attributes: vec![
            os_version("6.1.7600.2"),
            client(5, "Microsoft.Exchange.ServiceHost.exe"),
            provider(1, "Microsoft RSA SChannel Cryptographic Provider", &[]),
            asks(
                EXTENSIONS,
                &[
                    usage([5, 0xa0]),
                    dns_names(None, &["exchange10.example.local", "epost.example.no", "autodiscover.example.no"]),
                    extension("2.5.29.19", Some(0xff), &list(&[])),
                    key_identifier(),
                ],
            ),
        ],
        extensions: 4,
    }
}

/// The example of the specification MS-WSTEP.
fn ms_wstep() -> Public {
    Public {
        of: "ms_wstep",
        subject: name(&[]),
        attributes: vec![
            os_version("6.1.7053.2"),
            client(5, "CesTest.exe"),
            provider(1, "Microsoft Enhanced Cryptographic Provider v1.0", &[]),
            asks(
                EXTENSIONS,
                &[
                    template("User"),
                    purposes(&[EFS, EMAIL, CLIENT]),
                    usage([5, 0xa0]),
                    capabilities(),
                    key_identifier(),
                ],
            ),
        ],
        extensions: 5,
    }
}

/// Windows 2000, whose provider signs: the tests of a server for SCEP.
fn windows_2000() -> Public {
    Public {
        of: "windows_2000",
        subject: name(&[("2.5.4.3", 0x13, "6AEK347fw8vWE424")]),
        attributes: vec![
            os_version("5.0.2195.2"),
            asks(EXTENSIONS_OF_OLD_WINDOWS, &[key_usage()]),
            provider(1, "Microsoft Enhanced Cryptographic Provider v1.0", &[0x8e; 136]),
        ],
        extensions: 1,
    }
}

/// PowerShell on Windows 10: a request from adcslabor.de in the tests of a program that wraps it in PKCS#7.
fn powershell() -> Public {
    Public {
        of: "powershell",
        subject: name(&[("2.5.4.3", 0x13, "this-is-a-test")]),
        attributes: vec![
            os_version("10.0.18363.2"),
            client(5, "powershell.exe"),
            asks(EXTENSIONS, &[usage([7, 0x80]), dns_names(Some(0xff), &["this-is-a-test"]), key_identifier()]),
            provider(0, "Microsoft Software Key Storage Provider", &[]),
        ],
        extensions: 3,
    }
}

/// certreq with a template among its `[RequestAttributes]`, as certutil shows it.
fn certreq() -> Public {
    Public {
        of: "certreq",
        subject: name(&[("0.9.2342.19200300.100.1.25", 0x16, "com"), ("2.5.4.3", 0x13, "Administrateur")]),
        attributes: vec![
            os_version("6.2.9200.2"),
            pair("CertificateTemplate", "User"),
            client(9, "certreq.exe"),
            provider(1, "Microsoft RSA SChannel Cryptographic Provider", &[]),
            asks(EXTENSIONS, &[template("User"), purposes(&[EFS, EMAIL, CLIENT]), usage([5, 0xa0]), key_identifier()]),
        ],
        extensions: 4,
    }
}

/// A renewal by certreq, with the certificate that it renews.
fn renewal() -> Public {
    Public {
        of: "renewal",
        subject: name(&[("2.5.4.3", 0x0c, "web.corp.example")]),
        attributes: vec![
            attribute("1.3.6.1.4.1.311.13.1", authority().certificate()),
            os_version("10.0.17763.2"),
            asks(EXTENSIONS, &[server_auth(), extension("1.3.6.1.4.1.311.21.10", None, &policies())]),
        ],
        extensions: 2,
    }
}

fn authority() -> Authority {
    let validity = Validity::days(Time::from_unix_seconds(1_800_000_000), 1000).unwrap();
    AuthorityParams::new("CN=Root".parse().unwrap(), validity).self_signed(copy(&keys()[0]), &mut rng(120)).unwrap()
}

fn read(subject: &[u8], attributes: &[Vec<u8>]) -> CertificateRequest {
    let attributes = tlv(0xa0, &attributes.concat());
    let der = by_hand::request(subject, &attributes, SigningAlgorithm::Sha256WithRsa);
    CertificateRequest::read(&CertificateSigningRequestDer::from(der)).unwrap()
}

/// Parts of a name: object identifier, tag of the string, text.
fn name(parts: &[(&str, u8, &str)]) -> Vec<u8> {
    let part =
        |(kind, tag, text): &(&str, u8, &str)| tlv(0x31, &tlv(0x30, &[oid(kind), tlv(*tag, text.as_bytes())].concat()));
    tlv(0x30, &parts.iter().flat_map(part).collect::<Vec<u8>>())
}

/// A `BMPString`: two bytes for each character.
fn two_bytes(text: &str) -> Vec<u8> {
    tlv(0x1e, &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
}

fn os_version(version: &str) -> Vec<u8> {
    attribute("1.3.6.1.4.1.311.13.2.3", &tlv(0x16, version.as_bytes()))
}

/// Who asks: a number for the kind of program, the machine, the user, the program.
fn client(kind: u8, program: &str) -> Vec<u8> {
    let texts = ["web.corp.example", "CORP\\admin", program].map(|text| tlv(0x0c, text.as_bytes()));
    attribute("1.3.6.1.4.1.311.21.20", &tlv(0x30, &[vec![2, 1, kind], texts.concat()].concat()))
}

/// The provider of the key: a number, its name, a signature, which is empty except in old versions.
fn provider(number: u8, name: &str, signature: &[u8]) -> Vec<u8> {
    let signature = tlv(3, &[&[0], signature].concat());
    let parts = [vec![2, 1, number], two_bytes(name), signature];
    attribute("1.3.6.1.4.1.311.13.2.2", &tlv(0x30, &parts.concat()))
}

fn pair(name: &str, value: &str) -> Vec<u8> {
    attribute("1.3.6.1.4.1.311.13.2.1", &tlv(0x30, &[two_bytes(name), two_bytes(value)].concat()))
}

fn asks(attribute_of_extensions: &str, extensions: &[Vec<u8>]) -> Vec<u8> {
    attribute(attribute_of_extensions, &list(extensions))
}

/// Key usages: how many bits of the byte are unused, and the byte.
fn usage(bits: [u8; 2]) -> Vec<u8> {
    extension("2.5.29.15", Some(0xff), &tlv(3, &bits))
}

fn purposes(purposes: &[&str]) -> Vec<u8> {
    extension("2.5.29.37", None, &list(&purposes.iter().map(|purpose| oid(purpose)).collect::<Vec<_>>()))
}

fn key_identifier() -> Vec<u8> {
    extension("2.5.29.14", None, &tlv(4, &[0x9e; 20]))
}

/// S/MIME capabilities: a cipher and its key length.
fn capabilities() -> Vec<u8> {
    let cipher = tlv(0x30, &[oid("1.2.840.113549.3.2"), vec![2, 2, 0, 0x80]].concat());
    extension("1.2.840.113549.1.9.15", None, &tlv(0x30, &cipher))
}

fn template(name: &str) -> Vec<u8> {
    extension("1.3.6.1.4.1.311.20.2", None, &two_bytes(name))
}

fn dns_names(critical: Option<u8>, names: &[&str]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = names.iter().map(|name| tlv(0x82, name.as_bytes())).collect();
    extension("2.5.29.17", critical, &list(&names))
}

/// Microsoft's list of purposes, each by itself in a sequence.
fn policies() -> Vec<u8> {
    tlv(0x30, &tlv(0x30, &oid("1.3.6.1.5.5.7.3.1")))
}

#[test]
fn public_requests_are_taken() {
    let (authority, all): (_, Honored) = (authority(), "all".parse().unwrap());
    for public in public() {
        let request = read(&public.subject, &public.attributes);
        request.verify().unwrap();
        assert_eq!(request.subject().as_der(), public.subject, "{}", public.of);
        assert_eq!(request.extensions().count(), public.extensions, "{}", public.of);
        let params = NodeParams::for_request(&request, &all).unwrap();
        let params = params.validity(authority.info().validity());
        // The example of MS-WSTEP has no name: its authority adds that of the user.
        let is_named = !request.subject().is_empty() || !request.subject_alt_names().is_empty();
        let params = if is_named { params } else { params.subject("CN=abby".parse().unwrap()) };
        let leaf = params.issued_by(&authority, request.public_key(), &mut rng(121)).unwrap();
        let about = CertificateInfo::read(&leaf).unwrap();
        assert_eq!(about.subject_alt_names(), request.subject_alt_names(), "{}", public.of);
        assert_eq!(about.key_usages(), request.key_usages(), "{}", public.of);
        assert_eq!(about.extended_key_usages(), request.extended_key_usages(), "{}", public.of);
        let findings = request.check_reply(&authority.chain_of(leaf)).unwrap();
        assert_eq!(findings.is_empty(), is_named, "{}: {findings:?}", public.of);
    }
}

/// An authority on Server 2019 that is to be certified by another one, from the tests of an authority in Java.
#[test]
fn a_public_request_of_an_authority_is_taken_without_its_rights() {
    let subject = name(&[("2.5.4.3", 0x13, "WS-2019-IssuingCA")]);
    let attributes = [
        os_version("10.0.17763.2"),
        asks(
            EXTENSIONS,
            &[
                extension("1.3.6.1.4.1.311.21.1", None, &[2, 1, 0]),
                key_identifier(),
                template("SubCA"),
                extension("2.5.29.15", None, &[3, 2, 1, 0x86]),
                extension("2.5.29.19", Some(0xff), &[0x30, 3, 1, 1, 0xff]),
            ],
        ),
    ];
    let request = read(&subject, &attributes);
    let error = NodeParams::for_request(&request, &"all".parse().unwrap()).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::AsksForAuthority { subject: "CN=WS-2019-IssuingCA".to_owned() });
    let params = NodeParams::for_request(&request, &"all,-bc,-ku".parse().unwrap()).unwrap();
    let params = params.validity(authority().info().validity());
    let leaf = params.issued_by(&authority(), key().public_key(), &mut rng(122)).unwrap();
    let about = CertificateInfo::read(&leaf).unwrap();
    assert_eq!((about.basic_constraints(), about.key_usages()), (None, None));
}
