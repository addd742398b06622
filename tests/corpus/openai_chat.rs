//! The rules of Chat Completions raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;

use crate::reading::{Entry, demand_silence, stream_or_body};

fn route(entry: &Entry) -> Option<(Endpoint, spikeproof::protocol::Delivery)> {
    Some((Endpoint::ChatCompletions, stream_or_body(entry)?))
}

#[test]
fn recorded_answers_break_no_rule() {
    demand_silence(&["openai-chat"], &[], route);
}
