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

/// One thing a front does, in order. The head is written before the first step that is neither a
/// [`Step::Wait`] nor a [`Step::Settle`]; a script that begins with those delays its head by them,
/// and its head then tells the balance after the charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Do nothing for this long, counted from the *due* end of the step before, so that waits do
    /// not add up their lateness.
    Wait(Duration),
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
