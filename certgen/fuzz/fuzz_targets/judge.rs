//! Chains and truststores of any bytes: an answer within the limits, the same each time, and never a panic; a period that
//! holds what is accepted.
#![no_main]

use certgen::Time;
use certgen::path::{Anchors, Chain, Engine, Handshake, Jdk, Judge, PeerRole, Protocol, Verdict};
use certgen::rustls_pki_types::CertificateDer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [choice, split, rest @ ..] = data else { return };
    let certificates = pieces(rest);
    let (anchors, served) = certificates.split_at(usize::from(*split).min(certificates.len()));
    let (Ok(anchors), Ok(chain)) = (Anchors::read(anchors), Chain::read(served)) else { return };
    let pick = |bit: u8| choice >> bit & 1 == 1;
    let jdk = [Jdk::V8, Jdk::V11, Jdk::V17, Jdk::V25][usize::from(choice >> 4) % 4];
    let engine = if pick(0) { Engine::NettyOpenSsl } else { Engine::Jdk };
    let protocol = if pick(1) { Protocol::Tls12 } else { Protocol::Tls13 };
    let judge = Judge::new(jdk).with_engine(engine).with_protocol(protocol);
    let handshake = Handshake {
        peer: if pick(2) { PeerRole::Client } else { PeerRole::Server },
        time: Time::from_unix_seconds(1_795_651_200),
        host: pick(3).then_some("node7.dc1.example"),
    };
    let verdict = judge.judge(&anchors, &chain, handshake);
    assert_eq!(verdict, judge.judge(&anchors, &chain, handshake));
    let period = judge.period(&anchors, &chain, handshake);
    if matches!(verdict, Verdict::Accepted(_)) {
        let period = period.expect("what is accepted has a period");
        assert!(period.from.is_none_or(|from| from.time <= handshake.time));
        assert!(period.until.is_none_or(|until| until.time >= handshake.time));
    }
    if let Verdict::Refused(refusal) = verdict {
        assert!(!refusal.to_string().is_empty() && !refusal.rule().source().is_empty());
    }
});

/// Each with two bytes of length before it.
fn pieces(mut rest: &[u8]) -> Vec<CertificateDer<'_>> {
    let mut pieces = Vec::new();
    while let [high, low, tail @ ..] = rest {
        let (piece, tail) = tail.split_at(usize::from(u16::from_be_bytes([*high, *low])).min(tail.len()));
        pieces.push(CertificateDer::from(piece));
        rest = tail;
    }
    pieces
}
