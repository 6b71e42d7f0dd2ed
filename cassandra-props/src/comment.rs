//! Properties that are commented out.

use std::ops::Range;

use crate::entry::Entry;
use crate::line::{Line, LineKind, Lines, Natural, naturals, trim_blanks};
use crate::logical::Separator;
use crate::properties::Properties;
use crate::slice::within;
use crate::wiped::Wiped;

/// Comment lines that would define a property if they were not comments.
pub(crate) struct CommentedOut {
    pub(crate) range: Range<usize>,
    pub(crate) property: Wiped<Vec<u8>>,
    /// The number of the first comment line, from 1.
    pub(crate) line: usize,
}

impl Properties {
    /// The comments that would define `key` with `=` or `:`, in file order.
    pub(crate) fn commented_out(&self, key: &str) -> Vec<CommentedOut> {
        let mut found = Vec::new();
        let mut lines = self.lines();
        while let Some(line) = lines.next() {
            if line.kind() != LineKind::Comment || self.defines_another(line, key) {
                continue;
            }
            let mut after = lines.clone();
            match definition(line, &mut after) {
                Some(commented) if !self.defines(&commented, key) => continue,
                Some(commented) => found.push(commented),
                // The comments that continue this line define nothing either: no comment follows their last backslash.
                None => {}
            }
            lines = after;
        }
        found
    }

    /// Whether the first line of a comment rules out that the comment defines `key`.
    fn defines_another(&self, comment: Line<'_>, key: &str) -> bool {
        let entry = Entry { bytes: property_in(comment.bytes()), start: 0, line: 1, index: 0, encoding: self.encoding };
        entry.begins_plainly_with(key) == Some(false)
    }

    fn defines(&self, commented: &CommentedOut, key: &str) -> bool {
        let bytes = &commented.property;
        let entry = Entry { bytes, start: 0, line: 1, index: 0, encoding: self.encoding };
        entry.has_key(key) && entry.parts().separator == Separator::Sign
    }
}

/// A comment line without its comment signs and the white space around them.
pub(crate) fn property_in(comment: &[u8]) -> &[u8] {
    let comment = trim_blanks(comment);
    let signs = comment.iter().take_while(|byte| matches!(byte, b'#' | b'!')).count();
    trim_blanks(within(comment, signs..))
}

pub(crate) fn push_commented(out: &mut Vec<u8>, property: &[u8]) {
    for Natural { blanks, content, ending } in naturals(property) {
        out.extend_from_slice(blanks);
        out.push(b'#');
        out.extend_from_slice(content);
        out.extend_from_slice(ending);
    }
}

/// The property that the comment `first` and the comments that continue it would define.
///
/// `None` if the last comment ends in a backslash. `after` is advanced past the lines that were read.
fn definition(first: Line<'_>, after: &mut Lines<'_>) -> Option<CommentedOut> {
    let mut property = Wiped::new(Vec::with_capacity(first.bytes().len()));
    let mut natural = without_signs(Natural::first_of(first.bytes()));
    let mut end = first.start() + first.bytes().len();
    push_natural(&mut property, natural);
    while natural.continues() {
        let next = after.next().filter(|line| line.kind() == LineKind::Comment)?;
        natural = without_one_sign(Natural::first_of(next.bytes()));
        push_natural(&mut property, natural);
        end = next.start() + next.bytes().len();
    }
    Some(CommentedOut { range: first.start()..end, property, line: first.number() })
}

/// Removes all leading signs: people write `# key` and `## key`.
fn without_signs(comment: Natural<'_>) -> Natural<'_> {
    Natural { content: property_in(comment.content), ..comment }
}

/// Removes only the first sign: a property's continuation may itself begin with `#` or `!`.
fn without_one_sign(comment: Natural<'_>) -> Natural<'_> {
    Natural { content: within(comment.content, 1..), ..comment }
}

fn push_natural(out: &mut Vec<u8>, natural: Natural<'_>) {
    out.extend_from_slice(natural.blanks);
    out.extend_from_slice(natural.content);
    out.extend_from_slice(natural.ending);
}
