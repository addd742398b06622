//! A server that writes the same bytes to whoever asks. Its time is not counted, but it shares the
//! machine, so it does as little as it can.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::request;
use super::workloads::{Workload, models};

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _stop: oneshot::Sender<()>,
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
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        rustix::net::listen(&listener, 4096)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || serve(listener, &reply, stopped))?;
        Ok(Self {
            address,
            _stop: stop,
        })
    }
}

fn serve(
    listener: std::net::TcpListener,
    reply: &Arc<Reply>,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            tokio::select! {
                _ = &mut stopped => return Ok(()),
                accepted = listener.accept() => {
                    let (socket, _) = accepted?;
                    socket.set_nodelay(true)?;
                    tokio::spawn(answer(socket, Arc::clone(reply)));
                }
            }
        }
    })
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
