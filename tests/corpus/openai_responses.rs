//! The rules of OpenAI Responses raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

use crate::reading::{Entry, Known, demand_silence, stream_or_body};

const UNNUMBERED: &str = "of March 2025, before events had numbers";

const KNOWN: &[Known] = &[
    Known::new("025039135803e466", "OAR-013", UNNUMBERED),
    Known::new("3ceb09c49e3139e5", "OAR-013", UNNUMBERED),
    Known::new("98215cadb21e7f7d", "OAR-013", UNNUMBERED),
    Known::new("b8bfdad05c5aa7ae", "OAR-013", UNNUMBERED),
    Known::new("d03a397c59bf48da", "OAR-013", UNNUMBERED),
    Known::new("e751d1d190042544", "OAR-013", UNNUMBERED),
    Known::new(
        "9a19b8afe362cbab",
        "OAR-093",
        "shortened by the people who keep it",
    ),
];

/// Rules about bytes between the records, which some recorders did not keep.
const FRAMING: &[&str] = &["OAR-002", "OAR-004", "OAR-005"];

fn route(entry: &Entry) -> Option<(Endpoint, Delivery)> {
    Some((Endpoint::Responses, stream_or_body(entry)?))
}

#[test]
fn recorded_answers_break_no_rule() {
    demand_silence(
        &["openai-responses", "openai-errors"],
        KNOWN,
        FRAMING,
        route,
    );
}
