//! Limits the time of a dial and the bytes that are read, over all connections of the dial.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

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

    /// Connects to the first address that answers.
    ///
    /// Each address gets an equal share of the time that is left.
    pub(super) fn connect(&mut self, addresses: &[SocketAddr]) -> anyhow::Result<Connection<'_>> {
        let mut failed = Vec::new();
        for (address, others) in addresses.iter().zip((1..=addresses.len()).rev()) {
            let share = self.left()? / u32::try_from(others)?;
            match TcpStream::connect_timeout(address, share) {
                Ok(stream) => return Ok(Connection { stream, address: *address, dial: self }),
                Err(error) if addresses.len() == 1 => return Err(error).context("no answer"),
                Err(error) => failed.push(format!("{address}: {error}")),
            }
        }
        bail!("no answer: {}", failed.join("; "))
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
    /// The address that answered.
    pub(super) address: SocketAddr,
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_first_address_that_answers_is_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let dial = |addresses: &[SocketAddr]| {
            let mut dial = Dial::new(Duration::from_secs(20));
            let address = dial.connect(addresses).map(|connection| connection.address);
            address.map_err(|error| format!("{error:#}"))
        };
        assert_eq!(dial(&[closed, good]), Ok(good));
        assert_eq!(dial(&[good, closed]), Ok(good));
        let said = dial(&[closed, closed]).unwrap_err();
        assert_eq!(said.matches(&closed.to_string()).count(), 2, "{said}");
        assert!(dial(&[closed]).unwrap_err().starts_with("no answer: "));
    }
}
