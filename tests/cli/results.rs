//! Reading the files that a run leaves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

/// A folder of results.
pub(crate) struct Results(PathBuf);

/// A row of a table, by the names of its columns.
pub(crate) type Row = BTreeMap<String, String>;

impl Results {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        let path = self.0.join(name);
        std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    }

    pub(crate) fn report(&self) -> Value {
        serde_json::from_slice(&self.bytes("report.json")).expect("report.json is JSON")
    }

    pub(crate) fn rows(&self, name: &str) -> Vec<Row> {
        let bytes = self.bytes(name);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let rows = reader.deserialize().collect::<Result<_, _>>();
        rows.expect("each row fits its head")
    }

    /// Every file, by name, those in folders within as well.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.0.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).expect("the run made its folder") {
                let path = entry.expect("it is readable").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&self.0).expect("it is within");
                    let bytes = std::fs::read(&path).expect("it is readable");
                    files.insert(name.to_string_lossy().into_owned(), bytes);
                }
            }
        }
        files
    }

    /// The exchanges of the recording, by their lines from 1.
    pub(crate) fn recorded(&self) -> BTreeMap<u64, Value> {
        let bytes = self.bytes("recording.jsonl");
        let text = String::from_utf8(bytes).expect("a recording is text");
        let lines = (1..).zip(text.lines());
        let lines = lines.map(|(number, line)| {
            let line: Value = serde_json::from_str(line).expect("each line is JSON");
            (number, line["exchange"].clone())
        });
        lines.filter(|(_, exchange)| !exchange.is_null()).collect()
    }
}

/// Members of an object whose values are counts, added up.
pub(crate) fn sum(counts: &Value) -> u64 {
    let counts = counts.as_object().expect("an object");
    counts
        .values()
        .map(|count| count.as_u64().expect("a count"))
        .sum()
}

/// The rules found, with the request each was found in.
pub(crate) fn found(report: &Value) -> Vec<(String, String)> {
    let rows = report["findings"].as_array().expect("an array");
    let text = |row: &Value, key: &str| row[key].as_str().expect("a string").to_owned();
    rows.iter()
        .map(|row| (text(row, "rule"), text(row, "request")))
        .collect()
}

/// The state of one billing check; `absent` where the report does not name it.
pub(crate) fn check<'a>(report: &'a Value, id: &str) -> &'a str {
    let checks = report["billing"]["checks"].as_array().expect("an array");
    let check = checks.iter().find(|check| check["id"] == id);
    check.map_or("absent", |check| check["state"].as_str().expect("a string"))
}
