//! Recorded traffic as test data: the list, one entry's files, and what the judge says of it.
//!
//! The recordings are not part of this repository; a test without them says so and is done.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spikeproof::endpoint::Endpoint;
use spikeproof::judge::{Judge, Judgement};
use spikeproof::protocol::{self, BodyEnd, Delivery, Head};

/// One line of the list: column to value.
pub(crate) type Entry = HashMap<String, String>;

/// A recording that rightly breaks a rule; a line of `known.csv`. The id is the start of the
/// SHA-256 of the body.
#[derive(Debug, serde::Deserialize)]
struct Known {
    id: String,
    rule: String,
    reason: String,
}

fn known() -> Vec<Known> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/known.csv");
    let mut reader = csv::Reader::from_path(list).expect("the list is part of the repository");
    let rows = reader.deserialize::<Known>();
    rows.map(|row| row.expect("the list is well formed"))
        .collect()
}

/// Beside this checkout, or above where it is one of several.
fn root() -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let mut places = above.map(|place| place.join("shared/corpus"));
    places.find(|place| place.join("manifest.csv").exists())
}

/// The entries of some protocols. `None`: there are no recordings here.
fn entries(protocols: &[&str]) -> Option<Vec<Entry>> {
    let mut reader = csv::Reader::from_path(root()?.join("manifest.csv")).ok()?;
    let rows = reader.deserialize::<Entry>();
    let entries = rows.map(|row| row.expect("the list is well formed"));
    Some(
        entries
            .filter(|entry| protocols.contains(&entry["protocol"].as_str()))
            .collect(),
    )
}

/// How an entry was delivered, by the form that it is kept in. `None`: its framing is lost.
pub(crate) fn stream_or_body(entry: &Entry) -> Option<Delivery> {
    match entry["path"].rsplit_once('.')?.1 {
        "sse" => Some(Delivery::Sse),
        "json" => Some(Delivery::Unary),
        _ => None,
    }
}

/// Judges one recording, fed in pieces of odd sizes.
fn judge(entry: &Entry, endpoint: Endpoint, delivery: Delivery) -> Judgement {
    let root = root().expect("the list was read from there");
    let path = root.join(&entry["path"]);
    let body = std::fs::read(&path).expect("the list names files that exist");
    let request = read_json(&path, "request.json");
    let mut asked = protocol::asked(endpoint, delivery, request.map(Into::into));
    asked.delivery = delivery;
    let head = Head {
        status: entry["status"].parse().unwrap_or(200),
        headers: headers(entry, &path),
    };
    let mut judge = Judge::new(Arc::new(asked), head);
    let mut rest = body.as_slice();
    for size in [1, 7, 2, 31, 3, 257, 5, 1021].into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(size.min(rest.len()));
        judge.bytes(piece);
        rest = after;
    }
    judge.end(BodyEnd::Clean).1
}

fn read_json(path: &Path, extension: &str) -> Option<Value> {
    let bytes = std::fs::read(path.with_extension(extension)).ok()?;
    Some(serde_json::from_slice(&bytes).expect("recorded JSON"))
}

fn headers(entry: &Entry, path: &Path) -> Vec<(String, String)> {
    let recorded = read_json(path, "headers.json");
    let mut headers: Vec<_> = recorded
        .as_ref()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.to_ascii_lowercase(), value)
        })
        .collect();
    if !headers.iter().any(|(name, _)| name == "content-type") {
        let label = match entry["content_type"].as_str() {
            "" if entry["path"].ends_with(".sse") => "text/event-stream",
            "" => "application/json",
            label => label,
        };
        headers.push(("content-type".to_owned(), label.to_owned()));
    }
    headers
}

/// Judges every entry and demands silence, but for what is known and for rules of framing where a
/// recording did not keep it.
#[expect(
    clippy::print_stdout,
    reason = "tells why a test that passed has shown little"
)]
pub(crate) fn demand_silence(
    protocols: &[&str],
    framing: &[&str],
    route: impl Fn(&Entry) -> Option<(Endpoint, Delivery)>,
) {
    let Some(entries) = entries(protocols) else {
        println!("no recordings here: only the rules' own samples were judged");
        return;
    };
    let (mut judged, mut alarms) = (0, Vec::new());
    let known = known();
    let of_these = |known: &&Known| entries.iter().any(|entry| entry["id"] == known.id);
    let mut stale: Vec<_> = known.iter().filter(of_these).collect();
    for entry in &entries {
        let Some((endpoint, delivery)) = route(entry) else {
            continue;
        };
        judged += 1;
        let id = entry["id"].as_str();
        let is_exact = entry["byte_exact"] == "true";
        for finding in judge(entry, endpoint, delivery).findings {
            let rule = finding.rule.id;
            let is_it = |known: &Known| known.id == id && known.rule == rule;
            if known.iter().any(is_it) {
                stale.retain(|known| !is_it(known));
                continue;
            }
            if !is_exact && framing.contains(&rule) {
                continue;
            }
            let fidelity = &entry["fidelity"];
            alarms.push(format!("{id} ({fidelity}) {rule}: {}", finding.message));
        }
    }
    assert!(judged > 10, "only {judged} recordings were judged");
    assert!(alarms.is_empty(), "{}\n{}", alarms.len(), alarms.join("\n"));
    let stale: Vec<_> = stale
        .iter()
        .map(|known| format!("{} {} ({})", known.id, known.rule, known.reason))
        .collect();
    assert!(stale.is_empty(), "no longer broken: {stale:?}");
}
