//! What the replica answers, before anything is written: a status, headers and a list of steps.
//!
//! The engine makes a script without waiting for anything; a front plays it. A fault is an edit of
//! a healthy script, so that exactly one thing is wrong. Nothing here knows a socket or a clock.

use std::time::Duration;

use bytes::Bytes;

/// One answer. Headers keep their order; the front adds only what HTTP itself needs
/// (`transfer-encoding` or `content-length`, `date`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub steps: Vec<Step>,
}

/// One thing a front does, in order. The head is written before the first step that is not one of
/// the lead-in ([`Step::is_lead_in`]: waits and settlement); a script that begins with those delays
/// its head by them, and its head then tells the balance after the charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Do nothing for this long, counted from the *due* end of the step before, so that waits do
    /// not add up their lateness.
    Wait(Duration),
    /// Do nothing until the upstream has a slot for this call: `Engine::poll_slot`. Waits after it
    /// count from then.
    Slot,
    /// A wait that is the upstream's work: it takes as long as `Engine::at_speed` says when it
    /// begins.
    Work(Duration),
    /// Write the head now, without a body byte.
    Head,
    /// Write these bytes in one write.
    Frame(Frame),
    /// The ledger settles this call: what it charges is charged now. A front that loses its client
    /// before this step reports the call as abandoned instead.
    Settle,
    /// Ask the engine for the steps that follow now, with `Engine::proceed`. Always the last step.
    Continue,
    /// Stop writing, keep the connection open and say nothing more until the client goes away.
    Stall,
    /// Break the connection without ending the body properly.
    Reset,
    /// The same with an orderly close of the connection. As the first thing to write, either of
    /// them leaves the request without any answer.
    Close,
}

impl Step {
    /// Comes before the head where it comes first.
    #[must_use]
    pub fn is_lead_in(&self) -> bool {
        match self {
            Self::Wait(_) | Self::Slot | Self::Work(_) | Self::Settle => true,
            Self::Head | Self::Frame(_) | Self::Continue => false,
            Self::Stall | Self::Reset | Self::Close => false,
        }
    }
}

/// Bytes with what a front's log says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub bytes: Bytes,
    pub kind: FrameKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// Opens the stream: `message_start`, a role-only chunk, `response.created`.
    Opening,
    /// Carries generated payload: text, reasoning, tool arguments, image data.
    Token,
    /// Neither: pings, block starts and stops, usage.
    Plumbing,
    /// The protocol's last event.
    Terminal,
    /// A whole body that is not streamed.
    Body,
}
