//! What a route found out before anything is admitted, billed or spoiled.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::calls::Watched;
use super::recall::Memory;
use crate::ledger::UsageRow;
use crate::money;
use crate::prices::{Price, Tokens};
use crate::script::{Frame, FrameKind, Step};

/// A healthy answer of one route.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// Without [`Step::Settle`]; that is put in where a bill is due.
    pub(crate) steps: Vec<Step>,
    pub(crate) bill: Option<Bill>,
    /// A fault has already put the protocol's error event in the place of the answer's end.
    pub(crate) broken: bool,
    /// The task that the rest of the stream follows.
    pub(crate) watched: Option<Watched>,
    /// What is to be remembered once the call is let in.
    pub(crate) memory: Memory,
}

/// What a call will cost once it succeeds.
#[derive(Debug, Clone)]
pub(crate) struct Bill {
    /// Reserved before, never less than the row's charge.
    pub(crate) worst: i64,
    /// Its id, time, request id and key are filled in later.
    pub(crate) row: UsageRow,
    /// For the price of a part of the answer.
    pub(crate) price: Option<Price>,
}

impl UsageRow {
    /// What a text call is priced by.
    pub(crate) fn tokens(&self) -> Tokens {
        Tokens {
            input: self.input_tokens,
            cache_read: self.cache_read_tokens,
            cache_write: self.cache_write_tokens,
            output: self.output_tokens,
        }
    }
}

impl Bill {
    pub(crate) fn new(
        model: &'static str,
        endpoint: &'static str,
        charge: i64,
        worst: i64,
    ) -> Self {
        let row = UsageRow {
            id: 0,
            at: crate::clock::Moment(0),
            request_id: String::new(),
            key: 1,
            model,
            endpoint,
            input_tokens: 0,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            output_tokens: 0,
            images: 0,
            seconds: 0,
            charge,
        };
        Self {
            worst: worst.max(charge),
            row,
            price: None,
        }
    }
}

impl Reply {
    /// A charge is made just before what tells the client that the answer is whole, so that a
    /// client that has read the end finds the money gone.
    pub(crate) fn settle_before_its_end(&mut self) {
        let is_end = |step: &Step| match step {
            Step::Frame(Frame { kind, .. }) => {
                matches!(kind, FrameKind::Terminal | FrameKind::Body)
            }
            Step::Wait(_) | Step::Slot | Step::Work(_) | Step::Head | Step::Settle => false,
            Step::Continue | Step::Stall | Step::Reset | Step::Close => false,
        };
        let at = self.steps.iter().position(is_end);
        self.steps
            .insert(at.unwrap_or(self.steps.len()), Step::Settle);
    }

    pub(crate) fn json(body: &Value) -> Self {
        Self::whole(200, "application/json", Bytes::from(money::json_text(body)))
    }

    pub(crate) fn whole(status: u16, content_type: &str, body: Bytes) -> Self {
        let frame = Frame {
            bytes: body,
            kind: FrameKind::Body,
        };
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            steps: vec![Step::Frame(frame)],
            bill: None,
            broken: false,
            watched: None,
            memory: Memory::default(),
        }
    }

    pub(crate) fn sse(steps: Vec<Step>) -> Self {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "text/event-stream"),
            header("cache-control", "no-cache"),
        ];
        Self {
            status: 200,
            headers,
            steps,
            bill: None,
            broken: false,
            watched: None,
            memory: Memory::default(),
        }
    }

    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.steps.insert(0, Step::Wait(wait));
        self
    }

    pub(crate) fn billed(mut self, bill: Bill) -> Self {
        self.bill = Some(bill);
        self
    }

    pub(crate) fn is_stream(&self) -> bool {
        !self.steps.iter().any(|step| {
            matches!(
                step,
                Step::Frame(Frame {
                    kind: FrameKind::Body,
                    ..
                })
            )
        })
    }

    pub(crate) fn token_frames(&self) -> u64 {
        let tokens = self.steps.iter().filter(|step| {
            matches!(
                step,
                Step::Frame(Frame {
                    kind: FrameKind::Token,
                    ..
                })
            )
        });
        tokens.count() as u64
    }
}

/// One server-sent event with its name.
pub(crate) fn event(name: &str, body: &Value, kind: FrameKind) -> Frame {
    let text = format!("event: {name}\ndata: {}\n\n", money::json_text(body));
    Frame {
        bytes: Bytes::from(text),
        kind,
    }
}
