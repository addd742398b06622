//! The readers against second readers, written from the standards and in no hurry.

use proptest::prelude::*;
use serde_json::Value;

use super::frame::Frame;
use super::{json_array, sse};

/// The HTML standard's "event stream interpretation", line by line: name and data of each event.
fn interpreted(body: &[u8]) -> Vec<(String, String)> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    let mut events = Vec::new();
    let (mut name, mut data) = (String::new(), String::new());
    let mut rest = text.as_ref();
    // A line that has no end is pending data, which is discarded.
    while let Some(end) = rest.find(['\r', '\n']) {
        let line = &rest[..end];
        let ending = if rest[end..].starts_with("\r\n") {
            2
        } else {
            1
        };
        rest = &rest[end + ending..];
        if line.is_empty() {
            if let Some(data) = data.strip_suffix('\n') {
                events.push((name.clone(), data.to_owned()));
            }
            name.clear();
            data.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => {
                data += value;
                data.push('\n');
            }
            // `id` and `retry` change what a browser sends later, not what it reads now; an empty
            // field name is a comment, and others are ignored.
            _ => {}
        }
    }
    events
}

/// What is compared of a frame.
type Read = (u64, Vec<u8>, String, String, bool);

fn frames(pieces: &[&[u8]], mut reader: sse::Reader) -> Vec<Read> {
    let mut read = Vec::new();
    let mut sink = |frame: &Frame<'_>| {
        read.push((
            frame.offset,
            frame.raw.to_vec(),
            frame.name.as_deref().unwrap_or_default().to_owned(),
            String::from_utf8_lossy(&frame.data).into_owned(),
            frame.dispatches(),
        ));
    };
    for piece in pieces {
        reader.push(piece, &mut sink);
    }
    reader.finish(&mut sink);
    read
}

/// Cuts bytes at the given lengths, and leaves the rest whole.
fn cut<'a>(mut body: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, rest) = body.split_at((*length).min(body.len()));
        pieces.push(piece);
        body = rest;
    }
    pieces.push(body);
    pieces
}

/// Bytes that matter to an event stream, and some that do not.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&'static [u8]> = vec![
        b"data: a",
        b"data:b",
        b"data",
        b"data:",
        b"data:  c",
        b"Data: d",
        b" data: e",
        b"event: x",
        b"event:y",
        b"event",
        b": note",
        b":",
        b"id: 1",
        b"id",
        b"retry: 10",
        b"retry: x",
        b"odd: z",
        b"\n",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\r",
        b"\r\n\r\n",
        b"\n\r",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xBB",
        b"\xC3\xA9",
        b"\xC3",
        b"\xF0\x9F\x98\x80",
        b"\xF0\x9F",
        b"\xFF",
        b"\0",
        b" ",
        b"data: [DONE]",
        b"data: {\"a\":1}",
    ];
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn events_are_those_of_the_standard(
        body in soup(),
        lengths in prop::collection::vec(0usize..9, 0..60),
    ) {
        let read = frames(&cut(&body, &lengths), sse::Reader::new());
        let dispatched = read.iter().filter(|frame| frame.4);
        let dispatched = dispatched.map(|frame| (frame.2.clone(), frame.3.clone()));
        let dispatched: Vec<_> = dispatched.collect();
        prop_assert_eq!(dispatched, interpreted(&body));
    }

    #[test]
    fn frames_lie_where_they_say_and_only_blank_lines_lie_between_them(
        body in soup(),
        lengths in prop::collection::vec(0usize..9, 0..60),
    ) {
        let mut end = if body.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        for (offset, raw, ..) in frames(&cut(&body, &lengths), sse::Reader::new()) {
            let start = usize::try_from(offset).unwrap();
            let between = &body[end..start];
            prop_assert!(between.iter().all(|byte| b"\r\n".contains(byte)), "{:?}", between);
            end = start + raw.len();
            prop_assert_eq!(&body[start..end], &raw);
        }
        prop_assert!(body[end..].iter().all(|byte| b"\r\n".contains(byte)));
    }

    #[test]
    fn a_limit_does_not_depend_on_the_pieces(
        body in soup(),
        limit in 8usize..40,
        lengths in prop::collection::vec(0usize..9, 0..60),
    ) {
        let whole = frames(&[&body], sse::Reader::with_max_block(limit));
        let pieces = frames(&cut(&body, &lengths), sse::Reader::with_max_block(limit));
        prop_assert_eq!(&whole, &pieces);
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        prop_assert_eq!(&whole, &frames(&bytes, sse::Reader::with_max_block(limit)));
        prop_assert!(whole.iter().all(|frame| frame.1.len() <= limit));
    }
}

/// Any JSON, strings with brackets and quotes among them.
fn json() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "]",
        "}",
        "[{",
        "\"",
        "\\",
        "\\\"",
        ",",
        "é",
        "\u{1F600}",
        "a]b",
        "\n",
    ];
    let text = prop::sample::select(texts.to_vec());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let members = prop::collection::vec((text.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| {
                let named = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(named.collect())
            }),
        ]
    })
}

type Elements = (Vec<(u64, Vec<u8>, Vec<u8>)>, Option<json_array::ArrayFault>);

fn elements(pieces: &[&[u8]], mut reader: json_array::Reader) -> Elements {
    let mut read = Vec::new();
    for piece in pieces {
        reader.push(piece, &mut |frame| {
            read.push((frame.offset, frame.raw.to_vec(), frame.data.to_vec()));
        });
    }
    reader.finish();
    (read, reader.fault())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn elements_are_those_of_the_whole_array(
        values in prop::collection::vec(json(), 0..6),
        is_pretty in any::<bool>(),
        space in prop::sample::select(vec!["", " ", "\r\n", "\n\t"]),
        lengths in prop::collection::vec(0usize..9, 0..200),
    ) {
        let written: Vec<String> = values
            .iter()
            .map(|value| if is_pretty { format!("{value:#}") } else { value.to_string() })
            .collect();
        let written = written.join(&format!("{space},{space}"));
        let body = format!("{space}[{space}{written}{space}]{space}");
        let (read, fault) = elements(&cut(body.as_bytes(), &lengths), json_array::Reader::new());
        prop_assert_eq!(fault, None);
        let parsed: Vec<Value> = read
            .iter()
            .map(|(_, _, data)| serde_json::from_slice(data).unwrap())
            .collect();
        prop_assert_eq!(parsed, values);
        let mut end = 0;
        for (offset, raw, data) in read {
            prop_assert_eq!(usize::try_from(offset).unwrap(), end);
            end += raw.len();
            prop_assert_eq!(&body.as_bytes()[end - raw.len()..end], &raw);
            prop_assert!(raw.ends_with(&data));
        }
    }

    #[test]
    fn a_limit_on_elements_does_not_depend_on_the_pieces(
        values in prop::collection::vec(json(), 0..6),
        limit in 1usize..60,
        lengths in prop::collection::vec(0usize..9, 0..200),
    ) {
        let body = Value::from(values).to_string();
        let reader = || json_array::Reader::with_max_element(limit);
        let whole = elements(&[body.as_bytes()], reader());
        prop_assert_eq!(&whole, &elements(&cut(body.as_bytes(), &lengths), reader()));
        let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
        prop_assert_eq!(&whole, &elements(&bytes, reader()));
    }
}
