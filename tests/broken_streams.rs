//! Streams of images and tasks with one thing broken: each break is found.

use std::sync::Arc;

use spikeproof::endpoint::Endpoint;
use spikeproof::judge::Judge;
use spikeproof::protocol::{self, BodyEnd, Delivery, Head};

const PREVIEW: &str = concat!(
    r#"{"type":"image_generation.partial_image","b64_json":"iVBORw0KGgo=","#,
    r#""created_at":1790000003,"size":"16x16","quality":"low","background":"opaque","#,
    r#""output_format":"png","partial_image_index":INDEX}"#
);
const RESULT: &str = concat!(
    r#"{"type":"image_generation.completed","b64_json":"iVBORw0KGgo=","#,
    r#""created_at":1790000007,"size":"16x16","quality":"low","background":"opaque","#,
    r#""output_format":"png","usage":{"total_tokens":131,"input_tokens":11,"#,
    r#""output_tokens":120,"input_tokens_details":{"text_tokens":11,"#,
    r#""image_tokens":0}}}"#
);

struct Stream {
    endpoint: Endpoint,
    request: Option<serde_json::Value>,
    frames: Vec<String>,
}

fn images() -> Stream {
    let preview = |index: &str| {
        let data = PREVIEW.replace("INDEX", index);
        format!("event: image_generation.partial_image\ndata: {data}\n\n")
    };
    let request = serde_json::json!({"model": "gpt-image-2", "prompt": "a kite", "stream": true,
        "partial_images": 2});
    Stream {
        endpoint: Endpoint::ImagesGenerations,
        request: Some(request),
        frames: vec![
            preview("0"),
            preview("1"),
            format!("event: image_generation.completed\ndata: {RESULT}\n\n"),
        ],
    }
}

fn task() -> Stream {
    let state = |status: &str| {
        format!("event: task.updated\ndata: {{\"task_id\":\"task_1\",\"status\":\"{status}\"}}\n\n")
    };
    Stream {
        endpoint: Endpoint::TasksStream,
        request: None,
        frames: ["pending", "running", "completed"].map(state).to_vec(),
    }
}

impl Stream {
    /// Ids of the rules that a body breaks.
    fn broken_by(&self, body: &[u8], end: BodyEnd) -> Vec<&'static str> {
        let asked = protocol::asked(
            self.endpoint,
            Delivery::Sse,
            self.request.clone().map(Into::into),
        );
        let head = Head {
            status: 200,
            headers: vec![("content-type".into(), "text/event-stream".into())],
        };
        let mut judge = Judge::new(Arc::new(asked), head);
        for piece in body.chunks(5) {
            judge.bytes(piece);
        }
        let judgement = judge.end(end).1;
        judgement
            .findings
            .iter()
            .map(|finding| finding.rule.id)
            .collect()
    }

    fn broken(&self, frames: &[&String]) -> bool {
        let body: String = frames.iter().map(|frame| frame.as_str()).collect();
        !self.broken_by(body.as_bytes(), BodyEnd::Clean).is_empty()
    }
}

#[test]
fn a_stream_cut_anywhere_is_found_and_a_broken_connection_is_not_blamed() {
    for stream in [images(), task()] {
        let body = stream.frames.concat();
        let whole = stream.broken_by(body.as_bytes(), BodyEnd::Clean);
        assert_eq!(whole, [""; 0]);
        for cut in 0..body.len() {
            let part = &body.as_bytes()[..cut];
            let clean = stream.broken_by(part, BodyEnd::Clean);
            assert!(!clean.is_empty(), "cut at {cut} of {}", body.len());
            for end in [BodyEnd::Broken, BodyEnd::Left] {
                assert_eq!(
                    stream.broken_by(part, end),
                    [""; 0],
                    "cut at {cut}, {end:?}"
                );
            }
        }
    }
}

#[test]
fn a_dropped_doubled_or_swapped_event_is_found_unless_a_client_cannot_tell() {
    // Fewer previews than asked for are allowed, and so are a late subscriber, who misses the
    // first states, and a state that is told again.
    let survivors = [
        ("image", "drop", 1),
        ("task", "drop", 0),
        ("task", "drop", 1),
        ("task", "double", 0),
        ("task", "double", 1),
    ];
    for (name, stream) in [("image", images()), ("task", task())] {
        let frames: Vec<&String> = stream.frames.iter().collect();
        for index in 0..frames.len() {
            let mut dropped = frames.clone();
            dropped.remove(index);
            let mut doubled = frames.clone();
            doubled.insert(index, frames[index]);
            for (edit, edited) in [("drop", dropped), ("double", doubled)] {
                let survives = survivors.contains(&(name, edit, index));
                assert_eq!(stream.broken(&edited), !survives, "{name} {edit} {index}");
            }
            if index > 0 {
                let mut swapped = frames.clone();
                swapped.swap(index - 1, index);
                assert!(stream.broken(&swapped), "{name} swap {index}");
            }
        }
    }
}
