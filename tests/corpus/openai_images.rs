//! The rules of images raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

use crate::reading::{Entry, Known, demand_silence, stream_or_body};

const ZEROED: &str = "`created` was set to 0 by the recorder";
const REPLACED: &str = "the image was replaced by the word hello";

const KNOWN: &[Known] = &[
    Known::new("b4bdfc6cf26d49b8", "OAI-002", ZEROED),
    Known::new("b4bdfc6cf26d49b8", "OAI-009", REPLACED),
    Known::new("d46aa1c8c783f77c", "OAI-002", ZEROED),
    Known::new("d46aa1c8c783f77c", "OAI-009", REPLACED),
];

fn route(entry: &Entry) -> Option<(Endpoint, Delivery)> {
    let edits = entry["url_path"].ends_with("/edits");
    let endpoint = if edits {
        Endpoint::ImagesEdits
    } else {
        Endpoint::ImagesGenerations
    };
    Some((endpoint, stream_or_body(entry)?))
}

#[test]
fn recorded_answers_break_no_rule() {
    demand_silence(&["openai-images"], KNOWN, &[], route);
}
