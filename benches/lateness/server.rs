//! A server that writes the same bytes to whoever asks, and notes when it writes each piece.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use spikeproof::exchange::Nanos;
use spikeproof::wire::http::Clock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep_until;

use super::request::{self, Listening};
use super::workloads::Answer;

/// The header with an answer's number.
pub(crate) const ID: &str = "x-answer";

/// When each piece of each answer was handed to its socket, by the answers' numbers.
type Log = Arc<Mutex<Vec<Vec<Nanos>>>>;

pub(crate) struct Server {
    pub(crate) base: String,
    log: Log,
    _listening: Listening,
}

struct Reply {
    /// Up to the number.
    head: Bytes,
    pieces: Vec<Bytes>,
    /// Between two pieces. `None`: the whole answer in one write, and nothing noted.
    gap: Option<Duration>,
    clock: Clock,
    log: Log,
}

impl Server {
    pub(crate) fn start(answer: &Answer, gap: Option<Duration>, clock: Clock) -> io::Result<Self> {
        let log = Log::default();
        let head = answer.head.strip_suffix(b"\r\n").unwrap_or(&answer.head);
        let reply = Reply {
            head: Bytes::from([head, ID.as_bytes(), b": "].concat()),
            pieces: answer.pieces.clone(),
            gap,
            clock,
            log: Arc::clone(&log),
        };
        let reply = Arc::new(reply);
        let listening = request::listen(move |socket| respond(socket, Arc::clone(&reply)))?;
        Ok(Self {
            base: format!("http://{}", listening.address),
            log,
            _listening: listening,
        })
    }

    pub(crate) fn written(&self, id: usize) -> Option<Vec<Nanos>> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.get(id).cloned()
    }
}

/// How much later than its gap an answer's first piece comes. Streams that begin at even distances
/// would else write all at once, and what is measured would be how long such a burst takes: the
/// parts of a golden section spread them as evenly as may be, however many there are.
fn offset(id: usize, gap: Duration) -> Duration {
    gap.mul_f64((id as f64 * 0.618_033_988_749_895).fract())
}

async fn respond(mut socket: TcpStream, reply: Arc<Reply>) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        if request::read(&mut socket, &mut buffer).await?.is_none() {
            return Ok(());
        }
        let Some(gap) = reply.gap else {
            let whole = [&reply.head[..], b"0\r\n\r\n", &reply.pieces.concat()].concat();
            socket.write_all(&whole).await?;
            continue;
        };
        let id = reply.note(Vec::new(), None);
        let head = [&reply.head[..], id.to_string().as_bytes(), b"\r\n\r\n"].concat();
        socket.write_all(&head).await?;
        let mut due = reply.clock.now().after(offset(id, gap));
        let mut written = Vec::with_capacity(reply.pieces.len());
        for piece in &reply.pieces {
            due = due.after(gap);
            sleep_until(reply.clock.instant(due).into()).await;
            written.push(reply.clock.now());
            socket.write_all(piece).await?;
            // The client may be ahead of the last note, never of the note of its own last piece.
            if written.len() == reply.pieces.len() - 1 {
                reply.note(written.clone(), Some(id));
            }
        }
    }
}

impl Reply {
    /// Sets the times of an answer; of a new one without `id`. Its number.
    fn note(&self, written: Vec<Nanos>, id: Option<usize>) -> usize {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = id {
            log[id] = written;
            return id;
        }
        log.push(written);
        log.len() - 1
    }
}
