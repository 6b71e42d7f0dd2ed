//! Finds the blocks of a PEM text as the regular expressions of Cassandra's `PEMReader` do.
//!
//! After the dashes and `BEGIN` comes white space, then any text of one line, the words of the block, any text without dashes, and
//! dashes. Only white space, Base64 and line breaks may follow, up to the dashes, `END` and words at the other end. The case of
//! letters does not matter. If the words occur more than once on a line, the last that lead to a block count.
//!
//! The search takes time in proportion to the text, apart from binary searches.

use std::ops::Range;

use crate::slice::within;

/// The kinds of blocks.
#[derive(Clone, Copy)]
pub(crate) enum Block {
    /// `PRIVATE KEY`, with any white space between the words.
    PrivateKey,
    /// `CERTIFICATE`.
    Certificate,
}

pub(crate) fn bodies(text: &[u8], block: Block) -> impl Iterator<Item = &[u8]> {
    let map = Map::of(text, block);
    let mut at = 0;
    std::iter::from_fn(move || {
        let (body, end) = map.next_block(at)?;
        at = end;
        Some(within(text, body))
    })
}

/// The words of the block that dashes follow, in order.
struct Words(Vec<Word>);

struct Word {
    start: usize,
    /// The end of the first dashes after the word.
    end: usize,
}

struct Map<'a> {
    text: &'a [u8],
    lines: Lines,
    words: Words,
    /// For each word, the start and the rest of the last word up to it that has a rest.
    rests: Vec<Option<(usize, Rest)>>,
}

/// The rest of a block after its words: the range of the Base64, and the block's end.
type Rest = (Range<usize>, usize);

impl<'a> Map<'a> {
    fn of(text: &'a [u8], block: Block) -> Self {
        let (lines, words) = (Lines::of(text), Words::of(text, block));
        let mut map = Self { text, lines, words, rests: Vec::new() };
        let (mut last, mut known) = (None, None);
        let mut rests = Vec::with_capacity(map.words.0.len());
        for word in &map.words.0 {
            let rest = match known.take() {
                Some((end, rest)) if end == word.end => rest,
                _ => map.rest(word.end),
            };
            last = rest.clone().map(|rest| (word.start, rest)).or(last);
            known = Some((word.end, rest));
            rests.push(last.clone());
        }
        map.rests = rests;
        map
    }

    fn next_block(&self, mut at: usize) -> Option<Rest> {
        loop {
            let run = end_of_dashes(self.text, at)?;
            let found = self.label(run, b"BEGIN").and_then(|label| {
                let last = self.words.last_before(label.end)?;
                let (start, rest) = self.rests.get(last)?.clone()?;
                (start >= label.start).then_some(rest)
            });
            if found.is_some() {
                return found;
            }
            at = run;
        }
    }

    /// Reads the rest of a block, from the end of the dashes after its words.
    fn rest(&self, from: usize) -> Option<Rest> {
        let blanks = count(self.text, from, is_space);
        let start = from + blanks;
        let length = count(self.text, start, is_base64);
        // The expression needs a character of white space, and one of Base64, which may be a line break.
        let ends_in_break = within(self.text, from..start).last().is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
        let is_body = if length > 0 { blanks > 0 } else { blanks > 1 && ends_in_break };
        let end = start + length;
        let closing = count(self.text, end, |byte| byte == b'-');
        let label = self.label(end + closing, b"END").filter(|_| is_body && closing > 0)?;
        let last = self.words.0.get(self.words.last_before(label.end)?)?;
        (last.start >= label.start).then_some((start..end, last.end))
    }

    /// The rest of the line after `word` and white space.
    ///
    /// The white space may include line breaks.
    fn label(&self, at: usize, word: &[u8]) -> Option<Range<usize>> {
        let blanks = at + word.len();
        self.text.get(at..blanks).filter(|own| own.eq_ignore_ascii_case(word))?;
        let start = blanks + count(self.text, blanks, is_space);
        (start > blanks).then(|| start..self.lines.end_of(start, self.text.len()))
    }
}

impl Words {
    fn of(text: &[u8], block: Block) -> Self {
        let mut words = Vec::new();
        let mut next = None;
        for start in (0..text.len()).rev() {
            if text.get(start) == Some(&b'-') {
                let run = next.filter(|(begin, _)| *begin == start + 1).map_or(start + 1, |(_, end)| end);
                next = Some((start, run));
            } else if let Some((_, end)) = next.filter(|_| begins_with(within(text, start..), block)) {
                words.push(Word { start, end });
            }
        }
        words.reverse();
        Self(words)
    }

    fn last_before(&self, end: usize) -> Option<usize> {
        self.0.partition_point(|word| word.start < end).checked_sub(1)
    }
}

/// The offsets of line terminators, which Java's `.` does not match.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &[u8]) -> Self {
        let ends = (0..text.len()).filter(|at| {
            let rest = within(text, *at..);
            let others: [&[u8]; 5] = [b"\n", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9"];
            others.iter().any(|ending| rest.starts_with(ending))
        });
        Self(ends.collect())
    }

    fn end_of(&self, at: usize, length: usize) -> usize {
        self.0.get(self.0.partition_point(|end| *end < at)).copied().unwrap_or(length)
    }
}

fn end_of_dashes(text: &[u8], at: usize) -> Option<usize> {
    let start = at + memchr::memchr(b'-', text.get(at..)?)?;
    Some(start + count(text, start, |byte| byte == b'-'))
}

fn begins_with(text: &[u8], block: Block) -> bool {
    let starts = |text: &[u8], word: &[u8]| text.get(..word.len()).is_some_and(|own| own.eq_ignore_ascii_case(word));
    match block {
        Block::Certificate => starts(text, b"CERTIFICATE"),
        Block::PrivateKey if starts(text, b"PRIVATE") => {
            let blanks = count(text, b"PRIVATE".len(), is_space);
            blanks > 0 && starts(within(text, b"PRIVATE".len() + blanks..), b"KEY")
        }
        Block::PrivateKey => false,
    }
}

fn count(text: &[u8], from: usize, is: impl Fn(u8) -> bool) -> usize {
    text.get(from..).unwrap_or_default().iter().take_while(|byte| is(**byte)).count()
}

/// Java's `\s`.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte)
}
