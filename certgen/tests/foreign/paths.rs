//! Drawn chains, judged by a JVM and by us.
//!
//! Each draw starts from a root, two intermediates and a leaf that are fine, changes a few things that Java has rules about,
//! and serves and trusts some of the certificates in some order. `PATHS_DRAWS` is how many, `PATHS_SEED` where to start.

use certgen::Time;
use certgen::path::{Anchors, Chain, Engine, Handshake, Jdk, Judge, PeerRole, Protocol, TrustManager, Verdict};
use certgen::rustls_pki_types::CertificateDer;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;
use test_support::Tool;

use crate::java_judge::{self, Question};
use crate::workshop::rng;

const NOW: i64 = 1_795_651_200;
const DAY: i64 = 86_400;
const HOST: &str = "node7.dc1.example";

/// All that is drawn of one certificate.
#[derive(Clone, Debug)]
struct Plan {
    subject: Vec<Vec<u8>>,
    issuer: Vec<Vec<u8>>,
    key: usize,
    signer: usize,
    version: u8,
    days: (i64, i64),
    extensions: Vec<Vec<u8>>,
    bends_signature: bool,
    pads_length: bool,
}

/// One question.
struct Draw {
    peer: PeerRole,
    host: Option<&'static str>,
    anchors: Vec<Vec<u8>>,
    chain: Vec<Vec<u8>>,
}

pub(crate) fn java_judges_as_we_do(java: Tool, jdk: Jdk, manager: TrustManager) {
    let (draws, seed) = (number("PATHS_DRAWS", 400), number("PATHS_SEED", u64::from(std::process::id())));
    println!("PATHS_SEED={seed} PATHS_DRAWS={draws}");
    let (mut generator, keys) = (rng(seed), keys());
    let draws: Vec<Draw> = (0..draws).map(|_| draw(&mut generator, &keys)).collect();
    let answers = java_judge::ask(java, &draws.iter().map(|draw| question(draw, manager)).collect::<Vec<_>>());
    let (mut accepted, mut random, mut differ) = (0, 0, Vec::new());
    for (number, (draw, java)) in draws.iter().zip(&answers).enumerate() {
        let ours = judge(draw, jdk, manager);
        accepted += usize::from(java == "ok");
        let same = match &ours {
            Ok(Verdict::Accepted(_)) => java == "ok",
            Ok(Verdict::Varies(_)) => {
                random += 1;
                true
            }
            Ok(Verdict::Refused(_)) | Err(_) => java != "ok",
            Ok(other) => panic!("{other:?}"),
        };
        if !same {
            differ.push(format!("draw {number}: Java {java}, here {ours:?}\n{}", question(draw, manager).line()));
        }
    }
    println!("{} drawn, {accepted} accepted by Java, {random} random, {} differ", answers.len(), differ.len());
    differ.iter().take(5).for_each(|line| println!("{line}"));
    assert!(differ.is_empty(), "{} of {} differ, PATHS_SEED={seed}", differ.len(), answers.len());
    assert!(
        accepted * 10 > answers.len() && accepted * 10 < answers.len() * 9,
        "{accepted} of {} accepted",
        answers.len()
    );
}

/// A number from the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn judge(draw: &Draw, jdk: Jdk, manager: TrustManager) -> Result<Verdict, certgen::path::Refusal> {
    let der = |list: &[Vec<u8>]| list.iter().map(|der| CertificateDer::from(der.clone())).collect::<Vec<_>>();
    let (anchors, chain) = (Anchors::read(&der(&draw.anchors))?, Chain::read(&der(&draw.chain))?);
    let handshake = Handshake { peer: draw.peer, time: Time::from_unix_seconds(NOW), host: draw.host };
    Ok(Judge::new(jdk).with_trust_manager(manager).judge(&anchors, &chain, handshake))
}

fn question(draw: &Draw, manager: TrustManager) -> Question<'_> {
    let [trusted, served] = [&draw.anchors, &draw.chain].map(|list| list.iter().map(Vec::as_slice).collect());
    let (engine, protocol) = (Engine::Jdk, Protocol::Tls13);
    let time = Time::from_unix_seconds(NOW);
    Question { peer: draw.peer, engine, protocol, time, host: draw.host, trusted, served, manager }
}

fn keys() -> Vec<SigningKey> {
    (1..=6_u8).map(|number| SigningKey::from_slice(&[number; 32]).unwrap()).collect()
}

fn one_of<T: Clone>(rng: &mut ChaCha20Rng, list: &[T]) -> T {
    list[rng.random_range(0..list.len())].clone()
}

fn draw(rng: &mut ChaCha20Rng, keys: &[SigningKey]) -> Draw {
    let mut plans = hierarchy();
    let mut twins = Vec::new();
    for _ in 0..rng.random_range(0..4) {
        let place = rng.random_range(0..plans.len());
        if rng.random_range(0..5) == 0 {
            // A second certificate of the same name, before it is changed.
            twins.push(plans[place].clone());
        }
        change(rng, &mut plans[place], place);
    }
    let mut made: Vec<Vec<u8>> = plans.iter().map(|plan| make(plan, keys)).collect();
    made.extend(twins.iter().map(|plan| make(plan, keys)));
    let (leaf, others) = made.split_first().unwrap();
    let mut chain = vec![leaf.clone()];
    chain.extend(others.iter().filter(|_| rng.random_range(0..5) > 0).cloned());
    if rng.random_range(0..4) == 0 {
        let end = chain.len();
        for place in 1..end {
            chain.swap(place, rng.random_range(1..end));
        }
    }
    let mut anchors: Vec<Vec<u8>> = made.iter().filter(|_| rng.random_range(0..4) == 0).cloned().collect();
    if anchors.is_empty() {
        anchors.push(made[3].clone());
    }
    Draw {
        peer: if rng.random_range(0..2) == 0 { PeerRole::Server } else { PeerRole::Client },
        host: one_of(rng, &[None, Some(HOST), Some("10.0.0.7"), Some("other.example")]),
        anchors,
        chain,
    }
}

/// The leaf, two intermediates, the root.
fn hierarchy() -> Vec<Plan> {
    let names = [name("Node 7"), name("Issuing CA"), name("Middle CA"), name("Root CA")];
    (0..4)
        .map(|place| {
            let above = (place + 1).min(3);
            let number = |place| u8::try_from(place).unwrap();
            let mut extensions = vec![ski(number(place)), aki(number(above))];
            if place == 0 {
                extensions.extend([san(&[HOST], Some([10, 0, 0, 7])), key_usage(0x80)]);
            } else {
                extensions.extend([authority(None), key_usage(0x06)]);
            }
            Plan {
                subject: names[place].clone(),
                issuer: names[above].clone(),
                key: place,
                signer: above,
                version: 3,
                days: (-30, 30),
                extensions,
                bends_signature: false,
                pads_length: false,
            }
        })
        .collect()
}

/// One thing that Java has a rule about.
fn change(rng: &mut ChaCha20Rng, plan: &mut Plan, place: usize) {
    let own = u8::try_from(place).unwrap();
    let replace = |plan: &mut Plan, last_arc: u8, by: Option<Vec<u8>>| {
        plan.extensions.retain(|extension| !extension.windows(5).any(|bytes| bytes == [6, 3, 0x55, 0x1d, last_arc]));
        plan.extensions.extend(by);
    };
    match rng.random_range(0..20) {
        0 => plan.days = (-60, -30),
        1 => plan.days = (30, 60),
        2 => replace(plan, 19, None),
        3 => replace(plan, 19, Some(authority(one_of(rng, &[None, Some(0), Some(1)])))),
        4 => replace(plan, 15, None),
        5 => replace(plan, 15, Some(key_usage(one_of(rng, &[0x80, 0x20, 0x06, 0x02, 0x01])))),
        6 => replace(plan, 37, Some(extended(one_of(rng, &[1, 2, 3])))),
        7 => plan.extensions.push(unknown(one_of(rng, &[CRITICAL, PLAIN]))),
        8 => replace(plan, 14, one_of(rng, &[None, Some(ski(9)), Some(ski(own))])),
        9 => replace(plan, 35, one_of(rng, &[None, Some(aki(9)), Some(aki(own + 1))])),
        10 => {
            plan.version = 1;
            plan.extensions.clear();
        }
        11 => plan.bends_signature = true,
        12 => plan.signer = rng.random_range(0..4),
        13 => plan.key = one_of(rng, &[4, 5]),
        14 => plan.issuer = one_of(rng, &[name("ISSUING  ca"), name("Middle CA"), name("Root CA"), name("Nobody")]),
        15 => {
            let emails = ["ops@", "ops@example"].map(|email| [name("Node 7"), vec![email_part(email)]].concat());
            let names = [name("issuing CA "), name("Middle CA"), name("Root CA"), name(HOST)];
            plan.subject = one_of(rng, &[&emails[..], &names].concat());
        }
        16 => replace(
            plan,
            17,
            one_of(rng, &[None, Some(san(&["*.dc1.example"], None)), Some(san(&[], Some([10, 0, 0, 8])))]),
        ),
        17 => replace(
            plan,
            30,
            Some(constraints(
                one_of(rng, &[0, 1]),
                &one_of(rng, &[dns("dc1.example"), dns("example"), dns("other"), dns(""), tlv(0x81, b"example")]),
            )),
        ),
        18 => plan.pads_length = true,
        _ => {
            plan.issuer = plan.subject.clone();
            plan.signer = plan.key;
        }
    }
}

// DER, as little of it as is needed.

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut der = match length {
        0..=0x7f => vec![tag, u8::try_from(length).unwrap()],
        0x80..=0xff => vec![tag, 0x81, u8::try_from(length).unwrap()],
        _ => [vec![tag, 0x82], u16::try_from(length).unwrap().to_be_bytes().to_vec()].concat(),
    };
    der.extend_from_slice(content);
    der
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// O=Example and a common name.
fn name(common: &str) -> Vec<Vec<u8>> {
    let part = |last: u8, text: &str| tlv(0x31, &sequence(&[tlv(6, &[0x55, 4, last]), tlv(0x0c, text.as_bytes())]));
    vec![part(10, "Example"), part(3, common)]
}

fn email_part(email: &str) -> Vec<u8> {
    tlv(0x31, &sequence(&[tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 1]), tlv(0x16, email.as_bytes())]))
}

/// The flag of a critical extension, and of one that is not.
const CRITICAL: &[u8] = &[1, 1, 0xff];
const PLAIN: &[u8] = &[];

fn extension(last_arc: u8, flag: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[tlv(6, &[0x55, 0x1d, last_arc]), flag.to_vec(), tlv(4, value)])
}

fn unknown(flag: &[u8]) -> Vec<u8> {
    sequence(&[tlv(6, &[0x2b, 6, 1, 4, 1, 0x83, 0xb2, 3]), flag.to_vec(), tlv(4, &[5, 0])])
}

fn ski(number: u8) -> Vec<u8> {
    extension(14, PLAIN, &tlv(4, &[number; 20]))
}

fn aki(number: u8) -> Vec<u8> {
    extension(35, PLAIN, &sequence(&[tlv(0x80, &[number.min(9); 20])]))
}

fn authority(path_length: Option<u8>) -> Vec<u8> {
    let mut parts = vec![tlv(1, &[0xff])];
    parts.extend(path_length.map(|length| tlv(2, &[length])));
    extension(19, CRITICAL, &sequence(&parts))
}

fn key_usage(bits: u8) -> Vec<u8> {
    extension(15, CRITICAL, &tlv(3, &[0, bits]))
}

/// 1 for servers, 2 for clients, 3 for both.
fn extended(bits: u8) -> Vec<u8> {
    let purpose = |last: u8| tlv(6, &[0x2b, 6, 1, 5, 5, 7, 3, last]);
    let wanted: Vec<Vec<u8>> = [1, 2].into_iter().filter(|bit| bits & bit != 0).map(purpose).collect();
    extension(37, PLAIN, &sequence(&wanted))
}

fn san(hosts: &[&str], address: Option<[u8; 4]>) -> Vec<u8> {
    let mut names: Vec<Vec<u8>> = hosts.iter().map(|host| dns(host)).collect();
    names.extend(address.map(|address| tlv(0x87, &address)));
    extension(17, PLAIN, &sequence(&names))
}

/// A name that is permitted (0) or excluded (1).
fn constraints(kind: u8, name: &[u8]) -> Vec<u8> {
    extension(30, CRITICAL, &sequence(&[tlv(0xa0 | kind, &sequence(&[name.to_vec()]))]))
}

fn dns(domain: &str) -> Vec<u8> {
    tlv(0x82, domain.as_bytes())
}

fn date(days: i64) -> Vec<u8> {
    let at = time::OffsetDateTime::from_unix_timestamp(NOW + days * DAY).unwrap();
    let text = format!(
        "{:02}{:02}{:02}{:02}{:02}{:02}Z",
        at.year() % 100,
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    tlv(0x17, text.as_bytes())
}

/// The length as it should be, or with a zero before it, which Java reads from 17 on.
fn dates(plan: &Plan) -> Vec<u8> {
    let dates = [date(plan.days.0), date(plan.days.1)].concat();
    if plan.pads_length {
        [vec![0x30, 0x82, 0, u8::try_from(dates.len()).unwrap()], dates].concat()
    } else {
        tlv(0x30, &dates)
    }
}

fn make(plan: &Plan, keys: &[SigningKey]) -> Vec<u8> {
    let algorithm = sequence(&[tlv(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]);
    let spki = keys[plan.key].verifying_key().to_public_key_der().unwrap().as_bytes().to_vec();
    let mut parts = Vec::new();
    parts.extend((plan.version == 3).then(|| tlv(0xa0, &tlv(2, &[2]))));
    parts.extend([
        tlv(2, &[1, u8::try_from(plan.key).unwrap()]),
        algorithm.clone(),
        sequence(&plan.issuer),
        dates(plan),
        sequence(&plan.subject),
        spki,
    ]);
    parts.extend((!plan.extensions.is_empty()).then(|| tlv(0xa3, &sequence(&plan.extensions))));
    let tbs = sequence(&parts);
    let signature: DerSignature = keys[plan.signer].sign(&tbs);
    let mut signature = signature.as_bytes().to_vec();
    if plan.bends_signature {
        *signature.last_mut().unwrap() ^= 1;
    }
    sequence(&[tbs, algorithm, tlv(3, &[&[0], signature.as_slice()].concat())])
}
