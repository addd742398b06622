//! What is said of one capture: the one model that all formats are views of.

use std::ops::Range;

use serde::Serialize;

use super::form::Form;
use super::frame::{self, Picture};
use crate::endpoint::Endpoint;
use crate::judge::{Evidence, Finding, Judgement};
use crate::protocol::Head;
use crate::rules::{Rule, Severity};

/// Bytes of an excerpt in a row.
const EXCERPT: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// No MUST was broken; with `--strict` no SHOULD either.
    Pass,
    Fail,
    /// It could not be judged.
    Error,
}

/// One capture: a file, or one exchange of an archive.
#[derive(Debug, Clone, Serialize)]
pub struct FileRow {
    pub path: String,
    /// Which exchange of an archive or recording, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// Method and path of its request, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    pub protocol: Option<&'static str>,
    /// What the protocol was guessed from; `null`: it was known.
    pub guessed: Option<String>,
    pub endpoint: Option<&'static str>,
    pub form: Option<&'static str>,
    pub status: Option<u16>,
    pub verdict: Verdict,
    pub findings: Vec<FindingRow>,
    /// Findings beyond those listed, of MUST rules and of others.
    pub unlisted: [u32; 2],
    pub bytes: u64,
    pub events: u32,
    /// Ids of the rules that had something to say, for or against.
    pub exercised: Vec<&'static str>,
    pub notes: Vec<String>,
    /// What no known shape names, once a place; no fault.
    pub unknown: Vec<UnknownRow>,
    /// Met when there was no room for a further place.
    pub unknown_others: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<&'static str>,
    #[serde(skip)]
    pub(super) spoke: Vec<&'static Rule>,
}

/// An event, a part or a member that nobody has told us of.
#[derive(Debug, Clone, Serialize)]
pub struct UnknownRow {
    /// `event`, `type` (of a part of a document) or `member`.
    pub kind: &'static str,
    pub place: String,
}

/// One broken rule at one place.
#[derive(Debug, Clone, Serialize)]
pub struct FindingRow {
    pub rule: &'static str,
    pub name: &'static str,
    pub severity: &'static str,
    pub message: String,
    /// Ordinal of the event in its stream, from 0; `null`: head, end or a whole body.
    pub event: Option<u32>,
    /// The first offending byte, from the body's start; `null`: the head.
    pub byte: Option<u64>,
    /// Line and column of that byte in the body, from 1; columns in characters. The end of a body
    /// is where its last words end, whatever line breaks follow.
    pub line: Option<u64>,
    pub column: Option<u64>,
    /// Offending bytes, and a little more of the event where all of it is meant.
    pub excerpt: String,
    /// A MUST was broken before it in the same answer, so that it may only follow from that.
    pub follows: bool,
    /// It makes the verdict `fail`.
    pub fails: bool,
    #[serde(skip)]
    pub(super) said_of: &'static Rule,
    #[serde(skip)]
    pub(super) picture: Picture,
}

/// All that a row is made of.
pub(super) struct Judged<'a> {
    pub(super) entry: Option<u64>,
    pub(super) about: Option<String>,
    pub(super) endpoint: Endpoint,
    pub(super) guessed: Option<String>,
    pub(super) form: Form,
    pub(super) head: Head,
    pub(super) is_head_known: bool,
    pub(super) notes: Vec<String>,
    pub(super) judgement: Judgement,
    pub(super) body: &'a [u8],
    pub(super) strict: bool,
}

impl FileRow {
    pub(super) fn of(judged: Judged<'_>) -> Self {
        let fails = |finding: &Finding| match finding.severity {
            Severity::Must => true,
            Severity::Should => judged.strict,
            Severity::Note => false,
        };
        let findings = judged.judgement.findings.iter();
        let rows: Vec<_> = findings
            .map(|finding| row(finding, &judged, fails(finding)))
            .collect();
        let unkept = judged.judgement.unkept;
        let has_failed = rows.iter().any(|row| row.fails) || unkept.violations > 0;
        let spoke: Vec<_> = judged.judgement.spoke.rules().collect();
        let unknown = judged.judgement.unknown.named.iter();
        let unknown = unknown.map(|one| UnknownRow {
            kind: one.kind.name(),
            place: one.place.clone(),
        });
        Self {
            path: String::new(),
            entry: judged.entry,
            request: judged.about,
            protocol: Some(judged.endpoint.protocol().name()),
            guessed: judged.guessed,
            endpoint: Some(judged.endpoint.path()),
            form: Some(judged.form.name()),
            status: Some(judged.head.status),
            verdict: if has_failed {
                Verdict::Fail
            } else {
                Verdict::Pass
            },
            findings: rows,
            unlisted: [unkept.violations, unkept.warnings],
            bytes: judged.judgement.bytes,
            events: judged.judgement.frames,
            exercised: spoke.iter().map(|rule| rule.id).collect(),
            notes: judged.notes,
            unknown: unknown.collect(),
            unknown_others: judged.judgement.unknown.others,
            error: None,
            help: None,
            spoke,
        }
    }

    /// What could not be judged.
    pub fn unjudged(path: String, entry: Option<u64>, error: String, help: &'static str) -> Self {
        Self {
            path,
            entry,
            request: None,
            protocol: None,
            guessed: None,
            endpoint: None,
            form: None,
            status: None,
            verdict: Verdict::Error,
            findings: Vec::new(),
            unlisted: [0; 2],
            bytes: 0,
            events: 0,
            exercised: Vec::new(),
            notes: Vec::new(),
            unknown: Vec::new(),
            unknown_others: 0,
            error: Some(error),
            help: Some(help).filter(|help| !help.is_empty()),
            spoke: Vec::new(),
        }
    }

    /// `trace.har#3`, or the path alone.
    pub fn shown(&self) -> String {
        match self.entry {
            Some(entry) => format!("{}#{entry}", self.path),
            None => self.path.clone(),
        }
    }
}

fn row(finding: &Finding, judged: &Judged<'_>, fails: bool) -> FindingRow {
    let rule = finding.rule;
    let (body, evidence) = (judged.body, &finding.evidence);
    let place = Place::of(evidence, body, judged.form);
    let (line, column, picture, excerpt) = match &place {
        Place::Head => {
            let text = head_line(&judged.head, judged.is_head_known);
            let picture = frame::line(text.as_bytes());
            (None, None, picture, text)
        }
        Place::At(range) => {
            let (line, column) = frame::position(body, frame::in_words(body, range.start));
            let picture = frame::around(body, range.clone());
            let end = range.end.min(range.start + EXCERPT);
            let excerpt = String::from_utf8_lossy(&body[range.start..end]).into_owned();
            (Some(line), Some(column), picture, excerpt)
        }
    };
    FindingRow {
        rule: rule.id,
        name: rule.name,
        severity: finding.severity.name(),
        message: finding.message.clone(),
        event: evidence.frame,
        byte: match &place {
            Place::Head => None,
            Place::At(range) => Some(range.start as u64),
        },
        line,
        column,
        excerpt,
        follows: finding.follows,
        fails,
        said_of: rule,
        picture,
    }
}

/// Where in the body the offending bytes are.
enum Place {
    Head,
    At(Range<usize>),
}

impl Place {
    fn of(evidence: &Evidence, body: &[u8], form: Form) -> Self {
        let start = usize::try_from(evidence.offset).unwrap_or(usize::MAX);
        let start = start.min(body.len());
        let end = (start + evidence.excerpt.len()).min(body.len());
        match (&evidence.at, evidence.frame) {
            (Some(at), _) => {
                let from = (start + at.start).min(body.len());
                Self::At(from..(start + at.end).clamp(from, body.len()))
            }
            // All of the event: the line that has its data, or where its element begins.
            (None, Some(_)) if form == Form::Array => Self::At(frame::first_line(body, start..end)),
            (None, Some(_)) => Self::At(frame::longest_line(body, start..end)),
            (None, None) if evidence.excerpt.is_empty() && !body.is_empty() && start == 0 => {
                Self::Head
            }
            // The end of a stream, or all of a body.
            (None, None) if form == Form::Json => Self::At(frame::first_line(body, start..end)),
            (None, None) => Self::At(body.len()..body.len()),
        }
    }
}

fn head_line(head: &Head, is_known: bool) -> String {
    let label = head.header("content-type").unwrap_or("none");
    let assumed = if is_known { "" } else { " (assumed)" };
    format!("status {}, content-type: {label}{assumed}", head.status)
}
