//! What the replica is compared with: a hyper server that knows its answer before it is asked.
//!
//! It has the same hyper settings and threads as the listener, reads the whole request as that
//! does, and sends the same frames in as many writes: the head with the first frame, then each
//! frame alone. It parses, decides, bills and logs nothing.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use spikeproof_mock::script::{Script, Step};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

/// An answer, ready to be written.
#[derive(Debug)]
pub(crate) struct Answer {
    headers: HeaderMap,
    /// What to wait before each frame, and its bytes.
    frames: Vec<(Duration, Bytes)>,
    /// Of a body that is not streamed.
    length: Option<u64>,
}

impl Answer {
    /// The replica's own script, with nothing left to decide.
    pub(crate) fn of(script: Script) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in script.headers {
            let name: HeaderName = name.parse().expect("the engine sends valid names");
            let value: HeaderValue = value.parse().expect("and valid values");
            headers.append(name, value);
        }
        let mut frames = Vec::new();
        let mut pause = Duration::ZERO;
        for step in script.steps {
            match step {
                Step::Wait(wait) | Step::Work(wait) => pause += wait,
                Step::Frame(frame) => frames.push((std::mem::take(&mut pause), frame.bytes)),
                Step::Head | Step::Settle | Step::Slot => {}
                Step::Continue | Step::Stall | Step::Reset | Step::Close => {
                    panic!("a healthy answer ends")
                }
            }
        }
        let streamed = headers["content-type"]
            .as_bytes()
            .starts_with(b"text/event-stream");
        let whole = || frames.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let length = (!streamed).then(whole);
        Self {
            headers,
            frames,
            length,
        }
    }

    pub(crate) fn frames(&self) -> usize {
        self.frames.len()
    }

    pub(crate) fn body_bytes(&self) -> usize {
        self.frames.iter().map(|(_, bytes)| bytes.len()).sum()
    }
}

/// Plays an answer.
struct Playing {
    answer: Arc<Answer>,
    next: usize,
    due: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    /// The frame before has been written.
    apart: bool,
}

impl Body for Playing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let playing = &mut *self;
        let Some((pause, bytes)) = playing.answer.frames.get(playing.next) else {
            return Poll::Ready(None);
        };
        if playing.next > 0 && !pause.is_zero() {
            let due = playing.due + *pause;
            let timer = playing
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            ready!(timer.as_mut().poll(context));
            playing.due = due;
        } else if playing.next > 0 && !playing.apart {
            // hyper writes what it has whenever a body has nothing more to give for now.
            playing.apart = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        playing.apart = false;
        playing.next += 1;
        Poll::Ready(Some(Ok(Frame::data(bytes.clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.next == self.answer.frames.len()
    }

    fn size_hint(&self) -> SizeHint {
        self.answer
            .length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// A bare server, which ends when dropped.
pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<()>,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

impl Bare {
    pub(crate) fn start(answer: Answer, threads: usize) -> io::Result<Self> {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        // As long a queue as the listener's, or many clients at once would wait here only.
        rustix::net::listen(&listener, 4096)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let answer = Arc::new(answer);
        let (stop, stopped) = watch::channel(());
        let start = |number: usize| {
            let (listener, answer) = (listener.try_clone()?, Arc::clone(&answer));
            let stopped = stopped.clone();
            std::thread::Builder::new()
                .name(format!("bare-{number}"))
                .spawn(move || serve(listener, &answer, stopped))
        };
        let threads = (0..threads).map(start).collect::<Result<_, _>>()?;
        Ok(Self {
            address,
            stop,
            threads,
        })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.stop.send_replace(());
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

fn serve(
    listener: StdListener,
    answer: &Arc<Answer>,
    mut stopped: watch::Receiver<()>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            tokio::select! {
                _ = stopped.changed() => return Ok(()),
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    stream.set_nodelay(true)?;
                    let answer = Arc::clone(answer);
                    tokio::spawn(connection(stream, answer));
                }
            }
        }
    })
}

async fn connection(stream: TcpStream, answer: Arc<Answer>) {
    let service = service_fn(move |request| respond(request, Arc::clone(&answer)));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    drop(serving.await);
}

async fn respond(
    request: Request<Incoming>,
    answer: Arc<Answer>,
) -> Result<Response<Playing>, hyper::Error> {
    request.into_body().collect().await?;
    let mut due = Instant::now();
    if let Some((wait, _)) = answer.frames.first()
        && !wait.is_zero()
    {
        due += *wait;
        sleep_until(due).await;
    }
    let headers = answer.headers.clone();
    let mut response = Response::new(Playing {
        answer,
        next: 0,
        due,
        timer: None,
        apart: false,
    });
    *response.headers_mut() = headers;
    Ok(response)
}
