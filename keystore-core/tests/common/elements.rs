//! Adds and removes elements of a file in DER.
#![allow(dead_code, reason = "each test uses a part")]

/// The encoded file with a `NULL` appended to each `SEQUENCE` that begins with this object identifier.
pub(crate) fn with_null_after(oid: &[u8], der: &[u8]) -> Vec<u8> {
    rewritten((6, oid), der).expect("the file is in DER")
}

/// The encoded file with a `NULL` appended to each `SEQUENCE` that begins with this salt, such as the parameters of PBKDF2.
pub(crate) fn with_null_after_salt(salt: &[u8], der: &[u8]) -> Vec<u8> {
    rewritten((4, salt), der).expect("the file is in DER")
}

/// The encoded `SEQUENCE` without its last element, which is the MAC of a PKCS#12.
pub(crate) fn without_last(der: &[u8]) -> Vec<u8> {
    let (tag, content, _) = split(der).expect("the file is in DER");
    let mut rest = content;
    let mut kept = content.len();
    while let Some((_, _, after)) = split(rest) {
        kept = content.len() - rest.len();
        rest = after;
    }
    element(tag, &content[..kept])
}

/// Rewrites elements in DER, with new lengths; `None` if they are not in DER.
///
/// `first` is the tag and the content of the first element of a `SEQUENCE` to which a `NULL` is appended.
fn rewritten(first: (u8, &[u8]), mut elements: &[u8]) -> Option<Vec<u8>> {
    const NULL: [u8; 2] = [5, 0];
    let mut written = Vec::new();
    while let Some((tag, content, rest)) = split(elements) {
        let mut new = match tag {
            0x30 | 0x31 | 0xa0 => rewritten(first, content)?,
            // An OCTET STRING may contain elements or other bytes.
            0x04 => rewritten(first, content).unwrap_or_else(|| content.to_vec()),
            _ => content.to_vec(),
        };
        if tag == 0x30 && split(content).is_some_and(|(tag, content, _)| (tag, content) == first) {
            new.extend(NULL);
        }
        written.extend(element(tag, &new));
        elements = rest;
    }
    elements.is_empty().then_some(written)
}

/// The tag and the content of the first element, and the bytes after it.
pub(crate) fn split(elements: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = elements.split_first_chunk()?;
    let digits = usize::from(first).saturating_sub(0x80);
    let (digits, rest) = rest.split_at_checked(digits).filter(|(digits, _)| digits.len() <= 4)?;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag], &length(content.len())[..], content].concat()
}

fn length(length: usize) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len() - 1)..];
    if length < 0x80 {
        vec![bytes[bytes.len() - 1]]
    } else {
        [&[0x80 | u8::try_from(digits.len()).expect("at most eight")], digits].concat()
    }
}
