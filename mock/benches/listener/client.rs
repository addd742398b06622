//! A client that costs as little as possible: bytes out, and no more of an answer is looked at
//! than it takes to know where it ends.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

/// What a client's thread is called, for the account of CPU time.
pub(crate) const THREAD: &str = "client";

/// What one connection after the other sends, over and over.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) requests: Arc<[Bytes]>,
    pub(crate) connections: usize,
    /// After this long each connection ends the answer it is at, and stops.
    pub(crate) time: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Done {
    pub(crate) answers: u64,
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
    pub(crate) client: Option<Duration>,
}

/// Drives a server from one thread, each connection with one request at a time.
pub(crate) fn drive(address: SocketAddr, load: &Load) -> io::Result<Done> {
    let load = load.clone();
    let thread = std::thread::Builder::new().name(THREAD.to_owned());
    let thread = thread.spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(all(address, &load))
    })?;
    thread.join().expect("the client does not panic")
}

async fn all(address: SocketAddr, load: &Load) -> io::Result<Done> {
    let mut callers = JoinSet::new();
    let begun = now();
    for number in 0..load.connections {
        let requests = Arc::clone(&load.requests);
        // So that connections do not all send the same request at the same time.
        let first = number * requests.len() / load.connections;
        callers.spawn(call(address, requests, first, begun + load.time));
    }
    let mut sum = Done::default();
    while let Some(ended) = callers.join_next().await {
        let done = ended.expect("a caller does not panic")?;
        sum.answers += done.answers;
        sum.bytes += done.bytes;
    }
    sum.took = begun.elapsed();
    sum.client = super::cpu::spent(THREAD);
    Ok(sum)
}

async fn call(
    address: SocketAddr,
    requests: Arc<[Bytes]>,
    first: usize,
    until: Instant,
) -> io::Result<Done> {
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let mut buffer = vec![0; 64 << 10];
    let mut done = Done::default();
    for request in requests.iter().cycle().skip(first) {
        socket.write_all(request).await?;
        done.bytes += answer(&mut socket, &mut buffer).await?;
        done.answers += 1;
        if now() >= until {
            break;
        }
    }
    Ok(done)
}

/// Reads one answer and gives its length with its head.
async fn answer(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<u64> {
    let mut read = 0;
    // A head is small and comes in one write with what follows it at once.
    let length = socket.read(buffer).await?;
    let start = &buffer[..length];
    let head = find(start, b"\r\n\r\n").ok_or_else(|| io::Error::other("no whole head"))? + 4;
    if !start.starts_with(b"HTTP/1.1 200") {
        return Err(io::Error::other(String::from_utf8_lossy(start)));
    }
    read += length;
    if let Some(at) = find(&start[..head], b"content-length: ") {
        let digits = start[at + 16..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        let body = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
        while read < head + body {
            read += some(socket, buffer).await?;
        }
        return Ok(read as u64);
    }
    // The last chunk; a stream's own text never looks like that.
    let mut tail = [0; 5];
    let mut length = length;
    loop {
        let kept = length.min(5);
        tail.rotate_left(kept);
        tail[5 - kept..].copy_from_slice(&buffer[length - kept..length]);
        if tail == *b"0\r\n\r\n" {
            return Ok(read as u64);
        }
        length = some(socket, buffer).await?;
        read += length;
    }
}

async fn some(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    match socket.read(buffer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        length => Ok(length),
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark has to read the time"
)]
fn now() -> Instant {
    Instant::now()
}
