//! The lines that differ between two files, with passwords masked.

use std::collections::VecDeque;
use std::fmt;

use crate::line::{Line, Lines};
use crate::properties::Properties;
use crate::redact::Redactor;
use crate::slice::within;
use crate::yaml::{CassandraYaml, DisplayLine};

/// The number of lines, of both files together, that may be skipped to find a common line.
///
/// Most operations change far fewer lines.
const MAX_DISTANCE: usize = 400;

/// A removed or added line, with secrets masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedLine {
    sign: char,
    number: usize,
    text: String,
}

impl fmt::Display for ChangedLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sign, number, text } = self;
        writeln!(formatter, "{sign}{number:>4} {text}")
    }
}

pub(crate) fn changed_lines(before: &Properties, after: &Properties) -> Vec<ChangedLine> {
    let (mut old, mut new) = (Side::new(before), Side::new(after));
    let mut changed = Vec::new();
    loop {
        while let (Some(gone), Some(come)) = (old.peek(), new.peek())
            && gone.bytes() == come.bytes()
        {
            old.skip();
            new.skip();
        }
        let (left, right) = (old.fill_window(), new.fill_window());
        let same = |gone, come| left.get(gone).map(Line::bytes) == right.get(come).map(Line::bytes);
        let (gone, come) = nearest_match(left.len(), right.len(), same).unwrap_or((usize::MAX, usize::MAX));
        let displayed = [old.display('-', gone, &mut changed), new.display('+', come, &mut changed)];
        if displayed == [false, false] {
            return changed;
        }
    }
}

pub(crate) fn changed_lines_of_yaml(before: &CassandraYaml, after: &CassandraYaml) -> Vec<ChangedLine> {
    let (old, new) = (before.display_lines(), after.display_lines());
    let same_start = old.iter().zip(&new).take_while(|(a, b)| a.bytes == b.bytes).count();
    let most = old.len().min(new.len()) - same_start;
    let same_end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a.bytes == b.bytes).count();
    let gone = within(&old, same_start..old.len() - same_end);
    let come = within(&new, same_start..new.len() - same_end);
    let mut changed = Vec::new();
    let (mut passed, mut next) = (0, 0);
    loop {
        let rest = (within(gone, passed..), within(come, next..));
        let same = |gone, come| bytes_at(rest.0, gone) == bytes_at(rest.1, come);
        let (skip, add) = nearest_match(rest.0.len(), rest.1.len(), same).unwrap_or((rest.0.len(), rest.1.len()));
        let shown = |sign, lines: &[DisplayLine<'_>], first: usize, count: usize, out: &mut Vec<ChangedLine>| {
            let lines = within(lines, first..first + count).iter().enumerate();
            out.extend(lines.map(|(at, line)| ChangedLine {
                sign,
                number: same_start + first + at + 1,
                text: line.shown(),
            }));
        };
        shown('-', gone, passed, skip, &mut changed);
        shown('+', come, next, add, &mut changed);
        (passed, next) = (passed + skip, next + add);
        let equal = within(gone, passed..).iter().zip(within(come, next..)).take_while(|(a, b)| a.bytes == b.bytes);
        let equal = equal.count();
        (passed, next) = (passed + equal, next + equal);
        if passed >= gone.len() && next >= come.len() {
            return changed;
        }
    }
}

fn bytes_at<'a>(lines: &[DisplayLine<'a>], at: usize) -> Option<&'a [u8]> {
    lines.get(at).map(|line| line.bytes)
}

struct Side<'a> {
    lines: Lines<'a>,
    window: VecDeque<Line<'a>>,
    redactor: Redactor,
}

impl<'a> Side<'a> {
    fn new(file: &'a Properties) -> Self {
        Self { lines: file.lines(), window: VecDeque::new(), redactor: Redactor::new(file.encoding()) }
    }

    fn peek(&mut self) -> Option<Line<'a>> {
        self.window.extend(self.lines.by_ref().take(usize::from(self.window.is_empty())));
        self.window.front().copied()
    }

    fn fill_window(&mut self) -> &VecDeque<Line<'a>> {
        let missing = (MAX_DISTANCE + 1).saturating_sub(self.window.len());
        self.window.extend(self.lines.by_ref().take(missing));
        &self.window
    }

    fn take(&mut self) -> Option<Line<'a>> {
        self.window.pop_front().or_else(|| self.lines.next())
    }

    fn skip(&mut self) {
        if let Some(line) = self.take() {
            self.redactor.skip(line);
        }
    }

    fn display(&mut self, sign: char, count: usize, out: &mut Vec<ChangedLine>) -> bool {
        let before = out.len();
        for _ in 0..count {
            let Some(line) = self.take() else { break };
            let texts = self.redactor.display(line).into_iter().enumerate();
            out.extend(texts.map(|(below, text)| ChangedLine { sign, number: line.number() + below, text }));
        }
        out.len() > before
    }
}

/// The numbers of lines to remove and to add before the nearest line that both files have.
///
/// `None` if no such line is within [`MAX_DISTANCE`].
fn nearest_match(old: usize, new: usize, same: impl Fn(usize, usize) -> bool) -> Option<(usize, usize)> {
    let pairs = |both: usize| {
        let gone = both.saturating_sub(new)..=both.min(old);
        gone.map(move |gone| (gone, both - gone))
    };
    let mut all = (0..=MAX_DISTANCE.min(old + new)).flat_map(pairs);
    all.find(|(gone, come)| *gone < old && *come < new && same(*gone, *come))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str) -> String {
        let [before, after] = [before, after].map(|file| Properties::parse(file.as_bytes()).unwrap());
        changed_lines(&before, &after).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_changed_lines_are_shown_each_with_its_number() {
        assert_eq!(diff("a=1\nb=2\nc=3\nd=4\n", "a=1\nb=x\nc=3\ne=5\nd=4\n"), "-   2 b=2\n+   2 b=x\n+   4 e=5\n");
        assert_eq!(diff("a=1\nb=2\nc=3", "c=3"), "-   1 a=1\n-   2 b=2\n");
        assert_eq!(diff("a=1", "a=1"), "");
        assert_eq!(diff("", "a=\\\n  1"), "+   1 a=\\\n+   2   1\n");
    }

    #[test]
    fn files_far_apart_differ_in_all_lines() {
        let (before, after) = ("a=1\n".repeat(900), "b=1\n".repeat(900));
        assert_eq!(diff(&before, &after).lines().count(), 1800);
    }

    #[test]
    fn no_password_is_shown_wherever_it_stands() {
        let cases = [
            ("x_password=hidden", "+   1 x_password=********\n"),
            ("x.PassWord : hidden\\\n  hidden", "+   1 x.PassWord : ********\n"),
            ("# x_password=hidden", "+   1 # x_password=********\n"),
            ("#x_password=\\\n#  hidden", "+   1 #x_password=********\n+   2 ********\n"),
            ("x_p\\u0061ssword=hidden", "+   1 x_p\\u0061ssword=********\n"),
            ("opts=-Dssl.keyStorePassword=hidden", "+   1 opts=-Dssl.keyStorePassword=********\n"),
            ("x_\\uZZ=hidden", "+   1 x_\\uZZ=********\n"),
            ("# the password is hidden", "+   1 # the password ********\n"),
        ];
        for (after, shown) in cases {
            assert_eq!(diff("", after), shown, "{after}");
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(diff("", "a=\u{1b}[2J\u{9b}"), "+   1 a=\\u{1b}[2JÂ\\u{9b}\n");
    }
}
