//! PKCS#12 without a password: the entries that Java 17 and 25 list with `null`, an empty and a given password.

use crate::check;
use keystore_core::{ErrorKind, Java, Password, Store, loads};
use serde_json::Value;
use test_support::{Content, Corpus, Pinned};

#[test]
fn what_java_lists_under_each_password() {
    let corpus = Corpus::find(Content::Bcfks);
    let (mut files, mut answers) = (0, 0);
    for row in corpus.rows().iter().filter(|row| row["by_password"].is_array()) {
        let bytes = std::fs::read(corpus.folder().join(row["file"].as_str().unwrap())).unwrap();
        files += 1;
        for asked in row["by_password"].as_array().unwrap() {
            let password = asked["password"].as_str();
            let store = check::load(&bytes, password);
            for (java, name) in [(Java::V17, "java17"), (Java::V25, "java25")] {
                let loaded = loads(java, &bytes, password.map(Password::new).as_ref());
                let ours = loaded.and(store.as_ref().map(aliases).map_err(Clone::clone));
                let case = format!("{} under {} in {name}", row["file"], asked["password"]);
                let theirs = &asked[name]["aliases"];
                match theirs {
                    Value::Array(_) => assert_eq!(ours, Ok(texts(theirs)), "{case}"),
                    // For long lists only the length is recorded.
                    Value::Number(count) => assert_eq!(ours.unwrap().len().to_string(), count.to_string(), "{case}"),
                    _ => assert_eq!(ours.unwrap_err().kind(), &ErrorKind::WrongPasswordOrTampered, "{case}"),
                }
                answers += 1;
            }
        }
    }
    println!("{answers} answers of Java");
    corpus.assert_count("files without a password", files, Pinned { whole: 27, subset: 4 });
}

fn aliases(store: &Store<'_>) -> Vec<String> {
    let mut aliases: Vec<_> = store.view().iter().map(|entry| entry.alias().to_lowercase()).collect();
    aliases.sort();
    aliases
}

fn texts(aliases: &Value) -> Vec<String> {
    let mut aliases: Vec<String> = serde_json::from_value(aliases.clone()).unwrap();
    aliases.sort();
    aliases
}
