//! Rules of images, whole and streamed.
//!
//! They follow the vendor's OpenAPI document and what its clients were seen to do, which is little:
//! they validate next to nothing here, so a checker is the only guard. Where the gateway documents
//! something else (a `url` from a gpt-image model), it is right.

use super::{Rule, Sample};

/// Eight bytes that every PNG begins with, in base64.
macro_rules! png {
    () => {
        "iVBORw0KGgo="
    };
}

/// A usage object whose sums hold.
macro_rules! usage {
    () => {
        concat!(
            r#"{"total_tokens":131,"input_tokens":11,"output_tokens":120,"#,
            r#""input_tokens_details":{"text_tokens":11,"image_tokens":0}}"#
        )
    };
}

/// What the events of a stream have in common.
macro_rules! echo {
    () => {
        r#""size":"16x16","quality":"low","background":"opaque","output_format":"png""#
    };
}

/// A partial image: its index and `created_at`.
macro_rules! partial {
    ($index:literal, $created:literal) => {
        concat!(
            "event: image_generation.partial_image\n",
            r#"data: {"type":"image_generation.partial_image","b64_json":""#,
            png!(),
            r#"","created_at":"#,
            $created,
            ",",
            echo!(),
            r#","partial_image_index":"#,
            $index,
            "}\n\n"
        )
    };
}

/// The completed image at the end.
macro_rules! completed {
    () => {
        completed!(png!(), usage!())
    };
    ($picture:expr, $usage:expr) => {
        concat!(
            "event: image_generation.completed\n",
            r#"data: {"type":"image_generation.completed","b64_json":""#,
            $picture,
            r#"","created_at":1790000007,"#,
            echo!(),
            r#","usage":"#,
            $usage,
            "}\n\n"
        )
    };
}

/// An error in the form that both vendor clients raise.
macro_rules! failed {
    () => {
        concat!(
            "event: error\n",
            r#"data: {"type":"error","error":{"type":"image_generation_user_error","#,
            r#""code":"moderation_blocked","message":"refused","param":null}}"#,
            "\n\n"
        )
    };
}

mod counted;
mod created;
mod envelope;
mod extent;
mod framing;
mod limits;
mod member_twice;
mod order;
mod picture;
mod refused;
mod resolved;
mod shape;
mod usage;

pub static RULES: &[&Rule] = &[
    &envelope::NOT_JSON,
    &limits::RANGE,
    &limits::WORD,
    &limits::TRANSPARENT,
    &limits::UNKNOWN_MEMBER,
    &limits::REFERENCE,
    &limits::UNREADABLE,
    &framing::NOT_STREAMED,
    &framing::UNCLOSED_RECORD,
    &framing::CARRIAGE_RETURN,
    &framing::BAD_EVENT_JSON,
    &framing::NO_EVENT_LINE,
    &framing::EVENT_NAME,
    &framing::WRONG_FAMILY,
    &envelope::ERROR_EVENT,
    &envelope::ERROR_BODY,
    &order::AFTER_ERROR,
    &order::DONE_NOT_LAST,
    &order::AFTER_COMPLETED,
    &order::PARTIAL_INDEX,
    &order::TOO_MANY_PARTIALS,
    &order::UNASKED_PARTIAL,
    &member_twice::RULE,
    &shape::OTHER_SCHEMA,
    &shape::NO_DATA,
    &shape::WRONG_COUNT,
    &shape::PARTIAL_KEYS,
    &shape::COMPLETED_KEYS,
    &created::BODY_CREATED,
    &created::EVENT_CREATED,
    &picture::BOTH_OR_NEITHER,
    &picture::TWICE,
    &picture::NO_BASE64,
    &picture::OTHER_FORM,
    &picture::BAD_BASE64,
    &picture::WRONG_FORMAT,
    &picture::RELATIVE_URL,
    &picture::EVENT_PICTURE,
    &extent::WRONG_SIZE,
    &extent::REVISED_PROMPT,
    &resolved::UNRESOLVED,
    &resolved::UNKNOWN,
    &resolved::NOT_AS_ASKED,
    &resolved::CHANGES,
    &usage::SHAPE,
    &usage::TOTAL,
    &usage::INPUT_PARTS,
    &usage::OUTPUT_PARTS,
    &usage::STREAMED_USAGE,
    &counted::PRESENCE,
    &counted::INPUT_PICTURES,
    &refused::PROMPT,
    &order::NOT_ONE_COMPLETED,
    &order::TRUNCATED,
];

/// The request that most samples answer.
const REQUEST: &str = r#"{"model":"gpt-image-1","prompt":"a kite"}"#;
/// A streamed one with two previews.
const STREAMED: &str =
    r#"{"model":"gpt-image-1","prompt":"a kite","stream":true,"partial_images":2}"#;
/// A healthy answer to [`STREAMED`].
const STREAM: &str = concat!(
    partial!(0, 1790000003),
    partial!(1, 1790000005),
    completed!()
);
/// A healthy answer to [`REQUEST`].
const BODY: &str = concat!(
    r#"{"created":1790000007,"background":"opaque","data":[{"b64_json":""#,
    png!(),
    r#""}],"output_format":"png","quality":"low","size":"16x16","usage":"#,
    usage!(),
    "}"
);

/// A whole answer with status 200.
const fn body(request: &'static str, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 200,
        headers: &[("content-type", "application/json")],
        body,
    }
}

/// A streamed answer.
const fn stream(request: &'static str, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 200,
        headers: &[("content-type", "text/event-stream")],
        body,
    }
}
