//! The rules of Gemini raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

use crate::reading::{Entry, Known, demand_silence};

const NUMBERS: &str = "the query asked for enums as numbers";
const OLD: &str = "from before answers had ids";
const EDITED: &str = "counts removed by the people who keep it, to test their absence";

const KNOWN: &[Known] = &[
    Known::new("06fe51803b2ede54", "GEM-031", NUMBERS),
    Known::new("1e7dd4a1e0dae559", "GEM-031", NUMBERS),
    Known::new("3ea595f45c6646c8", "GEM-031", NUMBERS),
    Known::new("5b2e01a9d45303f7", "GEM-031", NUMBERS),
    Known::new("6326c6d0faee9404", "GEM-031", NUMBERS),
    Known::new("91d3cfe83e736704", "GEM-031", NUMBERS),
    Known::new("b7a77dbce0523676", "GEM-031", NUMBERS),
    Known::new("46cc9fba0221c03b", "GEM-065", OLD),
    Known::new("a38d43060d0c2906", "GEM-065", OLD),
    Known::new("5b131a3c5f2d4a23", "GEM-081", EDITED),
];

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
    demand_silence(&["gemini", "gemini-errors"], KNOWN, FRAMING, route);
}
