//! The rules of OpenAI Responses raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

use crate::reading::{Entry, demand_silence, stream_or_body};

/// Rules about bytes between the records, which some recorders did not keep.
const FRAMING: &[&str] = &["OAR-002", "OAR-004", "OAR-005"];

fn route(entry: &Entry) -> Option<(Endpoint, Delivery)> {
    Some((Endpoint::Responses, stream_or_body(entry)?))
}

#[test]
fn recorded_answers_break_no_rule() {
    demand_silence(&["openai-responses", "openai-errors"], FRAMING, route);
}
