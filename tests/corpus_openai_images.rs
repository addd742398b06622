//! Genuine traffic of the vendor's image endpoints must break no rule.
//!
//! The recordings are not part of the repository. Where they are not at hand, one built-in answer
//! stands in for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spikeproof::endpoint::Endpoint;
use spikeproof::judge::{Judge, Judgement};
use spikeproof::protocol::{self, BodyEnd, Delivery, Head};

/// What recordings break because of how they were recorded: id, rule, reason.
const EXCUSED: &[(&str, &str, &str)] = &[
    (
        "b4bdfc6cf26d49b8",
        "OAI-002",
        "`created` was set to 0 by the recorder",
    ),
    (
        "b4bdfc6cf26d49b8",
        "OAI-009",
        "the image was replaced by the word hello",
    ),
    (
        "d46aa1c8c783f77c",
        "OAI-002",
        "`created` was set to 0 by the recorder",
    ),
    (
        "d46aa1c8c783f77c",
        "OAI-009",
        "the image was replaced by the word hello",
    ),
];

struct Recording {
    id: String,
    endpoint: Endpoint,
    head: Head,
    request: Option<Value>,
    body: Vec<u8>,
}

fn judge(recording: &Recording, piece: usize) -> Judgement {
    let request = recording.request.clone();
    let asked = protocol::asked(recording.endpoint, Delivery::Unary, request);
    let mut judge = Judge::new(Arc::new(asked), recording.head.clone());
    for piece in recording.body.chunks(piece) {
        judge.bytes(piece);
    }
    judge.end(BodyEnd::Clean).1
}

fn is_excused(id: &str, rule: &str) -> bool {
    let mut excuses = EXCUSED.iter();
    excuses.any(|(recording, excused, _)| *recording == id && *excused == rule)
}

fn check(recording: &Recording) {
    for piece in [1, 7, 4096] {
        let judgement = judge(recording, piece);
        let unexcused: Vec<_> = judgement
            .findings
            .iter()
            .filter(|finding| !is_excused(&recording.id, finding.rule.id))
            .map(|finding| format!("{} {}", finding.rule.id, finding.message))
            .collect();
        assert!(unexcused.is_empty(), "{}: {unexcused:?}", recording.id);
        let spoke = judgement.spoke.rules().next().is_some();
        assert!(spoke, "{}: no rule spoke", recording.id);
    }
}

fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    corpus.join("manifest.csv").exists().then_some(corpus)
}

fn recordings(corpus: &Path) -> Vec<Recording> {
    let reader = csv::Reader::from_path(corpus.join("manifest.csv"));
    let mut reader = reader.expect("a readable manifest");
    let columns = reader.headers().expect("a first row").clone();
    let rows: Result<Vec<_>, _> = reader.records().collect();
    let rows = rows.expect("rows of one width");
    let mut recordings = Vec::new();
    for row in &rows {
        let column = |name: &str| {
            let index = columns.iter().position(|column| column == name);
            &row[index.expect("a column of that name")]
        };
        let path = column("path");
        if column("protocol") != "openai-images" || path.ends_with(".jsonl") {
            continue;
        }
        let beside = |ending: &str| {
            let text = fs::read(corpus.join(path).with_extension(ending)).ok()?;
            serde_json::from_slice(&text).ok()
        };
        let headers = match beside("headers.json") {
            Some(Value::Object(headers)) => headers
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
                .collect(),
            _ => vec![("content-type".to_owned(), column("content_type").to_owned())],
        };
        let edits = column("url_path").ends_with("/edits");
        recordings.push(Recording {
            id: column("id").to_owned(),
            endpoint: if edits {
                Endpoint::ImagesEdits
            } else {
                Endpoint::ImagesGenerations
            },
            head: Head {
                status: column("status").parse().unwrap_or(200),
                headers,
            },
            request: beside("request.json"),
            body: fs::read(corpus.join(path)).expect("a body for each row"),
        });
    }
    recordings
}

#[test]
fn genuine_answers_break_no_rule() {
    check(&Recording {
        id: "built in".to_owned(),
        endpoint: Endpoint::ImagesGenerations,
        head: Head {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        },
        request: Some(serde_json::json!({"model": "dall-e-3", "prompt": "a kite"})),
        body: br#"{"created":1790000007,"data":[{"url":"https://cdn.example.com/1.png"}]}"#
            .to_vec(),
    });
    let Some(corpus) = corpus() else {
        println!("no recordings at ../shared/corpus: only the built-in answer was judged");
        return;
    };
    let recordings = recordings(&corpus);
    assert!(!recordings.is_empty());
    for recording in &recordings {
        check(recording);
    }
}

#[test]
fn every_excuse_is_still_needed() {
    let Some(corpus) = corpus() else {
        return;
    };
    let recordings = recordings(&corpus);
    for (id, rule, reason) in EXCUSED {
        let recording = recordings.iter().find(|recording| recording.id == *id);
        let judgement = judge(recording.expect("the recording is in the corpus"), 64);
        let mut findings = judgement.findings.iter();
        let broken = findings.any(|finding| finding.rule.id == *rule);
        assert!(broken, "{id} no longer breaks {rule}: {reason}");
    }
}
