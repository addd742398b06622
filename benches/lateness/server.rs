//! A server that writes the same bytes to whoever asks, and notes when it writes each piece. It is a
//! process of its own, this program started again, so that the streams that both ends can hold are
//! not limited to half the descriptors of one process, and so that the driver has its own to itself.
//!
//! Its times are the kernel's monotonic clock, which all processes share and `Instant` reads, too.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rustix::time::{ClockId, clock_gettime};
use spikeproof::exchange::Nanos;
use spikeproof::wire::http::Clock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::request;
use super::workloads::{Workload, workloads};

/// The header with an answer's number.
pub(crate) const ID: &str = "x-answer";
/// The first word with which this program is the server.
const WORD: &str = "--serve";
/// Instead of a gap: an answer is one write, and nothing is noted.
const AT_ONCE: &str = "at-once";
/// How often two clocks are read beside one another; the closest pair counts.
const TRIES: u32 = 100;

/// A server that is running; it ends when this goes.
pub(crate) struct Server {
    pub(crate) base: String,
    process: Child,
    asks: Option<ChildStdin>,
    says: BufReader<ChildStdout>,
}

/// When each piece of each answer was handed to its socket, by the answers' numbers.
pub(crate) struct Log(Vec<Vec<Nanos>>);

impl Log {
    pub(crate) fn written(&self, answer: usize, piece: usize) -> Option<Nanos> {
        self.0.get(answer)?.get(piece).copied()
    }
}

impl Server {
    pub(crate) fn start(
        workload: &Workload,
        gap: Option<Duration>,
    ) -> Result<Self, Box<dyn Error>> {
        let gap = gap.map(|gap| gap.as_micros().to_string());
        let mut process = Command::new(std::env::current_exe()?)
            .args([WORD, workload.name, gap.as_deref().unwrap_or(AT_ONCE)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asks = process.stdin.take();
        let mut says = BufReader::new(process.stdout.take().ok_or("it has no output")?);
        let mut base = String::new();
        says.read_line(&mut base)?;
        Ok(Self {
            base: base.trim_end().to_owned(),
            process,
            asks,
            says,
        })
    }

    /// What it has written so far, in this clock's times.
    pub(crate) fn log(&mut self, clock: Clock) -> Result<Log, Box<dyn Error>> {
        let epoch = epoch(clock);
        let asks = self.asks.as_mut().ok_or("it has no input")?;
        writeln!(asks, "log")?;
        let mut log = Vec::new();
        loop {
            let mut line = String::new();
            self.says.read_line(&mut line)?;
            if line.trim_end() == "end" {
                return Ok(Log(log));
            }
            let times = line.split_whitespace().map(str::parse::<u64>);
            let times = times.map(|time| time.map(|time| Nanos(time.saturating_sub(epoch))));
            log.push(times.collect::<Result<_, _>>()?);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the end of it.
        self.asks.take();
        if let Err(error) = self.process.wait() {
            eprintln!("the server did not end: {error}");
        }
    }
}

/// The kernel's monotonic clock, in nanoseconds.
fn monotonic() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// What it said at the epoch of the driver's clock.
fn epoch(clock: Clock) -> u64 {
    let pair = |_| {
        let (before, now, after) = (monotonic(), clock.now(), monotonic());
        (after - before, before.midpoint(after).saturating_sub(now.0))
    };
    let closest = (0..TRIES).map(pair).min();
    closest.map_or(0, |(_, epoch)| epoch)
}

struct Reply {
    /// Up to the number.
    head: Bytes,
    pieces: Vec<Bytes>,
    /// Between two pieces.
    gap: Option<Duration>,
    log: Mutex<Vec<Vec<u64>>>,
}

/// Is the server, if the command line asks for it, until its input ends.
pub(crate) fn serve() -> Option<Result<(), Box<dyn Error>>> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    match &words[..] {
        [word, workload, gap] if word == WORD => Some(serve_as(workload, gap)),
        _ => None,
    }
}

fn serve_as(workload: &str, gap: &str) -> Result<(), Box<dyn Error>> {
    let mut all = workloads().into_iter();
    let workload = all.find(|one| one.name == workload);
    let answer = &workload.ok_or("there is no such workload")?.answers[0];
    let head = answer.head.strip_suffix(b"\r\n").unwrap_or(&answer.head);
    let gap = (gap != AT_ONCE).then(|| gap.parse().map(Duration::from_micros));
    let reply = Arc::new(Reply {
        head: Bytes::from([head, ID.as_bytes(), b": "].concat()),
        pieces: answer.pieces.clone(),
        gap: gap.transpose()?,
        log: Mutex::default(),
    });
    let shared = Arc::clone(&reply);
    let listening = request::listen(move |socket| respond(socket, Arc::clone(&shared)))?;
    println!("http://{}", listening.address);
    for line in io::stdin().lines() {
        line?;
        let mut out = io::BufWriter::new(io::stdout().lock());
        for times in &*reply.log.lock().unwrap_or_else(PoisonError::into_inner) {
            let times: Vec<_> = times.iter().map(u64::to_string).collect();
            writeln!(out, "{}", times.join(" "))?;
        }
        writeln!(out, "end")?;
        out.flush()?;
    }
    Ok(())
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
        let mut due = Instant::now() + offset(id, gap);
        let mut written = Vec::with_capacity(reply.pieces.len());
        for piece in &reply.pieces {
            due += gap;
            sleep_until(due).await;
            written.push(monotonic());
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
    fn note(&self, written: Vec<u64>, id: Option<usize>) -> usize {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = id {
            log[id] = written;
            return id;
        }
        log.push(written);
        log.len() - 1
    }
}
