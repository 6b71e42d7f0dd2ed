//! Reads thousands of files in one JVM.

use std::fs;

use cassandra_props::Encoding;
use tempfile::TempDir;
use test_support::{JavaProgram, output};

use crate::{JavaString, Pairs};

/// The pairs that Java reads in each file; `None` for a file that Java refuses.
pub(crate) fn read(files: &[(Encoding, Vec<u8>)]) -> Vec<Option<Pairs>> {
    let folder = TempDir::new().unwrap();
    let request = folder.path().join("files");
    fs::write(&request, written(files)).unwrap();
    let answer = output(JavaProgram::compile("Pairs", include_str!("Pairs.java")).command().arg(&request));
    let read: Vec<_> = answer.lines().map(parsed).collect();
    assert_eq!(read.len(), files.len());
    read
}

fn written(files: &[(Encoding, Vec<u8>)]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
    let mut request = number(files.len()).to_vec();
    for (encoding, bytes) in files {
        request.push(u8::from(*encoding == Encoding::Utf8));
        request.extend(number(bytes.len()));
        request.extend(bytes);
    }
    request
}

fn parsed(line: &str) -> Option<Pairs> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once(':').unwrap();
        (units(key), units(value))
    };
    (line != "!").then(|| line.split(' ').filter(|pair| !pair.is_empty()).map(pair).collect())
}

fn units(hex: &str) -> JavaString {
    let bytes = hex::decode(hex).unwrap();
    bytes.chunks(2).map(|unit| u16::from_be_bytes(unit.try_into().unwrap())).collect()
}
