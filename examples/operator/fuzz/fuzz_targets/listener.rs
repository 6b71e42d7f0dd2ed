//! What a listener answers: read as a whole or in pieces, it shows the same.
#![no_main]

use cassandra_tls::probe::{MAX_CERTIFICATES, Served, ServerFlight};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, answer) = input;
    let whole = ServerFlight::default().push(answer);
    let in_pieces = read_in_pieces(answer, usize::from(piece).max(1));
    match (whole, in_pieces) {
        (Ok(whole), Ok(in_pieces)) => {
            assert_eq!(whole, in_pieces);
            assert!(whole.is_none_or(|served| served.chain.len() <= MAX_CERTIFICATES));
        }
        (Err(whole), Err(in_pieces)) => assert_eq!(whole.to_string(), in_pieces.to_string()),
        // More than is read of any server: a smaller piece may have had all that was wanted.
        (Err(_), Ok(Some(_))) if answer.len() > 1 << 18 => {}
        (whole, in_pieces) => panic!("{whole:?}, and in pieces {in_pieces:?}"),
    }
});

fn read_in_pieces(answer: &[u8], piece: usize) -> Result<Option<Served>, String> {
    let mut flight = ServerFlight::default();
    for bytes in answer.chunks(piece) {
        if let Some(served) = flight.push(bytes).map_err(|error| error.to_string())? {
            return Ok(Some(served));
        }
    }
    Ok(None)
}
