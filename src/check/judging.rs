//! One capture from what is known of it to its judgement.

use std::sync::Arc;

use super::form::{self, Form};
use super::guess::{self, NoGuess};
use super::row::{FileRow, Judged};
use super::{Capture, Settings, status};
use crate::contract::Profile;
use crate::endpoint::{Endpoint, ProtocolId};
use crate::judge::{Basis, Finding, Judge, RuleSet, Weights, has_too_many_values};
use crate::protocol::{self, Asked, BodyEnd, Delivery, Head};
use crate::rules::framing;

/// Bytes of a body in one document; see `judge`.
const LONGEST_DOCUMENT: usize = 64 << 20;
/// Bytes of a body that may be an error envelope.
const LONGEST_ENVELOPE: usize = 1 << 20;
/// Bytes that the judge is handed at once.
const PIECE: usize = 64 << 10;

/// Why a capture could not be judged, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unjudged {
    #[error("is no event stream, JSON body, JSON array, HAR or recording")]
    UnknownForm,
    #[error("is empty, so nothing says what it is")]
    Empty,
    #[error("speaks no protocol that is known here")]
    UnknownProtocol,
    #[error("could be of {}", names(.0))]
    Ambiguous(Vec<ProtocolId>),
    #[error("is longer, or has more values, than is read")]
    TooLong,
}

impl Unjudged {
    /// What helps.
    pub fn help(&self) -> &'static str {
        match self {
            Self::UnknownForm => "say how it was delivered with --delivery sse, json or array",
            Self::Empty => "say what it should be with --protocol and --delivery",
            Self::UnknownProtocol | Self::Ambiguous(_) => {
                "say what it is with --protocol, or put its request beside it as NAME.request.json"
            }
            Self::TooLong => "a body may have 16 MiB (with pictures 64 MiB) and a million values",
        }
    }
}

/// Whether a document is more than is read, told before anything is made of it.
pub fn is_too_much(body: &[u8]) -> bool {
    body.len() > LONGEST_DOCUMENT || has_too_many_values(body)
}

fn names(protocols: &[ProtocolId]) -> String {
    let names: Vec<_> = protocols.iter().map(|protocol| protocol.name()).collect();
    names.join(" or ")
}

/// Judges one capture. `extension`: of its file, in lower case.
pub fn judge(capture: Capture, extension: &str, settings: &Settings) -> Result<FileRow, Unjudged> {
    let form = form_of(&capture, extension, settings)?;
    if form == Form::Json && is_too_much(&capture.body) {
        return Err(Unjudged::TooLong);
    }
    let mut notes = capture.notes.clone();
    let (protocol, guessed) = protocol_of(&capture, form, settings)?;
    let delivery = delivery_of(&capture, form, settings);
    let route = capture
        .endpoint
        .filter(|endpoint| endpoint.protocol() == protocol);
    let endpoint = route.unwrap_or_else(|| usual(protocol, delivery, &capture.body));
    let (head, is_head_known) = head_of(&capture, form, settings, &mut notes);
    let known = asked(&capture, endpoint, delivery, settings);
    let asked = Asked {
        endpoint,
        delivery,
        gateway: is_held_to_the_gateway(&capture, settings, is_head_known, &mut notes),
        contract: settings.contract.or(known.contract),
        ..known
    };
    let basis = Basis {
        asks_again: false,
        reads_all: false,
        head: is_head_known,
        lines: form == Form::Lines,
        weights: weights(
            form,
            capture.reframed,
            capture.weights.then(&settings.weights),
            &mut notes,
        ),
    };
    let mut judge = Judge::on(basis, Arc::new(asked), head.clone());
    capture.body.chunks(PIECE).for_each(|piece| {
        judge.bytes(piece);
    });
    let end = capture.end.unwrap_or(BodyEnd::Clean);
    let judgement = judge.end(end).1;
    // A stream with an event that is too long is judged by what could be read of it.
    let has_failed = judgement.findings.iter().any(Finding::is_must);
    if judgement.oversized && !has_failed {
        return Err(Unjudged::TooLong);
    }
    Ok(FileRow::of(Judged {
        entry: capture.entry,
        about: capture.about,
        endpoint,
        guessed,
        form,
        head,
        is_head_known,
        notes,
        judgement,
        body: &capture.body,
        strict: settings.strict,
    }))
}

/// What it speaks, and the mark that a guess rests on.
fn protocol_of(
    capture: &Capture,
    form: Form,
    settings: &Settings,
) -> Result<(ProtocolId, Option<String>), Unjudged> {
    let known = settings.protocol.or(capture.protocol);
    if let Some(protocol) = known.or(capture.endpoint.map(Endpoint::protocol)) {
        return Ok((protocol, None));
    }
    let request = settings.request.as_ref().or(capture.request.as_ref());
    match guess::guess(&capture.body, form, request) {
        Ok(found) => Ok((found.protocol, Some(found.mark))),
        Err(NoGuess::Unknown) if capture.body.is_empty() => Err(Unjudged::Empty),
        Err(NoGuess::Unknown) => Err(Unjudged::UnknownProtocol),
        Err(NoGuess::Ambiguous(protocols)) => Err(Unjudged::Ambiguous(protocols)),
    }
}

fn asked(capture: &Capture, endpoint: Endpoint, delivery: Delivery, settings: &Settings) -> Asked {
    if let Some(asked) = &capture.asked {
        return (**asked).clone();
    }
    let request = settings.request.as_ref().or(capture.request.as_ref());
    let mut asked = protocol::asked(endpoint, delivery, request.cloned().map(Into::into));
    asked.target.clone_from(&capture.target);
    if asked.model.is_none() {
        asked.model = asked.target.as_deref().and_then(protocol::url::model_in);
    }
    asked
}

fn is_held_to_the_gateway(
    capture: &Capture,
    settings: &Settings,
    is_head_known: bool,
    notes: &mut Vec<String>,
) -> bool {
    let is_recorded = capture.asked.as_ref().is_some_and(|asked| asked.gateway);
    let wanted = settings
        .profile
        .map_or(is_recorded, |profile| profile == Profile::Gateway);
    if wanted && !is_head_known {
        notes.push("no headers were kept: the gateway's own rules are not asked".to_owned());
    }
    wanted && is_head_known
}

fn form_of(capture: &Capture, extension: &str, settings: &Settings) -> Result<Form, Unjudged> {
    let wanted = settings.delivery.map(|delivery| match delivery {
        Delivery::Sse => Form::Sse,
        Delivery::Array => Form::Array,
        Delivery::Unary => Form::Json,
    });
    let found = wanted
        .or(capture.form)
        .or_else(|| form::form(&capture.body, extension));
    let found = found.filter(|form| !matches!(form, Form::Har | Form::Recording));
    match found {
        Some(form) => Ok(form),
        None if capture.body.is_empty() => Err(Unjudged::Empty),
        None => Err(Unjudged::UnknownForm),
    }
}

fn delivery_of(capture: &Capture, form: Form, settings: &Settings) -> Delivery {
    let told = settings.delivery.or(capture.delivery);
    told.unwrap_or(match form {
        Form::Sse | Form::Lines => Delivery::Sse,
        Form::Array => Delivery::Array,
        Form::Json | Form::Har | Form::Recording => Delivery::Unary,
    })
}

/// The route that such an answer usually is of.
fn usual(protocol: ProtocolId, delivery: Delivery, body: &[u8]) -> Endpoint {
    let streams = delivery != Delivery::Unary;
    let has = |word: &str| memchr::memmem::find(body, word.as_bytes()).is_some();
    match protocol {
        ProtocolId::AnthropicMessages => Endpoint::Messages,
        ProtocolId::OpenaiChat => Endpoint::ChatCompletions,
        ProtocolId::OpenaiResponses => Endpoint::Responses,
        ProtocolId::Gemini if streams => Endpoint::StreamGenerateContent,
        ProtocolId::Gemini => Endpoint::GenerateContent,
        ProtocolId::OpenaiImages if has("image_edit.") => Endpoint::ImagesEdits,
        ProtocolId::OpenaiImages => Endpoint::ImagesGenerations,
        ProtocolId::Tasks if streams => Endpoint::TasksStream,
        ProtocolId::Tasks if has("\"estimated_credits\"") => Endpoint::TasksSubmit,
        ProtocolId::Tasks => Endpoint::TasksQuery,
        ProtocolId::Management => Endpoint::Models,
    }
}

/// Status and headers, assumed where they were not kept, and whether they were.
fn head_of(
    capture: &Capture,
    form: Form,
    settings: &Settings,
    notes: &mut Vec<String>,
) -> (Head, bool) {
    let told = settings.status.or(capture.status);
    let status = told.unwrap_or_else(|| match form {
        Form::Json | Form::Array if capture.body.len() > LONGEST_ENVELOPE => 200,
        Form::Json | Form::Array => status::assumed(&capture.body),
        Form::Sse | Form::Lines | Form::Har | Form::Recording => 200,
    });
    if told.is_none() && status != 200 {
        notes.push(format!(
            "status {status} is taken from the error; --status says otherwise"
        ));
    }
    let mut headers = capture.headers.clone().unwrap_or_default();
    let is_labelled = headers.iter().any(|(name, _)| name == "content-type");
    let is_known = is_labelled || capture.has_all_headers;
    // A refusal is read as JSON whatever its label, so that none need be assumed.
    if !is_known && status < 400 {
        let label = match form {
            Form::Sse | Form::Lines => "text/event-stream",
            Form::Array | Form::Json | Form::Har | Form::Recording => "application/json",
        };
        headers.push(("content-type".to_owned(), label.to_owned()));
    }
    (Head::new(status, headers), is_known)
}

fn weights(form: Form, reframed: bool, mut weights: Weights, notes: &mut Vec<String>) -> Weights {
    if form == Form::Lines {
        weights.mute(&RuleSet::of(|rule| {
            framing::needs_more_than_documents(rule.id)
        }));
        notes.push("one document a line: rules about framing are not asked".to_owned());
    } else if reframed {
        weights.mute(&RuleSet::of(|rule| framing::is_about_framing(rule.id)));
        notes.push("not byte for byte: rules about framing are not asked".to_owned());
    }
    weights
}
