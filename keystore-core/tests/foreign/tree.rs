//! DER as a tree whose elements can be changed at random.

use crate::elements::{element, split};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha20Rng;

#[derive(Clone, Debug)]
pub(crate) struct Tree {
    tag: u8,
    /// The bytes before the content's elements: the number of unused bits of a BIT STRING.
    lead: Vec<u8>,
    content: Content,
    length: Length,
}

#[derive(Clone, Debug)]
enum Content {
    Bytes(Vec<u8>),
    Elements(Vec<Tree>),
}

#[derive(Clone, Copy, Debug)]
enum Length {
    Shortest,
    /// With a zero before the digits.
    Padded,
    /// With one digit that the short form could express.
    Long,
}

impl Tree {
    /// The tree of exactly one element.
    pub(crate) fn read(der: &[u8]) -> Self {
        match read_all(der) {
            Some(mut elements) if elements.len() == 1 => elements.remove(0),
            _ => panic!("one element in DER is expected"),
        }
    }

    pub(crate) fn encoded(&self) -> Vec<u8> {
        let mut content = self.lead.clone();
        match &self.content {
            Content::Bytes(bytes) => content.extend(bytes),
            Content::Elements(elements) => content.extend(elements.iter().flat_map(Self::encoded)),
        }
        let digits = u16::try_from(content.len()).expect("small elements").to_be_bytes();
        match self.length {
            Length::Shortest => element(self.tag, &content),
            Length::Padded => [&[self.tag, 0x83, 0][..], &digits, &content].concat(),
            Length::Long if digits[0] == 0 => [&[self.tag, 0x81, digits[1]][..], &content].concat(),
            Length::Long => [&[self.tag, 0x82][..], &digits, &content].concat(),
        }
    }

    /// The element at this path of positions.
    pub(crate) fn at(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |tree, place| match &mut tree.content {
            Content::Elements(elements) => &mut elements[*place],
            Content::Bytes(_) => panic!("the element has no elements"),
        })
    }

    /// Replaces each element inside that is encoded like `old`.
    pub(crate) fn replace(&mut self, old: &[u8], new: &[u8]) {
        if self.encoded() == old {
            *self = Self::read(new);
        } else if let Content::Elements(elements) = &mut self.content {
            for element in elements {
                element.replace(old, new);
            }
        }
    }

    /// Pads the lengths of the elements with this tag.
    pub(crate) fn pad(&mut self, tag: u8) {
        if self.tag == tag {
            self.length = Length::Padded;
        }
        if let Content::Elements(elements) = &mut self.content {
            for element in elements {
                element.pad(tag);
            }
        }
    }

    pub(crate) fn push(&mut self, last: Self) {
        match &mut self.content {
            Content::Elements(elements) => elements.push(last),
            Content::Bytes(_) => panic!("the element has no elements"),
        }
    }

    /// Changes this element or one inside it.
    pub(crate) fn change(&mut self, rng: &mut ChaCha20Rng) {
        let place = rng.random_range(0..self.count());
        self.nth(place).change_here(rng);
    }

    fn count(&self) -> usize {
        1 + self.elements().iter().map(Self::count).sum::<usize>()
    }

    fn elements(&self) -> &[Self] {
        match &self.content {
            Content::Elements(elements) => elements,
            Content::Bytes(_) => &[],
        }
    }

    fn nth(&mut self, mut place: usize) -> &mut Self {
        if place == 0 {
            return self;
        }
        place -= 1;
        let Content::Elements(elements) = &mut self.content else { panic!("the place is within the count") };
        for element in elements {
            let count = element.count();
            if place < count {
                return element.nth(place);
            }
            place -= count;
        }
        panic!("the place is within the count")
    }

    fn change_here(&mut self, rng: &mut ChaCha20Rng) {
        const TAGS: [u8; 16] = [1, 2, 3, 4, 5, 6, 10, 12, 0x18, 0x30, 0x31, 0x80, 0x81, 0xa0, 0xa1, 0xa2];
        match rng.random_range(0..10) {
            0 => self.tag = *TAGS.choose(rng).expect("there are tags"),
            1 => self.tag ^= 1 << rng.random_range(0..8),
            2 => self.length = *[Length::Padded, Length::Long].choose(rng).expect("there are two"),
            3 => self.content = Content::Bytes(Vec::new()),
            4 => self.lead = vec![rng.random_range(0..10)],
            _ => self.content.change(rng),
        }
    }
}

impl Content {
    fn change(&mut self, rng: &mut ChaCha20Rng) {
        match self {
            Self::Bytes(bytes) => change_bytes(bytes, rng),
            Self::Elements(elements) if elements.is_empty() => elements.push(Tree::read(&[5, 0])),
            Self::Elements(elements) => {
                let place = rng.random_range(0..elements.len());
                match rng.random_range(0..3) {
                    0 => drop(elements.remove(place)),
                    1 => elements.insert(place, elements[place].clone()),
                    _ => elements.push(Tree::read(&[5, 0])),
                }
            }
        }
    }
}

fn change_bytes(bytes: &mut Vec<u8>, rng: &mut ChaCha20Rng) {
    const BYTES: [u8; 12] = [0, 1, 7, 0x20, b'.', b':', b'@', b'[', 0x7f, 0x80, 0x81, 0xff];
    let byte = *BYTES.choose(rng).expect("there are bytes");
    let place = rng.random_range(0..=bytes.len());
    match rng.random_range(0..4) {
        0 => bytes.insert(place, byte),
        1 if place < bytes.len() => drop(bytes.remove(place)),
        2 if place < bytes.len() => bytes[place] ^= 1 << rng.random_range(0..8),
        _ if place < bytes.len() => bytes[place] = byte,
        _ => bytes.push(byte),
    }
}

fn read_all(mut der: &[u8]) -> Option<Vec<Tree>> {
    let mut elements = Vec::new();
    while !der.is_empty() {
        let (tag, content, rest) = split(der)?;
        elements.push(of(tag, content)?);
        der = rest;
    }
    Some(elements)
}

fn of(tag: u8, content: &[u8]) -> Option<Tree> {
    const BIT_STRING: u8 = 3;
    const OCTET_STRING: u8 = 4;
    const CONSTRUCTED: u8 = 0x20;
    let (lead, inner) = if tag == BIT_STRING { content.split_at_checked(1)? } else { (&[][..], content) };
    let elements = if tag & CONSTRUCTED != 0 {
        Some(read_all(inner)?)
    } else if matches!(tag, BIT_STRING | OCTET_STRING) {
        read_all(inner).filter(|elements| elements.len() == 1)
    } else {
        None
    };
    let content = elements.map_or_else(|| Content::Bytes(inner.to_vec()), Content::Elements);
    Some(Tree { tag, lead: lead.to_vec(), content, length: Length::Shortest })
}
