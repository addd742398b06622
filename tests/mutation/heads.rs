//! The same body under another head: a status that is not its own, a label that is lost or wrong.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use spikeproof::endpoint::ProtocolId;
use spikeproof::judge::Judge;
use spikeproof::protocol::{BodyEnd, Head};

use crate::samples::{self, Form, Sample};

/// Other statuses than a body's own.
const STATUSES: [u16; 20] = [
    200, 201, 202, 204, 302, 400, 401, 402, 403, 404, 405, 409, 413, 422, 429, 451, 500, 502, 503,
    529,
];

/// Statuses that a body may have as well as its own, as far as its words tell.
struct Alike {
    /// Empty: all.
    protocols: &'static [ProtocolId],
    own: RangeInclusive<u16>,
    other: &'static [u16],
    reason: &'static str,
}

static ALIKE: &[Alike] = &[
    Alike {
        protocols: &[ProtocolId::Tasks],
        own: 200..=200,
        other: &[201, 202],
        reason: "no page says what status a submit has",
    },
    Alike {
        protocols: &[ProtocolId::AnthropicMessages],
        own: 400..=400,
        other: &[402, 405, 409, 422, 451],
        reason: "the pages list no type of Anthropic's for these, so that the most general goes",
    },
    Alike {
        protocols: &[ProtocolId::AnthropicMessages, ProtocolId::OpenaiChat],
        own: 400..=400,
        other: &[404],
        reason: "of an unknown model the pages say either (C-08); which it is, a scenario can ask",
    },
    Alike {
        protocols: &[ProtocolId::Tasks],
        own: 409..=409,
        other: &[400],
        reason: "of an id that was used before the pages say either (C-09)",
    },
    Alike {
        protocols: &[ProtocolId::OpenaiImages],
        own: 451..=451,
        other: &[400, 403, 422],
        reason: "which status a refusal for safety has, the pages leave open (C-27)",
    },
];

fn broken(sample: &Sample, head: &Head) -> Vec<&'static str> {
    let mut judge = Judge::new(Arc::clone(&sample.asked), head.clone());
    judge.bytes(&sample.written(&sample.frames));
    let findings = judge.end(BodyEnd::Clean).1.findings;
    findings.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn a_body_under_another_status_is_found_or_explained() {
    let mut unexplained = BTreeSet::new();
    let (mut found, mut explained) = (0, 0);
    for sample in samples::all().iter().filter(|one| one.form == Form::Whole) {
        let own = sample.head.status;
        for other in STATUSES.into_iter().filter(|other| *other != own) {
            let head = Head {
                status: other,
                ..sample.head.clone()
            };
            if !broken(sample, &head).is_empty() {
                found += 1;
                continue;
            }
            let is_alike = ALIKE.iter().any(|alike| {
                let of_it =
                    alike.protocols.is_empty() || alike.protocols.contains(&sample.protocol);
                let is_meant = alike.own.contains(&own) && alike.other.contains(&other);
                of_it && is_meant && !alike.reason.is_empty()
            });
            if is_alike {
                explained += 1;
                continue;
            }
            let route = sample.asked.endpoint.path();
            let body = sample.written(&sample.frames);
            let words = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
            let words = if own < 400 { String::new() } else { words };
            unexplained.insert(format!("{other} for {own} of {route} {words}"));
        }
    }
    assert!(
        found > 1000,
        "only {found} were found, {explained} explained"
    );
    let lines: Vec<_> = unexplained.into_iter().collect();
    assert!(lines.is_empty(), "{}\n{}", lines.len(), lines.join("\n"));
}

/// The label that is no label of such an answer: none, or another.
const LABELS: [Option<&str>; 3] = [None, Some("text/plain"), Some("text/html")];

#[test]
fn an_answer_whose_label_is_lost_or_wrong_is_found() {
    let mut missed = BTreeSet::new();
    for sample in samples::all() {
        for label in LABELS {
            let is_label = |name: &str| name == "content-type";
            let mut head = sample.head.clone();
            head.headers.retain(|(name, _)| !is_label(name));
            head.headers
                .extend(label.map(|label| ("content-type".into(), label.into())));
            if broken(&sample, &head).is_empty() {
                let (status, route) = (sample.head.status, sample.asked.endpoint.path());
                missed.insert(format!("{label:?} for {status} of {route}"));
            }
        }
    }
    let lines: Vec<_> = missed.into_iter().collect();
    assert!(lines.is_empty(), "{}\n{}", lines.len(), lines.join("\n"));
}
