//! Which kind of file some bytes are: told by their first bytes, and by the name where those fit
//! several kinds.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// A kind of captured traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// An event stream.
    Sse,
    /// One JSON array, sent in pieces.
    Array,
    /// One JSON document.
    Json,
    /// One JSON document a line: the events of a stream, without its framing.
    Lines,
    /// An HTTP archive.
    Har,
    /// A recording of a run.
    Recording,
}

/// What the first document of a recording calls its form, but for the number; see `recording`.
const RECORDING: &str = "spikeproof/recording/";
const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
/// Bytes in which an archive must have said that it is one.
const HAR_HEAD: usize = 4096;
/// Bytes in which the first document of a recording must have named its members.
const RECORDING_HEAD: usize = 64 << 10;

impl Form {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sse => "event stream",
            Self::Array => "JSON array",
            Self::Json => "JSON body",
            Self::Lines => "JSON lines",
            Self::Har => "HAR",
            Self::Recording => "recording",
        }
    }
}

/// `extension`: of the file's name, in lower case. `None`: nothing that is known here.
pub fn form(bytes: &[u8], extension: &str) -> Option<Form> {
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let start = start.trim_ascii_start();
    if is_recording(start) {
        return Some(Form::Recording);
    }
    let named = by_name(extension);
    if let Some(form @ (Form::Har | Form::Sse | Form::Lines | Form::Array)) = named {
        return Some(form);
    }
    match start.first() {
        Some(b'{') => Some(of_object(start)),
        Some(b'[') => Some(Form::Array),
        Some(_) if FIELDS.iter().any(|field| start.starts_with(field)) => Some(Form::Sse),
        Some(_) | None => named,
    }
}

/// Members by which a document of a recording is known, in whatever order they stand.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mark {
    recording: Option<Value>,
    exchange: Option<Exchange>,
}

#[derive(Debug, Deserialize)]
struct Exchange {
    #[serde(rename = "sent")]
    _sent: IgnoredAny,
    #[serde(rename = "answered")]
    _answered: IgnoredAny,
}

/// By what its first document says: other programs write JSON with other blanks and orders. A line
/// of a recording may have been taken out of it.
fn is_recording(start: &[u8]) -> bool {
    let head = &start[..start.len().min(RECORDING_HEAD)];
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    if start.first() != Some(&b'{') || !(has(b"\"recording\"") || has(b"\"exchange\"")) {
        return false;
    }
    let mut documents = serde_json::Deserializer::from_slice(start).into_iter::<Mark>();
    let Some(Ok(mark)) = documents.next() else {
        return false;
    };
    let form = mark.recording.as_ref().and_then(Value::as_str);
    form.is_some_and(|form| form.starts_with(RECORDING)) || mark.exchange.is_some()
}

fn by_name(extension: &str) -> Option<Form> {
    match extension {
        "sse" => Some(Form::Sse),
        "json" => Some(Form::Json),
        "jsonl" | "ndjson" => Some(Form::Lines),
        "array" => Some(Form::Array),
        "har" => Some(Form::Har),
        _ => None,
    }
}

fn of_object(start: &[u8]) -> Form {
    let head = &start[..start.len().min(HAR_HEAD)];
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    let opens_with_log = start[1..].trim_ascii_start().starts_with(b"\"log\"");
    if opens_with_log && (has(b"\"entries\"") || has(b"\"creator\"")) {
        return Form::Har;
    }
    let mut documents = serde_json::Deserializer::from_slice(start).into_iter::<IgnoredAny>();
    let first = documents.next();
    let rest = start.get(documents.byte_offset()..).unwrap_or_default();
    let follows = rest.trim_ascii_start().first() == Some(&b'{');
    match first {
        Some(Ok(_)) if follows => Form::Lines,
        _ => Form::Json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_a_file_is() {
        let cases: [(&[u8], &str, Option<Form>); 19] = [
            (b"data: {}\n\n", "", Some(Form::Sse)),
            (b"\xEF\xBB\xBF\n: ping\n\n", "txt", Some(Form::Sse)),
            (b"{\"id\":1}", "", Some(Form::Json)),
            (b"{\"id\":", "json", Some(Form::Json)),
            (b"{\"id\":1}\n{\"id\":2}\n", "", Some(Form::Lines)),
            (b"{\"id\":1}\n", "jsonl", Some(Form::Lines)),
            (b"[{}]", "json", Some(Form::Array)),
            (b"{\"log\":{\"creator\":{}", "", Some(Form::Har)),
            (b"{\"log\":\"a line of a log\"}", "", Some(Form::Json)),
            (
                b"{\"recording\":\"spikeproof/recording/1\"}",
                "jsonl",
                Some(Form::Recording),
            ),
            (
                b"{ \"seed\": 7, \"recording\": \"spikeproof/recording/1\" }\n{}",
                "",
                Some(Form::Recording),
            ),
            (
                b"{\"exchange\": {\"answered\": {}, \"sent\": {}}}",
                "json",
                Some(Form::Recording),
            ),
            (b"{\"recording\":7}", "json", Some(Form::Json)),
            (b"{\"recording\":\"spikeproof/", "json", Some(Form::Json)),
            (b"{\"exchange\":{\"rate\":1}}", "json", Some(Form::Json)),
            (b"", "sse", Some(Form::Sse)),
            (b"", "", None),
            (b"<html>", "html", None),
            (b"<html>", "json", Some(Form::Json)),
        ];
        for (bytes, extension, wanted) in cases {
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(form(bytes, extension), wanted, "{text} .{extension}");
        }
    }
}
