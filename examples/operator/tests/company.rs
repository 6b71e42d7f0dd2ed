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
    let suite = Suite::new();
    #[cfg(unix)]
    let suite = suite
        .test("keys_in_a_folder_of_others_are_not_used", &[], keys_in_a_folder_of_others_are_not_used)
        .test("an_answer_behind_a_link_is_named", &[], an_answer_behind_a_link_is_named);
    suite
        .test("openssl_ca_answers_one_by_one", &[Tool::OpenSsl, Tool::Keytool], openssl_ca_answers_one_by_one)
        .test("keytool_gencert_answers", &[Tool::Keytool], keytool_gencert_answers)
        .test_where_found("go_answers_in_pkcs7_without_the_root", &[GO, Tool::OpenSsl, Tool::Keytool], go_answers)
        .test("a_request_is_made_once_and_again_only_if_its_names_changed", &[], a_request_is_made_once)
        .test("one_request_is_not_called_several", &[], one_request_is_not_called_several)
        .test("an_answer_that_cannot_be_used_is_named", &[Tool::OpenSsl], an_answer_that_cannot_be_used)
        .test("a_batch_that_is_missing_or_was_changed_is_refused", &[], a_batch_that_was_changed)
        .test("an_answer_for_no_request_is_named_with_its_node", &[Tool::OpenSsl], an_answer_for_no_request)
        .test("of_two_answers_the_one_that_works_is_taken_then_the_later", &[Tool::OpenSsl], two_answers)
        .test("without_the_root_there_is_a_warning", &[Tool::OpenSsl], without_the_root)
        .test("a_subject_is_asked_for_as_it_is_described_or_as_it_was", &[Tool::OpenSsl], a_subject_is_asked_for)
        .test("a_wrong_password_in_settings_is_refused_before_anything_is_written", &[], a_wrong_password_in_settings)
        .test("an_error_leaves_no_folder", &[], an_error_leaves_no_folder)
        .test("nodes_are_listed_in_natural_order", &[], nodes_are_listed_in_natural_order)
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

    /// An answer with these extensions, for so many days.
    fn sign_with(&self, request: &str, answer: &str, extensions: &str, days: &str) {
        self.write("extensions", extensions);
        let files = ["-in", request, "-out", answer, "-extfile", "extensions", "-days", days];
        let signs = ["x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key"];
        self.tool(Tool::OpenSsl, &[&signs[..], &files].concat());
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
    assert!(said.contains("no certificate can be used for 2 of 2 nodes: nothing was made."), "{said}");
    place.sign("bundles/g1.requests/node1.csr.pem", "answers/0001.crt");
    place.write("answers/readme.txt", "Kind regards\n");
    let said = place.prepares(2, &["--replies", "answers"]);
    assert!(said.contains("node1 (RSA of 2048 bits) has an answer that cannot be used"), "{said}");
    assert!(said.contains("put it there, or name it with --ca-cert"), "{said}");
    assert!(said.contains("not used: readme.txt: "), "{said}");
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
    let again = "g1 has already been made from these requests. To make it again, as long as no node has it: remove bundles/g1, and run";
    assert!(said.contains(again), "{said}");
    place.prepares(0, &["--requests", "--previous", "bundles/g1"]);
    let keys = ["g1", "g2"].map(|batch| fs::read(place.path(&format!("bundles/{batch}.requests/keys/node0.key.pem"))));
    assert_ne!(keys[0].as_ref().unwrap(), keys[1].as_ref().unwrap());
    for node in ["node0", "node1"] {
        place.sign(&format!("bundles/g2.requests/{node}.csr.pem"), &format!("answers/{node}-2.pem"));
    }
    let said = place.prepares(0, &["--replies", "answers", "--ca-cert", "ca.pem", "--previous", "bundles/g1"]);
    let earlier = "not used: 0001.crt: the certificate for CN=192.0.2.12 answers no open request: its key is that of the request for \
        node1 in g1.requests";
    assert!(said.contains(earlier), "{said}");
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
    for options in [&["--requests"][..], &["--requests", "--key", "ec:p384"]] {
        place.prepares(0, options);
        assert_eq!(all(), first, "what is there stays");
    }
    let said = place.prepares(3, &["--requests", "--key", "ec:p256"]);
    assert!(said.contains("bundles/g1.requests/keys already has another key for node0 than --key asks for"), "{said}");
    assert_eq!(all(), first);
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
    let said = place.prepares(3, &["--requests", "--renew", "--previous", "bundles/g2"]);
    assert!(said.contains("already has another key for node0 than --renew asks for"), "{said}");
    is_private(&place.path("bundles/g1.requests/keys"));
    let said = place.prepares(3, &["--replies", "answers", "--dir", "elsewhere"]);
    assert!(said.contains("elsewhere cannot be read"), "{said}");
}

#[cfg(unix)]
fn keys_in_a_folder_of_others_are_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.prepares(0, &["--requests", "--key", "ec:p256"]);
    let keys = place.path("bundles/g1.requests/keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o777)).unwrap();
    let said = place.prepares(3, &["--requests"]);
    assert!(said.contains("bundles/g1.requests/keys may be changed by others"), "{said}");
}

fn one_request_is_not_called_several() {
    let place = Place::new();
    place.write("cluster.toml", "cassandra = \"4.1\"\n[[node]]\nname = \"db-1\"\naddress = \"192.0.2.1\"\n");
    let said = place.prepares(0, &["--requests", "--key", "ec:p256"]);
    let folder = "bundles/g1.requests";
    let expected =
        format!("1 request for the authority is in {folder}; its private key is in {folder}/keys: do not send it.");
    assert!(said.contains(&expected), "{said}");
}

/// Those who can write the folder of answers do not choose which other files are read.
#[cfg(unix)]
fn an_answer_behind_a_link_is_named() {
    let place = Place::new();
    place.prepares(0, &["--requests", "--key", "ec:p256"]);
    fs::create_dir(place.path("answers/more")).unwrap();
    std::os::unix::fs::symlink("../cluster.toml", place.path("answers/node0.pem")).unwrap();
    let said = place.prepares(2, &["--replies", "answers"]);
    assert!(said.contains("not used: node0.pem: a symbolic link is not followed: copy the file"), "{said}");
    assert!(said.contains("not used: more: the files of a folder in the folder are not read"), "{said}");
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
        let (request, answer) = (format!("bundles/g1.requests/{node}.csr.pem"), format!("answers/{node}.pem"));
        place.sign_with(&request, &answer, extensions, "90");
    };
    let replies = ["--replies", "answers", "--ca-cert", "ca.pem"];
    sign("node0", "extendedKeyUsage=serverAuth\n");
    sign("node1", "subjectAltName=IP:192.0.2.12\n");
    let said = place.prepares(2, &replies);
    assert!(said.contains("the extended key usage ClientAuth was asked for and is missing"), "{said}");
    assert!(said.contains("node0 (RSA of 2048 bits) has an answer that cannot be used: node0.pem"), "{said}");
    assert!(said.contains("  not accepted as a client: "), "{said}");
    assert!(said.contains("lacks the extended key usage of a client"), "{said}");
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
    assert!(said.contains("bundles contains no requests: make them with --requests"), "{said}");
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

/// The authority has signed a request of another key, under the names of one node and under names of none.
fn an_answer_for_no_request() {
    let place = Place::new();
    place.openssl_ca();
    place.prepares(0, &["--requests", "--key", "ec:p256"]);
    place.sign("bundles/g1.requests/node0.csr.pem", "answers/node0.pem");
    for (file, names) in [("wrong", "IP:192.0.2.12"), ("foreign", "DNS:web.example.com")] {
        let (request, subject) = (format!("{file}.csr"), format!("/CN={file}"));
        let key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "other.key"];
        let names = format!("subjectAltName={names}");
        place.tool(
            Tool::OpenSsl,
            &[&["req", "-new", "-out", &request, "-subj", &subject, "-addext", &names][..], &key].concat(),
        );
        place.sign(&request, &format!("answers/{file}.pem"));
    }
    let replies = ["--replies", "answers", "--ca-cert", "ca.pem"];
    let said = place.prepares(2, &replies);
    for expected in [
        "node0 (EC on prime256v1) is answered by node0.pem",
        "node1 (EC on prime256v1) waits for its certificate",
        "not used: wrong.pem: the certificate for CN=wrong answers no open request: it has the names of node1, but no request has its key",
        "not used: foreign.pem: the certificate for CN=foreign answers no open request: no request has its key, and no open request has its names",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let document = place.json(&replies);
    let others: Vec<&str> =
        document["others"].as_array().unwrap().iter().map(|other| other["file"].as_str().unwrap()).collect();
    assert_eq!(others, ["foreign.pem", "wrong.pem"], "{document}");
    assert_eq!(document["nodes"]["node0"]["file"], "node0.pem");
    // The node is no longer in the cluster.
    place.sign("bundles/g1.requests/node1.csr.pem", "answers/node1.pem");
    let (one, _) = CLUSTER.rsplit_once("[[node]]").unwrap();
    place.write("cluster.toml", one);
    let said = place.prepares(0, &replies);
    assert!(
        said.contains("node1.pem: the certificate for CN=192.0.2.12 answers no open request: its key is that of"),
        "{said}"
    );
    assert!(said.contains("the request for node1, which is not in the cluster"), "{said}");
}

fn two_answers() {
    let place = Place::new();
    place.openssl_ca();
    place.prepares(0, &["--requests", "--key", "ec:p256"]);
    let sign = |answer: &str, extensions: &str, days: &str| {
        let node = if answer.starts_with('0') { "node0" } else { "node1" };
        let (request, answer) = (format!("bundles/g1.requests/{node}.csr.pem"), format!("answers/{answer}.pem"));
        place.sign_with(&request, &answer, extensions, days);
    };
    let names = "subjectAltName=IP:192.0.2.11,IP:198.51.100.11,DNS:node0.example.com,URI:spiffe://example.com/node0\n";
    // The one that no peer would accept ends later, and so does the one without a name.
    sign("0-server", &format!("{names}extendedKeyUsage=serverAuth\n"), "300");
    sign("0-nameless", "subjectAltName=IP:192.0.2.11\n", "200");
    sign("0-good", names, "100");
    sign("1-short", "subjectAltName=IP:192.0.2.12\n", "100");
    sign("1-long", "subjectAltName=IP:192.0.2.12\n", "200");
    let replies = ["--replies", "answers", "--ca-cert", "ca.pem"];
    let said = place.prepares(0, &replies);
    for expected in [
        "node0 (EC on prime256v1) is answered by 0-good.pem",
        "node1 (EC on prime256v1) is answered by 1-long.pem",
        "not used: 0-server.pem: it is another answer for node0, and cannot be used: not accepted as a client: ",
        "not used: 0-nameless.pem: it is another answer for node0, and 0-good.pem is used: in this answer, the alternative name",
        "not used: 1-short.pem: it is another answer for node1, and 1-long.pem is used: it ends at ",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let served = fs::read(place.path("bundles/g1/node1/node1.cer")).unwrap();
    let long = pem::decode_certificates(&fs::read(place.path("answers/1-long.pem")).unwrap()).unwrap();
    assert_eq!(served, long[0].as_ref());
}

fn without_the_root() {
    let place = Place::new();
    place.openssl_ca();
    let issuing =
        ["-newkey", "rsa:2048", "-nodes", "-keyout", "issuing.key", "-out", "issuing.csr", "-subj", "/CN=Issuing"];
    place.tool(Tool::OpenSsl, &[&["req", "-new"][..], &issuing].concat());
    let authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
    place.sign_with("issuing.csr", "answers/issuing.pem", authority, "1000");
    place.prepares(0, &["--requests", "--key", "ec:p256"]);
    for node in ["node0", "node1"] {
        let (request, answer) = (format!("bundles/g1.requests/{node}.csr.pem"), format!("answers/{node}.pem"));
        let signs = ["x509", "-req", "-CA", "answers/issuing.pem", "-CAkey", "issuing.key", "-copy_extensions", "copy"];
        place.tool(Tool::OpenSsl, &[&signs[..], &["-in", &request, "-out", &answer, "-days", "90"]].concat());
    }
    let said = place.prepares(1, &["--replies", "answers"]);
    let warning = "warning: the truststores would trust CN=Issuing directly, because the certificate of CN=Root, O=Company, which issued \
        it, is not among the answers: when CN=Issuing is renewed, no node will trust the new one";
    assert!(said.contains(warning) && said.contains("bundles/g1 is complete"), "{said}");
    assert_eq!(place.json(&["--replies", "answers"])["warnings"].as_array().unwrap().len(), 1);
    fs::remove_dir_all(place.path("bundles/g1")).unwrap();
    let said = place.prepares(0, &["--replies", "answers", "--ca-cert", "ca.pem"]);
    assert!(!said.contains("warning") && said.contains("bundles/g1 is complete"), "{said}");
}

fn a_subject_is_asked_for() {
    let place = Place::new();
    let asks = |batch: &str, node: &str| {
        let request = format!("bundles/{batch}.requests/{node}.csr.pem");
        let shown = place.tool(Tool::OpenSsl, &["req", "-noout", "-subject", "-nameopt", "RFC2253", "-in", &request]);
        shown.trim().trim_start_matches("subject=").to_owned()
    };
    let said = place.prepares(0, &["--requests", "--key", "ec:p256"]);
    assert_eq!(asks("g1", "node1"), "CN=192.0.2.12");
    assert!(said.contains("Subjects are like CN=192.0.2.11 (`subject` in the description gives others)"), "{said}");
    let with_subjects = |of_all: &str| {
        let cluster = CLUSTER.replace("hostnames", "subject = \"CN={hostname}, OU=Orders, O=Acme\"\nhostnames");
        place.write("cluster.toml", &format!("subject = \"{of_all}\"\n{cluster}"));
    };
    with_subjects("CN={name}.acme.example, O=Acme");
    place.prepares(0, &["--requests"]);
    assert_eq!(asks("g1", "node0"), "CN=node0.example.com,OU=Orders,O=Acme");
    assert_eq!(asks("g1", "node1"), "CN=node1.acme.example,O=Acme");
    let requests = place.json(&["--requests"]);
    assert_eq!(requests["nodes"]["node1"]["subject"], "CN=node1.acme.example, O=Acme");
    // The same without an authority; then others, or those of the generation.
    place.prepares(0, &["--key", "ec:p256", "--dir", "own"]);
    let served = CertificateInfo::read(&fs::read(place.path("own/g1/node1/node1.cer")).unwrap().into()).unwrap();
    assert_eq!(served.subject().to_string(), "CN=node1.acme.example, O=Acme");
    with_subjects("CN={address}, O=Other");
    let previous = ["--requests", "--key", "ec:p256", "--previous", "own/g1", "--dir"];
    place.prepares(0, &[&previous[..], &["bundles"]].concat());
    assert_eq!(asks("g1", "node1"), "CN=192.0.2.12,O=Other");
    place.prepares(0, &[&previous[..], &["bundles", "--keep-subject"]].concat());
    assert_eq!(asks("g1", "node1"), "CN=node1.acme.example,O=Acme");
    place.write("cluster.toml", &format!("subject = \"CN={{nodename}}\"\n{CLUSTER}"));
    let said = place.prepares(3, &["--requests"]);
    assert!(said.contains("the `subject` of node0: {nodename} is not {name}, {address} or {hostname}"), "{said}");
}

/// New stores get the passwords of the settings: a wrong one would be found when a node is to load them.
fn a_wrong_password_in_settings() {
    let place = Place::new();
    place.write("keypass", "right-password\n");
    place.prepares(0, &["--key", "ec:p256", "--dir", "made", "--password-file", "keypass"]);
    let settings = |node: &str, keystore: &str, truststore: &str| {
        let prefix = "conf_cassandra_server_encryption_";
        let tree = place.path(&format!("trees/{node}"));
        let folder = tree.join("opt/apigee/customer/application");
        fs::create_dir_all(&folder).unwrap();
        let store = |kind: &str, password: &str| {
            fs::copy(place.path(&format!("made/g1/{node}/{kind}.{node}")), tree.join(kind)).unwrap();
            format!("{prefix}{kind}=/{kind}\n{prefix}{kind}_password={password}\n")
        };
        let text = format!(
            "{prefix}internode_encryption=all\n{}{}",
            store("keystore", keystore),
            store("truststore", truststore)
        );
        fs::write(folder.join("cassandra.properties"), text).unwrap();
    };
    let right = "right-password";
    settings("node0", right, right);
    settings("node1", right, right);
    place.prepares(0, &["--trees", "trees", "--requests", "--key", "ec:p256", "--dir", "asked"]);
    settings("node0", "wrong-password", right);
    settings("node1", right, "wrong-password");
    let requests = ["--requests", "--key", "ec:p256"];
    for options in [&requests[..], &["--key", "ec:p256"], &["--replies", "answers", "--dir", "asked"]] {
        let said = place.prepares(3, &[&["--trees", "trees"], options].concat());
        for (node, why) in [
            ("node0", "keystore_password does not open the keystore: trees/node0/keystore: "),
            ("node1", "trees/node1/truststore: "),
        ] {
            let file = format!("  {node}: trees/{node}/opt/apigee/customer/application/cassandra.properties: {why}");
            assert!(said.contains(&file), "{file}: {said}");
        }
        assert!(said.contains("2 errors:") && !said.contains("right-password"), "{said}");
        assert!(!said.contains("wrong-password"), "{said}");
    }
    assert!(!place.path("bundles").exists() && !place.path("asked/g1").exists());
}

fn an_error_leaves_no_folder() {
    let place = Place::new();
    place.write(
        "cluster.toml",
        "cassandra = \"4.1\"\n[[node]]\nname = \"db-1.acme.example\"\n[[node]]\nname = \"db-2\"\n",
    );
    for options in [&["--requests"][..], &[]] {
        let said = place.prepares(3, options);
        let why =
            "has neither an address nor a host name: give it `address` or `hostnames` (in an inventory `ansible_host`";
        assert!(said.contains(&format!("db-1.acme.example, db-2: {why}")), "{said}");
        assert!(!place.path("bundles").exists());
    }
}

fn nodes_are_listed_in_natural_order() {
    let place = Place::new();
    let node = |number: u8| format!("[[node]]\nname = \"db-{number}\"\naddress = \"192.0.2.{number}\"\n");
    let nodes: String = [10, 2, 1].map(node).concat();
    place.write("cluster.toml", &format!("cassandra = \"4.1\"\n{nodes}"));
    let names = |said: &str| -> Vec<String> {
        said.lines().filter_map(|line| line.strip_prefix("db-")?.split([' ', ':']).next().map(str::to_owned)).collect()
    };
    for options in [&["--requests", "--key", "ec:p256"][..], &["--key", "ec:p256"], &["--replies", "answers"]] {
        let said = text(&place.prepare(options).stdout);
        assert_eq!(names(&said), ["1", "2", "10"], "{said}");
    }
}
