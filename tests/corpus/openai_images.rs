//! The rules of images raise no alarm on what the service itself was recorded to send.

use spikeproof::endpoint::Endpoint;
use spikeproof::protocol::Delivery;

use crate::reading::{Entry, demand_silence, stream_or_body};

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
    demand_silence(&["openai-images"], &[], route);
}
