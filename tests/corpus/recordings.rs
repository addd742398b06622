//! Recorded traffic as test data: the list, and one entry's files.
//!
//! The recordings are not part of this repository; whoever asks for them gets none where they are
//! not there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::{self, Asked, Delivery, Head};

/// One line of the list: column to value.
pub(crate) type Entry = HashMap<String, String>;

/// What was asked and what came back.
pub(crate) struct Recording {
    pub(crate) asked: Asked,
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

/// Beside this checkout, or above where it is one of several.
fn root() -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let mut places = above.map(|place| place.join("shared/corpus"));
    places.find(|place| place.join("manifest.csv").exists())
}

/// The entries of some protocols. `None`: there are no recordings here.
pub(crate) fn entries(protocols: &[&str]) -> Option<Vec<Entry>> {
    let mut reader = csv::Reader::from_path(root()?.join("manifest.csv")).ok()?;
    let rows = reader.deserialize::<Entry>();
    let entries = rows.map(|row| row.expect("the list is well formed"));
    Some(
        entries
            .filter(|entry| protocols.contains(&entry["protocol"].as_str()))
            .collect(),
    )
}

/// Reads what was kept of one entry.
pub(crate) fn recording(entry: &Entry, endpoint: Endpoint, delivery: Delivery) -> Recording {
    let root = root().expect("the list was read from there");
    let path = root.join(&entry["path"]);
    let request = read_json(&path, "request.json");
    let mut asked = protocol::asked(endpoint, delivery, request.map(Into::into));
    asked.delivery = delivery;
    let (route, query) = (&entry["url_path"], &entry["url_query"]);
    asked.target = (!route.is_empty()).then(|| format!("{route}?{query}"));
    Recording {
        asked,
        head: Head::new(
            entry["status"].parse().unwrap_or(200),
            headers(entry, &path),
        ),
        body: std::fs::read(&path).expect("the list names files that exist"),
    }
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
