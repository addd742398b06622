//! Pieces of answers that the rules' samples are put together from.

use crate::rules::Sample;

/// One event of a stream.
macro_rules! event {
    ($name:literal, $($data:tt)+) => {
        concat!("event: ", $name, "\ndata: ", $($data)+, "\n\n")
    };
}

/// `message_start` with the given members of `message` after `id`.
macro_rules! start_with {
    ($($members:tt)+) => {
        event!(
            "message_start",
            r#"{"type":"message_start","message":{"id":"msg_01","#, $($members)+, "}}"
        )
    };
}

macro_rules! start {
    () => {
        start_with!(
            r#""type":"message","role":"assistant","model":"m","content":[],"#,
            r#""stop_reason":null,"stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":1}"#
        )
    };
}

/// `content_block_start` with any block.
macro_rules! open {
    ($index:literal, $($block:tt)+) => {
        event!(
            "content_block_start",
            r#"{"type":"content_block_start","index":"#,
            $index,
            r#","content_block":"#,
            $($block)+,
            "}"
        )
    };
}

macro_rules! open_text {
    ($index:literal) => {
        open!($index, r#"{"type":"text","text":""}"#)
    };
}

macro_rules! open_tool {
    ($index:literal, $id:literal) => {
        event!(
            "content_block_start",
            r#"{"type":"content_block_start","index":"#,
            $index,
            r#","content_block":{"type":"tool_use","id":""#,
            $id,
            r#"","name":"get_time","input":{}}}"#
        )
    };
}

/// The empty fragment that the arguments of each tool call begin with.
macro_rules! no_input {
    ($index:literal) => {
        delta!($index, r#"{"type":"input_json_delta","partial_json":""}"#)
    };
}

macro_rules! open_thinking {
    ($index:literal) => {
        open!(
            $index,
            r#"{"type":"thinking","thinking":"","signature":""}"#
        )
    };
}

/// `content_block_delta` with any delta.
macro_rules! delta {
    ($index:literal, $($delta:tt)+) => {
        event!(
            "content_block_delta",
            r#"{"type":"content_block_delta","index":"#,
            $index,
            r#","delta":"#,
            $($delta)+,
            "}"
        )
    };
}

macro_rules! say {
    ($index:literal) => {
        delta!($index, r#"{"type":"text_delta","text":"Hi"}"#)
    };
}

macro_rules! sign {
    ($index:literal) => {
        delta!($index, r#"{"type":"signature_delta","signature":"c2ln"}"#)
    };
}

macro_rules! close {
    ($index:literal) => {
        event!(
            "content_block_stop",
            r#"{"type":"content_block_stop","index":"#,
            $index,
            "}"
        )
    };
}

/// A whole text block.
macro_rules! hi {
    ($index:literal) => {
        concat!(open_text!($index), say!($index), close!($index))
    };
}

/// A whole call of `get_time`.
macro_rules! call {
    ($index:literal, $id:literal) => {
        concat!(
            open_tool!($index, $id),
            no_input!($index),
            delta!($index, r#"{"type":"input_json_delta","partial_json":"{}"}"#),
            close!($index)
        )
    };
}

/// `message_delta` with any members after `type`.
macro_rules! ending {
    ($($members:tt)+) => {
        event!("message_delta", r#"{"type":"message_delta","#, $($members)+, "}")
    };
}

macro_rules! end {
    ($reason:literal, $tokens:literal) => {
        ending!(
            r#""delta":{"stop_reason":""#,
            $reason,
            r#"","stop_sequence":null},"#,
            r#""usage":{"output_tokens":"#,
            $tokens,
            "}"
        )
    };
}

macro_rules! stop {
    () => {
        event!("message_stop", r#"{"type":"message_stop"}"#)
    };
}

/// The end of an ordinary answer.
macro_rules! bye {
    () => {
        concat!(end!("end_turn", 5), stop!())
    };
}

/// A whole body with the given members after `role`.
macro_rules! message {
    ($($members:tt)+) => {
        concat!(
            r#"{"id":"msg_01","type":"message","role":"assistant","model":"m","#, $($members)+, "}"
        )
    };
}

/// A whole body with that content and stop reason.
macro_rules! saying {
    ($content:literal, $reason:literal) => {
        message!(
            r#""content":"#,
            $content,
            r#","stop_reason":""#,
            $reason,
            r#"","#,
            r#""stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":5}"#
        )
    };
}

/// The simplest answer.
pub(super) const GREETING: Sample = stream(concat!(start!(), hi!(0), bye!()));

/// An answer that calls a tool.
pub(super) const CALLING: Sample = stream(concat!(
    start!(),
    call!(0, "toolu_1"),
    end!("tool_use", 5),
    stop!()
));

/// An answer that thinks first.
pub(super) const THINKING: Sample = stream(concat!(
    start!(),
    open_thinking!(0),
    delta!(0, r#"{"type":"thinking_delta","thinking":"Hm"}"#),
    sign!(0),
    close!(0),
    hi!(1),
    bye!()
));

/// An answer that a stop sequence ended.
pub(super) const STOPPED: Sample = streamed(
    r#"{"stop_sequences":["END"]}"#,
    concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"#,
            r#""usage":{"output_tokens":5}"#
        ),
        stop!()
    ),
);

/// A failure half-way, told as it should be.
pub(super) const FAILING: Sample = stream(concat!(
    start!(),
    open_text!(0),
    say!(0),
    event!(
        "error",
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
    )
));

/// An answer of which another model made the last iteration, with a larger input.
pub(super) const FALLEN_BACK: Sample = stream(concat!(
    start!(),
    hi!(0),
    ending!(
        r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
        r#""usage":{"input_tokens":12,"cache_creation_input_tokens":0,"#,
        r#""cache_read_input_tokens":0,"output_tokens":5,"iterations":["#,
        r#"{"type":"message","input_tokens":9,"cache_creation_input_tokens":0,"#,
        r#""cache_read_input_tokens":0,"output_tokens":0},"#,
        r#"{"type":"fallback_message","input_tokens":12,"cache_creation_input_tokens":0,"#,
        r#""cache_read_input_tokens":0,"output_tokens":5}]}"#
    ),
    stop!()
));

pub(super) const GREETING_WHOLE: Sample =
    whole(saying!(r#"[{"type":"text","text":"Hi"}]"#, "end_turn"));

pub(super) const CALLING_WHOLE: Sample = whole(saying!(
    r#"[{"type":"tool_use","id":"toolu_1","name":"get_time","input":{}}]"#,
    "tool_use"
));

/// A stream, whatever the request.
pub(super) const fn stream(body: &'static str) -> Sample {
    streamed("", body)
}

/// The stream that answers a request.
pub(super) const fn streamed(request: &'static str, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 200,
        headers: &[("content-type", "text/event-stream; charset=utf-8")],
        body,
    }
}

/// A whole body, whatever the request.
pub(super) const fn whole(body: &'static str) -> Sample {
    answered("", body)
}

/// The whole body that answers a request.
pub(super) const fn answered(request: &'static str, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 200,
        headers: &[("content-type", "application/json")],
        body,
    }
}

/// The body of a failure.
pub(super) const fn refused(status: u16, body: &'static str) -> Sample {
    Sample::Answer {
        request: "",
        status,
        headers: &[("content-type", "application/json")],
        body,
    }
}
