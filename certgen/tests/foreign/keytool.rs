//! The certificates of keytool, rebuilt; and ours as keytool sees them.

use std::path::Path;

use certgen::pem::PrivateKey;
use certgen::rustls_pki_types::CertificateDer;
use certgen::{CertificateInfo, ExtendedKeyUsage, KeyPair, KeyUsage, NodeParams, SelfSigned, SigningAlgorithm, pem};
use test_support::{JavaProgram, Tool, output};

use crate::workshop::{Folder, key, now, rng};

pub(crate) const DNAME: &str = "CN=10.0.0.11, OU=None, O=None, L=None, C=None";

/// What keytool is asked for beside `-sigalg SHA256withRSA`, and how the same is said here.
struct Case {
    dname: &'static str,
    options: &'static [&'static str],
    ours: fn(NodeParams) -> NodeParams,
}

const fn case(options: &'static [&'static str], ours: fn(NodeParams) -> NodeParams) -> Case {
    Case { dname: DNAME, options, ours }
}

const fn named(dname: &'static str) -> Case {
    Case { dname, options: &[], ours: NodeParams::without_ip_san }
}

const CASES: [Case; 17] = [
    case(&[], NodeParams::without_ip_san),
    case(&["-keysize", "3072"], NodeParams::without_ip_san),
    case(&["-keysize", "4096"], NodeParams::without_ip_san),
    case(&["-sigalg", "SHA384withRSA"], |ours| {
        ours.without_ip_san().signing_algorithm(SigningAlgorithm::Sha384WithRsa)
    }),
    case(&["-sigalg", "SHA512withRSA"], |ours| {
        ours.without_ip_san().signing_algorithm(SigningAlgorithm::Sha512WithRsa)
    }),
    case(&["-ext", "san=ip:10.0.0.11"], |ours| ours),
    case(&["-ext", "san=ip:10.0.0.11,ip:2001:db8::1,dns:node0.example"], |ours| {
        ours.ip_address("2001:db8::1".parse().unwrap()).dns_name("node0.example")
    }),
    case(
        &[
            "-ext",
            "eku=serverAuth,clientAuth",
            "-ext",
            "ku=digitalSignature,keyEncipherment",
            "-ext",
            "san=ip:10.0.0.11",
        ],
        |ours| {
            ours.key_usages([KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment])
                .extended_key_usages([ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth])
        },
    ),
    case(&["-ext", "ku=dig,nonrep,keyenc,dataenc,keyag,keycertsig,crlsig,encipheronly,decipheronly"], |ours| {
        ours.without_ip_san().key_usages([
            KeyUsage::DigitalSignature,
            KeyUsage::NonRepudiation,
            KeyUsage::KeyEncipherment,
            KeyUsage::DataEncipherment,
            KeyUsage::KeyAgreement,
            KeyUsage::KeyCertSign,
            KeyUsage::CrlSign,
            KeyUsage::EncipherOnly,
            KeyUsage::DecipherOnly,
        ])
    }),
    case(&["-ext", "eku=any,codeSigning,emailProtection,timeStamping,OCSPSigning"], |ours| {
        ours.without_ip_san().extended_key_usages([
            ExtendedKeyUsage::Any,
            ExtendedKeyUsage::CodeSigning,
            ExtendedKeyUsage::EmailProtection,
            ExtendedKeyUsage::TimeStamping,
            ExtendedKeyUsage::OcspSigning,
        ])
    }),
    // UTCTime ends with 2049.
    case(&["-validity", "10000"], NodeParams::without_ip_san),
    case(&["-startdate", "2050/01/01 00:00:00"], NodeParams::without_ip_san),
    named("CN=node0, OU=one, OU=two, O=Example, C=DE"),
    named("CN=node0, DC=corp, DC=example"),
    named("CN=M\u{fc}nchen + UID=node_0, O=\"a, b\", ST=x@y, EMAILADDRESS=ops@example.com"),
    named("CN=\u{65e5}\u{672c}\u{1f511}, OU=\\C3\\A9, O=a\\=b\\\\"),
    named("1.3.6.1.4.1.99999.1=x, CN=#0c0161, S=, T=t"),
];

/// For the key, the serial number and the dates of a certificate that keytool made: the same bytes. `java` says whose
/// keytool.
pub(crate) fn same_bytes(java: Tool) {
    let commands: Vec<Vec<&str>> = CASES.iter().map(command).collect();
    for ((case, command), (key, theirs)) in CASES.iter().zip(&commands).zip(nodes_of_keytool(java, &commands)) {
        let key = KeyPair::from_pkcs8(&key.secret_pkcs8()).unwrap();
        let about = CertificateInfo::read(&theirs).unwrap();
        assert_eq!(about.self_signed(), SelfSigned::Yes);
        assert!(key.matches(&theirs).unwrap());
        let ours = NodeParams::for_ip("10.0.0.11".parse().unwrap())
            .subject(case.dname.parse().unwrap())
            .serial(about.serial().clone())
            .validity(about.validity());
        let ours = (case.ours)(ours).self_signed(&key, &mut rng(2)).unwrap();
        assert_eq!(ours, theirs, "{command:?}");
    }
}

fn command(case: &Case) -> Vec<&str> {
    let mut command = vec!["-keyalg", "RSA", "-dname", case.dname];
    command.extend(if case.options.contains(&"-sigalg") { &[][..] } else { &["-sigalg", "SHA256withRSA"] });
    command.extend(if case.options.contains(&"-keysize") { &[][..] } else { &["-keysize", "2048"] });
    command.extend(case.options);
    command
}

/// Keys and their certificates, made by the `keytool -genkeypair` of the JDK of `java`, all in one JVM, and brought out by
/// OpenSSL.
pub(crate) fn nodes_of_keytool(java: Tool, commands: &[Vec<&str>]) -> Vec<(PrivateKey, CertificateDer<'static>)> {
    let folder = Folder::new();
    let store = |number: usize| folder.path(&format!("{number}.p12"));
    let line = |(number, options): (usize, &Vec<&str>)| {
        let store = store(number).display().to_string();
        let fixed = ["-genkeypair", "-storetype", "PKCS12", "-alias", "node0", "-storepass", "keypass", "-keystore"];
        [&fixed[..], &[&store], options].concat().join("\t") + "\n"
    };
    let lines: String = commands.iter().enumerate().map(line).collect();
    let program = JavaProgram::compile("Keytool", include_str!("Keytool.java"));
    let mut generate = program.command_of(java);
    // Over the command line's options: RSA keys are quick only with the compiler that starts late.
    let options = "-XX:TieredStopAtLevel=4 --add-exports=java.base/sun.security.tools.keytool=ALL-UNNAMED";
    generate.env("_JAVA_OPTIONS", options);
    output(generate.arg(folder.write("commands", lines)));
    (0..commands.len()).map(|number| bring_out(&store(number))).collect()
}

fn bring_out(store: &Path) -> (PrivateKey, CertificateDer<'static>) {
    let mut export = Tool::OpenSsl.command();
    let text = output(export.args(["pkcs12", "-nodes", "-passin", "pass:keypass", "-in"]).arg(store));
    let [certificate] = pem::decode_certificates(text.as_bytes()).unwrap().try_into().unwrap();
    (pem::decode_private_key(text.as_bytes()).unwrap(), certificate)
}

/// Owner, serial number, dates, fingerprints and alternative names, in keytool's own words.
pub(crate) fn prints_what_was_asked_for() {
    let folder = Folder::new();
    let certificate =
        NodeParams::for_ip("10.0.0.11".parse().unwrap()).valid_from(now()).self_signed(key(), &mut rng(3)).unwrap();
    let file = folder.write("node0.cer", &certificate);
    let printed = output(Tool::Keytool.command().args(["-printcert", "-file"]).arg(&file));
    let about = CertificateInfo::read(&certificate).unwrap();
    for line in [
        format!("Owner: {DNAME}"),
        format!("Issuer: {}", about.issuer()),
        format!("Serial number: {}", about.serial()),
        format!("SHA256: {}", about.sha256()),
        format!("Signature algorithm name: {}", about.signature_algorithm()),
        "Subject Public Key Algorithm: 2048-bit RSA key".to_owned(),
        "IPAddress: 10.0.0.11".to_owned(),
    ] {
        assert!(printed.contains(&line), "{line:?} is not in\n{printed}");
    }
}
