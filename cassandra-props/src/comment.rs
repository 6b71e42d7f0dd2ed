//! Properties that are commented out.

use std::ops::Range;

use memchr::memmem;
use zeroize::Zeroizing;

use crate::entry::Entry;
use crate::line::{Line, LineKind, Lines, Natural, naturals, trim_blanks};
use crate::logical::Separator;
use crate::properties::Properties;

/// Comment lines that would be a property without their signs.
pub(crate) struct CommentedOut {
    /// Where the comment lines stand in the file.
    pub(crate) range: Range<usize>,
    /// What they would be.
    pub(crate) property: Zeroizing<Vec<u8>>,
    /// The number of the first of them.
    pub(crate) line: usize,
}

impl Properties {
    /// The comments that hold a definition of `key` with `=` or `:`, in file order.
    pub(crate) fn commented_out(&self, key: &str) -> Vec<CommentedOut> {
        let mut found = Vec::new();
        let mut lines = self.lines();
        while let Some(line) = lines.next() {
            if let Some(commented) = definition(line, &lines).filter(|commented| self.defines(commented, key)) {
                found.push(commented);
            }
        }
        found
    }

    fn defines(&self, commented: &CommentedOut, key: &str) -> bool {
        let bytes = &commented.property;
        let entry = Entry { bytes, start: 0, line: 1, index: 0, encoding: self.encoding };
        entry.has_key(key) && entry.parts().separator == Separator::Sign
    }
}

/// What the comment line holds behind its signs.
pub(crate) fn property_in(comment: &[u8]) -> &[u8] {
    let comment = trim_blanks(comment);
    let signs = comment.iter().take_while(|byte| matches!(byte, b'#' | b'!')).count();
    trim_blanks(comment.get(signs..).unwrap_or_default())
}

/// Appends the lines of `property`, each as a comment.
pub(crate) fn push_commented(out: &mut Vec<u8>, property: &[u8]) {
    for Natural { blanks, content, ending } in naturals(property) {
        out.extend_from_slice(blanks);
        out.push(b'#');
        out.extend_from_slice(content);
        out.extend_from_slice(ending);
    }
}

/// The end of the comment block in which `text` is found first.
pub(crate) fn block_end(lines: Lines<'_>, text: &str) -> Option<usize> {
    let mut comments = lines
        .skip_while(|line| line.kind() != LineKind::Comment || memmem::find(line.bytes(), text.as_bytes()).is_none());
    let block = comments.by_ref().take_while(|line| line.kind() == LineKind::Comment);
    block.last().map(|line| line.start() + line.bytes().len())
}

/// What `first` and the comments behind it that it continues on would define; `None` if the last of them continues on
/// a line that is no comment, or on none.
fn definition(first: Line<'_>, behind: &Lines<'_>) -> Option<CommentedOut> {
    if first.kind() != LineKind::Comment {
        return None;
    }
    let mut property = Zeroizing::new(Vec::with_capacity(first.bytes().len()));
    let mut natural = without_signs(Natural::first_of(first.bytes()));
    let (mut behind, mut end) = (behind.clone(), first.start() + first.bytes().len());
    push_natural(&mut property, natural);
    while natural.continues() {
        let next = behind.next().filter(|line| line.kind() == LineKind::Comment)?;
        natural = without_one_sign(Natural::first_of(next.bytes()));
        push_natural(&mut property, natural);
        end = next.start() + next.bytes().len();
    }
    Some(CommentedOut { range: first.start()..end, property, line: first.number() })
}

/// A person writes `# key` or `## key`.
fn without_signs(comment: Natural<'_>) -> Natural<'_> {
    Natural { content: property_in(comment.content), ..comment }
}

/// A continuation may itself begin with a sign.
fn without_one_sign(comment: Natural<'_>) -> Natural<'_> {
    Natural { content: comment.content.get(1..).unwrap_or_default(), ..comment }
}

fn push_natural(out: &mut Vec<u8>, natural: Natural<'_>) {
    out.extend_from_slice(natural.blanks);
    out.extend_from_slice(natural.content);
    out.extend_from_slice(natural.ending);
}
