//! What columns mean, by the names that publishers of traces give them.

use super::moment::Unit;

/// Something that is known of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Time,
    Input,
    Output,
    Session,
}

/// Names without case, spaces, `_` and `-`. The first of each kind is our own; then come those of
/// the Azure LLM inference traces, BurstGPT and Mooncake.
const NAMES: [(Column, &[&str]); 4] = [
    (Column::Time, &["timestamp"]),
    (
        Column::Input,
        &[
            "inputtokens",
            "contexttokens",
            "requesttokens",
            "inputlength",
        ],
    ),
    (
        Column::Output,
        &[
            "outputtokens",
            "generatedtokens",
            "responsetokens",
            "outputlength",
        ],
    ),
    (Column::Session, &["session", "sessionid"]),
];

/// The columns that must be there, by our own names.
pub(super) const REQUIRED: [(Column, &str); 3] = [
    (Column::Time, "timestamp"),
    (Column::Input, "input_tokens"),
    (Column::Output, "output_tokens"),
];

pub(super) fn named(name: &str) -> Option<Column> {
    let plain = plain(name);
    let mut known = NAMES.iter();
    known
        .find(|(_, names)| names.contains(&plain.as_str()))
        .map(|(column, _)| *column)
}

/// Mooncake's times are in milliseconds; its lengths tell it.
pub(super) fn unit(input: &str) -> Unit {
    if plain(input) == "inputlength" {
        Unit::Milliseconds
    } else {
        Unit::Seconds
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, ' ' | '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}
