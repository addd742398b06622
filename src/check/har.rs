//! HTTP archives, version 1.2, as browsers and proxies save them.

use base64::Engine as _;
use serde::Deserialize;
use serde_json::Value;

use super::form::{self, Form};
use super::{Capture, Settings, route};
use crate::endpoint::Endpoint;
use crate::protocol::{BodyEnd, Delivery};

/// Entries of an archive that are read.
pub const ENTRIES: usize = 100_000;

#[derive(Deserialize)]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: String,
    #[serde(default, rename = "postData")]
    body: Option<Posted>,
}

#[derive(Deserialize)]
struct Posted {
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    status: i64,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    content: Content,
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize, Default)]
struct Content {
    #[serde(default)]
    size: i64,
    #[serde(default, rename = "mimeType")]
    mime_type: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

/// What an archive has for us.
#[derive(Debug, Default)]
pub struct Read {
    pub captures: Vec<Capture>,
    /// Entries whose address is of no route that is known.
    pub elsewhere: usize,
    /// Entries of a known route without an answer's body, from 1, and why.
    pub without_body: Vec<(u64, &'static str)>,
    /// Entries beyond those that are read.
    pub unread: usize,
}

/// Reads an archive. The address of an entry decides its route.
pub fn read(bytes: &[u8], settings: &Settings) -> Result<Read, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let archive: Archive = serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
    let mut read = Read {
        unread: archive.log.entries.len().saturating_sub(ENTRIES),
        ..Read::default()
    };
    for (entry, number) in archive.log.entries.into_iter().zip(1..).take(ENTRIES) {
        let method = entry.request.method.to_ascii_uppercase();
        let endpoint = route::endpoint(&method, &entry.request.url);
        // Whoever names the protocol means every answer that has a body to be judged by it.
        if endpoint.is_none() && (settings.protocol.is_none() || method != "POST") {
            read.elsewhere += 1;
            continue;
        }
        match capture(entry, number, &method, endpoint) {
            Ok(capture) => read.captures.push(capture),
            Err(why) => read.without_body.push((number, why)),
        }
    }
    Ok(read)
}

fn capture(
    entry: Entry,
    number: u64,
    method: &str,
    endpoint: Option<Endpoint>,
) -> Result<Capture, &'static str> {
    let Entry { request, response } = entry;
    let status = u16::try_from(response.status).unwrap_or(0);
    if !(100..1000).contains(&status) {
        return Err("it was not answered");
    }
    let content = response.content;
    let text = match content.text {
        Some(text) => text,
        None if content.size > 0 => return Err("its body was not saved"),
        None => String::new(),
    };
    let body = match content.encoding.as_deref() {
        Some("base64") => base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|_| "its body is no valid base64")?,
        Some(_) | None => text.into_bytes(),
    };
    let headers = response.headers.into_iter();
    let mut headers: Vec<_> = headers
        .map(|header| (header.name.to_ascii_lowercase(), header.value))
        // Bodies are kept with their encoding undone, and browsers ask for encodings.
        .filter(|(name, _)| !name.starts_with(':') && name != "content-encoding")
        .collect();
    let has_all_headers = !headers.is_empty();
    // So browsers call what had no label.
    let is_told = !matches!(content.mime_type.as_str(), "" | "x-unknown");
    if label(&headers).is_none() && is_told {
        headers.push(("content-type".to_owned(), content.mime_type));
    }
    let posted = request.body.and_then(|body| body.text);
    let posted = posted.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let is_events = match label(&headers) {
        Some(label) => is_event_stream(label),
        // Some recorders leave headers out: the body says what it is.
        None => form::form(&body, "") == Some(Form::Sse),
    };
    let delivery = delivery(endpoint, &request.url, posted.as_ref(), is_events);
    let form = match delivery {
        _ if status >= 400 => Form::Json,
        _ if is_events => Form::Sse,
        Delivery::Array => Form::Array,
        Delivery::Sse | Delivery::Unary => Form::Json,
    };
    Ok(Capture {
        entry: Some(number),
        about: Some(format!("{method} {}", path(&request.url))),
        body,
        form: Some(form),
        status: Some(status),
        headers: Some(headers),
        has_all_headers,
        request: posted,
        target: Some(target(&request.url)),
        endpoint,
        delivery: Some(delivery),
        end: Some(BodyEnd::Clean),
        ..Capture::default()
    })
}

/// How the request asked for its answer.
fn delivery(
    endpoint: Option<Endpoint>,
    url: &str,
    request: Option<&Value>,
    is_events: bool,
) -> Delivery {
    let asks = |request: &Value| request.get("stream").and_then(Value::as_bool) == Some(true);
    match endpoint {
        Some(Endpoint::StreamGenerateContent) if route::asks_for_events(url) => Delivery::Sse,
        Some(Endpoint::StreamGenerateContent) => Delivery::Array,
        Some(Endpoint::TasksStream) => Delivery::Sse,
        _ if request.is_some_and(asks) => Delivery::Sse,
        _ if is_events => Delivery::Sse,
        _ => Delivery::Unary,
    }
}

/// What an answer calls itself.
fn label(headers: &[(String, String)]) -> Option<&str> {
    let label = headers.iter().find(|(name, _)| name == "content-type");
    label.map(|(_, value)| value.as_str())
}

fn is_event_stream(label: &str) -> bool {
    label.to_ascii_lowercase().starts_with("text/event-stream")
}

/// Path without query: a query may hold a key.
fn path(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    }
}

/// Path and query, but for a key in it.
fn target(url: &str) -> String {
    let query = url.split('#').next().and_then(|url| url.split_once('?'));
    let pairs = query.map_or("", |(_, query)| query).split('&');
    let pairs: Vec<_> = pairs.filter(|pair| !pair.starts_with("key=")).collect();
    format!("{}?{}", path(url), pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(entry: &str) -> Result<Read, String> {
        let text = format!("{{\"log\":{{\"version\":\"1.2\",\"entries\":[{entry}]}}}}");
        read(text.as_bytes(), &Settings::default())
    }

    fn entry(url: &str, response: &str) -> String {
        format!(
            r#"{{"request":{{"method":"post","url":"{url}","headers":[],
                "postData":{{"mimeType":"application/json","text":"{{\"stream\":true}}"}}}},
                "response":{response}}}"#
        )
    }

    #[test]
    fn an_entry_is_read_with_its_route_its_head_and_its_request() {
        let response = r#"{"status":200,"headers":[{"name":"Content-Type",
            "value":"text/event-stream"}],"content":{"size":5,"text":"ZGF0YQ==",
            "encoding":"base64"}}"#;
        let read = archive(&entry("https://h/v1/messages?key=secret", response)).unwrap();
        let [capture] = &read.captures[..] else {
            panic!("{read:?}");
        };
        assert_eq!(capture.endpoint, Some(Endpoint::Messages));
        assert_eq!(capture.about.as_deref(), Some("POST /v1/messages"));
        assert_eq!((capture.entry, capture.status), (Some(1), Some(200)));
        assert_eq!(
            (&capture.body[..], capture.form),
            (&b"data"[..], Some(Form::Sse))
        );
        assert_eq!(capture.delivery, Some(Delivery::Sse));
    }

    #[test]
    fn a_stream_without_headers_is_known_by_its_body() {
        let response = r#"{"status":200,"headers":[],"content":{"size":20,"mimeType":"",
            "text":"event: ping\ndata: {}\n\n"}}"#;
        let read = archive(&entry("https://h/v1/messages", response)).unwrap();
        assert_eq!(read.captures[0].form, Some(Form::Sse));
    }

    #[test]
    fn what_cannot_be_judged_is_counted() {
        let cases = [
            (entry("https://h/x", "{}"), 1, 0),
            (entry("https://h/v1/messages", "{}"), 0, 1),
            (
                entry(
                    "https://h/v1/messages",
                    r#"{"status":200,"content":{"size":9}}"#,
                ),
                0,
                1,
            ),
            (
                entry(
                    "https://h/v1/messages",
                    r#"{"status":200,"content":{"text":"%","encoding":"base64"}}"#,
                ),
                0,
                1,
            ),
        ];
        for (entry, elsewhere, without) in cases {
            let read = archive(&entry).unwrap();
            assert_eq!(
                (read.elsewhere, read.without_body.len()),
                (elsewhere, without),
                "{entry}"
            );
        }
        assert!(archive("{").is_err());
    }
}
