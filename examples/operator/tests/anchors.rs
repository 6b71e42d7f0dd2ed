//! Certificates that are accepted through any of several others: an intermediate or its root, an authority and its renewed or
//! cross-signed certificate. Java shakes hands at the start and after each wave of a plan.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use cassandra_tls::bundle::Manifest;
use cassandra_tls::files::{Access, install};
use cassandra_tls::input::Digest;
use cassandra_tls::state::State;
use certgen::{Authority, AuthorityParams, CertificateInfo, KeyKind, KeyPair, NodeParams, Validity, pem};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, Protection, SealedKey, jks};
use rotation_planner::{Action, Checker, Goal, Optimality, Plan, Preference, Trust, check, plan};
use test_support::{JavaProgram, Suite, Tool, output};

fn main() -> ExitCode {
    let java = &[Tool::Javac, Tool::Java];
    Suite::new()
        .test("an_intermediate_alone_and_its_root_alone_are_no_cut", java, an_intermediate_alone)
        .test("a_chain_that_ends_before_its_node_is_dated_and_its_authorities_named", java, a_chain_that_ends_first)
        .test("an_authority_renewed_with_its_key_costs_nothing", java, a_renewed_authority)
        .test("a_cross_signed_authority_is_accepted_through_either", java, a_cross_signed_authority)
        .test("an_authority_that_a_node_does_not_trust_is_a_cut", java, an_authority_that_is_not_trusted)
        .run()
}

const NODES: [&str; 3] = ["node0", "node1", "node2"];
const STORES: &str = "opt/apigee/data/apigee-cassandra";

/// The intermediate is in one truststore and nothing else, the root alone in the others.
fn an_intermediate_alone() {
    let place = Place::new();
    let root = authority("CN=Root").self_signed(key(), &mut rand::rng()).unwrap();
    let signing = key();
    let issuing = authority("CN=Issuing").issued_by(&root, again(&signing), &mut rand::rng()).unwrap();
    place.node("node0", &issuing, &[issuing.certificate()]);
    place.node("node1", &issuing, &[root.certificate()]);
    place.node("node2", &issuing, &[root.certificate()]);
    place.prepare(&issuing, &signing);
    let (state, plan) = place.planned();
    let label =
        |authority: &Authority| state.certificates.label(Digest::of(authority.certificate())).unwrap().to_string();
    let served = state.cluster.get(&"node1".into()).unwrap().observed().serves().unwrap();
    let anchors: Vec<&str> = served.anchors().map(rotation_planner::AnchorId::as_str).collect();
    assert_eq!(anchors, [label(&root), label(&issuing)], "the one that most nodes trust is first");
    assert_eq!((plan.cost().restarts, plan.cost().reloads, plan.cost().files), (0, 3, 3), "{plan}");
    assert_eq!(plan.optimality(), Optimality::Minimum);
    let said = place.says(0, &["plan", "--state", "state.json", "rotate", "--bundles", "bundles/g1"]);
    assert!(said.contains("6 are accepted through any of several trusted certificates"), "{said}");
    place.carry_out(&state, &plan);
}

/// The old intermediate ends long before the nodes' certificates, and node0 trusts it alone.
fn a_chain_that_ends_first() {
    let place = Place::new();
    let root = authority("CN=Root").self_signed(key(), &mut rand::rng()).unwrap();
    let validity = Validity::days(SystemTime::now().into(), 8).unwrap();
    let (old_key, soon) = (key(), AuthorityParams::new("CN=Issuing 1".parse().unwrap(), validity));
    let old = soon.issued_by(&root, again(&old_key), &mut rand::rng()).unwrap();
    // certgen issues nothing that ends after its authority, so another certificate of the authority signs.
    let signs = authority("CN=Issuing 1").issued_by(&root, old_key, &mut rand::rng()).unwrap();
    let signing = key();
    let new = authority("CN=Issuing 2").issued_by(&root, again(&signing), &mut rand::rng()).unwrap();
    place.node_below("node0", &signs, &old.chain(), &[old.certificate()]);
    place.node_below("node1", &signs, &old.chain(), &[root.certificate()]);
    place.node_below("node2", &signs, &old.chain(), &[root.certificate()]);
    place.prepare(&new, &signing);
    place.observed();
    let end = |authority: &Authority| {
        CertificateInfo::read(authority.certificate()).unwrap().validity().not_after().to_string()
    };
    let named = |authority: &Authority, subject: &str| {
        format!("{subject}, SHA-256 {}, valid until {}", Digest::of(authority.certificate()), end(authority))
    };
    let (root_named, old_named) = (named(&root, "CN=Root"), named(&old, "CN=Issuing 1"));
    let sooner = format!("3 have a chain in which another certificate ends first; the first to end is {old_named}");
    let (added, dropped) = (format!("{root_named}; added on 1 node"), format!("{old_named}; dropped on 1 node"));
    let goal = format!("until they or other certificates of their chains expire, at the earliest at {}.", end(&old));
    let plan = ["plan", "--state", "state.json", "rotate", "--bundles", "bundles/g1"];
    let said = place.says(0, &[&plan[..], &["--html", "plan.html"]].concat());
    let json = place.says(0, &[&plan[..], &["--json"]].concat());
    let runbook = place.says(0, &[&plan[..], &["--markdown"]].concat()).replace('\\', "");
    let page = fs::read_to_string(place.path("plan.html")).unwrap();
    for text in [&said, &json, &runbook, &page] {
        for expected in [&sooner, &added, &dropped] {
            assert!(text.contains(expected.as_str()), "{expected}: {text}");
        }
        assert_eq!(text.matches(&added).count(), 1, "{text}");
    }
    assert!(runbook.contains(&goal) && page.contains(&goal), "{goal}: {runbook}");
    let cell = format!("<br>another certificate of its chain only until {} |", end(&old));
    assert_eq!(runbook.matches(&cell).count(), 3, "{runbook}");
    // Where nothing but labels is known, no date is promised.
    let described =
        fs::read_to_string(place.path("cluster.toml")).unwrap().replace("name =", "issued_by = \"a\"\nname =");
    fs::write(place.path("described.toml"), described).unwrap();
    let said = place.says(0, &["plan", "--cluster", "described.toml", "rotate", "--markdown"]);
    assert!(said.contains("are accepted until they or other certificates of their chains expire. |"), "{said}");
}

/// Same name, same key, another end: what one certificate of the authority accepts, the other does, too.
fn a_renewed_authority() {
    let place = Place::new();
    let signing = key();
    let old = authority("CN=Company").self_signed(again(&signing), &mut rand::rng()).unwrap();
    let validity = Validity::days(SystemTime::now().into(), 3650).unwrap();
    let renewed = AuthorityParams::new("CN=Company".parse().unwrap(), validity);
    let renewed = renewed.self_signed(again(&signing), &mut rand::rng()).unwrap();
    place.node("node0", &old, &[renewed.certificate()]);
    place.node("node1", &old, &[old.certificate()]);
    place.node("node2", &old, &[old.certificate()]);
    place.prepare(&renewed, &signing);
    let (state, plan) = place.planned();
    assert_eq!((plan.cost().restarts, plan.cost().reloads, plan.cost().files), (0, 3, 3), "{plan}");
    place.carry_out(&state, &plan);
    // The old certificate of the authority may go where one wants that.
    let (state, _) = place.planned();
    let label = state.certificates.label(Digest::of(old.certificate())).unwrap().as_str();
    let targets = Goal::rotate(state.targets(&place.manifest()).unwrap());
    let goal = targets.dropping([label].into_iter().collect());
    let plan = rotation_planner::plan(&state.cluster, &goal, &Preference::default()).unwrap();
    assert!(!plan.is_empty() && plan.steps().all(|step| !matches!(step.action(), Action::StageIdentity(_))), "{plan}");
    place.carry_out(&state, &plan);
    assert_eq!(place.trusts("node1"), [Digest::of(renewed.certificate())]);
}

/// The old authority signed the new one's key, and nodes show that certificate.
fn a_cross_signed_authority() {
    let place = Place::new();
    let signing = key();
    let old = authority("CN=Old").self_signed(key(), &mut rand::rng()).unwrap();
    let new = authority("CN=New").self_signed(again(&signing), &mut rand::rng()).unwrap();
    let crossed = authority("CN=New").issued_by(&old, again(&signing), &mut rand::rng()).unwrap();
    place.node("node0", &crossed, &[old.certificate()]);
    place.node("node1", &crossed, &[new.certificate()]);
    place.node("node2", &crossed, &[new.certificate()]);
    // From now on nodes show the new authority alone: only node0 lacks something.
    place.prepare(&new, &signing);
    let (state, plan) = place.planned();
    let widened = |step: &&rotation_planner::Step| matches!(step.action(), Action::StageTrust(_));
    assert!(plan.steps().filter(widened).all(|step| step.node().as_str() == "node0"), "{plan}");
    assert_eq!((plan.cost().restarts, plan.cost().reloads), (0, 4), "{plan}");
    place.carry_out(&state, &plan);
    assert_eq!(place.trusts("node0"), [Digest::of(new.certificate())]);
}

/// Java refuses, the checker too, and the plan repairs it.
fn an_authority_that_is_not_trusted() {
    let place = Place::new();
    let signing = key();
    let company = authority("CN=Company").self_signed(again(&signing), &mut rand::rng()).unwrap();
    let other = authority("CN=Company").self_signed(key(), &mut rand::rng()).unwrap();
    place.node("node0", &company, &[other.certificate()]);
    place.node("node1", &company, &[company.certificate()]);
    place.node("node2", &company, &[company.certificate()]);
    place.prepare(&company, &signing);
    let cuts = place.cuts();
    assert!(cuts.len() == 4 && cuts.iter().all(|cut| cut.contains("node0")), "{cuts:?}");
    let state = place.observed();
    let error = Checker::safe(&state.cluster).unwrap_err().to_string();
    assert!(error.contains("node0 cannot connect to node1"), "{error}");
    let plan = plan(&state.cluster, &Goal::rotate(state.targets(&place.manifest()).unwrap()), &Preference::default());
    assert!(plan.unwrap().repairs().is_some());
}

/// Trees of three nodes of a cluster that requires certificates of clients, too.
struct Place {
    folder: tempfile::TempDir,
    java: JavaProgram,
}

impl Place {
    fn new() -> Self {
        let java = JavaProgram::compile("Node", include_str!("../../tests/procedure/Node.java"));
        let place = Self { folder: tempfile::tempdir().unwrap(), java };
        let node =
            |(number, name): (usize, &str)| format!("[[node]]\nname = \"{name}\"\naddress = \"10.0.0.1{number}\"\n");
        let nodes: String = NODES.into_iter().enumerate().map(node).collect();
        fs::write(place.path("cluster.toml"), format!("cassandra = \"4.0.17\"\n{nodes}")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self, node: &str, kind: &str) -> PathBuf {
        self.path("hosts").join(node).join(STORES).join(format!("{kind}.{node}"))
    }

    /// A node with a certificate of this authority, which shows its whole chain.
    fn node(&self, node: &str, signer: &Authority, trusted: &[&CertificateDer<'static>]) {
        self.node_below(node, signer, &signer.chain(), trusted);
    }

    /// The same with these certificates above its own.
    fn node_below(
        &self,
        node: &str,
        signer: &Authority,
        above: &[CertificateDer<'static>],
        trusted: &[&CertificateDer<'static>],
    ) {
        let (mut rng, own) = (rand::rng(), key());
        let validity = Validity::days(SystemTime::now().into(), 90).unwrap();
        let params = NodeParams::for_ip(format!("10.0.0.1{}", &node[4..]).parse().unwrap()).validity(validity);
        let certificate = params.issued_by(signer, own.public_key(), &mut rng).unwrap();
        let chain = [&[certificate], above].concat();
        let sealed = SealedKey::seal(&own.secret_pkcs8(), &password(), Protection::Jks, &mut rng).unwrap();
        let mut keystore = KeyStore::new();
        keystore.insert(Entry::new_private_key(node, sealed, chain, NOW)).unwrap();
        self.install(node, "keystore", &keystore);
        self.trust(node, trusted.iter().copied().cloned());
        let mut settings = "conf_cassandra_server_encryption_internode_encryption=all\n\
             conf_cassandra_server_encryption_require_client_auth=true\n"
            .to_owned();
        for kind in ["keystore", "truststore"] {
            let prefix = format!("conf_cassandra_server_encryption_{kind}");
            settings.extend([&prefix, "=/", STORES, "/", kind, ".", node, "\n", &prefix, "_password=changeit\n"]);
        }
        let file = self.path("hosts").join(node).join("opt/apigee/customer/application/cassandra.properties");
        install(&file, settings.as_bytes(), Access::Editable).unwrap();
    }

    fn trust(&self, node: &str, trusted: impl IntoIterator<Item = CertificateDer<'static>>) {
        let mut truststore = KeyStore::new();
        for (number, der) in trusted.into_iter().enumerate() {
            truststore.insert(Entry::new_trusted_certificate(format!("ca{number}"), der, NOW)).unwrap();
        }
        self.install(node, "truststore", &truststore);
    }

    fn install(&self, node: &str, kind: &str, store: &KeyStore<'_>) {
        install(&self.store(node, kind), &jks::encode(store, &password()).unwrap(), Access::Owner).unwrap();
    }

    /// What a node's truststore holds now.
    fn trusts(&self, node: &str) -> Vec<Digest> {
        let bytes = fs::read(self.store(node, "truststore")).unwrap();
        let store = keystore_core::decode(&bytes, &password()).unwrap();
        let view = store.view();
        view.trust_anchors().iter().map(|anchor| Digest::of(anchor.certificate)).collect()
    }

    /// The next generation, which this authority signs.
    fn prepare(&self, signer: &Authority, signing: &KeyPair) {
        let chain: Vec<String> = signer.chain().iter().map(pem::encode_certificate).collect();
        fs::write(self.path("ca.pem"), chain.concat()).unwrap();
        fs::write(self.path("ca.key"), pem::encode_private_key(&signing.secret_pkcs8()).secret_text()).unwrap();
        let signs =
            ["--ca-cert", "ca.pem", "--ca-key", "ca.key", "--days", "30", "--key", "ec:p256", "--trees", "hosts"];
        self.says(0, &[&["prepare", "--cluster", "cluster.toml"][..], &signs].concat());
    }

    fn says(&self, status: i32, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        let output = command.args(arguments).current_dir(self.folder.path()).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        said
    }

    fn manifest(&self) -> Manifest {
        Manifest::read(&self.path("bundles/g1")).unwrap()
    }

    /// What is observed, with the next generation.
    fn observed(&self) -> State {
        self.says(0, &["observe", "trees", "--cluster", "cluster.toml", "--settled", "hosts"]);
        let mut state = State::read(&self.path("state.json")).unwrap();
        state.add_generation(&self.path("bundles/g1"), &self.manifest()).unwrap();
        state
    }

    /// The plan of a rotation from trees in which Java connects every pair.
    fn planned(&self) -> (State, Plan) {
        assert_eq!(self.cuts(), Vec::<String>::new());
        let state = self.observed();
        Checker::safe(&state.cluster).unwrap();
        let goal = Goal::rotate(state.targets(&self.manifest()).unwrap()).dropping_unused();
        let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
        check(&state.cluster, &plan).unwrap();
        (state, plan)
    }

    /// Puts the files of each wave, and lets Java connect every pair.
    fn carry_out(&self, state: &State, plan: &Plan) {
        let certificates = state.certificates.by_label().unwrap();
        let of =
            |trust: &Trust| -> Vec<_> { trust.iter().map(|label| certificates[label.as_str()].1.1.clone()).collect() };
        for wave in plan.waves() {
            for step in wave.steps() {
                let node = step.node().as_str();
                match step.action() {
                    Action::StageTrust(trust) => self.trust(node, of(trust)),
                    Action::StageIdentity(_) => {
                        let file = self.path(&format!("bundles/g1/{node}/keystore.{node}"));
                        install(&self.store(node, "keystore"), &fs::read(file).unwrap(), Access::Owner).unwrap();
                    }
                    Action::Activate(_) => {}
                    other => panic!("{other}"),
                }
            }
            assert_eq!(self.cuts(), Vec::<String>::new(), "{plan}");
        }
    }

    /// The pairs that Java does not connect.
    fn cuts(&self) -> Vec<String> {
        let roots = NODES.map(|node| self.path("hosts").join(node));
        let said = output(self.java.command().arg("pairs").args(roots.each_ref().map(Path::new)));
        said.lines().map(str::to_owned).collect()
    }
}

const NOW: keystore_core::Timestamp = keystore_core::Timestamp::from_millis(0);

fn password() -> Password {
    Password::new("changeit")
}

fn key() -> KeyPair {
    KeyPair::generate(KeyKind::EcP256, &mut rand::rng()).unwrap()
}

/// The same key.
fn again(key: &KeyPair) -> KeyPair {
    KeyPair::from_pkcs8(&key.secret_pkcs8()).unwrap()
}

fn authority(name: &str) -> AuthorityParams {
    let validity = Validity::days(SystemTime::now().into(), 365).unwrap();
    AuthorityParams::new(name.parse().unwrap(), validity)
}
