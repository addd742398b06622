//! Pieces of answers that the rules' samples are put together from.

use crate::rules::Sample;

/// One record of a stream.
macro_rules! record {
    ($($data:tt)+) => {
        concat!("data: ", $($data)+, "\n\n")
    };
}

/// A chunk with those entries in `choices`.
macro_rules! chunk {
    ($($choices:tt)*) => {
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":["#, $($choices)* "]}"
        )
    };
}

/// A chunk that says something, with its own members before `choices`.
macro_rules! said_in {
    ($($members:tt)+) => {
        record!(
            "{", $($members)+,
            r#","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#
        )
    };
}

/// A chunk with a fingerprint.
macro_rules! printed {
    ($fingerprint:literal, $choice:literal) => {
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","system_fingerprint":""#,
            $fingerprint,
            r#"","choices":["#,
            $choice,
            "]}"
        )
    };
}

/// A request that offers `get_time`, with one more member.
macro_rules! with_time {
    ($member:literal) => {
        concat!(
            r#"{"tools":[{"type":"function","function":{"name":"get_time"}}],"#,
            $member,
            "}"
        )
    };
}

/// A chunk with one choice and its delta.
macro_rules! delta {
    ($index:literal, $($delta:tt)+) => {
        chunk!(
            r#"{"index":"#, $index, r#","delta":"#, $($delta)+, r#","finish_reason":null}"#,
        )
    };
}

/// A record between the sounds of an answer.
macro_rules! unspoken {
    () => {
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m"}"#
        )
    };
}

/// How long the sound of an answer is kept.
macro_rules! kept {
    () => {
        chunk!(r#"{"index":0,"delta":{"audio":{"expires_at":1790003600}}}"#,)
    };
}

macro_rules! role {
    ($index:literal) => {
        delta!($index, r#"{"role":"assistant","content":""}"#)
    };
}

macro_rules! say {
    ($index:literal) => {
        delta!($index, r#"{"content":"Hi"}"#)
    };
}

macro_rules! finish {
    ($index:literal, $reason:literal) => {
        chunk!(
            r#"{"index":"#,
            $index,
            r#","delta":{},"finish_reason":""#,
            $reason,
            r#""}"#,
        )
    };
}

/// A whole choice.
macro_rules! hi {
    ($index:literal) => {
        concat!(role!($index), say!($index), finish!($index, "stop"))
    };
}

/// A fragment of a tool call, with any members after `index`.
macro_rules! fragment {
    ($($members:tt)+) => {
        delta!(0, r#"{"tool_calls":[{"index":"#, $($members)+, "}]}")
    };
}

macro_rules! open_call {
    ($index:literal, $id:literal) => {
        fragment!(
            $index,
            r#","id":""#,
            $id,
            r#"","type":"function","function":{"name":"get_time","arguments":""}"#
        )
    };
}

macro_rules! arguments {
    ($index:literal, $piece:literal) => {
        fragment!($index, r#","function":{"arguments":""#, $piece, r#""}"#)
    };
}

/// A whole call of `get_time`.
macro_rules! call {
    ($index:literal, $id:literal) => {
        concat!(open_call!($index, $id), arguments!($index, "{}"))
    };
}

/// A whole choice that calls a tool.
macro_rules! calling {
    () => {
        concat!(role!(0), call!(0, "call_1"), finish!(0, "tool_calls"))
    };
}

/// The usage chunk with any members in `usage`.
macro_rules! usage_with {
    ($($members:tt)+) => {
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":[],"usage":{"#, $($members)+, "}}"
        )
    };
}

macro_rules! usage {
    () => {
        usage_with!(r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11"#)
    };
}

macro_rules! done {
    () => {
        "data: [DONE]\n\n"
    };
}

/// A whole body with those choices, and usage.
macro_rules! completion {
    ($($choices:tt)*) => {
        concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m","#,
            r#""choices":["#, $($choices)* r#"],"usage":{"prompt_tokens":9,"#,
            r#""completion_tokens":2,"total_tokens":11}}"#
        )
    };
}

/// An entry of a whole body's choices, with any members in `message` after `role`.
macro_rules! whole_choice {
    ($index:literal, $reason:literal, $($message:tt)+) => {
        concat!(
            r#"{"index":"#, $index, r#","finish_reason":""#, $reason,
            r#"","message":{"role":"assistant","#, $($message)+, "}}"
        )
    };
}

macro_rules! whole_hi {
    ($index:literal) => {
        whole_choice!($index, "stop", r#""content":"Hi""#)
    };
}

macro_rules! whole_call {
    ($reason:literal, $arguments:literal) => {
        whole_choice!(
            0,
            $reason,
            r#""content":null,"tool_calls":[{"id":"call_1","type":"function","#,
            r#""function":{"name":"get_time","arguments":""#,
            $arguments,
            r#""}}]"#
        )
    };
}

/// A chunk with a delta and its log probabilities.
macro_rules! logged {
    ($delta:literal, $($logprobs:tt)+) => {
        chunk!(
            r#"{"index":0,"delta":"#, $delta, r#","logprobs":"#, $($logprobs)+,
            r#","finish_reason":null}"#,
        )
    };
}

/// An opening chunk with a `service_tier`.
macro_rules! tiered {
    ($tier:literal) => {
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","service_tier":"#,
            $tier,
            r#","choices":[{"index":0,"delta":{"role":"assistant","content":""},"#,
            r#""finish_reason":null}]}"#
        )
    };
}

/// A chunk with text and padding.
macro_rules! padded {
    ($padding:literal) => {
        said_in!(
            r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","obfuscation":"#,
            $padding
        )
    };
}

/// A chunk that says of usage that it is not the one.
macro_rules! uncounted {
    ($delta:literal, $finish:literal) => {
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":[{"index":0,"delta":"#,
            $delta,
            r#","finish_reason":"#,
            $finish,
            r#"}],"usage":null}"#
        )
    };
}

/// A whole completion whose usage has details.
macro_rules! detailed {
    ($($message:tt)+) => {
        concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m","#,
            r#""choices":["#, whole_choice!(0, "stop", $($message)+), r#"],"usage":{"#,
            r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
            r#""completion_tokens_details":{"reasoning_tokens":0}}}"#
        )
    };
}

/// The simplest answer.
pub(super) const GREETING: Sample = stream(concat!(hi!(0), done!()));

/// An answer that calls a tool.
pub(super) const CALLING: Sample = stream(concat!(calling!(), done!()));

/// An answer with usage, as it was asked for.
pub(super) const COUNTED: Sample = streamed(
    r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
    concat!(hi!(0), usage!(), done!()),
);

/// Two choices, interleaved.
pub(super) const TWO: Sample = streamed(
    r#"{"n":2}"#,
    concat!(
        role!(0),
        say!(0),
        role!(1),
        say!(1),
        finish!(0, "stop"),
        finish!(1, "stop"),
        done!()
    ),
);

/// A failure half-way, told as it should be.
pub(super) const FAILING: Sample = stream(concat!(
    role!(0),
    say!(0),
    record!(r#"{"error":{"message":"overloaded","type":"server_error","param":null,"code":null}}"#)
));

/// An answer that is spoken, with the records that come between its sounds.
pub(super) const SPOKEN: Sample = streamed(
    r#"{"modalities":["text","audio"],"stream_options":{"include_usage":true}}"#,
    concat!(
        role!(0),
        delta!(
            0,
            r#"{"content":null,"audio":{"id":"audio_1","transcript":"Hi"}}"#
        ),
        unspoken!(),
        delta!(
            0,
            r#"{"role":"assistant","content":null,"audio":{"id":"audio_1","data":"AAAB"}}"#
        ),
        unspoken!(),
        usage!(),
        kept!(),
        done!()
    ),
);

/// One that failed after its first word.
pub(super) const UNSPOKEN: Sample = streamed(
    r#"{"modalities":["text","audio"]}"#,
    concat!(
        role!(0),
        delta!(
            0,
            r#"{"content":null,"audio":{"id":"audio_1","transcript":"Hi"}}"#
        ),
        record!(r#"{"error":{"message":"x","type":"server_error","param":null,"code":null}}"#),
        kept!(),
        done!()
    ),
);

pub(super) const GREETING_WHOLE: Sample = whole(completion!(whole_hi!(0),));

pub(super) const CALLING_WHOLE: Sample = whole(completion!(whole_call!("tool_calls", "{}"),));

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
