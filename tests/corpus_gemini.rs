//! The rules of Gemini raise no alarm on what the service itself was recorded to send.

mod corpus_reading;

use corpus_reading::{Entry, Known, demand_silence, entries};
use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

const NUMBERS: &str = "the query asked for enums as numbers";
const OLD: &str = "from before answers had ids";
const EDITED: &str = "counts removed by the people who keep it, to test their absence";

const KNOWN: &[Known] = &[
    Known {
        id: "06fe51803b2ede54",
        rule: "GEM-031",
        reason: NUMBERS,
    },
    Known {
        id: "1e7dd4a1e0dae559",
        rule: "GEM-031",
        reason: NUMBERS,
    },
    Known {
        id: "3ea595f45c6646c8",
        rule: "GEM-031",
        reason: NUMBERS,
    },
    Known {
        id: "5b2e01a9d45303f7",
        rule: "GEM-031",
        reason: NUMBERS,
    },
    Known {
        id: "6326c6d0faee9404",
        rule: "GEM-031",
        reason: NUMBERS,
    },
    Known {
        id: "91d3cfe83e736704",
        rule: "GEM-031",
        reason: NUMBERS,
    },
    Known {
        id: "b7a77dbce0523676",
        rule: "GEM-031",
        reason: NUMBERS,
    },
    Known {
        id: "46cc9fba0221c03b",
        rule: "GEM-065",
        reason: OLD,
    },
    Known {
        id: "a38d43060d0c2906",
        rule: "GEM-065",
        reason: OLD,
    },
    Known {
        id: "5b131a3c5f2d4a23",
        rule: "GEM-081",
        reason: EDITED,
    },
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
    let Some(entries) = entries(&["gemini", "gemini-errors"]) else {
        println!("no recordings here: only the rules' own samples were judged");
        return;
    };
    demand_silence(&entries, KNOWN, FRAMING, route);
}
