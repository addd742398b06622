//! Which rules are about how a stream lay on the wire and not about what it says.
//!
//! Recordings do not always keep the wire: some are put together again from parsed events, some are
//! one document a line. About those, these rules must be silent.

/// Rules about lines, names and blank lines between documents.
const FRAMING: [&str; 26] = [
    "ANT-006", "ANT-007", "ANT-008", "ANT-009", "ANT-010", "ANT-021", "OAC-005", "OAC-006",
    "OAC-007", "OAC-008", "OAC-009", "OAC-010", "OAC-012", "OAR-002", "OAR-004", "OAR-005",
    "OAR-006", "OAR-007", "OAR-008", "GEM-004", "GEM-005", "GEM-006", "GEM-007", "OAI-024",
    "OAI-025", "OAI-026",
];

/// Rules about what is no document, such as `[DONE]`.
const MARKERS: [&str; 2] = ["OAC-087", "OAC-014"];

/// Whether a rule speaks about the wire between the documents of a stream.
pub fn is_about_framing(id: &str) -> bool {
    FRAMING.contains(&id)
}

/// Whether a rule has nothing to go by where only the documents of a stream were kept.
pub fn needs_more_than_documents(id: &str) -> bool {
    is_about_framing(id) || MARKERS.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::catalogue;

    #[test]
    fn every_rule_named_here_exists() {
        for id in FRAMING.iter().chain(&MARKERS) {
            assert!(catalogue::find(id).is_some(), "{id}");
        }
    }
}
