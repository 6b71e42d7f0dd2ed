//! Listeners that want to hold `probe`, or to make it work or read for ever. The modern handshake and the old hello meet each
//! of them.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread::{sleep, spawn};
use std::time::Duration;

use cassandra_tls::probe::{probe, probe_all};

/// Long enough for what must come to an end by itself.
const PATIENT: Duration = Duration::from_secs(60);
/// `handshake_failure`: no suite in common, as Cassandra 2.1 answers rustls.
const NO_SUITE: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];
/// The hello of a server that chose TLS 1.2 and AES128-SHA, which rustls did not offer.
const SERVER_HELLO: [u8; 42] = {
    let mut message = [0; 42];
    (message[0], message[3], message[4], message[5], message[40]) = (2, 38, 3, 3, 0x2f);
    message
};

/// A listener that serves each connection by `serve`, and its address.
fn listener(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap())));
    address
}

/// Refuses a connection in the modern way at first, and then serves by `serve`.
fn old(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let connections = AtomicUsize::new(0);
    listener(move |mut stream| {
        if connections.fetch_add(1, Ordering::SeqCst) & 1 == 0 {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&NO_SUITE);
        } else {
            serve(stream);
        }
    })
}

/// Sends the same bytes until the other side has had enough.
fn endless(bytes: Vec<u8>) -> impl Fn(TcpStream) + Send + 'static {
    move |mut stream| while stream.write_all(&bytes).is_ok() {}
}

fn record(content: &[u8]) -> Vec<u8> {
    [&[22, 3, 3][..], &u16::try_from(content.len()).unwrap().to_be_bytes(), content].concat()
}

fn refused(target: &str, timeout: Duration) -> String {
    format!("{:#}", probe(target, timeout).unwrap_err())
}

#[test]
fn empty_records_are_refused() {
    let said = refused(&old(endless(record(&[]))), PATIENT);
    assert!(said.ends_with("with an old hello: the server sends an empty record"), "{said}");
    refused(&listener(endless(record(&[]))), PATIENT);
}

#[test]
fn tiny_records_are_counted() {
    let tiny = record(&[0, 0, 0, 0]).repeat(65_536);
    let said = refused(&old(endless(tiny.clone())), PATIENT);
    assert!(said.ends_with("with an old hello: the server's answer has more than 256 records"), "{said}");
    refused(&listener(endless(tiny)), PATIENT);
}

#[test]
fn certificates_without_end_are_refused() {
    let list = [0, 0, 1, 9].repeat(4000);
    let sized = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat();
    let many = record(&[&SERVER_HELLO[..], &[11], &sized(&sized(&list))].concat());
    let said = refused(&old(endless(many.clone())), PATIENT);
    assert!(said.ends_with("with an old hello: the server shows more than 32 certificates"), "{said}");
    refused(&listener(endless(many)), PATIENT);

    // A message that never ends: of all connections together, only 256 KiB are read.
    let first = record(&[&SERVER_HELLO[..], &[11, 255, 255, 255]].concat());
    let never = move |mut stream: TcpStream| {
        let _ = stream.write_all(&first);
        while stream.write_all(&record(&[0; 16_000])).is_ok() {}
    };
    let said = refused(&old(never.clone()), PATIENT);
    assert!(said.ends_with("the server's answer is longer than 262144 bytes"), "{said}");
    refused(&listener(never), PATIENT);
}

#[test]
fn a_server_without_a_certificate_is_not_passed_over() {
    let done = record(&[&SERVER_HELLO[..], &[14, 0, 0, 0]].concat());
    assert_eq!(refused(&old(endless(done)), PATIENT), "it serves no certificate");
}

/// One byte at a time, each long before a timeout of a single read would be over.
#[test]
fn a_dial_has_one_deadline_over_all_its_reads() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let drip = move |mut stream: TcpStream| {
        for byte in record(&[2; 16_000]) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(10));
        }
    };
    for target in [listener(drip.clone()), old(drip)] {
        let said = refused(&target, Duration::from_millis(400));
        assert!(said.ends_with("the handshake is not complete after 400ms"), "{said}");
        // As many as fit into the time, and not the whole record.
        let sent = sent.swap(0, Ordering::SeqCst);
        assert!((1..=80).contains(&sent), "{sent}");
    }
}

/// Each waits for the connections of all the others before it hangs up: one after the other, none would come that far.
#[test]
fn servers_are_dialled_at_the_same_time() {
    let all = Arc::new(Barrier::new(8));
    let targets: Vec<String> = (0..8)
        .map(|_| {
            let all = Arc::clone(&all);
            listener(move |stream| {
                all.wait();
                drop(stream);
            })
        })
        .collect();
    let dialled = AtomicUsize::new(0);
    let answers = probe_all(&targets, PATIENT, &|| {
        dialled.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!((answers.len(), dialled.into_inner()), (8, 8));
    for answer in answers {
        let said = format!("{:#}", answer.unwrap_err());
        assert!(!said.contains("not over"), "{said}");
    }
}

/// More silent ones than are dialled at a time.
#[test]
fn silent_servers_do_not_hold_the_others() {
    let silent = listener(std::mem::forget);
    let answering =
        old(endless(record(&[&SERVER_HELLO[..], &[11, 0, 0, 7, 0, 0, 4, 0, 0, 1, 9, 14, 0, 0, 0]].concat())));
    let targets = [vec![silent; 40], vec![answering]].concat();
    let answers = probe_all(&targets, Duration::from_millis(300), &|| ());
    let (seen, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((seen.len(), failed.len()), (1, 40));
    assert_eq!(seen.into_iter().next().unwrap().unwrap().chain.first().unwrap().as_ref(), [9]);
}
