//! For programs: one document with a row a file.

use serde::Serialize;

use crate::check::FileRow;

/// Changes whenever a reader of the old form would be misled.
const SCHEMA: &str = "spikeproof/check/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    spikeproof: &'static str,
    files: &'a [FileRow],
    /// What was passed over, and other remarks on the whole.
    notes: &'a [String],
}

/// The document, with a line break at its end.
pub fn render(files: &[FileRow], notes: &[String]) -> String {
    let document = Document {
        schema: SCHEMA,
        spikeproof: env!("CARGO_PKG_VERSION"),
        files,
        notes,
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
