//! The rules of OpenAI Responses raise no alarm on what the service itself was recorded to send.

mod corpus_reading;

use corpus_reading::{Entry, Known, demand_silence, entries};
use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

const UNNUMBERED: &str = "of March 2025, before events had numbers";

const KNOWN: &[Known] = &[
    Known {
        id: "025039135803e466",
        rule: "OAR-013",
        reason: UNNUMBERED,
    },
    Known {
        id: "3ceb09c49e3139e5",
        rule: "OAR-013",
        reason: UNNUMBERED,
    },
    Known {
        id: "98215cadb21e7f7d",
        rule: "OAR-013",
        reason: UNNUMBERED,
    },
    Known {
        id: "b8bfdad05c5aa7ae",
        rule: "OAR-013",
        reason: UNNUMBERED,
    },
    Known {
        id: "d03a397c59bf48da",
        rule: "OAR-013",
        reason: UNNUMBERED,
    },
    Known {
        id: "e751d1d190042544",
        rule: "OAR-013",
        reason: UNNUMBERED,
    },
    Known {
        id: "9a19b8afe362cbab",
        rule: "OAR-093",
        reason: "shortened by the people who keep it",
    },
];

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
