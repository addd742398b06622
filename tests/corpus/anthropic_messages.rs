//! The rules of Messages raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;

use crate::reading::{Entry, Known, demand_silence, stream_or_body};

const KNOWN: &[Known] = &[Known::new(
    "27b248a1e0adcd6d",
    "ANT-121",
    "a fixture that its maintainers cut down: no other body lacks the key",
)];

fn route(entry: &Entry) -> Option<(Endpoint, spikeproof::protocol::Delivery)> {
    Some((Endpoint::Messages, stream_or_body(entry)?))
}

#[test]
fn recorded_answers_break_no_rule() {
    demand_silence(&["anthropic-messages"], KNOWN, &[], route);
}
