//! The pieces of hosted tools' answers that samples are put together from.

macro_rules! web_search {
    () => {
        concat!(
            r#"{"id":"h_1","type":"web_search_call","status":"completed","#,
            r#""action":{"type":"search","query":"q"}}"#
        )
    };
}

macro_rules! file_search {
    () => {
        concat!(
            r#"{"id":"h_1","type":"file_search_call","status":"completed","#,
            r#""queries":["q"],"results":null}"#
        )
    };
}

macro_rules! code_run {
    () => {
        concat!(
            r#"{"id":"h_1","type":"code_interpreter_call","status":"completed","#,
            r#""container_id":"c","code":"1+1","outputs":null}"#
        )
    };
}

macro_rules! drawn {
    ($result:literal) => {
        concat!(
            r#"{"id":"h_1","type":"image_generation_call","status":"completed","#,
            r#""result":""#,
            $result,
            r#""}"#
        )
    };
}

/// An item of a server's tool in the making.
macro_rules! mcp_added {
    ($type:literal, $members:literal) => {
        concat!(
            start!(),
            item_added!(
                2,
                0,
                concat!(
                    r#"{"id":"h_1","type":""#,
                    $type,
                    r#"","server_label":"s","#,
                    $members,
                    "}"
                )
            )
        )
    };
}

macro_rules! mcp {
    ($type:literal, $number:literal $(, $member:expr)*) => {
        record!($type, $number, r#""item_id":"h_1","output_index":0"# $(, $member)*)
    };
}

macro_rules! listing {
    () => {
        r#"{"id":"h_1","type":"mcp_list_tools","server_label":"s","tools":[{"name":"n"}]}"#
    };
}

macro_rules! mcp_called {
    () => {
        concat!(
            r#"{"id":"h_1","type":"mcp_call","status":"completed","arguments":"{}","#,
            r#""server_label":"s","name":"n","output":"1","error":null}"#
        )
    };
}

macro_rules! approval {
    ($arguments:literal) => {
        concat!(
            r#"{"id":"h_1","type":"mcp_approval_request","server_label":"s","name":"n","#,
            r#""arguments":""#,
            $arguments,
            r#""}"#
        )
    };
}
