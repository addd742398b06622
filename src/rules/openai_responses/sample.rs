//! Whole answers: how samples are written, and the conforming ones.

use crate::rules::Sample;

/// A streamed answer.
macro_rules! stream {
    ($($piece:expr),* $(,)?) => { asked!("", $($piece),*) };
}

/// A streamed answer to a request.
macro_rules! asked {
    ($request:expr, $($piece:expr),* $(,)?) => {
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
    concat!(
        r#"{"tools":[{"type":"function","name":"get_time"}],"#,
        r#""tool_choice":"required","parallel_tool_calls":false}"#
    ),
    call_stream!(),
);

/// A reasoning item with a summary.
pub(super) const REASONING: Sample = stream!(
    summary_closed!(),
    item_done!(7, 0, reasoning!(summary_part!("Look."))),
    cut_off!(8, reasoning!(summary_part!("Look."))),
);

/// A summary of which the service took a part back.
pub(super) const RESTARTED: Sample = stream!(
    summary_opened!(),
    summary!(
        "response.reasoning_summary_text.delta",
        4,
        r#""delta":"Look""#
    ),
    summary!(
        "response.reasoning_summary_text.delta",
        5,
        r#""delta":" up.""#
    ),
    summary!("response.reasoning_summary_text.delta", 6, r#""delta":"""#),
    summary!("response.reasoning_summary_text.delta", 7, r#""delta":".""#),
    summary!(
        "response.reasoning_summary_text.done",
        8,
        r#""text":"Look.""#
    ),
    summary!(
        "response.reasoning_summary_part.done",
        9,
        concat!("\"part\":", summary_part!("Look."))
    ),
    item_done!(10, 0, reasoning!(summary_part!("Look."))),
    cut_off!(11, reasoning!(summary_part!("Look."))),
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
        concat!("\"annotation\":", citation!())
    ),
    text_done!(),
    part_done!(
        7,
        concat!(
            r#"{"type":"output_text","annotations":["#,
            citation!(),
            "],",
            r#""text":"Blue whale"}"#
        )
    ),
    item_done!(
        8,
        0,
        message!(
            "completed",
            concat!(
                r#"{"type":"output_text","annotations":["#,
                citation!(),
                "],",
                r#""text":"Blue whale"}"#
            )
        )
    ),
    completed!(
        9,
        message!(
            "completed",
            concat!(
                r#"{"type":"output_text","annotations":["#,
                citation!(),
                "],",
                r#""text":"Blue whale"}"#
            )
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
