use std::process::Command;

use tempfile::TempDir;

use super::*;

fn corpora(folders: &[(&str, &[(&str, &str)])]) -> TempDir {
    let parent = TempDir::new().unwrap();
    for (folder, files) in folders {
        fs::create_dir(parent.path().join(folder)).unwrap();
        for (file, content) in *files {
            fs::write(parent.path().join(folder).join(file), content).unwrap();
        }
    }
    parent
}

fn all() -> TempDir {
    let stores = r#"[{"kind": "jks"}, {"kind": "bks"}, {"kind": "properties", "pairs": ["\ud800"]}]"#;
    corpora(&[
        ("mine", &[("manifest.json", r#"[{"kind": "pkcs12"}]"#)]),
        ("corpora", &[("manifest.json", stores)]),
        ("corpora-paths", &[("drawn.jsonl", "{}\n")]),
        ("corpora-yaml", &[("manifest.json", r#"[{"file": "v1.yaml"}]"#), ("edits.json", "[]")]),
        ("corpora-bcfks", &[("manifest.json", r#"[{"kind": "bcfks"}, {"kind": "pkcs12"}]"#)]),
        ("empty", &[]),
    ])
}

#[track_caller]
fn chosen(content: Content, named: &str) -> Option<String> {
    let parent = all();
    let folder = choose(content, &parent.path().join(named))?;
    Some(folder.file_name().unwrap().to_str().unwrap().to_owned())
}

#[test]
fn the_named_folder_is_taken_if_it_is_of_the_tests_own_kind() {
    assert_eq!(chosen(Content::Keystores, "mine").as_deref(), Some("mine"));
    assert_eq!(chosen(Content::Bcfks, "corpora-bcfks").as_deref(), Some("corpora-bcfks"));
    assert_eq!(chosen(Content::Properties, "corpora").as_deref(), Some("corpora"));
}

#[test]
fn otherwise_the_sibling_that_is() {
    for named in ["corpora-paths", "corpora-yaml", "corpora-bcfks", "empty"] {
        assert_eq!(chosen(Content::Keystores, named).as_deref(), Some("corpora"), "{named}");
        assert_eq!(chosen(Content::Properties, named).as_deref(), Some("corpora"), "{named}");
    }
    assert_eq!(chosen(Content::Properties, "mine").as_deref(), Some("corpora"));
    assert_eq!(chosen(Content::Paths, "corpora").as_deref(), Some("corpora-paths"));
    assert_eq!(chosen(Content::Yaml, "corpora").as_deref(), Some("corpora-yaml"));
    assert_eq!(chosen(Content::Bcfks, "corpora").as_deref(), Some("corpora-bcfks"));
}

#[test]
fn where_none_is_of_the_kind_the_subset_is_read_and_how_much_is_said() {
    let parent = corpora(&[("corpora-yaml", &[("manifest.json", "[]"), ("edits.json", "[]")])]);
    let named = parent.path().join("corpora-yaml");
    let (corpus, skipped) = resolve(Content::Properties, Some(named.clone().into_os_string()));
    assert_eq!((corpus.folder.clone(), corpus.extent), (Content::Properties.committed(), Extent::Subset));
    let read = corpus.rows().len();
    assert_eq!(
        skipped.unwrap(),
        format!(
            "SKIPPED {} of 920 rows of Properties: {} is not this corpus, and there is none beside it; the {read} rows \
             committed here are read",
            920 - read,
            named.display()
        )
    );
    let (_, skipped) = resolve(Content::Keystores, Some(OsString::new()));
    let read = Corpus { content: Content::Keystores, folder: Content::Keystores.committed(), extent: Extent::Subset }
        .rows()
        .len();
    assert_eq!(
        skipped.unwrap(),
        format!(
            "SKIPPED {} of 688 rows of Keystores: CORPUS_DIR is not set; the {read} rows committed here are read",
            688 - read
        )
    );
}

#[test]
#[should_panic(expected = "which is not a folder")]
fn a_name_that_is_no_folder_is_a_mistake() {
    choose(Content::Keystores, Path::new("/there/is/no/such/corpus"));
}

#[test]
fn only_rows_of_the_content_are_given() {
    let parent = all();
    let folder = parent.path().join("corpora");
    let (corpus, skipped) = resolve(Content::Properties, Some(folder.into_os_string()));
    assert_eq!((corpus.extent, skipped), (Extent::Other, None));
    let rows = corpus.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["pairs"][0], "\u{fffd}");
}

#[test]
fn numbers_are_held_by_what_is_read() {
    let corpus = |extent| Corpus { content: Content::Keystores, folder: PathBuf::new(), extent };
    let pinned = Pinned { whole: 7, subset: 3 };
    corpus(Extent::Whole).assert_count("rows", 7, pinned);
    corpus(Extent::Subset).assert_count("rows", 3, pinned);
    corpus(Extent::Other).assert_count("rows", 5, pinned);
    corpus(Extent::Other).assert_count("rows", 0, Pinned { whole: 0, subset: 0 });
    corpus(Extent::Subset).assert_at_least("rows", 4, pinned);
    let counted = |extent, found| said(|| corpus(extent).assert_count("rows", found, pinned));
    assert!(counted(Extent::Whole, 3).contains("rows, in the whole corpus"));
    assert!(counted(Extent::Subset, 7).contains("rows, in the committed subset"));
    assert_eq!(counted(Extent::Other, 0), "no rows");
    let at_least = |extent, found| said(|| corpus(extent).assert_at_least("rows", found, pinned));
    assert_eq!(at_least(Extent::Whole, 6), "6 rows, at least 7 expected");
    assert_eq!(at_least(Extent::Subset, 2), "2 rows, at least 3 expected");
    assert_eq!(at_least(Extent::Other, 0), "0 rows, at least 1 expected");
}

fn said(assertion: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(assertion).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

/// Run by [`in_ci_a_missing_corpus_fails`] in a process with another environment.
#[test]
#[ignore = "run by another test"]
fn finds() {
    Corpus::find(Content::Keystores);
}

#[test]
fn in_ci_a_missing_corpus_fails() {
    let run = |ci: &str| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "corpus::tests::finds"]).env("CI", ci).env_remove("CORPUS_DIR");
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (succeeded, said) = run("");
    assert!(succeeded && said.contains("SKIPPED "), "{said}");
    let (succeeded, said) = run("true");
    assert!(!succeeded && said.contains("SKIPPED "), "{said}");
}
