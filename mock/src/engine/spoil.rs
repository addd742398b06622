//! Faults that edit a healthy answer's script, and those that edit what a failure books.

use std::mem;

use super::problem::{Problem, Surface};
use super::reply::Reply;
use super::spoil_transport::{self, Edit};
use super::{Asked, State};
use crate::clock::Moment;
use crate::fault::Fault;
use crate::ledger::UsageRow;
use crate::script::{Frame, FrameKind, Step};

/// What a wrongly billed or refunded call is worth when nobody knows its price: a cent.
pub(crate) const CENT: i64 = 10_000;

/// The failure that a fault puts in the place of a healthy answer.
pub(crate) fn failure(faults: &[Fault]) -> Option<Problem> {
    faults.iter().find_map(|fault| {
        if *fault == Fault::RateLimited {
            return Some(Problem::bucket("rate limit reached".to_owned()));
        }
        if *fault == Fault::ConcurrencyLimited {
            return Some(Problem::concurrency());
        }
        let status = fault.upstream_status();
        if let Some(disguise) = spoil_transport::disguise(*fault) {
            return Some(Problem::upstream(502).disguised(disguise));
        }
        status.map(Problem::upstream)
    })
}

/// Edits the steps and headers of a healthy answer; true where its end, and so its charge, is lost.
pub(crate) fn script(reply: &mut Reply, asked: &Asked<'_>) -> bool {
    let has = |fault| asked.faults.contains(&fault);
    if has(Fault::WrongContentType) {
        relabel(reply);
    }
    if reply.broken {
        return true;
    }
    if has(Fault::Stall) {
        cut(reply, &Step::Stall);
    } else if has(Fault::Reset) {
        cut(reply, &Step::Reset);
    } else {
        return spoil_transport::edit(reply, asked) == Some(Edit::Cut);
    }
    true
}

fn relabel(reply: &mut Reply) {
    if let Some((_, value)) = reply
        .headers
        .iter_mut()
        .find(|(name, _)| name == "content-type")
    {
        let wrong = if value.starts_with("application/json") {
            "text/plain"
        } else {
            "application/json"
        };
        wrong.clone_into(value);
    }
}

/// Index of the step before which an answer is cut: its middle payload frame.
pub(super) fn middle(steps: &[Step]) -> usize {
    let tokens: Vec<usize> = (0..)
        .zip(steps)
        .filter(|(_, step)| matches!(step, Step::Frame(frame) if frame.kind == FrameKind::Token))
        .map(|(index, _)| index)
        .collect();
    tokens
        .get(tokens.len() / 2)
        .copied()
        .unwrap_or(steps.len() / 2)
}

/// Lets an answer stop half-way. A whole body is cut in two, and what will not be written stays in
/// the script: its length has been announced.
pub(crate) fn cut(reply: &mut Reply, end: &Step) {
    if reply.is_stream() {
        let at = middle(&reply.steps);
        reply.steps.truncate(at);
        reply.steps.push(end.clone());
        return;
    }
    for step in mem::take(&mut reply.steps) {
        let Step::Frame(Frame {
            bytes,
            kind: FrameKind::Body,
        }) = &step
        else {
            reply.steps.push(step);
            continue;
        };
        let half = bytes.len() / 2;
        let piece = |bytes| {
            Step::Frame(Frame {
                bytes,
                kind: FrameKind::Body,
            })
        };
        let (sent, kept) = (piece(bytes.slice(..half)), piece(bytes.slice(half..)));
        reply.steps.extend([sent, end.clone(), kept]);
    }
}

/// Another family's envelope than the route's own.
pub(crate) fn other_surface(surface: Surface) -> Surface {
    match surface {
        Surface::Anthropic | Surface::Management => Surface::Openai,
        Surface::Openai => Surface::Google,
        Surface::Google => Surface::Anthropic,
    }
}

impl State {
    /// Books what a faulty ledger books for a failed call of `row.key`.
    pub(crate) fn misbook_failure(&mut self, faults: &[Fault], row: &UsageRow, now: Moment) {
        let worth = if row.charge > 0 { row.charge } else { CENT };
        if faults.contains(&Fault::BillFailedCall) {
            self.ledger.take(row.key, worth, now);
        }
        if faults.contains(&Fault::BucketCountsFailures) {
            self.ledger.key(row.key).fill(worth, now);
        }
        if faults.contains(&Fault::CountFailedCall) {
            self.ledger.count_only(row);
        }
        if faults.contains(&Fault::RefundAfterFailure) {
            self.ledger.refund_line(worth, now);
        }
    }
}
