//! The blocks of a PEM text.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, PemDefect, Position};

pub(super) struct Block<'a> {
    label: &'a str,
    /// The number of the BEGIN line, from 1.
    line: usize,
    lines: Vec<&'a [u8]>,
}

pub(super) fn read(text: &[u8]) -> Result<Vec<Block<'_>>, Error> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii)) {
        match (open.take(), label(line, "-----BEGIN "), label(line, "-----END ")) {
            (None, Some(label), _) => open = Some(Block { label, line: number, lines: Vec::new() }),
            (None, None, _) => {}
            (Some(block), _, Some(label)) if label == block.label => blocks.push(block),
            (Some(block), None, None) => open = Some(block.with(line)),
            (Some(_), ..) => return Err(malformed(PemDefect::Unbalanced, number)),
        }
    }
    match open {
        Some(block) => Err(block.malformed(PemDefect::Unbalanced)),
        None => Ok(blocks),
    }
}

impl<'a> Block<'a> {
    pub(super) fn label(&self) -> &'a str {
        self.label
    }

    pub(super) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if self.lines.iter().any(|line| line.contains(&b':')) {
            return Err(self.malformed(PemDefect::Headers));
        }
        let length = self.lines.iter().map(|line| line.len()).sum();
        let mut base64 = Zeroizing::new(Vec::with_capacity(length));
        base64.extend(self.lines.iter().flat_map(|line| line.iter()).filter(|byte| !is_white_space(**byte)));
        let mut bytes = Zeroizing::new(vec![0; length]);
        let decoded = Base64::decode(base64.as_slice(), &mut bytes).map(<[u8]>::len);
        bytes.truncate(decoded.map_err(|_| self.malformed(PemDefect::Base64))?);
        Ok(bytes)
    }

    pub(super) fn malformed(&self, defect: PemDefect) -> Error {
        malformed(defect, self.line)
    }

    fn with(mut self, line: &'a [u8]) -> Self {
        self.lines.push(line);
        self
    }
}

/// Whether Java skips the byte in base64 (`\s` in `sun.security.util.Pem.decode`).
const fn is_white_space(byte: u8) -> bool {
    const VERTICAL_TAB: u8 = 0x0b;
    byte.is_ascii_whitespace() || byte == VERTICAL_TAB
}

fn label<'a>(line: &'a [u8], opening: &str) -> Option<&'a str> {
    std::str::from_utf8(line).ok()?.strip_prefix(opening)?.strip_suffix("-----")
}

fn malformed(defect: PemDefect, line: usize) -> Error {
    Error::at(ErrorKind::MalformedPem { defect }, Position::Line(line))
}
