//! A hyper client that drains answers and looks at nothing, on tokio as spikeproof is.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::workloads::{PATH, body};

/// The first word with which this program is this client.
pub(crate) const WORD: &str = "--drain";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Drain {
    address: SocketAddr,
    connections: usize,
    requests: u64,
    stream: bool,
}

/// What the command line asks for, if it asks for this.
pub(crate) fn job() -> Option<Result<Drain, Box<dyn Error>>> {
    let mut words = std::env::args().skip(1);
    (words.next()? == WORD).then(|| {
        let mut next = || words.next().ok_or("address, connections, requests, stream");
        Ok(Drain {
            address: next()?.parse()?,
            connections: next()?.parse()?,
            requests: next()?.parse()?,
            stream: next()?.parse()?,
        })
    })
}

pub(crate) fn run(job: &Drain) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let claimed = Arc::new(AtomicU64::new(0));
    runtime.block_on(async {
        let mut callers = JoinSet::new();
        for _ in 0..job.connections {
            callers.spawn(drain(*job, Arc::clone(&claimed)));
        }
        while let Some(ended) = callers.join_next().await {
            ended?.map_err(|why| why.to_string())?;
        }
        Ok(())
    })
}

async fn drain(job: Drain, claimed: Arc<AtomicU64>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let socket = TcpStream::connect(job.address).await?;
    socket.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    tokio::spawn(connection);
    let body = Bytes::from(body(job.stream));
    while claimed.fetch_add(1, Ordering::Relaxed) < job.requests {
        let request = Request::post(PATH)
            .header("host", "127.0.0.1")
            .header(
                "authorization",
                "Bearer sk-byts-0000000000000000000000000000",
            )
            .header("content-type", "application/json")
            .body(Full::new(body.clone()))?;
        sender.ready().await?;
        let mut response = sender.send_request(request).await?;
        assert_eq!(response.status(), 200);
        while let Some(frame) = response.frame().await {
            frame?;
        }
    }
    Ok(())
}
