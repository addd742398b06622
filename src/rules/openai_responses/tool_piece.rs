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
