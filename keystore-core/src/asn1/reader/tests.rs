//! Tests of the reader with random elements, against the `der` crate, and at its limits.

use super::*;
use der::asn1::AnyRef;
use der::{Decode, EncodingRules, SliceReader};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Node {
    Primitive { tag: u8, content: Vec<u8>, padding: usize },
    Definite { tag: u8, children: Vec<Node>, padding: usize },
    Indefinite { tag: u8, children: Vec<Node> },
}

impl Node {
    fn encoded(&self) -> Vec<u8> {
        let whole = |tag: &u8, padding: &usize, content: Vec<u8>| {
            [vec![*tag], length(content.len(), *padding), content].concat()
        };
        match self {
            Self::Primitive { tag, content, padding } => whole(tag, padding, content.clone()),
            Self::Definite { tag, children, padding } => whole(tag, padding, all(children)),
            Self::Indefinite { tag, children } => [vec![*tag, 0x80], all(children), vec![0, 0]].concat(),
        }
    }

    fn is(&self, element: &Element<'_>) -> bool {
        match self {
            Self::Primitive { tag, content, .. } => element.tag == Tag(*tag) && element.content == content,
            Self::Definite { tag, children, .. } | Self::Indefinite { tag, children } => {
                let mut reader = element.children();
                element.tag == Tag(*tag)
                    && children.iter().all(|child| reader.any().is_ok_and(|element| child.is(&element)))
                    && reader.is_empty()
            }
        }
    }

    fn has_padding(&self) -> bool {
        match self {
            Self::Primitive { padding, .. } => *padding > 0,
            Self::Definite { padding, children, .. } => *padding > 0 || children.iter().any(Self::has_padding),
            Self::Indefinite { children, .. } => children.iter().any(Self::has_padding),
        }
    }
}

fn all(nodes: &[Node]) -> Vec<u8> {
    nodes.iter().flat_map(Node::encoded).collect()
}

fn length(length: usize, padding: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short @ 0..0x80) if padding == 0 => vec![short],
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
            let count = u8::try_from(digits.len() + padding).unwrap();
            [vec![0x80 | count], vec![0; padding], digits].concat()
        }
    }
}

fn node() -> impl Strategy<Value = Node> {
    let padding = prop_oneof![4 => Just(0_usize), 1 => 1..4_usize];
    let primitive =
        (prop::sample::select(vec![0x02, 0x04, 0x06, 0x0c, 0x80]), prop::collection::vec(any::<u8>(), 0..200));
    let leaf = (primitive, padding).prop_map(|((tag, content), padding)| Node::Primitive { tag, content, padding });
    leaf.prop_recursive(6, 40, 5, |inner| {
        let children = prop::collection::vec(inner, 0..5);
        let tag = prop::sample::select(vec![0x30, 0x31, 0xa0]);
        (tag, children, 0..5_usize).prop_map(|(tag, children, form)| match form {
            0 | 1 => Node::Indefinite { tag, children },
            _ => Node::Definite { tag, children, padding: form - 2 },
        })
    })
}

proptest! {
    #[test]
    fn elements_of_every_form_are_read(node in node(), behind in prop::collection::vec(any::<u8>(), 0..4)) {
        let encoded = node.encoded();
        let input = [encoded.as_slice(), &behind].concat();
        let mut reader = Reader::new(&input, Some(0));
        let element = reader.any().unwrap();
        prop_assert!(node.is(&element));
        prop_assert_eq!(element.encoded, encoded.as_slice());
        prop_assert_eq!(&input[element.span()], element.encoded);
        prop_assert_eq!(&input[element.content_span()], element.content);
        prop_assert_eq!(reader.rest, behind.as_slice());
    }

    #[test]
    fn what_der_reads_is_read_alike(node in node()) {
        prop_assume!(!node.has_padding());
        let encoded = node.encoded();
        let mut theirs = SliceReader::new_with_encoding_rules(&encoded, EncodingRules::Ber).unwrap();
        let theirs = AnyRef::decode(&mut theirs).unwrap();
        let ours = Reader::new(&encoded, None).any().unwrap();
        // The `der` crate includes the end-of-contents bytes in the content.
        let end: &[u8] = if matches!(node, Node::Indefinite { .. }) { &[0, 0] } else { &[] };
        prop_assert_eq!(theirs.value(), [ours.content, end].concat());
    }

    #[test]
    fn noise_is_an_element_or_an_error(input in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut reader = Reader::new(&input, Some(0));
        while let Ok(element) = reader.any() {
            let _ = (element.bytes(), element.unsigned());
            prop_assert!(input[element.span()] == *element.encoded);
        }
    }

    #[test]
    fn segments_are_joined(segments in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..6)) {
        let leaf = |content: &Vec<u8>| Node::Primitive { tag: 0x04, content: content.clone(), padding: 0 };
        let inner = Node::Definite { tag: 0x24, children: segments.iter().map(leaf).collect(), padding: 1 };
        let outer = Node::Indefinite { tag: 0x24, children: vec![inner, leaf(&vec![7])] };
        let encoded = outer.encoded();
        let element = Reader::new(&encoded, Some(0)).octet_string(Part::OctetString).unwrap();
        prop_assert_eq!(element.bytes().unwrap().into_owned(), [segments.concat(), vec![7]].concat());
        prop_assert_eq!(element.bytes_origin(), None);
    }
}

#[test]
fn a_length_that_the_input_does_not_cover_is_refused_before_anything_is_allocated() {
    let mut reader = Reader::new(&[0x04, 0x88, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2], Some(0));
    let error = reader.any().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Truncated { needed: 0x00ff_ffff_ffff_ffff, available: 2 });
    assert_eq!(error.position(), Some(0));
}

#[test]
fn lengths_that_are_none_are_refused() {
    for input in [
        &[0x04, 0x80, 0, 0][..],
        &[0x30, 0xff, 0, 0],
        &[0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0x30, 0x80, 0, 1, 0, 0],
    ] {
        let error = Reader::new(input, Some(0)).any().unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Malformed(Defect::Length), "{input:02x?}");
    }
}

#[test]
fn elements_are_checked_to_any_depth() {
    let null = [0x05, 0x00];
    let malformed = [0x05, 0x80];
    let element = |tag, content: &[u8]| Node::Primitive { tag, content: content.to_vec(), padding: 0 }.encoded();
    let sequence = |children: &[&[u8]]| element(0x30, &children.concat());
    for (children, expected) in [
        (vec![sequence(&[&sequence(&[&null]), &null]), null.to_vec()], Ok(())),
        (vec![sequence(&[&sequence(&[&malformed]), &null]), null.to_vec()], Err(Some(6))),
        (vec![sequence(&[&null]), malformed.to_vec()], Err(Some(6))),
        (vec![element(0x04, &malformed)], Ok(())),
    ] {
        let input = sequence(&children.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let checked = Reader::new(&input, Some(0)).check();
        assert_eq!(checked.map_err(|error| error.position()), expected, "{input:02x?}");
    }
    let deep = |levels| (0..levels).fold(Vec::new(), |inner, _| sequence(&[&inner, &null]));
    assert_eq!(Reader::new(&deep(200), None).check(), Ok(()));
    let error = Reader::new(&deep(2_000), None).check().unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::LimitExceeded { limit: Limit::Depth, found: 1_001, allowed: 1_000 });
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| [[0x24, 0x80].repeat(levels), [0, 0].repeat(levels)].concat();
    let deepest = nested(MAX_DEPTH);
    let element = Reader::new(&deepest, None).any().unwrap();
    assert_eq!(element.bytes().unwrap().len(), 0);
    let kind = |input: &[u8]| {
        Reader::new(input, None).any().and_then(|element| element.bytes().map(drop)).unwrap_err().kind().clone()
    };
    let too_deep = ErrorKind::LimitExceeded { limit: Limit::Depth, found: 33, allowed: 32 };
    assert_eq!(kind(&nested(MAX_DEPTH + 1)), too_deep);
    let definite = (0..40).fold(Vec::new(), |inner, _| [vec![0x24], length(inner.len(), 0), inner].concat());
    assert_eq!(kind(&definite), too_deep);
}

#[test]
fn integers_are_not_negative_and_have_32_bits() {
    let value = |content: &[u8]| {
        let encoded = [&[0x02, u8::try_from(content.len()).unwrap()], content].concat();
        Reader::new(&encoded, None).any().unwrap().unsigned().map_err(|error| error.kind().clone())
    };
    assert_eq!(value(&[0]), Ok(0));
    assert_eq!(value(&[0, 0xff]), Ok(255));
    assert_eq!(value(&[0, 0xff, 0xff, 0xff, 0xff]), Ok(u32::MAX));
    for refused in [&[][..], &[0x80], &[0xff, 0xff], &[1, 0, 0, 0, 0]] {
        assert_eq!(value(refused), Err(ErrorKind::Malformed(Defect::Integer)), "{refused:02x?}");
    }
}

#[test]
fn identifiers_are_well_formed() {
    let read = |content: &[u8]| {
        let encoded = [&[0x06, u8::try_from(content.len()).unwrap()], content].concat();
        Reader::new(&encoded, None).object_identifier(Part::SafeBag).is_ok()
    };
    assert!(read(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]));
    for refused in [&[][..], &[0x2a, 0x86], &[0x2a, 0x80, 0x01], &[0x80, 0x01]] {
        assert!(!read(refused), "{refused:02x?}");
    }
}
