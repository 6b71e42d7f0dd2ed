//! The only functions that edit the bytes and the index of a `.properties` file.

use std::ops::Range;

use crate::error::Error;
use crate::line::Lines;
use crate::properties::{Properties, Span, checked_size, widen};
use crate::slice::within;
use crate::wiped::Wiped;

impl Properties {
    /// Replaces a range by `text`; fails without a change if the file would become too large.
    pub(crate) fn splice(&mut self, range: Range<usize>, text: &[u8]) -> Result<(), Error> {
        let size = (self.bytes.len() - range.len()).saturating_add(text.len());
        checked_size(size)?;
        if size <= self.bytes.capacity() {
            self.bytes.splice(range.clone(), text.iter().copied());
        } else {
            self.bytes = self.enlarged(range.clone(), text, size);
        }
        self.reindex(range, text.len());
        Ok(())
    }

    /// Replaces the whole file.
    ///
    /// The size of `bytes` must have been checked.
    pub(crate) fn replace_all(&mut self, bytes: Wiped<Vec<u8>>) {
        self.bytes = bytes;
        self.index = Span::all_of(&self.bytes);
    }

    /// A copy with the edit: if `Vec` grew the buffer, it would leave passwords in memory.
    fn enlarged(&self, range: Range<usize>, text: &[u8], size: usize) -> Wiped<Vec<u8>> {
        let mut bytes = Wiped::new(Vec::with_capacity(size + size / 16));
        bytes.extend_from_slice(within(&self.bytes, ..range.start));
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(within(&self.bytes, range.end..));
        bytes
    }

    /// Reads again only the lines that the edit may affect.
    ///
    /// Reading starts at the last property before the edit, or at the beginning of the file. Reading stops at the first
    /// line at which a property from after the edit begins. From that property on, only the positions change.
    fn reindex(&mut self, edited: Range<usize>, len: usize) {
        let before = self.index.partition_point(|span| span.range().end < edited.start);
        let old = self.index.split_off(before.saturating_sub(1));
        let (start, number) = match old.first() {
            Some(span) if before > 0 => (widen(span.start), widen(span.line)),
            _ => (0, 1),
        };
        let mut after = old.iter().skip_while(|span| span.range().start < edited.end).peekable();
        let moved = |place: u32| widen(place) - edited.end + edited.start + len;
        for line in Lines::starting_at(&self.bytes, start, number) {
            while after.next_if(|span| moved(span.start) < line.start()).is_some() {}
            if let Some(first) = after.peek().copied().filter(|span| moved(span.start) == line.start()) {
                let moved_line = |number: u32| widen(number) - widen(first.line) + line.number();
                let moved_span = |span: &Span| Span::new(moved(span.start)..moved(span.end), moved_line(span.line));
                self.index.extend(after.map(moved_span));
                return;
            }
            self.index.extend(Span::of_property(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(proptest::sample::select(&b"\\\\\\\n\n\r #=a"[..]), 0..40)
    }

    proptest! {
        #[test]
        fn the_index_after_an_edit_is_that_of_the_edited_bytes(
            bytes in hostile(), text in hostile(), a in 0_usize..41, b in 0_usize..41
        ) {
            let (a, b) = (a.min(bytes.len()), b.min(bytes.len()));
            let range = a.min(b)..a.max(b);
            let mut file = Properties::parse(&bytes).unwrap();
            file.splice(range.clone(), &text).unwrap();
            let mut expected = bytes;
            expected.splice(range, text);
            prop_assert_eq!(file.as_bytes(), &expected[..]);
            prop_assert_eq!(&file.index, &Properties::parse(&expected).unwrap().index);
        }
    }
}
