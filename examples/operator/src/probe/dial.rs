//! Limits the time of a dial and the bytes that are read, over all connections of the dial.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// The maximum number of bytes that are read in a dial.
///
/// The chain of a node has a few thousand bytes.
pub(super) const MAX_BYTES: usize = 1 << 18;

pub(super) struct Dial {
    began: Instant,
    timeout: Duration,
    /// The number of bytes that may still be read.
    bytes: usize,
}

impl Dial {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { began: Instant::now(), timeout, bytes: MAX_BYTES }
    }

    pub(super) fn is_over(&self) -> bool {
        self.bytes == 0 || self.left().is_err()
    }

    pub(super) fn connect(&mut self, address: SocketAddr) -> anyhow::Result<Connection<'_>> {
        let stream = TcpStream::connect_timeout(&address, self.left()?).context("no answer")?;
        Ok(Connection { stream, dial: self })
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.timeout.saturating_sub(self.began.elapsed());
        if left.is_zero() { Err(self.late()) } else { Ok(left) }
    }

    fn late(&self) -> io::Error {
        let message = format!("the handshake is not complete after {:?}", self.timeout);
        io::Error::new(ErrorKind::TimedOut, message)
    }

    /// Replaces the error of an expired timeout, which is `WouldBlock` on Unix.
    fn named(&self, error: io::Error) -> io::Error {
        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) { self.late() } else { error }
    }
}

pub(super) struct Connection<'a> {
    stream: TcpStream,
    dial: &'a mut Dial,
}

impl Read for Connection<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.dial.left()?))?;
        let allowed = buffer.len().min(self.dial.bytes);
        if allowed == 0 && !buffer.is_empty() {
            return Err(io::Error::other(format!("the server's answer is longer than {MAX_BYTES} bytes")));
        }
        let (allowed, _) = buffer.split_at_mut(allowed);
        let read = self.stream.read(allowed).map_err(|error| self.dial.named(error))?;
        self.dial.bytes = self.dial.bytes.saturating_sub(read);
        Ok(read)
    }
}

impl Write for Connection<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.dial.left()?))?;
        self.stream.write(bytes).map_err(|error| self.dial.named(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
