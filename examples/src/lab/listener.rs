//! A port of a node, which accepts connections with TLS, without TLS, or both.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The first bytes of an internode connection, inside TLS or without it.
///
/// Source: `org.apache.cassandra.net.MessagingService.PROTOCOL_MAGIC` of Cassandra 3.11.
pub(super) const MAGIC: [u8; 4] = [0xCA, 0x55, 0x2D, 0xFA];

pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// The first byte of a TLS connection: the content type `handshake` (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

#[derive(Clone, Debug)]
pub(super) struct Accepts {
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) plain: Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Accepted,
    Refused,
}

/// An open port on 127.0.0.1, served by its own thread until this value is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    accepts: Arc<Mutex<Accepts>>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(super) fn open(accepts: Accepts) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = socket.local_addr()?;
        let accepts = Arc::new(Mutex::new(accepts));
        let stopping = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (accepts, stopping) = (Arc::clone(&accepts), Arc::clone(&stopping));
            move || serve(&socket, &accepts, &stopping)
        });
        Ok(Self { address, accepts, stopping, thread: Some(thread) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that are already open are not affected.
    pub(super) fn renew(&self, accepts: Accepts) {
        *self.accepts.lock().unwrap_or_else(PoisonError::into_inner) = accepts;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The thread waits in `accept`: one more connection wakes the thread.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &TcpListener, accepts: &Mutex<Accepts>, stopping: &AtomicBool) {
    for stream in socket.incoming() {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        let accepts = accepts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // The client sees the failure; a node's log is not part of the lab.
        let _ = stream.and_then(|stream| answer(stream, accepts));
    }
}

fn answer(mut stream: TcpStream, accepts: Accepts) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    let mut first = [0];
    stream.peek(&mut first)?;
    match (first == [TLS_HANDSHAKE], accepts) {
        (true, Accepts { tls: Some(config), .. }) => {
            let connection = ServerConnection::new(config).map_err(io::Error::other)?;
            echo(&mut StreamOwned::new(connection, stream))
        }
        (false, Accepts { plain: Plain::Accepted, .. }) => echo(&mut stream),
        _ => Ok(()),
    }
}

/// Sends the greeting back, so that the client knows that the server accepts the connection.
///
/// In TLS 1.3, the client completes its handshake before the server checks the client's certificate.
fn echo(stream: &mut (impl Read + Write)) -> io::Result<()> {
    let mut greeting = [0; MAGIC.len()];
    stream.read_exact(&mut greeting)?;
    stream.write_all(&greeting)?;
    stream.flush()
}
