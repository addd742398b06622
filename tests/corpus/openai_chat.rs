//! The rules of Chat Completions raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;

use crate::reading::{Entry, Known, demand_silence, stream_or_body};

const KNOWN: &[Known] = &[Known::new(
    "222c809d124d8863",
    "OAC-079",
    "a preview model of 2023 with `finish_details` in place of the reason",
)];

fn route(entry: &Entry) -> Option<(Endpoint, spikeproof::protocol::Delivery)> {
    Some((Endpoint::ChatCompletions, stream_or_body(entry)?))
}

#[test]
fn recorded_answers_break_no_rule() {
    demand_silence(&["openai-chat"], KNOWN, &[], route);
}
