//! Sends what the engine owes others: callbacks of tasks and events of webhooks.
//!
//! Each notice gets a connection of its own and little patience; redirects are not followed and
//! bodies of answers are not read. Whether and when it is sent again is the engine's business.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::listener::Order;
use crate::engine::{Engine, Notice, Posted};

/// Notices on their way at a time; others wait in the engine.
const AT_ONCE: usize = 16;
/// For the connection and the head of the answer together.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends notices on this thread until told to stop; those on their way may arrive until the bound.
pub(crate) fn serve(engine: Arc<Engine>, mut orders: watch::Receiver<Order>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let mut sending = JoinSet::new();
        send(&engine, &mut orders, &mut sending).await;
        if let Order::WindUp(bound) = *orders.borrow() {
            let arrived = async { while sending.join_next().await.is_some() {} };
            drop(timeout(bound, arrived).await);
        }
        Ok(())
    })
}

async fn send(
    engine: &Arc<Engine>,
    orders: &mut watch::Receiver<Order>,
    sending: &mut JoinSet<()>,
) {
    loop {
        for notice in engine.due_notices(AT_ONCE - sending.len()) {
            sending.spawn(deliver(Arc::clone(engine), notice));
        }
        let has_room = sending.len() < AT_ONCE;
        let next = engine.next_notice().filter(|_| has_room);
        tokio::select! {
            changed = orders.changed() => {
                if changed.is_err() || *orders.borrow() != Order::Serve {
                    return;
                }
            }
            Some(_) = sending.join_next() => {}
            () = engine.notice_bell(), if has_room => {}
            () = sleep(next.unwrap_or_default()), if next.is_some() => {}
        }
    }
}

async fn deliver(engine: Arc<Engine>, notice: Notice) {
    let id = notice.id;
    let posted = match timeout(PATIENCE, post(notice)).await {
        Ok(Ok(status)) => Posted::Answered(status),
        Ok(Err(why)) => Posted::Failed(why),
        Err(_) => Posted::Failed(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    engine.posted(id, &posted);
}

/// The status of the answer, or why there is none.
async fn post(notice: Notice) -> Result<u16, String> {
    let stream = TcpStream::connect(notice.address)
        .await
        .map_err(|why| format!("cannot connect: {why}"))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|why| why.to_string())?;
    // Dropped at the end of this function, and the connection with it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(notice.path)
        .header("host", notice.host)
        .header("connection", "close");
    for (name, value) in notice.headers {
        request = request.header(name, value);
    }
    let request = request
        .body(Full::<Bytes>::new(notice.body))
        .map_err(|why| why.to_string())?;
    let answer = sender.send_request(request).await;
    answer
        .map(|answer| answer.status().as_u16())
        .map_err(|why| format!("no answer: {why}"))
}
