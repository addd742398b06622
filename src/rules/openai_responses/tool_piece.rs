//! The pieces of calls, reasoning and failures that samples are put together from.

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

/// A response to a request that forces one call of `get_time`.
macro_rules! forced {
    ($status:literal, $output:expr, $usage:expr) => {
        concat!(
            "\"response\":",
            r#"{"id":"resp_1","object":"response","created_at":1790000000,"status":""#,
            $status,
            r#"","error":null,"incomplete_details":null,"instructions":null,"model":"m","#,
            r#""tools":[{"type":"function","name":"get_time","description":null,"#,
            r#""parameters":{},"strict":true}],"#,
            r#""output":["#,
            $output,
            r#"],"parallel_tool_calls":false,"metadata":{},"tool_choice":"required","#,
            r#""temperature":1.0,"top_p":1.0,"usage":"#,
            $usage,
            "}"
        )
    };
}

macro_rules! call_added {
    () => {
        concat!(
            record!("response.created", 0, forced!("in_progress", "", "null")),
            record!(
                "response.in_progress",
                1,
                forced!("in_progress", "", "null")
            ),
            item_added!(2, 0, call!("in_progress", ""))
        )
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
            record!(
                "response.completed",
                7,
                forced!(
                    "completed",
                    call!("completed", r#"{\"city\":\"Oslo\"}"#),
                    usage!()
                )
            )
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

/// The end of an answer that the limit cut off.
macro_rules! cut_off {
    ($output:expr) => {
        cut_off!(9, $output)
    };
    ($number:literal, $output:expr) => {
        record!(
            "response.incomplete",
            $number,
            concat!(
                "\"response\":",
                response!(
                    "incomplete",
                    $output,
                    usage!(),
                    "null",
                    r#"{"reason":"max_output_tokens"}"#
                )
            )
        )
    };
}

/// A piece of text with the bytes of its one token.
macro_rules! logged {
    ($number:literal, $text:literal, $bytes:literal) => {
        record!(
            "response.output_text.delta",
            $number,
            r#""item_id":"msg_1","output_index":0,"content_index":0"#,
            concat!(
                "\"delta\":\"",
                $text,
                "\",\"logprobs\":[{\"token\":\"",
                $text,
                "\",\"logprob\":-0.5,\"bytes\":",
                $bytes,
                ",\"top_logprobs\":[]}]"
            )
        )
    };
}

/// A text part with a citation.
macro_rules! cited {
    ($start:literal, $end:literal) => {
        concat!(
            r#"{"type":"output_text","text":"Blue whale","annotations":[{"#,
            r#""type":"url_citation","url":"u","title":"t","start_index":"#,
            $start,
            r#","end_index":"#,
            $end,
            "}]}"
        )
    };
}

/// A whole response that tells when it was completed.
macro_rules! timed {
    ($status:literal, $time:literal) => {
        timed!($status, $time, "1790000000")
    };
    ($status:literal, $time:literal, $created:literal) => {
        concat!(
            r#"{"store":true,"text":{"format":{"type":"text"},"verbosity":"medium"},"#,
            r#""truncation":"disabled","user":null,"reasoning":null,"#,
            r#""max_output_tokens":null,"previous_response_id":null,"background":false,"#,
            r#""top_logprobs":0,"max_tool_calls":null,"prompt_cache_key":null,"#,
            r#""safety_identifier":null,"prompt_cache_retention":null,"completed_at":"#,
            $time,
            r#","id":"resp_1","object":"response","created_at":"#,
            $created,
            r#","status":""#,
            $status,
            r#"","error":null,"incomplete_details":null,"instructions":null,"model":"m","#,
            r#""tools":[],"output":["#,
            message!("completed", logged_part!("Blue whale")),
            r#"],"parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
            r#""temperature":1.0,"top_p":1.0,"usage":"#,
            usage!(),
            "}"
        )
    };
}

/// A whole response of that id and model.
macro_rules! named {
    ($id:literal, $model:literal) => {
        concat!(
            r#"{"id":""#,
            $id,
            r#"","object":"response","created_at":1790000000,"status":"completed","#,
            r#""error":null,"incomplete_details":null,"instructions":null,"model":""#,
            $model,
            r#"","tools":[],"output":["#,
            message!("completed", text_part!("Blue whale")),
            r#"],"parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
            r#""temperature":1.0,"top_p":1.0,"usage":"#,
            usage!(),
            "}"
        )
    };
}

/// A whole response with the text of all parts.
macro_rules! with_output_text {
    ($text:literal) => {
        concat!(
            r#"{"output_text":""#,
            $text,
            r#"","id":"resp_1","object":"response","created_at":1790000000,"#,
            r#""status":"completed","error":null,"incomplete_details":null,"#,
            r#""instructions":null,"model":"m","tools":[],"output":["#,
            message!("completed", text_part!("Blue whale")),
            r#"],"parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
            r#""temperature":1.0,"top_p":1.0,"usage":"#,
            usage!(),
            "}"
        )
    };
}
