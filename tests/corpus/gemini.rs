//! The rules of Gemini raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

use crate::reading::{Entry, demand_silence};

/// Rules about bytes between the chunks, which some recorders did not keep.
const FRAMING: &[&str] = &["GEM-004", "GEM-006", "GEM-007"];

fn route(entry: &Entry) -> Option<(Endpoint, Delivery)> {
    match entry["path"].rsplit_once('.')?.1 {
        "sse" => Some((Endpoint::StreamGenerateContent, Delivery::Sse)),
        "array" => Some((Endpoint::StreamGenerateContent, Delivery::Array)),
        "json" => Some((Endpoint::GenerateContent, Delivery::Unary)),
        _ => None,
    }
}

#[test]
fn recorded_answers_break_no_rule() {
    demand_silence(&["gemini", "gemini-errors"], FRAMING, route);
}
