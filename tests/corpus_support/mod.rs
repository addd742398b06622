//! Recordings of what vendors really sent, and a judge to put them before.
//!
//! The recordings are data that is not part of the repository; where they are missing the tests
//! say so and pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spikeproof::endpoint::Endpoint;
use spikeproof::judge::{Judge, Judgement};
use spikeproof::protocol::{self, BodyEnd, Delivery, Head};

/// Sizes of the pieces that a body is fed in, over and over: odd, so that pieces end anywhere.
const PIECES: [usize; 5] = [1, 7, 64, 3, 1021];

/// One recorded answer.
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) is_stream: bool,
    /// Every byte is as it came over the wire.
    pub(crate) is_exact: bool,
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    pub(crate) request: Option<Value>,
}

fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["../shared/corpus", "../../shared/corpus"]
        .into_iter()
        .map(|place| root.join(place))
        .find(|folder| folder.join("manifest.csv").exists())
}

/// The recordings of one protocol; none when there is no corpus.
#[expect(
    clippy::print_stdout,
    reason = "tells why a test that passed has shown nothing"
)]
pub(crate) fn recordings(protocol: &str) -> Vec<Recording> {
    let Some(folder) = folder() else {
        println!("no corpus beside the project: no recording was judged");
        return Vec::new();
    };
    let mut manifest =
        csv::Reader::from_path(folder.join("manifest.csv")).expect("it was there a moment ago");
    let rows = manifest.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| row.expect("the manifest is well formed"))
        .filter(|row| row["protocol"] == protocol && !row["path"].ends_with(".jsonl"))
        .map(|row| read(&folder, &row))
        .collect()
}

fn read(folder: &Path, row: &BTreeMap<String, String>) -> Recording {
    let beside = |kind: &str| {
        folder
            .join(protocol_folder(row))
            .join(format!("{}.{kind}", row["id"]))
    };
    let json = |kind: &str| {
        let bytes = fs::read(beside(kind)).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    };
    let mut headers: Vec<(String, String)> = Vec::new();
    if let Some(Value::Object(recorded)) = json("headers.json") {
        for (name, value) in recorded {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            headers.push((name, value));
        }
    }
    if !headers.iter().any(|(name, _)| name == "content-type") {
        let recorded = row["content_type"].as_str();
        let assumed = if row["stream"] == "true" {
            "text/event-stream"
        } else {
            "application/json"
        };
        let value = if recorded.is_empty() {
            assumed
        } else {
            recorded
        };
        headers.push(("content-type".to_owned(), value.to_owned()));
    }
    Recording {
        id: row["id"].clone(),
        is_stream: row["stream"] == "true",
        is_exact: row["byte_exact"] == "true",
        head: Head {
            status: row["status"].parse().unwrap_or(200),
            headers,
        },
        body: fs::read(folder.join(&row["path"])).expect("the manifest lists what is there"),
        request: json("request.json"),
    }
}

fn protocol_folder(row: &BTreeMap<String, String>) -> &Path {
    Path::new(&row["path"])
        .parent()
        .expect("each lies in a folder")
}

/// Judges the recording as an answer of that route.
pub(crate) fn judge(recording: &Recording, endpoint: Endpoint) -> Judgement {
    let delivery = if recording.is_stream {
        Delivery::Sse
    } else {
        Delivery::Unary
    };
    let asked = protocol::asked(endpoint, delivery, recording.request.clone());
    let mut judge = Judge::new(Arc::new(asked), recording.head.clone());
    let mut rest = recording.body.as_slice();
    for size in PIECES.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        judge.bytes(piece);
        rest = after;
    }
    judge.end(BodyEnd::Clean).1
}

/// Every finding about the protocol's recordings that is not excused, as lines to print.
/// `framing`: rules that only byte-exact recordings can break.
#[expect(
    clippy::print_stdout,
    reason = "tells how much a passing test has shown"
)]
pub(crate) fn alarms(
    protocol: &str,
    endpoint: Endpoint,
    framing: &[&str],
    excused: &[(&str, &str, &str)],
) -> Vec<String> {
    let mut alarms = Vec::new();
    let mut count = 0;
    for recording in recordings(protocol) {
        count += 1;
        for finding in judge(&recording, endpoint).findings {
            let rule = finding.rule.id;
            let is_framing = !recording.is_exact && framing.contains(&rule);
            let excuse =
                |excuse: &&(&str, &str, &str)| excuse.0 == recording.id && excuse.1 == rule;
            if !is_framing && !excused.iter().any(|entry| excuse(&entry)) {
                alarms.push(format!("{} {rule} {}", recording.id, finding.message));
            }
        }
    }
    println!("{protocol}: {count} recordings judged");
    alarms
}
