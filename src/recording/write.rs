//! Writing a recording as exchanges come, line by line.

use std::io::Write;

use serde::Serialize;

use super::entry::{Answered, Body, Earlier, Entry, Header, LeftOut, Line, Sent, Times};
use super::mask::{is_credential, mask, mask_text};
use super::select::{Reason, Selection};
use super::{FOR_SAMPLES, IN_ALL, PER_REQUEST, Raw, curl};
use crate::exchange::{Exchange, Nanos};
use crate::protocol::{BodyEnd, Delivery};

/// Where an exchange is to be found, and how to repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Line of the recording, from 1.
    pub line: u64,
    /// `None`: the request is too long to be kept.
    pub curl: Option<String>,
}

/// What a recording came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub file: &'static str,
    /// Exchanges in it, and how many of them broke a rule.
    pub exchanges: u64,
    pub with_findings: u64,
    pub bytes: u64,
    pub left_out: LeftOut,
}

/// A recording being written. The first error is kept and ends the writing, not the run.
pub struct Writer<W: Write> {
    out: W,
    /// `None`: a target that is gone when the run is.
    base: Option<String>,
    selection: Selection,
    /// Bytes of whole lines and of bodies beside them.
    written: u64,
    lines: u64,
    summary: Summary,
    error: Option<String>,
}

/// Keeps a request body beside the recording: its name and its bytes; the path for a shell.
pub type KeepBody<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Result<String, String>;

impl<W: Write> Writer<W> {
    pub fn new(
        out: W,
        file: &'static str,
        header: &Header,
        base: Option<String>,
        sample: u32,
    ) -> Self {
        let mut writer = Self {
            out,
            base,
            selection: Selection::new(sample),
            written: 0,
            lines: 0,
            summary: Summary {
                file,
                exchanges: 0,
                with_findings: 0,
                bytes: 0,
                left_out: LeftOut::default(),
            },
            error: None,
        };
        writer.line(header);
        writer
    }

    /// Writes an exchange if it is wanted and there is room. Its raw bytes are given up either way.
    pub fn take(
        &mut self,
        exchange: &mut Exchange,
        request: &str,
        phase: &str,
        keep_body: KeepBody<'_>,
    ) -> Option<Reference> {
        let raw = exchange.raw.take();
        let breaks = exchange
            .judgement
            .as_ref()
            .is_some_and(|j| !j.findings.is_empty());
        let has_room = self.error.is_none() && self.written < IN_ALL;
        let wanted = raw.filter(|_| has_room && (breaks || self.written < FOR_SAMPLES));
        let wanted = wanted.and_then(|raw| Some((raw, self.selection.take(exchange)?)));
        let reference = wanted.and_then(|(raw, reason)| {
            let entry = self.entry(exchange, &raw, request, phase, reason, keep_body);
            let curl = entry.curl.clone();
            let left_out = entry.sent.left_out + entry.answered.left_out;
            let is_written = self.line(&Line::Exchange(Box::new(entry)));
            self.summary.left_out.bytes += if is_written { left_out } else { 0 };
            is_written.then_some(Reference {
                line: self.lines,
                curl,
            })
        });
        self.summary.exchanges += u64::from(reference.is_some());
        self.summary.with_findings += u64::from(reference.is_some() && breaks);
        self.summary.left_out.exchanges += u64::from(reference.is_none() && breaks);
        reference
    }

    fn entry(
        &mut self,
        exchange: &Exchange,
        raw: &Raw,
        request: &str,
        phase: &str,
        reason: Reason,
        keep_body: KeepBody<'_>,
    ) -> Entry {
        let mut rules = Vec::new();
        for finding in exchange
            .judgement
            .iter()
            .flat_map(|judgement| &judgement.findings)
        {
            if !rules.iter().any(|id| id == finding.rule.id) {
                rules.push(finding.rule.id.to_owned());
            }
        }
        let curl = match reason {
            Reason::Finding => self.curl(exchange, raw, phase, keep_body),
            Reason::Sample => None,
        };
        Entry {
            request: request.to_owned(),
            phase: phase.to_owned(),
            call: exchange.call.number,
            ordinal: exchange.ordinal,
            step: exchange.step.name().to_owned(),
            reason: match reason {
                Reason::Finding => "finding".to_owned(),
                Reason::Sample => "sample".to_owned(),
            },
            rules,
            request_id: exchange.request_id().map(str::to_owned),
            outcome: exchange.outcome.name().to_owned(),
            failure: exchange.failure.as_ref().map(ToString::to_string),
            curl,
            sent: sent(raw),
            answered: answered(exchange, raw),
            times: times(exchange),
        }
    }

    /// The line that repeats the request; a long body goes into a file first.
    fn curl(
        &mut self,
        exchange: &Exchange,
        raw: &Raw,
        phase: &str,
        keep_body: KeepBody<'_>,
    ) -> Option<String> {
        let (base, mut draft) = (self.base.as_deref(), raw.draft.clone());
        draft.path = mask_text(&draft.path);
        let mut body = draft.body.to_vec();
        mask(&mut body);
        draft.body = body.into();
        if curl::fits_inline(&draft.body) {
            return Some(curl::line(base, &draft, curl::Source::Line));
        }
        if draft.body.len() > PER_REQUEST {
            return None;
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let phase: String = phase.chars().map(plain).collect();
        let name = format!("{phase}-{}-{}", exchange.call.number, exchange.ordinal);
        match keep_body(&name, &draft.body) {
            Ok(path) => {
                self.written += draft.body.len() as u64;
                Some(curl::line(base, &draft, curl::Source::File(&path)))
            }
            Err(why) => {
                self.error.get_or_insert(why);
                None
            }
        }
    }

    /// Writes one line whole, or none: a broken write ends the recording.
    fn line(&mut self, line: &impl Serialize) -> bool {
        if self.error.is_some() {
            return false;
        }
        let text = serde_json::to_vec(line).map_err(|why| why.to_string());
        let written = text.and_then(|mut text| {
            text.push(b'\n');
            let written = self.out.write_all(&text).map_err(|why| why.to_string());
            written.map(|()| text.len() as u64)
        });
        match written {
            Ok(bytes) => {
                self.lines += 1;
                self.written += bytes;
                self.summary.bytes += bytes;
                true
            }
            Err(why) => {
                self.error = Some(why);
                false
            }
        }
    }

    /// Writes the last line. What the recording came to, how long its whole lines are, and what
    /// went wrong, if anything did.
    pub fn finish(mut self) -> (Summary, Option<String>) {
        let left_out = self.summary.left_out;
        self.line(&Line::End(left_out));
        (self.summary, self.error)
    }
}

fn sent(raw: &Raw) -> Sent {
    let draft = &raw.draft;
    let mut body = draft.body.to_vec();
    let left_out = body.len().saturating_sub(PER_REQUEST);
    if left_out > 0 {
        body = Vec::new();
    }
    mask(&mut body);
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&draft.body).is_ok();
    let headers = draft.headers.iter();
    Sent {
        method: draft.method.to_owned(),
        path: mask_text(&draft.path),
        endpoint: draft.asked.endpoint.path().to_owned(),
        delivery: delivery(draft.asked.delivery).to_owned(),
        headers: headers
            .filter(|(name, _)| !is_credential(name))
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        left_out: if left_out > 0 {
            draft.body.len() as u64
        } else {
            0
        },
        body: Body::of(&body),
        asked: draft
            .asked
            .body
            .clone()
            .filter(|_| !is_json || left_out > 0),
        mistake: draft.asked.mistake.map(|mistake| mistake.name().to_owned()),
        earlier: draft.asked.earlier.as_ref().map(|earlier| Earlier {
            task_id: earlier.task_id.clone(),
            status: earlier.status.clone(),
            resubmitted: earlier.resubmitted,
        }),
    }
}

fn answered(exchange: &Exchange, raw: &Raw) -> Answered {
    let mut body = raw.keep.bytes().to_vec();
    mask(&mut body);
    let headers = exchange.head.iter().flat_map(|head| &head.headers);
    Answered {
        status: exchange.status().unwrap_or_default(),
        headers: headers
            .filter(|(name, _)| !is_credential(name))
            .map(|(name, value)| (name.clone(), mask_text(value)))
            .collect(),
        left_out: raw.keep.left_out(),
        pieces: raw
            .keep
            .pieces()
            .iter()
            .map(|(at, bytes)| (at.0, *bytes))
            .collect(),
        body: Body::of(&body),
        end: end(raw.end).to_owned(),
    }
}

fn times(exchange: &Exchange) -> Times {
    let times = &exchange.times;
    let nanos = |at: Option<Nanos>| at.map(|at| at.0);
    Times {
        due: times.due.0,
        dispatched: times.dispatched.0,
        sent: nanos(times.sent),
        head: nanos(times.head),
        first_byte: nanos(times.first_byte),
        first_token: nanos(times.first_token),
        terminal: nanos(times.terminal),
        closed: nanos(times.closed),
    }
}

pub(super) fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Unary => "json",
        Delivery::Sse => "sse",
        Delivery::Array => "array",
    }
}

pub(super) fn end(end: BodyEnd) -> &'static str {
    match end {
        BodyEnd::Clean => "clean",
        BodyEnd::Broken => "broken",
        BodyEnd::Left => "left",
    }
}
