//! A socket that tells when what was written before has left.
//!
//! hyper decides itself when it writes. So that each frame gets a write of its own, the body gives
//! out the next frame only after [`Gate`] was told that the one before is out; and because that is
//! told right after the write, its time is the time of the write.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::writes::{WriteLog, Written, WrittenKind};

/// Between the body that makes frames and the socket that they leave through.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<Passing>,
}

#[derive(Debug, Default)]
struct Passing {
    /// Given to hyper and not yet written.
    underway: bool,
    waiting: Option<Waker>,
    notes: Vec<(String, usize, WrittenKind)>,
    /// The connection is to be broken, not closed.
    reset: bool,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, Passing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ready when everything given out before has been written.
    pub(crate) fn poll_clear(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.underway {
            state.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Something goes to hyper now.
    pub(crate) fn give(&self, note: Option<(String, usize, WrittenKind)>) {
        let mut state = self.state();
        state.underway = true;
        state.notes.extend(note);
    }

    pub(crate) fn break_off(&self) {
        self.state().reset = true;
    }

    fn flushed(&self, log: &WriteLog) {
        let mut state = self.state();
        if !state.underway {
            return;
        }
        state.underway = false;
        let notes = mem::take(&mut state.notes);
        let waiting = state.waiting.take();
        drop(state);
        if !notes.is_empty() {
            let at = now();
            log.note(notes.into_iter().map(|(request_id, step, kind)| Written {
                request_id,
                step,
                kind,
                at,
            }));
        }
        if let Some(waker) = waiting {
            waker.wake();
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
        if self.gate.state().reset {
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
            self.gate.flushed(&self.log);
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
