//! The blocks of a PEM text.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, PemFlaw, Position};

/// `-----BEGIN label-----`, lines, `-----END label-----`.
pub(super) struct Block<'a> {
    label: &'a str,
    /// The number of its first line.
    line: usize,
    lines: Vec<&'a [u8]>,
}

/// All blocks of a text, none of them decoded yet.
pub(super) fn read(text: &[u8]) -> Result<Vec<Block<'_>>, Error> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (number, line) in (1..).zip(text.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii)) {
        match (open.take(), label(line, "-----BEGIN "), label(line, "-----END ")) {
            (None, Some(label), _) => open = Some(Block { label, line: number, lines: Vec::new() }),
            (None, None, _) => {}
            (Some(block), _, Some(label)) if label == block.label => blocks.push(block),
            (Some(block), None, None) => open = Some(block.with(line)),
            (Some(_), ..) => return Err(flawed(PemFlaw::Unbalanced, number)),
        }
    }
    match open {
        Some(block) => Err(block.flawed(PemFlaw::Unbalanced)),
        None => Ok(blocks),
    }
}

impl<'a> Block<'a> {
    pub(super) fn label(&self) -> &'a str {
        self.label
    }

    /// The octets that it stands for.
    pub(super) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if self.lines.iter().any(|line| line.contains(&b':')) {
            return Err(self.flawed(PemFlaw::Headers));
        }
        let length = self.lines.iter().map(|line| line.len()).sum();
        let mut base64 = Zeroizing::new(Vec::with_capacity(length));
        self.lines.iter().for_each(|line| base64.extend_from_slice(line));
        let mut octets = Zeroizing::new(vec![0; length]);
        let decoded = Base64::decode(base64.as_slice(), &mut octets).map(<[u8]>::len);
        octets.truncate(decoded.map_err(|_| self.flawed(PemFlaw::Base64))?);
        Ok(octets)
    }

    pub(super) fn flawed(&self, flaw: PemFlaw) -> Error {
        flawed(flaw, self.line)
    }

    fn with(mut self, line: &'a [u8]) -> Self {
        self.lines.push(line);
        self
    }
}

fn label<'a>(line: &'a [u8], opening: &str) -> Option<&'a str> {
    std::str::from_utf8(line).ok()?.strip_prefix(opening)?.strip_suffix("-----")
}

fn flawed(flaw: PemFlaw, line: usize) -> Error {
    Error::at(ErrorKind::MalformedPem { flaw }, Position::Line(line))
}
