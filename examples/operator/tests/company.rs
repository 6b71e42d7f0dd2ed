//! Requests that a company's authority answers: OpenSSL's `ca`, keytool's `-gencert`, Go's `crypto/x509`; and the generation
//! that is made of the answers, as keytool and OpenSSL see it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use certgen::{CertificateInfo, SubjectAltName, pem, verify_chain};
use serde_json::Value;
use test_support::{Suite, Tool, output};

const GO: Tool = Tool::Other("go");

fn main() -> ExitCode {
    Suite::new()
        .test("openssl_ca_answers_one_by_one", &[Tool::OpenSsl, Tool::Keytool], openssl_ca_answers_one_by_one)
        .test("keytool_gencert_answers", &[Tool::Keytool], keytool_gencert_answers)
        .test_where_found("go_answers_in_pkcs7_without_the_root", &[GO, Tool::OpenSsl, Tool::Keytool], go_answers)
        .test("a_request_is_made_once_and_again_only_if_its_names_changed", &[], a_request_is_made_once)
        .test("an_answer_that_cannot_be_used_is_named", &[Tool::OpenSsl], an_answer_that_cannot_be_used)
        .test("a_batch_that_is_missing_or_was_changed_is_refused", &[], a_batch_that_was_changed)
        .test("a_key_that_stays_is_asked_for_again", &[Tool::OpenSsl], a_key_that_stays)
        .run()
}

const CLUSTER: &str = "cassandra = \"4.0.17\"\nclient_auth = true\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n\
    addresses = [\"198.51.100.11\"]\nhostnames = [\"node0.example.com\"]\nuri = \"spiffe://example.com/node0\"\n\
    [[node]]\nname = \"node1\"\naddress = \"192.0.2.12\"\n";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("cluster.toml", CLUSTER);
        fs::create_dir(place.path("answers")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn prepare(&self, options: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        program
            .current_dir(self.0.path())
            .args(["prepare", "--cluster", "cluster.toml"])
            .args(options)
            .output()
            .unwrap()
    }

    #[track_caller]
    fn prepares(&self, status: i32, options: &[&str]) -> String {
        let out = self.prepare(options);
        let said = format!("{}{}", text(&out.stdout), text(&out.stderr));
        assert_eq!(out.status.code(), Some(status), "{options:?}: {said}");
        said
    }

    fn json(&self, options: &[&str]) -> Value {
        serde_json::from_slice(&self.prepare(&[options, &["--json"]].concat()).stdout).unwrap()
    }

    fn tool(&self, tool: Tool, arguments: &[&str]) -> String {
        output(tool.command().current_dir(self.0.path()).args(arguments))
    }

    /// OpenSSL's authority with a root, which copies the extensions that are asked for.
    fn openssl_ca(&self) {
        let subject = ["-subj", "/O=Company/CN=Root", "-days", "4000", "-keyout", "ca.key", "-out", "ca.pem"];
        let extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
        self.tool(
            Tool::OpenSsl,
            &[&["req", "-x509", "-newkey", "rsa:2048", "-nodes"][..], &subject, &extensions].concat(),
        );
        self.write(
            "ca.cnf",
            "[ca]\ndefault_ca = this\n[this]\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\n\
             certificate = ca.pem\nprivate_key = ca.key\ndefault_md = sha256\ndefault_days = 365\npolicy = any\n\
             copy_extensions = copy\nunique_subject = no\n[any]\ncommonName = supplied\n\
             organizationName = optional\norganizationalUnitName = optional\n\
             localityName = optional\ncountryName = optional\n",
        );
        self.write("index.txt", "");
        self.write("serial", "1000\n");
    }

    fn sign(&self, request: &str, answer: &str) {
        let files = ["-in", request, "-out", answer, "-notext", "-batch"];
        self.tool(Tool::OpenSsl, &[&["ca", "-config", "ca.cnf"][..], &files].concat());
    }

    /// What others see of a generation: keytool loads both stores, OpenSSL verifies the chain.
    fn is_accepted(&self, generation: &str, root: &str) {
        for node in ["node0", "node1"] {
            let folder = format!("bundles/{generation}/{node}");
            let password = fs::read_to_string(self.path(&format!("{folder}/password"))).unwrap();
            for (kind, what) in [("keystore", "PrivateKeyEntry"), ("truststore", "trustedCertEntry")] {
                let store = format!("{folder}/{kind}.{node}");
                let listed =
                    self.tool(Tool::Keytool, &["-list", "-keystore", &store, "-storepass", password.trim_end()]);
                assert!(listed.contains(what), "{listed}");
            }
            let leaf = format!("{folder}/{node}.cer.pem");
            let mut verify = vec!["verify", "-x509_strict", "-CAfile", root];
            if self.path("above.pem").exists() {
                verify.extend(["-untrusted", "above.pem"]);
            }
            verify.push(&leaf);
            self.tool(Tool::OpenSsl, &verify);
        }
        let certificate = fs::read(self.path(&format!("bundles/{generation}/node0/node0.cer"))).unwrap();
        let names = CertificateInfo::read(&certificate.into()).unwrap().subject_alt_names().to_vec();
        for name in [
            SubjectAltName::IpAddress("198.51.100.11".parse().unwrap()),
            SubjectAltName::DnsName("node0.example.com".into()),
            SubjectAltName::Uri("spiffe://example.com/node0".into()),
        ] {
            assert!(names.contains(&name), "{names:?}");
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn openssl_ca_answers_one_by_one() {
    let place = Place::new();
    place.openssl_ca();
    let said = place.prepares(0, &["--requests"]);
    assert!(said.contains("2 requests for the authority are in bundles/g1.requests"), "{said}");
    for node in ["node0", "node1"] {
        let request = format!("bundles/g1.requests/{node}.csr.pem");
        let verified = place.tool(Tool::OpenSsl, &["req", "-verify", "-noout", "-text", "-in", &request]);
        assert!(verified.contains("TLS Web Server Authentication, TLS Web Client Authentication"), "{verified}");
    }
    // Nothing yet, then a half, then all; under names that say nothing.
    let said = place.prepares(2, &["--replies", "answers"]);
    assert!(said.contains("2 of 2 nodes have no certificate that can be used: nothing was made."), "{said}");
    place.sign("bundles/g1.requests/node1.csr.pem", "answers/0001.crt");
    place.write("answers/readme.txt", "Kind regards\n");
    let said = place.prepares(2, &["--replies", "answers"]);
    assert!(said.contains("node1 (RSA of 2048 bits) has an answer that cannot be used"), "{said}");
    assert!(said.contains("put it there, or name it with --ca-cert"), "{said}");
    assert!(said.contains("not an answer: readme.txt: "), "{said}");
    let half = place.json(&["--replies", "answers", "--ca-cert", "ca.pem"]);
    assert_eq!(
        (half["nodes"]["node0"]["state"].as_str(), half["nodes"]["node1"]["state"].as_str()),
        (Some("waiting"), Some("answered"))
    );
    assert!(half["generation"].is_null() && !place.path("bundles/g1").exists());
    place.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    let said = place.prepares(3, &["--replies", "answers", "--ca-cert", "damaged.pem"]);
    assert!(said.contains("damaged.pem: "), "{said}");
    place.sign("bundles/g1.requests/node0.csr.pem", "node0.pem");
    place.tool(Tool::OpenSsl, &["x509", "-in", "node0.pem", "-outform", "der", "-out", "answers/other.cer"]);
    let said = place.prepares(0, &["--replies", "answers", "--ca-cert", "ca.pem"]);
    assert!(said.contains("bundles/g1 is complete."), "{said}");
    place.is_accepted("g1", "ca.pem");
    // Again: it is there already. The next requests are others.
    let said = place.prepares(0, &["--replies", "answers", "--ca-cert", "ca.pem"]);
    assert!(said.contains("g1 has already been made from them."), "{said}");
    place.prepares(0, &["--requests", "--previous", "bundles/g1"]);
    let keys = ["g1", "g2"].map(|batch| fs::read(place.path(&format!("bundles/{batch}.requests/keys/node0.key.pem"))));
    assert_ne!(keys[0].as_ref().unwrap(), keys[1].as_ref().unwrap());
    for node in ["node0", "node1"] {
        place.sign(&format!("bundles/g2.requests/{node}.csr.pem"), &format!("answers/{node}-2.pem"));
    }
    place.prepares(0, &["--replies", "answers", "--ca-cert", "ca.pem", "--previous", "bundles/g1"]);
    place.is_accepted("g2", "ca.pem");
    // The authority is the same: nobody has to trust anything new.
    let trusts = |generation: &str| -> Value {
        let manifest = fs::read(place.path(&format!("bundles/{generation}/manifest.json"))).unwrap();
        serde_json::from_slice::<Value>(&manifest).unwrap()["nodes"]["node0"]["trusts"].clone()
    };
    assert_eq!(trusts("g1"), trusts("g2"));
}

fn keytool_gencert_answers() {
    let place = Place::new();
    let store = ["-keystore", "company.jks", "-storepass", "changeit"];
    let authority =
        ["-dname", "CN=Company, O=Example", "-ext", "bc:c", "-ext", "ku:c=keyCertSign", "-validity", "4000"];
    let generate = ["-genkeypair", "-alias", "ca", "-keyalg", "RSA"];
    place.tool(Tool::Keytool, &[&generate[..], &store, &authority].concat());
    place.prepares(0, &["--requests", "--key", "ec:p256"]);
    for node in ["node0", "node1"] {
        let files = ["-infile", &format!("bundles/g1.requests/{node}.csr.pem"), "-outfile", &format!("answers/{node}")]
            .map(str::to_owned);
        let files = files.each_ref().map(String::as_str);
        let sign = ["-gencert", "-alias", "ca", "-ext", "honored=all", "-validity", "300", "-rfc"];
        place.tool(Tool::Keytool, &[&sign[..], &store, &files].concat());
    }
    place.tool(Tool::Keytool, &[&["-exportcert", "-alias", "ca", "-file", "answers/company.cer"][..], &store].concat());
    place.tool(Tool::Keytool, &[&["-exportcert", "-alias", "ca", "-rfc", "-file", "ca.pem"][..], &store].concat());
    let said = place.prepares(0, &["--replies", "answers"]);
    assert!(said.contains("node0 (EC on prime256v1) is answered"), "{said}");
    place.is_accepted("g1", "ca.pem");
}

/// A root and an intermediate, which answers in PKCS#7. cfssl issues by the same function, and takes long to build.
const COMPANY: &str = r#"package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"time"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func write(file string, der []byte) {
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		panic(err)
	}
}

func authority(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name, Organization: []string{"Company"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func main() {
	rootKey := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	aboveKey := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	root := authority("Root", 1)
	rootDer := must(x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey))
	write("ca.pem", rootDer)
	rootCert := must(x509.ParseCertificate(rootDer))
	aboveDer := must(x509.CreateCertificate(rand.Reader, authority("Issuing", 2), rootCert, aboveKey.Public(), rootKey))
	write("above.pem", aboveDer)
	above := must(x509.ParseCertificate(aboveDer))
	for place, file := range os.Args[1:] {
		block, _ := pem.Decode(must(os.ReadFile(file)))
		asked := must(x509.ParseCertificateRequest(block.Bytes))
		if err := asked.CheckSignature(); err != nil {
			panic(err)
		}
		node := &x509.Certificate{
			SerialNumber: big.NewInt(int64(100 + place)), Subject: asked.Subject, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
			DNSNames: asked.DNSNames, IPAddresses: asked.IPAddresses, URIs: asked.URIs,
		}
		write(file+".answer", must(x509.CreateCertificate(rand.Reader, node, above, asked.PublicKey, aboveKey)))
	}
}
"#;

fn go_answers() {
    let place = Place::new();
    place.prepares(0, &["--requests"]);
    place.write("company.go", COMPANY);
    let requests = ["node0", "node1"].map(|node| format!("bundles/g1.requests/{node}.csr.pem"));
    let mut go = GO.command();
    go.current_dir(place.0.path()).args(["run", "company.go"]).args(&requests);
    output(go.env("GOFLAGS", "-mod=mod").env("GO111MODULE", "off"));
    let answers = requests.each_ref().map(|request| format!("{request}.answer"));
    // The issuing authority comes with the answers, the root by --ca-cert.
    let files = ["-certfile", &answers[0], "-certfile", &answers[1], "-certfile", "above.pem"];
    let pkcs7 = ["crl2pkcs7", "-nocrl", "-outform", "der", "-out", "answers/all.p7b"];
    place.tool(Tool::OpenSsl, &[&pkcs7[..], &files].concat());
    let said = place.prepares(1, &["--replies", "answers", "--ca-cert", "ca.pem"]);
    // A company's own idea of what an RSA key is for.
    assert!(said.contains("the key usage KeyEncipherment was asked for and is missing"), "{said}");
    place.is_accepted("g1", "ca.pem");
    let read = |file: &str| pem::decode_certificates(&fs::read(place.path(file)).unwrap()).unwrap();
    verify_chain(&[read("bundles/g1/node0/node0.cer.pem"), read("above.pem"), read("ca.pem")].concat()).unwrap();
}

fn a_request_is_made_once() {
    let place = Place::new();
    place.prepares(0, &["--requests", "--key", "ec:p384"]);
    let files = ["node0.csr.pem", "node1.csr.pem", "keys/node0.key.pem", "keys/node1.key.pem"];
    let all = || files.map(|file| fs::read(place.path("bundles/g1.requests").join(file)).unwrap());
    let first = all();
    place.prepares(0, &["--requests"]);
    assert_eq!(all(), first, "what is there stays");
    place.write("cluster.toml", &CLUSTER.replace("node0.example.com", "node0.example.org"));
    place.prepares(0, &["--requests"]);
    let second = all();
    assert_ne!(second[0], first[0], "its name changed");
    assert_eq!(second[1..], first[1..], "no key did, nor did the other node");
    // A node that comes later; its key does not come out with the answers.
    place.write("cluster.toml", &format!("{CLUSTER}[[node]]\nname = \"node2\"\naddress = \"192.0.2.13\"\n"));
    let said = place.prepares(2, &["--replies", "answers"]);
    assert!(said.contains("node2 has no request: prepare --requests makes it"), "{said}");
    place.prepares(0, &["--requests"]);
    assert!(place.path("bundles/g1.requests/node2.csr.pem").exists());
    // A generation that is made meanwhile takes another number.
    let said = place.prepares(0, &[]);
    assert!(said.contains("bundles/g2 is complete"), "{said}");
    is_private(&place.path("bundles/g1.requests/keys"));
    let said = place.prepares(3, &["--replies", "answers", "--dir", "elsewhere"]);
    assert!(said.contains("elsewhere cannot be read"), "{said}");
}

#[cfg(unix)]
fn is_private(keys: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(keys), 0o700);
    assert!(fs::read_dir(keys).unwrap().all(|key| mode(&key.unwrap().path()) == 0o400));
}

#[cfg(not(unix))]
fn is_private(_: &Path) {}

/// A certificate for servers alone is refused by the peers that it dials; one without its names is a warning.
fn an_answer_that_cannot_be_used() {
    let place = Place::new();
    place.openssl_ca();
    place.prepares(0, &["--requests"]);
    let sign = |node: &str, extensions: &str| {
        place.write("extensions", extensions);
        let request = format!("bundles/g1.requests/{node}.csr.pem");
        let answer = format!("answers/{node}.pem");
        let files = ["-in", &request, "-out", &answer, "-extfile", "extensions", "-days", "90"];
        let signs = ["x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key"];
        place.tool(Tool::OpenSsl, &[&signs[..], &files].concat());
    };
    let replies = ["--replies", "answers", "--ca-cert", "ca.pem"];
    sign("node0", "extendedKeyUsage=serverAuth\n");
    sign("node1", "subjectAltName=IP:192.0.2.12\n");
    let said = place.prepares(2, &replies);
    assert!(said.contains("the extended key usage ClientAuth was asked for and is missing"), "{said}");
    assert!(said.contains("peers would not accept what is to be served: node0: "), "{said}");
    assert!(said.contains("has extended key usages without that of a client"), "{said}");
    assert!(!place.path("bundles/g1").exists());
    sign("node0", "subjectAltName=IP:192.0.2.11\n");
    let said = place.prepares(1, &replies);
    assert!(said.contains("the alternative name 198.51.100.11 was asked for and is missing"), "{said}");
    assert!(place.path("bundles/g1/manifest.json").exists());
}

fn a_batch_that_was_changed() {
    let place = Place::new();
    place.prepares(0, &["--key", "ec:p256"]);
    let said = place.prepares(3, &["--replies", "answers"]);
    assert!(said.contains("bundles holds no requests: --requests makes them"), "{said}");
    place.prepares(0, &["--requests", "--key", "ec:p256"]);
    let [first, second] = ["node0", "node1"].map(|node| place.path(&format!("bundles/g2.requests/{node}.csr.pem")));
    let of_another_key = fs::read(second).unwrap();
    let no_request = &b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"[..];
    for (content, refusal) in [
        (&of_another_key[..], "the request for node0 is not for its key"),
        (no_request, "node0.csr.pem: the PEM text holds no CERTIFICATE REQUEST, but CERTIFICATE"),
    ] {
        fs::remove_file(&first).unwrap();
        fs::write(&first, content).unwrap();
        let said = place.prepares(3, &["--replies", "answers"]);
        assert!(said.contains(refusal), "{said}");
    }
}

fn a_key_that_stays() {
    let place = Place::new();
    place.openssl_ca();
    place.prepares(0, &["--key", "ec:p256"]);
    place.prepares(0, &["--requests", "--renew", "--previous", "bundles/g1"]);
    for node in ["node0", "node1"] {
        let (request, answer) = (format!("bundles/g2.requests/{node}.csr.pem"), format!("answers/{node}.pem"));
        let signs = ["x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-copy_extensions", "copy"];
        place.tool(Tool::OpenSsl, &[&signs[..], &["-in", &request, "-out", &answer, "-days", "90"]].concat());
    }
    place.prepares(0, &["--replies", "answers", "--ca-cert", "ca.pem", "--previous", "bundles/g1"]);
    place.prepares(0, &["--renew", "--previous", "bundles/g2"]);
    let info = |generation: &str| {
        let certificate = fs::read(place.path(&format!("bundles/{generation}/node0/node0.cer"))).unwrap();
        CertificateInfo::read(&certificate.into()).unwrap()
    };
    let [one, two, three] = ["g1", "g2", "g3"].map(info);
    assert_eq!(one.public_key(), two.public_key());
    assert_eq!(two.public_key(), three.public_key());
    assert_eq!(two.issuer().to_string(), "CN=Root, O=Company");
    assert_eq!((three.subject(), three.issuer()), (two.subject(), two.subject()));
}
