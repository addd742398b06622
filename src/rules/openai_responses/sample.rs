//! The pieces that samples are put together from, and the conforming answers.

use crate::rules::Sample;

/// One record of a stream: its type, its number and its further members.
macro_rules! record {
    ($type:literal, $number:literal $(, $member:expr)* $(,)?) => {
        concat!(
            "event: ", $type, "\ndata: {\"type\":\"", $type, "\",\"sequence_number\":", $number,
            $(",", $member,)* "}\n\n"
        )
    };
}

/// A response object.
macro_rules! response {
    ($status:literal, $output:expr, $usage:expr) => {
        response!($status, $output, $usage, "null", "null")
    };
    ($status:literal, $output:expr, $usage:expr, $error:expr, $details:expr) => {
        concat!(
            r#"{"id":"resp_1","object":"response","created_at":1790000000,"status":""#,
            $status,
            r#"","error":"#,
            $error,
            r#","incomplete_details":"#,
            $details,
            r#","instructions":null,"model":"m","tools":[],"output":["#,
            $output,
            r#"],"parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
            r#""temperature":1.0,"top_p":1.0,"usage":"#,
            $usage,
            "}"
        )
    };
}

macro_rules! usage {
    () => {
        usage!("11")
    };
    ($total:literal) => {
        concat!(
            r#"{"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"#,
            r#""output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"#,
            r#""total_tokens":"#,
            $total,
            "}"
        )
    };
}

macro_rules! created {
    () => {
        created!(0)
    };
    ($number:literal) => {
        record!(
            "response.created",
            $number,
            concat!("\"response\":", response!("in_progress", "", "null"))
        )
    };
}

macro_rules! in_progress {
    () => {
        in_progress!(1)
    };
    ($number:literal) => {
        record!(
            "response.in_progress",
            $number,
            concat!("\"response\":", response!("in_progress", "", "null"))
        )
    };
}

macro_rules! start {
    () => {
        concat!(created!(), in_progress!())
    };
}

macro_rules! message {
    ($status:literal, $content:expr) => {
        concat!(
            r#"{"id":"msg_1","type":"message","status":""#,
            $status,
            r#"","content":["#,
            $content,
            r#"],"role":"assistant"}"#
        )
    };
}

macro_rules! text_part {
    ($text:literal) => {
        concat!(
            r#"{"type":"output_text","annotations":[],"text":""#,
            $text,
            "\"}"
        )
    };
}

macro_rules! item_added {
    ($number:literal, $index:literal, $item:expr) => {
        record!(
            "response.output_item.added",
            $number,
            concat!("\"output_index\":", $index),
            concat!("\"item\":", $item)
        )
    };
}

macro_rules! item_done {
    ($number:literal, $index:literal, $item:expr) => {
        record!(
            "response.output_item.done",
            $number,
            concat!("\"output_index\":", $index),
            concat!("\"item\":", $item)
        )
    };
}

macro_rules! message_added {
    () => {
        item_added!(2, 0, message!("in_progress", ""))
    };
}

macro_rules! part_added {
    () => {
        part_added!(3, 0, text_part!(""))
    };
    ($number:literal, $index:literal, $part:expr) => {
        record!(
            "response.content_part.added",
            $number,
            r#""item_id":"msg_1","output_index":0"#,
            concat!("\"content_index\":", $index),
            concat!("\"part\":", $part)
        )
    };
}

macro_rules! delta {
    ($number:literal, $text:literal) => {
        record!(
            "response.output_text.delta",
            $number,
            r#""item_id":"msg_1","output_index":0,"content_index":0"#,
            concat!("\"delta\":\"", $text, "\"")
        )
    };
}

macro_rules! text_done {
    () => {
        text_done!(6, "Blue whale")
    };
    ($number:literal, $text:literal) => {
        record!(
            "response.output_text.done",
            $number,
            r#""item_id":"msg_1","output_index":0,"content_index":0"#,
            concat!("\"text\":\"", $text, "\"")
        )
    };
}

macro_rules! part_done {
    () => {
        part_done!(7, text_part!("Blue whale"))
    };
    ($number:literal, $part:expr) => {
        record!(
            "response.content_part.done",
            $number,
            r#""item_id":"msg_1","output_index":0,"content_index":0"#,
            concat!("\"part\":", $part)
        )
    };
}

macro_rules! message_done {
    () => {
        item_done!(8, 0, message!("completed", text_part!("Blue whale")))
    };
}

/// Everything of a text answer before its first delta, and then its text.
macro_rules! opened {
    () => {
        concat!(start!(), message_added!(), part_added!())
    };
}

macro_rules! said {
    () => {
        concat!(opened!(), delta!(4, "Blue"), delta!(5, " whale"))
    };
}

/// Everything but the last record.
macro_rules! written {
    () => {
        concat!(said!(), text_done!(), part_done!(), message_done!())
    };
}

macro_rules! completed {
    () => {
        completed!(9, message!("completed", text_part!("Blue whale")), usage!())
    };
    ($number:literal, $output:expr, $usage:expr) => {
        record!(
            "response.completed",
            $number,
            concat!("\"response\":", response!("completed", $output, $usage))
        )
    };
}

macro_rules! call {
    ($status:literal, $arguments:literal) => {
        concat!(
            r#"{"id":"fc_1","type":"function_call","status":""#,
            $status,
            r#"","arguments":""#,
            $arguments,
            r#"","call_id":"call_1","name":"get_time"}"#
        )
    };
}

macro_rules! call_added {
    () => {
        concat!(start!(), item_added!(2, 0, call!("in_progress", "")))
    };
}

macro_rules! arguments {
    ($number:literal, $text:literal) => {
        record!(
            "response.function_call_arguments.delta",
            $number,
            r#""item_id":"fc_1","output_index":0"#,
            concat!("\"delta\":\"", $text, "\"")
        )
    };
}

macro_rules! arguments_done {
    ($number:literal, $text:literal) => {
        record!(
            "response.function_call_arguments.done",
            $number,
            r#""item_id":"fc_1","output_index":0"#,
            concat!("\"arguments\":\"", $text, "\"")
        )
    };
}

macro_rules! called {
    () => {
        concat!(
            call_added!(),
            arguments!(3, r#"{\"city\":"#),
            arguments!(4, r#"\"Oslo\"}"#)
        )
    };
}

macro_rules! call_written {
    () => {
        concat!(
            called!(),
            arguments_done!(5, r#"{\"city\":\"Oslo\"}"#),
            item_done!(6, 0, call!("completed", r#"{\"city\":\"Oslo\"}"#)),
        )
    };
}

macro_rules! call_stream {
    () => {
        concat!(
            call_written!(),
            completed!(7, call!("completed", r#"{\"city\":\"Oslo\"}"#), usage!())
        )
    };
}

macro_rules! reasoning {
    ($summary:expr) => {
        concat!(
            r#"{"id":"rs_1","type":"reasoning","summary":["#,
            $summary,
            "]}"
        )
    };
}

macro_rules! summary_part {
    ($text:literal) => {
        concat!(r#"{"type":"summary_text","text":""#, $text, "\"}")
    };
}

macro_rules! summary {
    ($type:literal, $number:literal, $member:expr) => {
        record!(
            $type,
            $number,
            r#""item_id":"rs_1","output_index":0,"summary_index":0"#,
            $member
        )
    };
}

macro_rules! summary_opened {
    () => {
        concat!(
            start!(),
            item_added!(2, 0, reasoning!("")),
            summary!(
                "response.reasoning_summary_part.added",
                3,
                concat!("\"part\":", summary_part!(""))
            )
        )
    };
}

macro_rules! summary_said {
    () => {
        concat!(
            summary_opened!(),
            summary!(
                "response.reasoning_summary_text.delta",
                4,
                r#""delta":"Look.""#
            ),
            summary!(
                "response.reasoning_summary_text.done",
                5,
                r#""text":"Look.""#
            )
        )
    };
}

macro_rules! summary_closed {
    () => {
        concat!(
            summary_said!(),
            summary!(
                "response.reasoning_summary_part.done",
                6,
                concat!("\"part\":", summary_part!("Look."))
            )
        )
    };
}

macro_rules! failing {
    () => {
        concat!(
            start!(),
            record!(
                "error",
                2,
                concat!(
                    r#""error":{"type":"server_error","code":"server_error","#,
                    r#""message":"Overloaded.","param":null}"#
                )
            )
        )
    };
}

macro_rules! failed {
    () => {
        failed!("server_error")
    };
    ($code:literal) => {
        record!(
            "response.failed",
            3,
            concat!(
                "\"response\":",
                response!(
                    "failed",
                    "",
                    "null",
                    concat!("{\"code\":\"", $code, "\",\"message\":\"Overloaded.\"}"),
                    "null"
                )
            )
        )
    };
}

/// A streamed answer.
macro_rules! stream {
    ($($piece:expr),* $(,)?) => { asked!("", $($piece),*) };
}

/// A streamed answer to a request.
macro_rules! asked {
    ($request:literal, $($piece:expr),* $(,)?) => {
        crate::rules::Sample::Answer {
            request: $request,
            status: 200,
            headers: &[("content-type", "text/event-stream; charset=utf-8")],
            body: concat!($($piece),*),
        }
    };
}

/// An answer that is one JSON body.
macro_rules! body {
    ($($piece:expr),* $(,)?) => { answer!(200, $($piece),*) };
}

macro_rules! answer {
    ($status:literal, $($piece:expr),* $(,)?) => {
        crate::rules::Sample::Answer {
            request: "",
            status: $status,
            headers: &[("content-type", "application/json")],
            body: concat!($($piece),*),
        }
    };
}

/// Two words of text.
pub(super) const TEXT: Sample = stream!(written!(), completed!());

/// A function call.
pub(super) const CALL: Sample = asked!(
    r#"{"tools":[{"type":"function","name":"get_time"}],"tool_choice":"required","parallel_tool_calls":false}"#,
    call_stream!(),
);

/// A reasoning item with a summary.
pub(super) const REASONING: Sample = stream!(
    summary_closed!(),
    item_done!(7, 0, reasoning!(summary_part!("Look."))),
    completed!(8, reasoning!(summary_part!("Look.")), usage!()),
);

/// Text that the limit cut off.
pub(super) const INCOMPLETE: Sample = asked!(
    r#"{"max_output_tokens":16}"#,
    said!(),
    text_done!(),
    part_done!(),
    item_done!(8, 0, message!("incomplete", text_part!("Blue whale"))),
    record!(
        "response.incomplete",
        9,
        concat!(
            "\"response\":",
            response!(
                "incomplete",
                message!("incomplete", text_part!("Blue whale")),
                usage!(),
                "null",
                r#"{"reason":"max_output_tokens"}"#
            )
        )
    ),
);

/// A failure after the start.
pub(super) const FAILED: Sample = stream!(failing!(), failed!());

/// Text with a citation.
pub(super) const ANNOTATED: Sample = stream!(
    opened!(),
    delta!(4, "Blue whale"),
    record!(
        "response.output_text.annotation.added",
        5,
        r#""item_id":"msg_1","output_index":0,"content_index":0,"annotation_index":0"#,
        concat!("\"annotation\":", r#"{"type":"url_citation","url":"u"}"#)
    ),
    text_done!(),
    part_done!(
        7,
        r#"{"type":"output_text","annotations":[{"type":"url_citation","url":"u"}],"text":"Blue whale"}"#
    ),
    item_done!(
        8,
        0,
        message!(
            "completed",
            r#"{"type":"output_text","annotations":[{"type":"url_citation","url":"u"}],"text":"Blue whale"}"#
        )
    ),
    completed!(
        9,
        message!(
            "completed",
            r#"{"type":"output_text","annotations":[{"type":"url_citation","url":"u"}],"text":"Blue whale"}"#
        ),
        usage!()
    ),
);

/// A text answer as one body.
pub(super) const UNARY: Sample = body!(response!(
    "completed",
    message!("completed", text_part!("Blue whale")),
    usage!()
));

/// A refused request.
pub(super) const REFUSED: Sample = answer!(
    400,
    r#"{"error":{"message":"No such model.","type":"invalid_request_error","#,
    r#""param":"model","code":"model_not_found"}}"#
);
