//! Edits of properties. All other bytes of the file remain unchanged.

use std::ops::Range;

use crate::comment::{self, CommentedOut};
use crate::entry::Entry;
use crate::error::{Error, ErrorKind};
use crate::line::{LineKind, Lines, naturals};
use crate::logical::{Parts, Separator};
use crate::properties::{Properties, checked_size, widen};
use crate::slice::within;
use crate::wiped::Wiped;
use crate::{quote, style};

/// The place of a new property.
///
/// A last property of which every line is only a backslash stays last: Java would read a line after it as its continuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place<'a> {
    /// After the last line.
    End,
    /// After the last property with this key.
    After(&'a str),
    /// After the last comment that holds a definition of this key, such as `# key=value`.
    AfterCommentedOut(&'a str),
}

impl Properties {
    /// Sets the value that Java reads for `key`.
    ///
    /// The last property with this key, which is the one that counts, gets the new value; its key, separator,
    /// indentation and line ending stay, and a missing separator is added. If the property already has the value, no
    /// byte changes. A new key is added at [`Place::End`]; use [`insert`](Self::insert) for another place.
    ///
    /// # Errors
    /// [`TooLarge`](ErrorKind::TooLarge).
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match self.entry(key).map(|entry| entry.index()) {
            Some(index) => self.set_value_at(index, value),
            None => self.insert(Place::End, key, value),
        }
    }

    /// Sets the value of the property with this [`index`](crate::Entry::index).
    ///
    /// Use it for one of several properties with the same key, or for a key with a lone surrogate, which no `str` can hold.
    ///
    /// # Errors
    /// [`NoSuchEntry`](ErrorKind::NoSuchEntry), [`TooLarge`](ErrorKind::TooLarge).
    pub fn set_value_at(&mut self, index: usize, value: &str) -> Result<(), Error> {
        let entry = self.entry_at(index).ok_or(Error::new(ErrorKind::NoSuchEntry { index }))?;
        if entry.value().is_ok_and(|old| old == value) {
            return Ok(());
        }
        let parts = entry.parts();
        let place = entry.start + parts.value.start..entry.start + parts.value.end;
        let (sign, separator) = match parts.separator {
            Separator::Missing => self.separator_after(within(entry.bytes(), parts.key.clone())),
            present => ("", present),
        };
        let mut text = Wiped::new(String::from(sign));
        quote::push_value(&mut text, value, separator);
        self.splice(place, text.as_bytes())
    }

    /// Adds a property on its own line, in the style of the file's other properties.
    ///
    /// # Errors
    /// [`AlreadyDefined`](ErrorKind::AlreadyDefined) if the key already has a property; [`NotDefined`](ErrorKind::NotDefined) or
    /// [`NotCommentedOut`](ErrorKind::NotCommentedOut) if `place` is not in the file; [`TooLarge`](ErrorKind::TooLarge).
    pub fn insert(&mut self, place: Place<'_>, key: &str, value: &str) -> Result<(), Error> {
        if self.entry(key).is_some() {
            return Err(Error::new(ErrorKind::AlreadyDefined { key: key.to_owned() }));
        }
        let (at, before) = self.open_line(self.end_of(place)?);
        let ending = style::line_ending(&self.bytes);
        let (sign, separator) = self.separator_after(key.as_bytes());
        let mut text = Wiped::new(ending.repeat(before));
        quote::push_key(&mut text, key);
        text.push_str(sign);
        quote::push_value(&mut text, value, separator);
        text.push_str(ending);
        self.splice(at..at, text.as_bytes())
    }

    /// Removes every property with this key; returns the number of removed properties.
    pub fn remove(&mut self, key: &str) -> usize {
        let spans = self.spans_of(key);
        if !spans.is_empty() {
            self.replace_all(self.rewritten(&spans, 0, |_, _| {}));
        }
        spans.len()
    }

    /// Renames every property with this key, and returns the number of these properties.
    ///
    /// The values are kept.
    ///
    /// # Errors
    /// [`AlreadyDefined`](ErrorKind::AlreadyDefined) if another property already has the new key;
    /// [`TooLarge`](ErrorKind::TooLarge).
    pub fn rename(&mut self, key: &str, new: &str) -> Result<usize, Error> {
        if key != new && self.entry(new).is_some() {
            return Err(Error::new(ErrorKind::AlreadyDefined { key: new.to_owned() }));
        }
        let mut text = String::new();
        quote::push_key(&mut text, new);
        let spans = self.spans_of(key);
        self.rewrite(&spans, spans.len() * (text.len() + 1), |bytes, property| {
            let Parts { key, separator, .. } = Parts::of(property);
            bytes.extend_from_slice(within(property, ..key.start));
            bytes.extend_from_slice(text.as_bytes());
            // Without a sign Java would take the value for the key.
            bytes.extend_from_slice(if new.is_empty() && separator != Separator::Sign { b"=" } else { b"" });
            bytes.extend_from_slice(within(property, key.end..));
        })?;
        Ok(spans.len())
    }

    /// Removes the property with this [`index`](crate::Entry::index). Later indices decrease by one.
    ///
    /// Use it, like [`set_value_at`](Self::set_value_at), for a property that its key alone does not identify.
    ///
    /// # Errors
    /// [`NoSuchEntry`](ErrorKind::NoSuchEntry).
    pub fn remove_at(&mut self, index: usize) -> Result<(), Error> {
        let span = self.index.get(index).ok_or(Error::new(ErrorKind::NoSuchEntry { index }))?;
        self.splice(span.range(), b"")
    }

    /// Turns every property with this key into comments; returns the number of these properties.
    ///
    /// # Errors
    /// [`TooLarge`](ErrorKind::TooLarge).
    pub fn comment_out(&mut self, key: &str) -> Result<usize, Error> {
        let spans = self.spans_of(key);
        // A line has at least one byte, and gets one more.
        self.rewrite(&spans, spans.iter().map(Range::len).sum(), comment::push_commented)?;
        Ok(spans.len())
    }

    /// Turns the last comment that defines `key`, such as `# key=value`, into a property.
    ///
    /// # Errors
    /// [`AlreadyDefined`](ErrorKind::AlreadyDefined) if the key already has a property;
    /// [`NotCommentedOut`](ErrorKind::NotCommentedOut) if there is no such comment. A comment whose last line ends in a
    /// backslash does not count.
    pub fn uncomment(&mut self, key: &str) -> Result<(), Error> {
        if self.entry(key).is_some() {
            return Err(Error::new(ErrorKind::AlreadyDefined { key: key.to_owned() }));
        }
        match self.commented_out(key).pop() {
            Some(CommentedOut { range, property, .. }) => self.splice(range, &property),
            None => Err(Error::new(ErrorKind::NotCommentedOut { key: key.to_owned() })),
        }
    }

    /// The separator for a new property.
    ///
    /// After an empty key, the separator is `=`: Java would otherwise read the value as the key.
    fn separator_after(&self, key: &[u8]) -> (&'static str, Separator) {
        if key.is_empty() { ("=", Separator::Sign) } else { style::separator(self) }
    }

    fn end_of(&self, place: Place<'_>) -> Result<usize, Error> {
        match place {
            Place::End => Ok(self.bytes.len()),
            Place::After(key) => match self.entry(key) {
                Some(entry) => Ok(entry.start + entry.bytes().len()),
                None => Err(Error::new(ErrorKind::NotDefined { key: key.to_owned() })),
            },
            Place::AfterCommentedOut(key) => match self.commented_out(key).pop() {
                Some(commented) => Ok(commented.range.end),
                None => Err(Error::new(ErrorKind::NotCommentedOut { key: key.to_owned() })),
            },
        }
    }

    /// The offset for a new line, and the number of line endings to write before the new line.
    ///
    /// The offset is `at`, the end of a line, unless a line there would change the meaning of the last line.
    fn open_line(&self, at: usize) -> (usize, usize) {
        let (start, number) = self.index.last().map_or((0, 1), |span| (widen(span.start), widen(span.line)));
        let last = Lines::starting_at(&self.bytes, start, number).last();
        let Some(last) = last.filter(|_| at == self.bytes.len()) else { return (at, 0) };
        let unended = usize::from(!last.bytes().ends_with(b"\n") && !last.bytes().ends_with(b"\r"));
        match (last.kind(), dangles(last.bytes())) {
            // Only backslashes: a property with an empty key, or a blank line if CR LF ends it. A line after it changes that.
            (LineKind::Property | LineKind::Blank, Dangling::Alone) => (last.start(), 0),
            // Without one more line ending, the new line would continue the property.
            (LineKind::Property, Dangling::WithContent) => (at, unended + 1 + self.merging()),
            _ => (at, unended),
        }
    }

    /// 1 if a new line ending would merge with a final carriage return, otherwise 0.
    fn merging(&self) -> usize {
        usize::from(self.bytes.ends_with(b"\r") && style::line_ending(&self.bytes).starts_with('\n'))
    }

    fn spans_of(&self, key: &str) -> Vec<Range<usize>> {
        let place = |entry: Entry<'_>| entry.start..entry.start + entry.bytes().len();
        self.entries().filter(|entry| entry.has_key(key)).map(place).collect()
    }

    /// Replaces each property by what `push` appends.
    ///
    /// Fails without a change if the file would become too large.
    fn rewrite(
        &mut self,
        spans: &[Range<usize>],
        growth: usize,
        push: impl Fn(&mut Vec<u8>, &[u8]),
    ) -> Result<(), Error> {
        if !spans.is_empty() {
            let bytes = self.rewritten(spans, growth, push);
            checked_size(bytes.len())?;
            self.replace_all(bytes);
        }
        Ok(())
    }

    /// A copy of the file with replaced properties.
    ///
    /// `growth` is the maximum growth in bytes. If `Vec` grew the buffer itself, passwords would stay in memory.
    fn rewritten(&self, spans: &[Range<usize>], growth: usize, push: impl Fn(&mut Vec<u8>, &[u8])) -> Wiped<Vec<u8>> {
        let mut bytes = Wiped::new(Vec::with_capacity(self.bytes.len().saturating_add(growth)));
        let mut kept = 0;
        for Range { start, end } in spans {
            bytes.extend_from_slice(within(&self.bytes, kept..*start));
            push(&mut bytes, within(&self.bytes, *start..*end));
            kept = *end;
        }
        bytes.extend_from_slice(within(&self.bytes, kept..));
        bytes
    }
}

enum Dangling {
    No,
    /// The last line ends in a backslash, and not every line is a single backslash.
    WithContent,
    /// Every line is a single backslash.
    Alone,
}

fn dangles(property: &[u8]) -> Dangling {
    let (mut dangles, mut alone) = (false, true);
    for natural in naturals(property) {
        dangles = natural.continues();
        alone &= natural.content.len() == 1;
    }
    match (dangles, alone) {
        (false, _) => Dangling::No,
        (true, false) => Dangling::WithContent,
        (true, true) => Dangling::Alone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_does_not_continue_a_backslash_before_the_last_crlf() {
        for (before, after) in
            [("\\\r\n", "k=\r\n\\\r\n"), ("a=1\r\n \\\r\n", "a=1\r\nk=\r\n \\\r\n"), ("\\\n\\\r\n", "k=\n\\\n\\\r\n")]
        {
            let mut file = Properties::parse(before.as_bytes()).unwrap();
            file.set("k", "").unwrap();
            assert_eq!(file.as_bytes(), after.as_bytes());
            assert_eq!(file.get("k").unwrap().as_deref(), Some(""));
            assert_eq!(file.remove("k"), 1);
            assert_eq!(file.as_bytes(), before.as_bytes());
        }
    }

    fn edited(bytes: &str, edit: impl FnOnce(&mut Properties)) -> String {
        let mut file = Properties::parse(bytes.as_bytes()).unwrap();
        edit(&mut file);
        String::from_utf8(file.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn set_changes_the_value_that_counts_and_nothing_else() {
        let cases = [
            ("a=1\na=2\n", "a=1\na=x\n"),
            ("  a \t: 1 \r\nb", "  a \t: x\r\nb"),
            ("a=1\\\n  2\\\n  3\nb", "a=x\nb"),
            ("a = \\\n  1\n", "a = \\\n  x\n"),
            ("a=1\\", "a=x"),
            ("a", "a=x"),
            ("a\\", "a=x"),
            ("b: 1\na\n", "b: 1\na: x\n"),
            ("a \n", "a x\n"),
            ("\\u0061=1", "\\u0061=x"),
        ];
        for (before, after) in cases {
            assert_eq!(edited(before, |file| file.set("a", "x").unwrap()), after, "{before:?}");
        }
    }

    #[test]
    fn setting_the_value_that_is_there_changes_nothing() {
        let odd = "a=\\x\\u0041\\\n  y\\";
        assert_eq!(edited(odd, |file| file.set("a", "xAy").unwrap()), odd);
    }

    #[test]
    fn a_new_key_goes_to_the_end_without_touching_what_is_there() {
        let cases = [
            ("", "k=v\n"),
            ("a=1", "a=1\nk=v\n"),
            ("#c\r\n#d", "#c\r\n#d\r\nk=v\r\n"),
            ("a = 1\n", "a = 1\nk = v\n"),
            ("a=1\\", "a=1\\\n\nk=v\n"),
            ("a=1\\\n", "a=1\\\n\nk=v\n"),
            ("a=1\\\n  ", "a=1\\\n  \nk=v\n"),
            ("a=1\n\\\n", "a=1\nk=v\n\\\n"),
            ("\\\n \\", "k=v\n\\\n \\"),
            ("a\nb=1\\\r", "a\nb=1\\\r\n\nk=v\n"),
        ];
        for (before, after) in cases {
            assert_eq!(edited(before, |file| file.set("k", "v").unwrap()), after, "{before:?}");
        }
    }

    #[test]
    fn a_new_key_goes_where_the_caller_says() {
        let before = "a=1\n# k=0\n# see k=1\n# k : \\\n# 2\n# end\nb=2\n#k=\\\n";
        let after = |place| edited(before, |file| file.insert(place, "k", "v").unwrap());
        assert_eq!(after(Place::After("a")), before.replace("a=1\n", "a=1\nk=v\n"));
        assert_eq!(after(Place::AfterCommentedOut("k")), before.replace("# 2\n", "# 2\nk=v\n"));
        assert_eq!(after(Place::End), format!("{before}k=v\n"));
    }

    #[test]
    fn a_place_that_is_not_there_is_an_error() {
        let mut file = Properties::parse(b"a=1").unwrap();
        let kind = |result: Result<(), Error>| result.unwrap_err().kind().clone();
        assert_eq!(kind(file.insert(Place::After("b"), "k", "v")), ErrorKind::NotDefined { key: "b".to_owned() });
        assert_eq!(
            kind(file.insert(Place::AfterCommentedOut("b"), "k", "v")),
            ErrorKind::NotCommentedOut { key: "b".to_owned() }
        );
        assert_eq!(kind(file.insert(Place::End, "a", "v")), ErrorKind::AlreadyDefined { key: "a".to_owned() });
        assert_eq!(kind(file.set_value_at(1, "v")), ErrorKind::NoSuchEntry { index: 1 });
        assert_eq!(kind(file.remove_at(1)), ErrorKind::NoSuchEntry { index: 1 });
        assert_eq!(file.as_bytes(), b"a=1");
    }

    #[test]
    fn remove_takes_every_property_of_the_key_whole() {
        assert_eq!(edited("a=1\n#a=0\nb\n \\\n a:\\\n 2\r\na", |file| assert_eq!(file.remove("a"), 3)), "#a=0\nb\n");
    }

    #[test]
    fn a_key_is_renamed_where_it_stands() {
        let renamed = edited("a : 1\n#a=0\nb\n \\\n a:\\\n 2\r\na", |file| assert_eq!(file.rename("a", "x y"), Ok(3)));
        assert_eq!(renamed, "x\\ y : 1\n#a=0\nb\n \\\n x\\ y:\\\n 2\r\nx\\ y");
        let mut file = Properties::parse(b"a=1\nb=2\n").unwrap();
        let error = file.rename("a", "b").unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::AlreadyDefined { key: "b".to_owned() });
    }

    #[test]
    fn an_edit_that_would_make_the_file_too_large_changes_nothing() {
        let value = "v".repeat(1 << 18);
        let mut file = Properties::parse(format!("a={value}\na={value}\na={value}\n").as_bytes()).unwrap();
        let before = file.as_bytes().to_vec();
        let long = "k".repeat(1 << 17);
        let too_large = |error: Error| assert!(matches!(error.kind(), ErrorKind::TooLarge { .. }));
        too_large(file.rename("a", &long).unwrap_err());
        assert!(file.as_bytes() == before, "no property is renamed if not all can be");
        too_large(file.set("a", &"v".repeat(1 << 20)).unwrap_err());
        assert!(file.as_bytes() == before);
        assert_eq!(file.rename("a", "b"), Ok(3));
    }

    #[test]
    fn an_empty_key_keeps_a_sign_before_its_value() {
        assert_eq!(edited("a 1\na\n", |file| assert_eq!(file.rename("a", ""), Ok(2))), "= 1\n=\n");
        assert_eq!(edited("a 1\nb 2\n", |file| file.set("", "v").unwrap()), "a 1\nb 2\n=v\n");
        assert_eq!(edited("a 1\n\\\n", |file| file.set("", "v").unwrap()), "a 1\n=v\n");
    }

    #[test]
    fn one_property_among_several_of_a_key_is_removed() {
        assert_eq!(edited("a=1\na=2\na=3", |file| file.remove_at(1).unwrap()), "a=1\na=3");
    }

    #[test]
    fn a_property_is_turned_off_and_on_again() {
        let on = "x\n  a=1\\\n  #2\\\n\na=3";
        let off = "x\n  #a=1\\\n  ##2\\\n#\n#a=3";
        assert_eq!(edited(on, |file| assert_eq!(file.comment_out("a"), Ok(2))), off);
        assert_eq!(edited("x\n  #a=1\\\n  ##2\\\n#\n", |file| file.uncomment("a").unwrap()), "x\n  a=1\\\n  #2\\\n\n");
    }

    #[test]
    fn the_last_comment_that_defines_the_key_is_uncommented() {
        assert_eq!(
            edited("# a=1\n## a : 2\n# a is 3\n#b=4", |file| file.uncomment("a").unwrap()),
            "# a=1\na : 2\n# a is 3\n#b=4"
        );
    }

    #[test]
    fn what_would_swallow_the_next_line_is_not_uncommented() {
        let mut file = Properties::parse(b"#a=1\\\nb=2").unwrap();
        assert_eq!(file.uncomment("a").unwrap_err().kind(), &ErrorKind::NotCommentedOut { key: "a".to_owned() });
        assert_eq!(file.uncomment("b").unwrap_err().kind(), &ErrorKind::AlreadyDefined { key: "b".to_owned() });
    }
}
