//! The proofs that hold for every rule of the catalogue.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Judge, Judgement, RuleSet};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::json;
use crate::protocol::{self, Asked, BodyEnd, Delivery, EarlierTask, Head, Mistake};
use crate::rules::{Check, Rule, Sample, catalogue};

/// Judges a sample answer of a rule's protocol, fed one byte at a time.
fn judge(rule: &Rule, sample: &Sample) -> Option<Judgement> {
    let Sample::Answer {
        request,
        status,
        headers,
        body,
    } = sample
    else {
        return None;
    };
    let head = Head::new(*status, headers.iter().copied());
    let asked = asked(rule, request, &head);
    let mut judge = Judge::new(Arc::new(asked), head);
    let bytes = bytes_of(body);
    let piece = if body.contains(BLANKS) { 64 << 10 } else { 1 };
    bytes.chunks(piece).for_each(|piece| {
        judge.bytes(piece);
    });
    let first = request.lines().next().unwrap_or_default();
    let end = if first.contains(" @broken") {
        BodyEnd::Broken
    } else {
        BodyEnd::Clean
    };
    Some(judge.end(end).1)
}

/// Stands for 17 MiB of blanks.
const BLANKS: char = '\u{fffc}';

/// Samples are text: the replacement character stands for a byte that is none.
fn bytes_of(body: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len());
    for (at, piece) in body.split('\u{fffd}').enumerate() {
        if at > 0 {
            bytes.push(0xFF);
        }
        for (at, piece) in piece.split(BLANKS).enumerate() {
            bytes.extend(std::iter::repeat_n(b' ', at.min(1) * (17 << 20)));
            bytes.extend_from_slice(piece.as_bytes());
        }
    }
    bytes
}

/// Requests of samples are `{}` bodies. A line before them picks the endpoint by its documented
/// path, the delivery by its query `alt=sse` or its absence where the answer's label does not, the
/// target by the whole of it where it has a query, and may say more: `@target=PATH`, `@gateway`
/// (the answer is the gateway's own), `@mistake=NAME`, `@earlier=TASK:STATUS` (what was known of
/// the task), `@resubmitted`, `@C-NN=READING` (what it is held to), `@model=NAME` (where the path
/// names it), `@broken` (the connection
/// breaks after the body).
fn asked(rule: &Rule, request: &str, head: &Head) -> Asked {
    let (line, body) = request.split_once('\n').unwrap_or(("", request));
    let (route, marks) = line.split_once(" @").unwrap_or((line, ""));
    let (route, query) = route.split_once('?').unwrap_or((route, ""));
    let delivery = match head.media_type().as_deref() {
        _ if query == "alt=sse" => Delivery::Sse,
        _ if route == Endpoint::StreamGenerateContent.path() => Delivery::Array,
        Some("text/event-stream") => Delivery::Sse,
        _ => Delivery::Unary,
    };
    let endpoint = if route.is_empty() {
        default_endpoint(rule)
    } else {
        let found = Endpoint::ALL
            .iter()
            .find(|endpoint| endpoint.path() == route);
        *found.unwrap_or_else(|| panic!("{}: no endpoint {route}", rule.id))
    };
    let body = (!body.is_empty()).then(|| json::parse(body.as_bytes()).expect("a JSON request"));
    let mut asked = protocol::asked(endpoint, delivery, body);
    asked.target = (!query.is_empty()).then(|| format!("{route}?{query}"));
    for mark in marks.split(" @").filter(|mark| !mark.is_empty()) {
        apply(&mut asked, mark);
    }
    asked
}

fn apply(asked: &mut Asked, mark: &str) {
    match mark.split_once('=').unwrap_or((mark, "")) {
        ("gateway", "") => asked.gateway = true,
        ("broken", "") => {}
        ("mistake", name) => asked.mistake = Some(mistake(name)),
        ("earlier", told) => {
            let (task_id, status) = told.split_once(':').expect("TASK:STATUS");
            asked.earlier = Some(EarlierTask {
                task_id: task_id.to_owned(),
                status: status.to_owned(),
                resubmitted: false,
            });
        }
        (switch, reading) if switch.starts_with("C-") => {
            asked.contract.choose(switch, reading).expect(switch);
        }
        ("target", path) => asked.target = Some(path.to_owned()),
        ("model", name) => asked.model = Some(name.to_owned()),
        ("resubmitted", "") => {
            let earlier = asked.earlier.as_mut();
            earlier.expect("@earlier comes first").resubmitted = true;
        }
        _ => panic!("no mark @{mark}"),
    }
}

/// By its name in kebab case.
fn mistake(name: &str) -> Mistake {
    let kebab = |mistake: Mistake| {
        let mut kebab = String::new();
        for letter in format!("{mistake:?}").chars() {
            if letter.is_uppercase() && !kebab.is_empty() {
                kebab.push('-');
            }
            kebab.push(letter.to_ascii_lowercase());
        }
        kebab
    };
    let mut all = protocol::mistake::ALL.into_iter();
    all.find(|mistake| kebab(*mistake) == name)
        .unwrap_or_else(|| panic!("no mistake {name}"))
}

fn default_endpoint(rule: &Rule) -> Endpoint {
    let protocol = match rule.check {
        Check::AnthropicMessages(_) | Check::Gateway(_) | Check::Audit => {
            ProtocolId::AnthropicMessages
        }
        Check::OpenaiChat(_) => ProtocolId::OpenaiChat,
        Check::OpenaiResponses(_) => ProtocolId::OpenaiResponses,
        Check::Gemini(_) => return Endpoint::StreamGenerateContent,
        Check::OpenaiImages(_) => ProtocolId::OpenaiImages,
        Check::Tasks(_) => ProtocolId::Tasks,
        Check::Management(_) => ProtocolId::Management,
    };
    let mut endpoints = Endpoint::ALL.iter();
    *endpoints
        .find(|endpoint| endpoint.protocol() == protocol)
        .expect("each has a route")
}

fn broken(judgement: &Judgement) -> Vec<&'static str> {
    judgement
        .findings
        .iter()
        .map(|finding| finding.rule.id)
        .collect()
}

#[test]
fn every_violation_is_found_by_its_own_rule_first() {
    let mut wrong = Vec::new();
    for rule in catalogue::all() {
        for sample in rule.violations {
            let Some(judgement) = judge(rule, sample) else {
                continue;
            };
            let broken = broken(&judgement);
            if broken.first() != Some(&rule.id) {
                wrong.push(format!(
                    "{} is not first of {broken:?}\n{sample:#?}",
                    rule.id
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_conforming_sample_breaks_no_rule_and_exercises_its_own() {
    let mut wrong = Vec::new();
    for rule in catalogue::all() {
        for sample in rule.conforming {
            let Some(judgement) = judge(rule, sample) else {
                continue;
            };
            let told: Vec<_> = judgement
                .findings
                .iter()
                .map(|f| (f.rule.id, f.message.clone()))
                .collect();
            let spoke = judgement.spoke.rules().any(|spoke| spoke.id == rule.id);
            if !told.is_empty() || !spoke {
                wrong.push(format!(
                    "{} speaks: {spoke}, found: {told:?}\n{sample:#?}",
                    rule.id
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_complete_and_well_named() {
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    for rule in catalogue::all() {
        let id = rule.id;
        assert!(ids.insert(id), "{id} is used twice");
        assert!(names.insert(rule.name), "{} is used twice", rule.name);
        let (family, number) = id.split_once('-').expect("FAMILY-NUMBER");
        assert!(family.chars().all(|c| c.is_ascii_uppercase()), "{id}");
        assert!(
            number.len() == 3 && number.chars().all(|c| c.is_ascii_digit()),
            "{id}"
        );
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(rule.name.chars().all(kebab), "{id} {}", rule.name);
        assert!(rule.explanation.len() > 40, "{id} is not explained");
        assert!(!rule.source.is_empty(), "{id} has no source");
        assert!(!rule.violations.is_empty(), "{id} has no violation");
        assert!(!rule.conforming.is_empty(), "{id} has no conforming sample");
    }
    assert!(ids.len() < RuleSet::CAPACITY);
}

/// Judges a body that answers a chat completion.
fn judged(delivery: Delivery, media_type: &str, body: &[u8]) -> Judgement {
    let head = Head {
        status: 200,
        headers: vec![("content-type".into(), media_type.into())],
    };
    let asked = Asked::of(Endpoint::ChatCompletions, delivery);
    let mut judge = Judge::new(Arc::new(asked), head);
    judge.bytes(body);
    judge.end(BodyEnd::Clean).1
}

#[test]
fn a_key_that_was_made_is_not_kept_as_evidence() {
    let key = "sk-0123456789abcdef";
    let request = json::parse(br#"{"name":"a"}"#).expect("JSON");
    let mut asked = protocol::asked(Endpoint::KeysCreate, Delivery::Unary, Some(request));
    asked.gateway = true;
    let head = Head {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into())],
    };
    let mut judge = Judge::new(Arc::new(asked), head);
    // Cut short, so that the body itself breaks a rule.
    judge.bytes(format!(r#"{{"key":"{key}""#).as_bytes());
    let (_, judgement) = judge.end(BodyEnd::Clean);
    let broken: Vec<_> = broken(&judgement);
    assert!(broken.contains(&"GW-132"), "{broken:?}");
    for finding in &judgement.findings {
        assert!(finding.evidence.excerpt.is_empty(), "{}", finding.rule.id);
        assert!(!finding.message.contains(key), "{}", finding.rule.id);
    }
}

#[test]
fn many_small_oddities_do_not_hide_a_broken_must_after_them() {
    // Frames whose only fault is a colon without its space, then one that is no JSON.
    let chunk =
        r#"data:{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}"#;
    let oddities = format!("{chunk}\n\n").repeat(100);
    let broken = |text: &str| {
        let judgement = judged(Delivery::Sse, "text/event-stream", text.as_bytes());
        let musts = judgement.findings.iter().filter(|found| found.is_must());
        (musts.count(), judgement.unkept)
    };
    let (before, few) = broken(&oddities);
    let (after, many) = broken(&format!("{oddities}data: {{bad\n\n"));
    assert!(
        few.warnings > 0,
        "the oddities must exceed what is kept: {few:?}"
    );
    assert_eq!((after, few), (before + 1, many));
}

#[test]
fn a_small_body_of_countless_values_is_left_unread_and_said() {
    let body = format!("[{}0]", "0,".repeat(2_000_000));
    let judgement = judged(Delivery::Unary, "application/json", body.as_bytes());
    assert!(judgement.oversized && judgement.body.is_none());
    let long_text = format!("\"{}\"", "x".repeat(4_000_000));
    let judgement = judged(Delivery::Unary, "application/json", long_text.as_bytes());
    assert!(!judgement.oversized && judgement.body.is_some());
}

#[test]
fn an_event_too_long_to_be_read_is_said_however_it_is_delivered() {
    let text = "x".repeat(crate::wire::sse::MAX_BLOCK);
    let event = format!("data: {{\"id\":\"{text}\"}}\n\ndata: [DONE]\n\n");
    let judgement = judged(Delivery::Sse, "text/event-stream", event.as_bytes());
    assert!(judgement.oversized && judgement.facts.complete);
    let head = Head {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into())],
    };
    let asked = Asked::of(Endpoint::StreamGenerateContent, Delivery::Array);
    let mut judge = Judge::new(Arc::new(asked), head);
    judge.bytes(format!("[{{\"responseId\":\"{text}\"}}]").as_bytes());
    assert!(judge.end(BodyEnd::Clean).1.oversized);
}
