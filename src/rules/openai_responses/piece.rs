//! The pieces of text answers that samples are put together from.

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

/// As the service sends it now.
macro_rules! logged_part {
    ($text:literal) => {
        concat!(
            r#"{"type":"output_text","annotations":[],"logprobs":[],"text":""#,
            $text,
            "\"}"
        )
    };
}

macro_rules! citation {
    () => {
        r#"{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":4}"#
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
