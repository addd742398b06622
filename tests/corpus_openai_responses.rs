//! The rules of OpenAI Responses raise no alarm on what the service itself was recorded to send.

mod corpus_reading;

use corpus_reading::{Entry, Known, demand_silence, entries};
use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

const KNOWN: &[Known] = &[];

/// Rules about bytes between the records, which some recorders did not keep.
const FRAMING: &[&str] = &["OAR-002", "OAR-004", "OAR-005"];

fn route(entry: &Entry) -> Option<(Endpoint, Delivery)> {
    let delivery = match entry["path"].rsplit_once('.')?.1 {
        "sse" => Delivery::Sse,
        "json" => Delivery::Unary,
        _ => return None,
    };
    Some((Endpoint::Responses, delivery))
}

#[test]
fn recorded_answers_break_no_rule() {
    let Some(entries) = entries(&["openai-responses", "openai-errors"]) else {
        println!("no recordings here: only the rules' own samples were judged");
        return;
    };
    demand_silence(&entries, KNOWN, FRAMING, route);
}
