//! A server that gives whoever asks the next of its answers. Its time is not counted, but it shares the
//! machine, so it does as little as it can.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::request::{self, Listening};
use super::workloads::{Answer, Workload, models};

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _listening: Listening,
}

struct Reply {
    models: Bytes,
    /// Of each answer, what is written at once.
    answers: Vec<Vec<Bytes>>,
    /// Counts the answers that were given.
    turn: AtomicUsize,
    /// The pause before each write.
    gap: Option<Duration>,
}

impl Server {
    pub(crate) fn start(workload: &Workload) -> io::Result<Self> {
        let writes = |answer: &Answer| {
            let (head, pieces) = (&answer.head, &answer.pieces);
            let with_head = |piece: &Bytes| Bytes::from([&head[..], &piece[..]].concat());
            if workload.gap.is_none() {
                return vec![with_head(&Bytes::from(pieces.concat()))];
            }
            let first = with_head(&pieces[0]);
            let others = pieces[1..].iter().cloned();
            std::iter::once(first).chain(others).collect()
        };
        let reply = Arc::new(Reply {
            models: models(),
            answers: workload.answers.iter().map(writes).collect(),
            turn: AtomicUsize::new(0),
            gap: workload.gap,
        });
        let listening = request::listen(move |socket| answer(socket, Arc::clone(&reply)))?;
        Ok(Self {
            address: listening.address,
            _listening: listening,
        })
    }
}

async fn answer(mut socket: TcpStream, reply: Arc<Reply>) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let Some(is_get) = request::read(&mut socket, &mut buffer).await? else {
            return Ok(());
        };
        if is_get {
            socket.write_all(&reply.models).await?;
            continue;
        }
        let turn = reply.turn.fetch_add(1, Ordering::Relaxed);
        let mut due = Instant::now();
        for write in &reply.answers[turn % reply.answers.len()] {
            if let Some(gap) = reply.gap {
                due += gap;
                sleep_until(due).await;
            }
            socket.write_all(write).await?;
        }
    }
}
