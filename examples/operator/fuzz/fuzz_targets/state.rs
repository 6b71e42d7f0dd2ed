//! state.json: any text is a state that means the same once it is written again, or is refused.
#![no_main]

use cassandra_tls::state::State;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(state) = State::parse(text) else { return };
    let again = State::parse(&state.json().expect("what was read can be written")).expect("what was written can be read");
    assert_eq!(state, again);
    state.certificates.by_label().expect("certificates were read");
});
