//! Which lines differ between two files, without the passwords in them.

use std::fmt;

use crate::line::Line;
use crate::properties::Properties;
use crate::redact;

/// How far apart, in lines, the two files may be at one place before all that follows counts as different. Operations
/// touch a dozen lines.
const FARTHEST: usize = 400;

/// A line that goes or comes, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedLine {
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

/// The lines of `before` that are not in `after`, and the reverse.
pub(crate) fn changed_lines(before: &Properties, after: &Properties) -> Vec<ChangedLine> {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let (mut old_at, mut new_at) = (0, 0);
    let mut changed = Vec::new();
    loop {
        let same = same_lines(rest(&old, old_at), rest(&new, new_at));
        (old_at, new_at) = (old_at + same, new_at + same);
        let (gone, come) = nearest_match(rest(&old, old_at), rest(&new, new_at));
        if gone + come == 0 {
            return changed;
        }
        changed.extend((old_at..old_at + gone).flat_map(|index| shown('-', before, &old, index)));
        changed.extend((new_at..new_at + come).flat_map(|index| shown('+', after, &new, index)));
        (old_at, new_at) = (old_at + gone, new_at + come);
    }
}

fn rest<'l, 'a>(lines: &'l [Line<'a>], at: usize) -> &'l [Line<'a>] {
    lines.get(at..).unwrap_or_default()
}

fn same_lines(old: &[Line<'_>], new: &[Line<'_>]) -> usize {
    old.iter().zip(new).take_while(|(old, new)| old.bytes() == new.bytes()).count()
}

/// How many lines go and come until both files have the same line again; all, if that is too far away.
fn nearest_match(old: &[Line<'_>], new: &[Line<'_>]) -> (usize, usize) {
    let matches = |gone: usize, come: usize| match (old.get(gone), new.get(come)) {
        (Some(old), Some(new)) => old.bytes() == new.bytes(),
        _ => false,
    };
    let all_pairs = (0..=FARTHEST).flat_map(|both| (0..=both).map(move |gone| (gone, both - gone)));
    all_pairs.into_iter().find(|&(gone, come)| matches(gone, come)).unwrap_or((old.len(), new.len()))
}

fn shown(sign: char, file: &Properties, lines: &[Line<'_>], index: usize) -> Vec<ChangedLine> {
    let number = lines.get(index).map_or(0, Line::number);
    let texts = redact::shown(file.encoding(), lines, index);
    texts.into_iter().enumerate().map(|(below, text)| ChangedLine { sign, number: number + below, text }).collect()
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
