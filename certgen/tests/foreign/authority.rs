//! Chains of a private authority, judged by OpenSSL, keytool, Java and rustls' webpki.

use certgen::rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use certgen::{
    Authority, AuthorityParams, CertificateInfo, Consequence, Expiry, ExtendedKeyUsage, KeyPair, KeyUsage, NodeParams,
    SigningAlgorithm, TrustModel, Validity, pem,
};
use test_support::{JavaProgram, Tool, output};
use webpki::{EndEntityCert, KeyUsage as WebpkiUsage, anchor_from_trusted_cert};

use crate::keytool::nodes_of_keytool;
use crate::openssl;
use crate::workshop::{Folder, copy, key, keys, now, rng};

const ADDRESS: &str = "10.0.0.11";

/// Node, intermediate, root; the node's certificate with and without usages, IPv4 and IPv6, with each algorithm.
fn chains() -> Vec<Vec<CertificateDer<'static>>> {
    let plain = |node: NodeParams| node;
    let usages = |node: NodeParams| {
        node.key_usages([KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment])
            .extended_key_usages([ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth])
    };
    let issuers =
        [root(), intermediate(SigningAlgorithm::Sha256WithRsa), intermediate(SigningAlgorithm::Sha384WithRsa)];
    issuers.iter().flat_map(|issuer| [chain(issuer, plain), chain(issuer, usages)]).collect()
}

fn root() -> Authority {
    let validity = Validity::days(now(), 7300).unwrap();
    let name = "CN=Root 2026, DC=corp, DC=example".parse().unwrap();
    AuthorityParams::new(name, validity).self_signed(copy(&keys()[0]), &mut rng(6)).unwrap()
}

fn intermediate(algorithm: SigningAlgorithm) -> Authority {
    let validity = Validity::days(now(), 3650).unwrap();
    AuthorityParams::new("CN=Issuing 2026, OU=a, OU=b, O=Example".parse().unwrap(), validity)
        .path_length(0)
        .signing_algorithm(algorithm)
        .issued_by(&root(), copy(&keys()[1]), &mut rng(7))
        .unwrap()
}

fn chain(issuer: &Authority, options: fn(NodeParams) -> NodeParams) -> Vec<CertificateDer<'static>> {
    let node = NodeParams::for_ip(ADDRESS.parse().unwrap()).validity(Validity::days(now(), 365).unwrap());
    issuer.chain_of(options(node).issued_by(issuer, key().public_key(), &mut rng(8)).unwrap())
}

pub(crate) fn openssl_verifies_every_chain() {
    for chain in chains() {
        openssl_verifies(&chain, &["-x509_strict"]);
    }
}

#[track_caller]
fn openssl_verifies(chain: &[CertificateDer<'_>], options: &[&str]) {
    let (folder, options) = (Folder::new(), [&["-verify_ip", ADDRESS][..], options].concat());
    assert!(output(&mut openssl::verify(&folder, chain, &options)).ends_with("node.pem: OK\n"));
}

/// Authorities that OpenSSL (from PEM, the key encrypted) and keytool (from a keystore) made go on issuing, under the very
/// bytes of their names.
pub(crate) fn existing_authorities_go_on_issuing() {
    let name = "CN=ca, OU=a, OU=b, DC=corp, DC=example";
    let command = vec!["-keyalg", "RSA", "-keysize", "2048", "-ext", "bc:c", "-dname", name];
    let authorities = nodes_of_keytool(Tool::Java, &[command]).into_iter();
    #[cfg(feature = "encrypted-keys")]
    let authorities = authorities.chain([authority_of_openssl()]);
    for (key, certificate) in authorities {
        let key = KeyPair::from_pkcs8(&key.secret_pkcs8()).unwrap();
        let authority = Authority::from_parts(key, vec![certificate]).unwrap();
        let node = NodeParams::for_ip(ADDRESS.parse().unwrap()).validity(Validity::days(now(), 30).unwrap());
        let leaf = node.issued_by(&authority, crate::workshop::key().public_key(), &mut rng(16)).unwrap();
        assert_eq!(CertificateInfo::read(&leaf).unwrap().issuer(), authority.info().subject());
        openssl_verifies(&authority.chain_of(leaf), &[]);
    }
}

#[cfg(feature = "encrypted-keys")]
fn authority_of_openssl() -> (pem::PrivateKey, CertificateDer<'static>) {
    use certgen::pem::KdfLimits;

    let folder = Folder::new();
    let mut request = Tool::OpenSsl.command();
    request.args(["req", "-x509", "-newkey", "rsa:2048", "-days", "365", "-utf8", "-passout", "pass:keypass"]);
    request
        .args(["-subj", "/DC=example/DC=corp/OU=a/OU=b/CN=Aussteller \u{e4}", "-keyout"])
        .arg(folder.path("ca.key.pem"));
    let certificate = output(&mut request);
    let key = std::fs::read(folder.path("ca.key.pem")).unwrap();
    let [certificate] = pem::decode_certificates(certificate.as_bytes()).unwrap().try_into().unwrap();
    (pem::decode_encrypted_private_key(&key, b"keypass", KdfLimits::default()).unwrap(), certificate)
}

pub(crate) fn java_trusts_every_chain() {
    let folder = Folder::new();
    let program = JavaProgram::compile("Chains", include_str!("Chains.java"));
    let mut command = program.command();
    let mut files = 0;
    for (number, chain) in chains().iter().chain([&vec![self_signed()]]).enumerate() {
        command
            .arg(folder.write(&format!("{number}.pem"), chain.iter().map(pem::encode_certificate).collect::<String>()));
        files += 1;
    }
    assert_eq!(output(&mut command), "trusted\n".repeat(files));
}

fn self_signed() -> CertificateDer<'static> {
    NodeParams::for_ip(ADDRESS.parse().unwrap()).valid_from(now()).self_signed(key(), &mut rng(9)).unwrap()
}

/// What [`TrustModel`](certgen::TrustModel) says: an expired certificate that is its own trust anchor is accepted, one that an
/// authority issued is not; the same before the first date.
pub(crate) fn java_judges_expiry_as_we_do() {
    let folder = Folder::new();
    let program = JavaProgram::compile("Chains", include_str!("Chains.java"));
    let mut command = program.command();
    let mut expected = Vec::new();
    for (number, validity) in [past(), future(), Validity::days(now(), 1).unwrap()].into_iter().enumerate() {
        let node = NodeParams::for_ip(ADDRESS.parse().unwrap()).validity(validity);
        let around = Validity::new(now().plus_seconds(-YEAR), now().plus_seconds(YEAR)).unwrap();
        let root = AuthorityParams::new("CN=Root".parse().unwrap(), around);
        let root = root.self_signed(copy(&keys()[0]), &mut rng(13)).unwrap();
        let own = vec![node.self_signed(key(), &mut rng(14)).unwrap()];
        let issued = root.chain_of(node.issued_by(&root, key().public_key(), &mut rng(15)).unwrap());
        for (trust, chain) in [(TrustModel::Pinned, own), (TrustModel::Authority, issued)] {
            let name = format!("{number}-{trust:?}.pem");
            command.arg(folder.write(&name, chain.iter().map(pem::encode_certificate).collect::<String>()));
            expected.push(Expiry::new(validity, now(), trust).consequence());
        }
    }
    let printed = output(&mut command);
    let judged: Vec<bool> = printed.lines().map(|line| line == "trusted").collect();
    let expected: Vec<bool> = expected.into_iter().map(|consequence| consequence != Consequence::Outage).collect();
    assert_eq!(judged, expected, "{printed}");
    assert_eq!(expected, [true, false, true, false, true, true]);
}

const YEAR: i64 = 365 * 86_400;

fn past() -> Validity {
    Validity::new(now().plus_seconds(-YEAR / 2), now().plus_seconds(-86_400)).unwrap()
}

fn future() -> Validity {
    Validity::new(now().plus_seconds(86_400), now().plus_seconds(YEAR / 2)).unwrap()
}

pub(crate) fn keytool_prints_every_chain() {
    for chain in chains() {
        let folder = Folder::new();
        let file = folder.write("chain.pem", chain.iter().map(pem::encode_certificate).collect::<String>());
        let printed = output(Tool::Keytool.command().args(["-printcert", "-file"]).arg(file));
        assert_eq!(printed.matches("Owner: ").count(), chain.len(), "{printed}");
        assert_eq!(printed.matches("CA:true").count(), chain.len() - 1, "{printed}");
        assert_eq!(printed.matches("PathLen:0").count(), chain.len() - 2, "{printed}");
        assert!(!printed.contains("nparseable"), "{printed}");
    }
}

pub(crate) fn webpki_verifies_every_chain() {
    for chain in chains() {
        let [node, above @ .., root] = chain.as_slice() else { panic!("a chain has two ends") };
        let node = EndEntityCert::try_from(node).unwrap();
        let anchors = [anchor_from_trusted_cert(root).unwrap()];
        for usage in [WebpkiUsage::server_auth(), WebpkiUsage::client_auth()] {
            let algorithms = webpki::ALL_VERIFICATION_ALGS;
            node.verify_for_usage(algorithms, &anchors, above, UnixTime::now(), usage, None, None).unwrap();
        }
        node.verify_is_valid_for_subject_name(&ServerName::try_from(ADDRESS).unwrap()).unwrap();
    }
}
