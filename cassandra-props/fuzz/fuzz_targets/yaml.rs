//! Checks that a file keeps its bytes, and that an edit is read again or leaves the file unchanged.
#![no_main]

use arbitrary::Arbitrary;
use cassandra_props::{CassandraYaml, Family, InternodeTls, Release, Section};

#[derive(Arbitrary, Debug)]
struct Case {
    file: Vec<u8>,
    edits: Vec<(u8, u8, Option<String>)>,
}

libfuzzer_sys::fuzz_target!(|case: Case| {
    let Ok(mut file) = CassandraYaml::parse(&case.file) else { return };
    assert_eq!(file.as_bytes(), case.file);
    for release in Release::LINES {
        let _ = (file.options(Section::Server, *release), file.options(Section::Client, *release));
        let _ = InternodeTls::new(Family::Legacy).lint(&file, *release);
    }
    for (section, name, value) in case.edits.into_iter().take(4) {
        let section = Section::ALL[usize::from(section) % Section::ALL.len()];
        let definitions = section.definitions();
        let name = definitions[usize::from(name) % definitions.len()].name();
        edit(&mut file, section, name, value.as_deref());
    }
});

fn edit(file: &mut CassandraYaml, section: Section, name: &str, value: Option<&str>) {
    let before = file.clone();
    let edited = match value {
        Some(value) => file.set(section, name, value),
        None => file.remove(section, name).map(drop),
    };
    if edited.is_err() {
        assert_eq!(*file, before);
        return;
    }
    let again = CassandraYaml::parse(file.as_bytes()).expect("an edited file is read");
    // After an edit, only a part of the file is read again.
    for section in Section::ALL {
        assert_eq!(again.names(section), file.names(section));
        for name in again.names(section) {
            assert_eq!((again.value(section, name), again.line(section, name)), (file.value(section, name), file.line(section, name)));
        }
    }
    for other in before.names(section).into_iter().filter(|other| *other != name) {
        assert_eq!(again.value(section, other), before.value(section, other));
    }
    if value.is_none() {
        assert_eq!(again.line(section, name), None);
    }
}
