//! Plays a script in time, as a response body.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame as BodyFrame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::counts::Counts;
use super::watched::{Gate, Note};
use super::writes::WrittenKind;
use crate::engine::Engine;
use crate::incoming::{CallToken, Delivered};
use crate::script::{Frame, FrameKind, Step};

/// Why a body ended before its end: because the script says so.
#[derive(Debug)]
pub(crate) struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the script breaks the connection here")
    }
}

impl std::error::Error for BrokenOff {}

/// A script under way. Dropped before its end it reports that the client has left.
pub(crate) struct Play {
    engine: Arc<Engine>,
    call: CallToken,
    steps: VecDeque<Step>,
    counts: Counts,
    /// When the last step was due; waits count from there.
    due: Instant,
    /// Made at the first wait for what is not due yet, then set again for each.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    gate: Arc<Gate>,
    noted: bool,
    /// Frames given out so far.
    delivered: Delivered,
    /// Bytes of a body that is not streamed, still to come.
    left: Option<u64>,
    over: bool,
}

impl Play {
    pub(crate) fn new(
        engine: Arc<Engine>,
        call: CallToken,
        steps: Vec<Step>,
        gate: Arc<Gate>,
        noted: bool,
        counts: Counts,
    ) -> Self {
        let left = whole_length(&steps);
        let steps = VecDeque::from(steps);
        Self {
            engine,
            call,
            steps,
            counts,
            due: now(),
            timer: None,
            waiting: false,
            gate,
            noted,
            delivered: Delivered::default(),
            left,
            over: false,
        }
    }

    /// The script announces a length itself, right or wrong.
    pub(crate) fn leave_length_to_headers(&mut self) {
        self.left = None;
    }

    /// Waits and settles until the head is to be written.
    pub(crate) async fn lead_in(&mut self) {
        loop {
            match self.steps.front() {
                Some(Step::Wait(wait)) => {
                    self.due += *wait;
                    // The runtime's timer would take a millisecond for what is due already.
                    if now() < self.due {
                        sleep_until(self.due).await;
                    }
                }
                Some(Step::Work(wait)) => {
                    self.due += self.engine.at_speed(&self.call, *wait);
                    sleep_until(self.due).await;
                }
                Some(Step::Slot) => {
                    poll_fn(|context| self.engine.poll_slot(&self.call, context.waker())).await;
                    self.due = now();
                }
                Some(Step::Settle) => self.engine.settle(&self.call),
                Some(Step::Head | Step::Frame(_) | Step::Continue)
                | Some(Step::Stall | Step::Reset | Step::Close)
                | None => return,
            }
            self.steps.pop_front();
        }
    }

    /// The head goes out now: alone, or with the frame that follows it at once.
    pub(crate) fn head(&self, headers: &mut [(String, String)]) {
        self.engine.head(&self.call, headers);
        self.gate.give(self.note(WrittenKind::Head));
    }

    fn note(&self, kind: WrittenKind) -> Option<Note> {
        let step = usize::try_from(self.delivered.frames).unwrap_or(usize::MAX);
        self.noted
            .then(|| (self.call.request_id.clone(), step, kind))
    }

    fn frame(&mut self, frame: Frame) -> Bytes {
        self.gate.give(self.note(WrittenKind::Frame(frame.kind)));
        self.delivered.frames += 1;
        self.delivered.tokens += u64::from(frame.kind == FrameKind::Token);
        if let Some(left) = &mut self.left {
            *left -= frame.bytes.len() as u64;
        }
        frame.bytes
    }

    fn wait(&mut self, wait: Duration) {
        self.due += wait;
        self.waiting |= !wait.is_zero();
    }

    /// Whether the connection is to break before anything was written; then it is over.
    pub(crate) fn breaks_at_once(&mut self) -> bool {
        match self.steps.front() {
            Some(Step::Reset) => self.gate.break_off(),
            Some(Step::Close) => {}
            Some(_) | None => return false,
        }
        self.end();
        true
    }

    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let due = self.due;
        if now() < due {
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            ready!(timer.as_mut().poll(context));
        }
        self.waiting = false;
        Poll::Ready(())
    }

    fn poll_steps(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame<Bytes>, BrokenOff>>> {
        loop {
            if self.waiting {
                ready!(self.poll_due(context));
            }
            // The head may share the write of the first frame; later frames go one by one.
            if self.delivered.frames > 0 {
                ready!(self.gate.poll_clear());
            }
            let Some(step) = self.steps.pop_front() else {
                self.end();
                return Poll::Ready(None);
            };
            match step {
                Step::Wait(wait) => self.wait(wait),
                Step::Work(wait) => self.wait(self.engine.at_speed(&self.call, wait)),
                Step::Slot => {
                    let polled = self.engine.poll_slot(&self.call, context.waker());
                    if polled.is_pending() {
                        self.steps.push_front(Step::Slot);
                        return Poll::Pending;
                    }
                    self.due = now();
                }
                Step::Head => {}
                Step::Settle => self.engine.settle(&self.call),
                Step::Frame(frame) => {
                    let bytes = self.frame(frame);
                    return Poll::Ready(Some(Ok(BodyFrame::data(bytes))));
                }
                Step::Continue => self.steps.extend(self.engine.proceed(&self.call)),
                Step::Stall => {
                    // Nothing wakes this again: it ends when the client goes and hyper drops it.
                    self.steps.push_front(Step::Stall);
                    return Poll::Pending;
                }
                Step::Reset => {
                    self.gate.break_off();
                    self.end();
                    return Poll::Ready(Some(Err(BrokenOff)));
                }
                Step::Close => {
                    self.end();
                    return Poll::Ready(Some(Err(BrokenOff)));
                }
            }
        }
    }

    fn end(&mut self) {
        self.over = true;
        self.engine.finish(&self.call);
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let leave = || {
            if self.steps.is_empty() {
                self.engine.finish(&self.call);
            } else {
                self.engine.abandon(&self.call, self.delivered);
            }
        };
        // Maybe a panic has led here, and a second one would end the process.
        if catch_unwind(AssertUnwindSafe(leave)).is_err() {
            self.counts.panicked();
        }
    }
}

impl Body for Play {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame<Bytes>, BrokenOff>>> {
        let played = catch_unwind(AssertUnwindSafe(|| self.poll_steps(context)));
        played.unwrap_or_else(|_| {
            self.counts.panicked();
            self.gate.break_off();
            Poll::Ready(Some(Err(BrokenOff)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.delivered.frames > 0
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// The length of a body that is sent whole, also where its end is never reached.
fn whole_length(steps: &[Step]) -> Option<u64> {
    let mut sum = None;
    for step in steps {
        if let Step::Frame(frame) = step {
            if frame.kind != FrameKind::Body {
                return None;
            }
            sum = Some(sum.unwrap_or(0) + frame.bytes.len() as u64);
        }
    }
    sum
}

/// The clock of the runtime's timers, which a test can stop.
fn now() -> Instant {
    Instant::now()
}
