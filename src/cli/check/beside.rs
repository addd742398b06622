//! What lies beside a body: its request, its headers, and a list of the folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::check::{Capture, route};
use crate::cli::load::read_at_most;
use crate::endpoint::ProtocolId;

/// Bytes of a request, of headers, of a list.
const LONGEST: u64 = 64 << 20;
/// How far above a body its list may lie.
const ABOVE: usize = 3;

/// A row of `manifest.csv`; other columns are for people.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Listed {
    path: String,
    /// A name of a protocol, with folders before it or not.
    protocol: String,
    status: String,
    url_path: String,
    url_query: String,
    /// `false`: the body was put together again.
    byte_exact: String,
}

/// The lists that have been read, by their folders.
#[derive(Default)]
pub(super) struct Beside(HashMap<PathBuf, HashMap<String, Listed>>);

impl Beside {
    /// Whether a list names the file.
    pub(super) fn lists(&mut self, path: &Path) -> bool {
        self.listed(path).is_some()
    }

    /// All that is known of the body in that file.
    pub(super) fn known(&mut self, path: &Path, notes: &mut Vec<String>) -> Capture {
        let listed = self.listed(path).unwrap_or_default();
        let mut read = |extension: &str| {
            let path = path.with_extension(extension);
            let bytes = path.exists().then(|| read_at_most(&path, LONGEST))?;
            let parsed = bytes.map_err(|why| why.to_string()).and_then(|bytes| {
                serde_json::from_slice::<Value>(&bytes).map_err(|why| why.to_string())
            });
            parsed
                .map_err(|why| notes.push(format!("{} is not used: {why}", path.display())))
                .ok()
        };
        let request = read("request.json");
        let headers = read("headers.json").map(|headers| headers_of(&headers));
        let protocol = listed.protocol.rsplit('/').next().unwrap_or_default();
        let (path, query) = (&listed.url_path, &listed.url_query);
        let target = (!path.is_empty()).then(|| format!("{path}?{query}"));
        let endpoint = target.as_deref().map(|url| route::endpoint("", url));
        Capture {
            request,
            headers,
            status: listed
                .status
                .parse()
                .ok()
                .filter(|status| (100..1000).contains(status)),
            protocol: ProtocolId::ALL
                .into_iter()
                .find(|known| known.name() == protocol),
            endpoint: endpoint.flatten(),
            target,
            reframed: listed.byte_exact == "false",
            ..Capture::default()
        }
    }

    fn listed(&mut self, path: &Path) -> Option<Listed> {
        let folders = path.ancestors().skip(1).take(ABOVE);
        for folder in folders {
            let list = self
                .0
                .entry(folder.to_path_buf())
                .or_insert_with(|| list(folder));
            let name = path
                .strip_prefix(folder)
                .ok()?
                .to_string_lossy()
                .replace('\\', "/");
            if let Some(listed) = list.get(&name) {
                return Some(listed.clone());
            }
        }
        None
    }
}

/// Rows by path. A list that cannot be read is none: it is a help, not a need.
fn list(folder: &Path) -> HashMap<String, Listed> {
    let Ok(bytes) = read_at_most(&folder.join("manifest.csv"), LONGEST) else {
        return HashMap::new();
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(bytes.as_slice());
    let rows = reader.deserialize::<Listed>().flatten();
    rows.map(|row| (row.path.clone(), row)).collect()
}

/// An object of names and values; a value may be a list.
fn headers_of(document: &Value) -> Vec<(String, String)> {
    let members = document.as_object().into_iter().flatten();
    let pairs = members.flat_map(|(name, value)| {
        let values = match value.as_array() {
            Some(values) => values.iter().map(text).collect(),
            None => vec![text(value)],
        };
        let name = name.to_ascii_lowercase();
        values.into_iter().map(move |value| (name.clone(), value))
    });
    pairs.collect()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
