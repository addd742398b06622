//! A server that writes the same bytes to whoever asks. Its time is not counted, but it shares the
//! machine, so it does as little as it can.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::request::{self, Listening};
use super::workloads::{Workload, models};

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _listening: Listening,
}

struct Reply {
    models: Bytes,
    /// What is written at once, and the pause before each.
    writes: Vec<Bytes>,
    gap: Option<Duration>,
}

impl Server {
    pub(crate) fn start(workload: &Workload) -> io::Result<Self> {
        let head = &workload.answer.head;
        let pieces = &workload.answer.pieces;
        let with_head = |piece: &Bytes| Bytes::from([&head[..], &piece[..]].concat());
        let writes = if workload.gap.is_some() {
            let first = with_head(&pieces[0]);
            std::iter::once(first)
                .chain(pieces[1..].iter().cloned())
                .collect()
        } else {
            vec![with_head(&Bytes::from(pieces.concat()))]
        };
        let reply = Arc::new(Reply {
            models: models(),
            writes,
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
        let mut due = Instant::now();
        for write in &reply.writes {
            if let Some(gap) = reply.gap {
                due += gap;
                sleep_until(due).await;
            }
            socket.write_all(write).await?;
        }
    }
}
