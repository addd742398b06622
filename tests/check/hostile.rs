//! Bytes that nobody would send on purpose: nothing panics, and what is too much is said.

use proptest::prelude::*;
use spikeproof::check::form::{Form, form};
use spikeproof::check::{Capture, Settings, har, judge, message, view};
use spikeproof::endpoint::ProtocolId;
use spikeproof::recording;

const STREAM: &[u8] = include_bytes!("broken/cut-off.sse");
const ARRAY: &[u8] = include_bytes!("broken/open.array");
const BODY: &[u8] = include_bytes!("broken/tool.json");
const LINES: &[u8] = include_bytes!("broken/lines.jsonl");

/// Judges some bytes in every way there is, and renders what was said.
fn judged(bytes: &[u8]) {
    let forms = [
        None,
        Some(Form::Sse),
        Some(Form::Array),
        Some(Form::Json),
        Some(Form::Lines),
    ];
    for protocol in ProtocolId::ALL.map(Some).into_iter().chain([None]) {
        for form in forms {
            let capture = Capture {
                body: bytes.to_vec(),
                form,
                ..Capture::default()
            };
            let settings = Settings {
                protocol,
                ..Settings::default()
            };
            let Ok(row) = judge(capture, "", &settings) else {
                continue;
            };
            let style = view::Style {
                colour: false,
                quiet: false,
            };
            let text = view::text(&row, style);
            let is_plain = |c: char| c == '\n' || !c.is_control();
            assert!(text.chars().all(is_plain), "{text:?}");
            let rows = [row];
            let json = view::json(&rows, &[]);
            serde_json::from_str::<serde_json::Value>(&json).expect("it is JSON");
            let junit = view::junit(&rows);
            roxmltree::Document::parse(&junit).unwrap_or_else(|why| panic!("{why}: {junit}"));
        }
    }
}

/// A sound answer with some bytes changed, lost or doubled.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let sound = prop::sample::select(vec![STREAM, ARRAY, BODY, LINES]);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..6);
    (sound, edits).prop_map(|(sound, edits)| {
        let mut bytes = sound.to_vec();
        for (place, byte, edit) in edits {
            let at = place
                .index(bytes.len().max(1))
                .min(bytes.len().saturating_sub(1));
            match edit {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, byte),
                _ => bytes.extend_from_within(at..),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_bytes_are_judged_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        judged(&bytes);
    }

    #[test]
    fn spoilt_answers_are_judged_without_a_panic(bytes in spoilt()) {
        judged(&bytes);
    }

    #[test]
    fn spoilt_archives_recordings_and_heads_are_refused_or_read(
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let archive = br#"{"log":{"version":"1.2","entries":[{"request":{"method":"POST","url":
            "https://h/v1/messages?x","postData":{"text":"{\"stream\":true}"}},
            "response":{"status":200,"headers":[{"name":"A","value":"b"}],
            "content":{"size":1,"mimeType":"text/event-stream",
            "text":"ZGF0YTogeAoK","encoding":"base64"}}}]}}"#;
        let recording = concat!(
            r#"{"recording":"spikeproof/recording/1","spikeproof":"0","scenario":"s","seed":1,"#,
            r#""target":"t","started":""}"#, "\n",
            r#"{"exchange":{"request":"r","phase":"p","call":0,"ordinal":0,"step":"call","#,
            r#""reason":"sample","rules":[],"request_id":null,"outcome":"ok","failure":null,"#,
            r#""curl":null,"sent":{"method":"POST","path":"/v1/messages","#,
            r#""endpoint":"/v1/messages","delivery":"sse","headers":[],"body":null,"left_out":0},"#,
            r#""answered":{"status":200,"#,
            r#""headers":[],"body":{"base64":"eA=="},"left_out":0,"pieces":[],"end":"clean"},"#,
            r#""times":{"due":0,"dispatched":0,"sent":null,"head":null,"first_byte":null,"#,
            r#""first_token":null,"terminal":null,"closed":null}}}"#, "\n",
            r#"{"end":{"exchanges":0,"bytes":0}}"#, "\n",
        ).as_bytes();
        let whole = recording::read(recording).expect("it is sound");
        prop_assert_eq!((whole.captures.len(), whole.unusable.len()), (1, 0));
        prop_assert_eq!(har::read(archive, &Settings::default()).expect("sound").captures.len(), 1);
        let saved: &[u8] = b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\na: b\r\n\r\nx";
        for sound in [&archive[..], recording, saved] {
            let mut bytes = sound.to_vec();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(cut.index(sound.len() + 1));
            form(&bytes, "har");
            form(&bytes, "");
            message::head(&bytes);
            let captures = har::read(&bytes, &Settings::default()).map(|read| read.captures);
            let captures = captures.or_else(|_| recording::read(&bytes).map(|read| read.captures));
            for capture in captures.into_iter().flatten() {
                let _ = judge(capture, "", &Settings::default());
            }
        }
    }
}

#[test]
fn documents_of_any_depth_are_refused_and_not_followed() {
    let deep = |open: &str| open.repeat(200_000);
    for bytes in [
        deep("["),
        deep("{\"a\":"),
        format!("data: {}\n\n", deep("[{\"a\":")),
    ] {
        form(bytes.as_bytes(), "");
        let settings = Settings {
            protocol: Some(ProtocolId::OpenaiChat),
            ..Settings::default()
        };
        let capture = Capture {
            body: bytes.clone().into_bytes(),
            ..Capture::default()
        };
        let row = judge(capture, "", &settings).expect("it is judged");
        assert!(!row.findings.is_empty(), "{}…", &bytes[..20]);
        let archive = format!("{{\"log\":{{\"entries\":{}", deep("["));
        assert!(har::read(archive.as_bytes(), &settings).is_err());
    }
}

#[test]
fn a_line_of_many_megabytes_is_cut_and_shown_in_one_row() {
    let mut body = b"data: {\"choices\":\"".to_vec();
    body.resize(20 << 20, b'x');
    body.extend_from_slice(b"\"}\n\ndata: [DONE]\n\n");
    let capture = Capture {
        body,
        ..Capture::default()
    };
    let row = judge(capture, "sse", &Settings::default()).expect("it is judged");
    assert!(!row.findings.is_empty());
    let style = view::Style {
        colour: true,
        quiet: false,
    };
    let text = view::text(&row, style);
    assert!(text.len() < 20_000, "{}", text.len());
    assert!(view::json(&[row], &[]).len() < 20_000);
}

#[test]
fn a_body_of_countless_values_is_not_judged_and_said() {
    let body = format!("{{\"choices\":[{}0]}}", "0,".repeat(2_000_000));
    let capture = Capture {
        body: body.into_bytes(),
        ..Capture::default()
    };
    let settings = Settings {
        protocol: Some(ProtocolId::OpenaiChat),
        ..Settings::default()
    };
    let why = judge(capture, "json", &settings).expect_err("it is too much");
    assert!(why.to_string().contains("longer") && !why.help().is_empty());
}
