//! Which protocol a body speaks, when nobody says: by the marks that only one of them has.

use serde_json::Value;

use super::form::Form;
use crate::endpoint::ProtocolId;
use crate::wire::frame::Frame;
use crate::wire::{json_array, json_lines, sse};

/// Bytes and frames of a stream that are looked at.
const LOOKED_AT: usize = 1 << 20;
const FRAMES: usize = 200;

/// A guess and the mark that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    pub protocol: ProtocolId,
    pub mark: String,
}

/// Why there is no guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoGuess {
    /// Nothing in it is a mark of a protocol.
    Unknown,
    /// Marks of several.
    Ambiguous(Vec<ProtocolId>),
}

/// What has spoken for which protocol, and the first mark of each.
#[derive(Default)]
struct Votes(Vec<(ProtocolId, u32, String)>);

impl Votes {
    fn add(&mut self, protocol: ProtocolId, mark: &str) {
        match self.0.iter_mut().find(|(known, ..)| *known == protocol) {
            Some((_, count, _)) => *count += 1,
            None => self.0.push((protocol, 1, mark.to_owned())),
        }
    }

    /// More than all the others together: a broken stream may have an odd event or two.
    fn decided(mut self) -> Result<Guess, NoGuess> {
        let all: u32 = self.0.iter().map(|(_, count, _)| count).sum();
        self.0
            .sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
        match self.0.first() {
            None => Err(NoGuess::Unknown),
            Some((protocol, count, mark)) if *count > all - count => Ok(Guess {
                protocol: *protocol,
                mark: mark.clone(),
            }),
            Some(_) => Err(NoGuess::Ambiguous(
                self.0.iter().map(|(p, ..)| *p).collect(),
            )),
        }
    }
}

/// Looks for marks in a body, and in its request where the body alone does not settle it.
pub fn guess(body: &[u8], form: Form, request: Option<&Value>) -> Result<Guess, NoGuess> {
    let mut votes = Votes::default();
    let looked_at = &body[..body.len().min(LOOKED_AT)];
    let mut frames = 0;
    let mut see = |frame: &Frame<'_>| {
        frames += 1;
        if frames > FRAMES {
            return;
        }
        let document = serde_json::from_slice::<Value>(&frame.data).ok();
        let name = frame.name.as_deref();
        if let Some((protocol, mark)) = of_event(document.as_ref(), name) {
            votes.add(protocol, &mark);
        }
    };
    match form {
        Form::Sse => sse::Reader::new().push(looked_at, &mut see),
        Form::Lines => {
            let mut reader = json_lines::Reader::new();
            reader.push(looked_at, &mut see);
            reader.finish(&mut see);
        }
        Form::Array => json_array::Reader::new().push(looked_at, &mut see),
        Form::Json | Form::Har | Form::Recording => {
            let document = serde_json::from_slice::<Value>(body).ok();
            if let Some((protocol, mark)) = document.as_ref().and_then(of_body) {
                votes.add(protocol, &mark);
            } else if document.as_ref().is_some_and(is_openai_error) {
                return of_openai_error(request);
            }
        }
    }
    if votes.0.is_empty() {
        of_text(looked_at, &mut votes);
    }
    votes.decided()
}

fn of_event(document: Option<&Value>, name: Option<&str>) -> Option<(ProtocolId, String)> {
    let kind = document.and_then(|document| document.get("type")?.as_str());
    let by_name = [kind, name].into_iter().flatten().find_map(of_event_name);
    by_name.or_else(|| of_body(document?))
}

/// Names of events that one protocol alone has.
fn of_event_name(name: &str) -> Option<(ProtocolId, String)> {
    const ANTHROPIC: [&str; 7] = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
    ];
    let protocol = if ANTHROPIC.contains(&name) {
        ProtocolId::AnthropicMessages
    } else if name.starts_with("response.") {
        ProtocolId::OpenaiResponses
    } else if name.starts_with("image_generation.") || name.starts_with("image_edit.") {
        ProtocolId::OpenaiImages
    } else if name.starts_with("task.") {
        ProtocolId::Tasks
    } else {
        return None;
    };
    Some((protocol, format!("event `{name}`")))
}

/// Members that one protocol alone has.
fn of_body(document: &Value) -> Option<(ProtocolId, String)> {
    use ProtocolId::{AnthropicMessages, Gemini, OpenaiChat, OpenaiImages, OpenaiResponses, Tasks};
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let has = |key: &str| document.get(key).is_some();
    let said = |key: &str| Some(format!("`{key}`"));
    let (protocol, mark) = match (text("type"), text("object")) {
        (_, Some(object @ ("chat.completion" | "chat.completion.chunk"))) => {
            (OpenaiChat, Some(format!("object `{object}`")))
        }
        (_, Some(object @ "response")) => (OpenaiResponses, Some(format!("object `{object}`"))),
        (Some("message"), _) if has("content") => (AnthropicMessages, said("content")),
        (Some("error"), _) if has("error") => (AnthropicMessages, said("type")),
        _ if has("choices") => (OpenaiChat, said("choices")),
        _ if has("candidates") => (Gemini, said("candidates")),
        _ if has("promptFeedback") => (Gemini, said("promptFeedback")),
        _ if has("usageMetadata") => (Gemini, said("usageMetadata")),
        _ if has("task_id") && has("status") => (Tasks, said("task_id")),
        _ if is_pictures(document) => (OpenaiImages, said("data")),
        _ if is_google_error(document) => (Gemini, said("error.status")),
        (_, Some(object @ "list")) if is_models(document) => {
            (ProtocolId::Management, Some(format!("object `{object}`")))
        }
        _ => return None,
    };
    mark.map(|mark| (protocol, mark))
}

fn is_pictures(document: &Value) -> bool {
    let first = document.pointer("/data/0");
    let is_one = |item: &Value| item.get("b64_json").or(item.get("url")).is_some();
    document.get("created").is_some() && first.is_some_and(is_one)
}

fn is_models(document: &Value) -> bool {
    let kind = document.pointer("/data/0/object");
    kind.and_then(Value::as_str) == Some("model")
}

fn is_google_error(document: &Value) -> bool {
    let error = document.get("error");
    let is_numbered = error.is_some_and(|error| error.get("code").is_some_and(Value::is_number));
    is_numbered && error.is_some_and(|error| error.get("status").is_some_and(Value::is_string))
}

fn is_openai_error(document: &Value) -> bool {
    document.pointer("/error/message").is_some()
}

/// OpenAI's envelope is the same on all its routes; the request tells them apart.
fn of_openai_error(request: Option<&Value>) -> Result<Guess, NoGuess> {
    let asked = |key: &str| request.is_some_and(|request| request.get(key).is_some());
    let by_request = [
        ("messages", ProtocolId::OpenaiChat),
        ("input", ProtocolId::OpenaiResponses),
        ("prompt", ProtocolId::OpenaiImages),
    ];
    let mut by_request = by_request.into_iter();
    by_request
        .find(|(key, _)| asked(key))
        .map(|(key, protocol)| Guess {
            protocol,
            mark: format!("`{key}` of its request"),
        })
        .ok_or_else(|| {
            NoGuess::Ambiguous(vec![
                ProtocolId::OpenaiChat,
                ProtocolId::OpenaiResponses,
                ProtocolId::OpenaiImages,
                ProtocolId::Tasks,
            ])
        })
}

/// Marks in what cannot be parsed, as they stand in the text.
fn of_text(body: &[u8], votes: &mut Votes) {
    const MARKS: [(&str, ProtocolId); 8] = [
        ("message_start", ProtocolId::AnthropicMessages),
        ("content_block_", ProtocolId::AnthropicMessages),
        ("chat.completion", ProtocolId::OpenaiChat),
        ("\"choices\"", ProtocolId::OpenaiChat),
        ("response.created", ProtocolId::OpenaiResponses),
        ("\"object\":\"response\"", ProtocolId::OpenaiResponses),
        ("\"candidates\"", ProtocolId::Gemini),
        ("\"b64_json\"", ProtocolId::OpenaiImages),
    ];
    for (mark, protocol) in MARKS {
        if memchr::memmem::find(body, mark.as_bytes()).is_some() {
            votes.add(protocol, &format!("the text `{}`", mark.trim_matches('"')));
        }
    }
    let done = memchr::memmem::find(body, b"data: [DONE]").is_some();
    if votes.0.is_empty() && done {
        votes.add(ProtocolId::OpenaiChat, "`[DONE]`");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn protocol(body: &str, form: Form) -> Result<ProtocolId, NoGuess> {
        guess(body.as_bytes(), form, None).map(|guess| guess.protocol)
    }

    #[test]
    fn a_body_is_known_by_what_one_protocol_alone_says() {
        use ProtocolId::{
            AnthropicMessages, Gemini, Management, OpenaiChat, OpenaiImages, OpenaiResponses, Tasks,
        };
        let cases = [
            (
                "event: ping\ndata: {\"type\":\"ping\"}\n\n",
                Form::Sse,
                AnthropicMessages,
            ),
            ("data: {\"choices\":[]}\n\n", Form::Sse, OpenaiChat),
            ("data: {broken\n\ndata: [DONE]\n\n", Form::Sse, OpenaiChat),
            (
                "data: {\"type\":\"response.created\"}\n\n",
                Form::Sse,
                OpenaiResponses,
            ),
            ("[{\"candidates\":[]},", Form::Array, Gemini),
            ("{\"candidates\":[", Form::Json, Gemini),
            ("{\"usageMetadata\":{}}\n{\"x\":1}", Form::Lines, Gemini),
            (
                "{\"created\":1,\"data\":[{\"url\":\"u\"}]}",
                Form::Json,
                OpenaiImages,
            ),
            (
                "{\"error\":{\"code\":400,\"message\":\"\",\"status\":\"X\"}}",
                Form::Json,
                Gemini,
            ),
            (
                "{\"type\":\"error\",\"error\":{}}",
                Form::Json,
                AnthropicMessages,
            ),
            (
                "{\"task_id\":\"t\",\"status\":\"pending\"}",
                Form::Json,
                Tasks,
            ),
            (
                "{\"object\":\"list\",\"data\":[{\"object\":\"model\"}]}",
                Form::Json,
                Management,
            ),
        ];
        for (body, form, wanted) in cases {
            assert_eq!(protocol(body, form), Ok(wanted), "{body}");
        }
        assert_eq!(protocol("{\"a\":1}", Form::Json), Err(NoGuess::Unknown));
        assert_eq!(protocol("", Form::Sse), Err(NoGuess::Unknown));
    }

    #[test]
    fn one_odd_event_does_not_make_a_stream_ambiguous_but_as_many_do() {
        let chat = "data: {\"choices\":[]}\n\n";
        let odd = "data: {\"candidates\":[]}\n\n";
        let mostly = format!("{chat}{odd}{chat}");
        assert_eq!(protocol(&mostly, Form::Sse), Ok(ProtocolId::OpenaiChat));
        let half = format!("{chat}{odd}");
        assert!(matches!(
            protocol(&half, Form::Sse),
            Err(NoGuess::Ambiguous(_))
        ));
    }

    #[test]
    fn the_request_settles_what_an_openai_error_leaves_open() {
        let body = br#"{"error":{"message":"no","type":"t","param":null,"code":null}}"#;
        let guessed = |request: Option<Value>| guess(body, Form::Json, request.as_ref());
        assert!(matches!(guessed(None), Err(NoGuess::Ambiguous(_))));
        let of = |request| guessed(Some(request)).map(|guess| guess.protocol);
        assert_eq!(of(json!({"input": "x"})), Ok(ProtocolId::OpenaiResponses));
        assert_eq!(of(json!({"messages": []})), Ok(ProtocolId::OpenaiChat));
    }
}
