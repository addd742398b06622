//! Reading a recording back, exchange by exchange.

use serde::de::IgnoredAny;

use super::entry::{Answered, Body, Entry, Header, Line, Sent};
use super::write::{delivery, end};
use super::{LeftOut, SCHEMA};
use crate::check::{Capture, Form};
use crate::contract::{HeldTo, Profile};
use crate::endpoint::Endpoint;
use crate::judge::Standard;
use crate::protocol::{self, Asked, BodyEnd, Delivery, EarlierTask, mistake};

/// What a recording has to be judged.
#[derive(Debug, Default)]
pub struct Read {
    pub captures: Vec<Capture>,
    /// Exchanges of pictures and clips, which no rule reads.
    pub assets: u64,
    /// Lines that cannot be used, from 1, and why.
    pub unusable: Vec<(u64, String)>,
    /// `None`: the run was killed before it wrote its last line.
    pub left_out: Option<LeftOut>,
}

/// Reads a recording. `Err`: it is not one, or one of another form.
pub fn read(bytes: &[u8]) -> Result<Read, String> {
    let lines = documents(bytes);
    let first = lines.first().copied().unwrap_or_default();
    let held_to = match serde_json::from_slice::<Header>(first) {
        Ok(header) if header.recording != SCHEMA => {
            return Err(format!(
                "it is of the form `{}`, expected `{SCHEMA}`",
                header.recording
            ));
        }
        Ok(header) => header.conformance,
        // A line that was taken out of one; what it was held to is not known.
        Err(_) if serde_json::from_slice::<Line>(first).is_ok() => HeldTo::default(),
        Err(why) => return Err(why.to_string()),
    };
    let standard = Standard::of(&held_to);
    let mut read = Read::default();
    let lines = lines.into_iter().zip(1_u64..);
    for (line, number) in lines.filter(|(line, _)| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice::<Line>(line) {
            Ok(Line::Exchange(entry)) if entry.sent.endpoint == Endpoint::Asset.path() => {
                read.assets += 1;
            }
            Ok(Line::Exchange(entry)) => match capture(*entry, number, &standard) {
                Ok(capture) => read.captures.push(capture),
                Err(why) => read.unusable.push((number, why)),
            },
            Ok(Line::End(left_out)) => read.left_out = Some(left_out),
            Err(_) if number == 1 => {}
            Err(why) => read.unusable.push((number, why.to_string())),
        }
    }
    Ok(read)
}

/// The documents of a recording: a line each, as it is written, or wherever they end where another
/// program has broken them into lines of its own.
fn documents(bytes: &[u8]) -> Vec<&[u8]> {
    let lines = || bytes.split(|byte| *byte == b'\n');
    let first = lines().next().unwrap_or_default();
    if serde_json::from_slice::<IgnoredAny>(first).is_ok() {
        return lines().collect();
    }
    let mut read = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    let (mut documents, mut start) = (Vec::new(), 0);
    while let Some(Ok(_)) = read.next() {
        let end = read.byte_offset();
        documents.push(&bytes[start..end]);
        start = end;
    }
    if documents.is_empty() || !bytes[start..].trim_ascii().is_empty() {
        documents.push(&bytes[start..]);
    }
    documents
}

fn capture(entry: Entry, number: u64, standard: &Standard) -> Result<Capture, String> {
    let Entry { sent, answered, .. } = entry;
    let mut endpoints = Endpoint::ALL.iter();
    let endpoint = *endpoints
        .find(|endpoint| endpoint.path() == sent.endpoint)
        .ok_or_else(|| format!("no route is called `{}`", sent.endpoint))?;
    let delivered = [Delivery::Unary, Delivery::Sse, Delivery::Array];
    let delivery = named(delivered, delivery, &sent.delivery)?;
    let form = form(&answered, delivery);
    let mut ended = named(
        [BodyEnd::Clean, BodyEnd::Broken, BodyEnd::Left],
        end,
        &answered.end,
    )?;
    let mut notes = Vec::new();
    if answered.left_out > 0 {
        if form == Form::Json {
            return Err("its body was too long to be kept".to_owned());
        }
        let bytes = answered.left_out;
        notes.push(format!(
            "{bytes} bytes were not kept: the end of the answer is not judged"
        ));
        ended = BodyEnd::Left;
    }
    if sent.left_out > 0 {
        notes.push("its request was too long to be kept: rules that need it are silent".to_owned());
    }
    let about = format!("{} {} of `{}`", sent.method, sent.endpoint, entry.request);
    let body = answered.body.map_or(Some(Vec::new()), Body::bytes);
    Ok(Capture {
        entry: Some(number),
        about: Some(about),
        body: body.ok_or("its body is no valid base64")?,
        form: Some(form),
        status: Some(answered.status),
        headers: Some(answered.headers),
        has_all_headers: true,
        endpoint: Some(endpoint),
        delivery: Some(delivery),
        end: Some(ended),
        asked: Some(Box::new(asked(sent, (endpoint, delivery), standard))),
        weights: standard.weights,
        notes,
        ..Capture::default()
    })
}

/// The one of some values that goes by that name.
fn named<T: Copy>(values: [T; 3], name_of: fn(T) -> &'static str, name: &str) -> Result<T, String> {
    let mut values = values.into_iter();
    let found = values.find(|value| name_of(*value) == name);
    found.ok_or_else(|| format!("the word `{name}` is not known"))
}

fn form(answered: &Answered, delivery: Delivery) -> Form {
    let is_events = answered.headers.iter().any(|(name, value)| {
        name == "content-type" && value.to_ascii_lowercase().starts_with("text/event-stream")
    });
    match delivery {
        _ if answered.status >= 400 => Form::Json,
        Delivery::Sse | Delivery::Array if is_events => Form::Sse,
        Delivery::Array => Form::Array,
        Delivery::Sse | Delivery::Unary => Form::Json,
    }
}

/// What the run knew of the request when it judged the answer.
fn asked(sent: Sent, (endpoint, delivery): (Endpoint, Delivery), standard: &Standard) -> Asked {
    let request = sent.body.and_then(Body::bytes);
    let request = request.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mistake = sent.mistake.and_then(|name| {
        let mut all = mistake::ALL.into_iter();
        all.find(|mistake| mistake.name() == name)
    });
    let earlier = sent.earlier.map(|earlier| EarlierTask {
        task_id: earlier.task_id,
        status: earlier.status,
        resubmitted: earlier.resubmitted,
    });
    let mut asked = Asked {
        target: Some(sent.path),
        mistake,
        earlier,
        gateway: standard.profile == Profile::Gateway,
        contract: standard.contract,
        ..protocol::asked(endpoint, delivery, sent.asked.or(request).map(Into::into))
    };
    if asked.model.is_none() {
        asked.model = asked.target.as_deref().and_then(protocol::url::model_in);
    }
    asked
}
