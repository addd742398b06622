//! Responses with settings that other samples leave out.

/// A finished response with these members besides those that are always there.
macro_rules! grown {
    ($($members:expr),* $(,)?) => {
        concat!(
            r#"{"id":"resp_1","object":"response","created_at":1790000000,"status":"completed","#,
            r#""error":null,"incomplete_details":null,"instructions":null,"model":"m","#,
            r#""tools":[],"output":["#,
            message!("completed", logged_part!("Blue whale")),
            r#"],"parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
            r#""temperature":1.0,"top_p":1.0,"usage":"#,
            usage!(),
            ",",
            $($members,)*
            "}"
        )
    };
}

/// The first event, of a response with these members instead of a temperature.
macro_rules! created_with {
    ($members:literal) => {
        record!(
            "response.created",
            0,
            concat!(
                r#""response":{"id":"resp_1","object":"response","created_at":1790000000,"#,
                r#""status":"in_progress","error":null,"incomplete_details":null,"#,
                r#""instructions":null,"model":"m","tools":[],"output":[],"#,
                r#""parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","top_p":1.0,"#,
                $members,
                r#","usage":null}"#
            )
        )
    };
}
