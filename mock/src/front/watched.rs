//! A socket that tells when what was written before has left.
//!
//! hyper decides itself when it writes. So that each frame gets a write of its own, the body gives
//! out the next frame only after [`Gate`] was told that the one before is out; and because that is
//! told right after the write, its time is the time of the write.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::writes::{WriteLog, Written, WrittenKind};

/// Between the body that makes frames and the socket that they leave through.
///
/// hyper polls both from the connection's own task, so flags are enough: nobody is looked for, and
/// whoever flushes can wake the task it is in.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Something was given to hyper and is not yet written.
    underway: AtomicBool,
    /// A body waits for that.
    waiting: AtomicBool,
    /// The connection is to be broken, not closed.
    reset: AtomicBool,
    /// What the write under way holds; empty where no log is wanted.
    notes: Mutex<Vec<Note>>,
}

/// Request id, number of the frame, and what it is.
pub(crate) type Note = (String, usize, WrittenKind);

impl Gate {
    /// Ready when everything given out before has been written.
    pub(crate) fn poll_clear(&self) -> Poll<()> {
        if self.underway.load(Ordering::Relaxed) {
            self.waiting.store(true, Ordering::Relaxed);
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Something goes to hyper now.
    pub(crate) fn give(&self, note: Option<Note>) {
        self.underway.store(true, Ordering::Relaxed);
        if let Some(note) = note {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            notes.push(note);
        }
    }

    pub(crate) fn break_off(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    fn flushed(&self, log: &WriteLog, context: &Context<'_>) {
        if !self.underway.load(Ordering::Relaxed) {
            return;
        }
        self.underway.store(false, Ordering::Relaxed);
        if log.is_wanted() {
            let at = now();
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            let notes = mem::take(&mut *notes);
            log.note(notes.into_iter().map(|(request_id, step, kind)| Written {
                request_id,
                step,
                kind,
                at,
            }));
        }
        if self.waiting.load(Ordering::Relaxed) {
            self.waiting.store(false, Ordering::Relaxed);
            context.waker().wake_by_ref();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the write log tells when a write happened"
)]
fn now() -> Instant {
    Instant::now()
}

/// The socket.
pub(crate) struct Watched {
    inner: TokioIo<TcpStream>,
    gate: Arc<Gate>,
    log: WriteLog,
}

impl Watched {
    pub(crate) fn new(stream: TcpStream, gate: Arc<Gate>, log: WriteLog) -> Self {
        Self {
            inner: TokioIo::new(stream),
            gate,
            log,
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.gate.reset.load(Ordering::Relaxed) {
            // Without it the kernel would end the connection as if all had been said. Where it
            // cannot be set the client sees a short body all the same.
            drop(self.inner.inner().set_zero_linger());
        }
    }
}

impl Read for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl Write for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    /// hyper calls it once its own buffer is empty: all that was given out is written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.gate.flushed(&self.log, context);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }
}
