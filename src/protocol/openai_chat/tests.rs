use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::endpoint::Endpoint;
use crate::protocol::{self, Auth, Credential, Draft, Payload};
use crate::scenario::request::{Prompt, TextCall, TextProtocol, Tool, ToolChoice};
use crate::wire::sse;

fn call() -> TextCall {
    TextCall {
        protocol: TextProtocol::OpenaiChat,
        model: "m".to_owned(),
        delivery: Delivery::Unary,
        history: Vec::new(),
        prompt: Prompt::Text("Hi".to_owned()),
        system: None,
        tools: Vec::new(),
        tool_choice: None,
        thinking: None,
        image: false,
        stop: Vec::new(),
        max_tokens: None,
        temperature: None,
        n: None,
        json: false,
        cache: false,
        auth: None,
    }
}

/// A member of the body; of tools, how many there are.
fn line(key: &str, value: &Value) -> String {
    match value.as_array() {
        Some(tools) if key == "tools" => format!("tools: {}", tools.len()),
        Some(_) | None => format!("{key}: {value}"),
    }
}

fn check(call: &TextCall, expected: &Expect) -> Draft {
    let draft = encode(call, 7);
    assert_eq!(
        draft,
        encode(call, 7),
        "the same call and seed give the same request"
    );
    let body: Value = serde_json::from_slice(&draft.body).unwrap();
    assert_eq!(
        body.to_string().as_bytes(),
        &draft.body[..],
        "the body is compact"
    );
    let members = body.as_object().unwrap().iter();
    let lines: Vec<_> = members.map(|(key, value)| line(key, value)).collect();
    expected.assert_eq(&lines.join("\n"));
    draft
}

#[test]
fn the_shortest_call_is_model_and_messages() {
    let draft = check(
        &call(),
        &expect![[r#"
            model: "m"
            messages: [{"role":"user","content":"Hi"}]"#]],
    );
    assert_eq!(
        (draft.method, draft.path.as_str()),
        ("POST", "/v1/chat/completions")
    );
    assert_eq!(draft.auth, Credential::Key(Auth::Bearer));
    assert_eq!(draft.asked.n, Some(1));
    assert_eq!(draft.asked.include_usage, Some(false));
}

#[test]
fn every_option_is_written_in_a_fixed_order() {
    let call = TextCall {
        delivery: Delivery::Sse,
        system: Some("Be brief".to_owned()),
        tools: vec![Tool::Time],
        tool_choice: Some(ToolChoice::First),
        stop: vec!["END".to_owned()],
        max_tokens: Some(64),
        temperature: Some(700),
        thinking: Some(2048),
        n: Some(2),
        json: true,
        cache: false,
        auth: Some(Auth::XApiKey),
        ..call()
    };
    let draft = check(
        &call,
        &expect![[r#"
            model: "m"
            messages: [{"role":"system","content":"Be brief"},{"role":"user","content":"Hi"}]
            max_tokens: 64
            temperature: 0.7
            n: 2
            stop: ["END"]
            tools: 1
            tool_choice: {"type":"function","function":{"name":"get_time"}}
            response_format: {"type":"json_object"}
            reasoning_effort: "medium"
            stream: true
            stream_options: {"include_usage":true}"#]],
    );
    assert_eq!(draft.auth, Credential::Key(Auth::XApiKey));
    let asked = &draft.asked;
    assert_eq!((asked.delivery, asked.n), (Delivery::Sse, Some(2)));
    assert_eq!((asked.max_tokens, asked.json), (Some(64), Some(true)));
    assert_eq!(
        (asked.include_usage, asked.thinking),
        (Some(true), Some(true))
    );
    assert_eq!(
        asked.tools.as_deref(),
        Some(["get_time".to_owned()].as_slice())
    );
    assert_eq!(
        asked.tool_choice,
        Some(AskedToolChoice::Named("get_time".to_owned()))
    );
    assert_eq!(
        asked.stop_sequences.as_deref(),
        Some(["END".to_owned()].as_slice())
    );
}

#[test]
fn a_tool_is_written_with_its_schema() {
    let call = TextCall {
        tools: vec![Tool::Weather, Tool::Time],
        tool_choice: Some(ToolChoice::Required),
        ..call()
    };
    let body: Value = serde_json::from_slice(&encode(&call, 7).body).unwrap();
    let tool = &body["tools"][1];
    assert_eq!(
        (&tool["type"], &tool["function"]["name"]),
        (&json!("function"), &json!("get_time"))
    );
    assert_eq!(tool["function"]["parameters"]["required"], json!(["city"]));
    assert_eq!(body["tool_choice"], "required");
}

#[test]
fn a_budget_becomes_an_effort() {
    let effort = |budget| {
        let call = TextCall {
            thinking: Some(budget),
            ..call()
        };
        let body: Value = serde_json::from_slice(&encode(&call, 7).body).unwrap();
        body["reasoning_effort"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        [effort(2047), effort(2048), effort(8191), effort(8192)],
        ["low", "medium", "medium", "high"]
    );
}

#[test]
fn an_image_is_a_data_url_after_the_text() {
    let call = TextCall {
        image: true,
        ..call()
    };
    let body: Value = serde_json::from_slice(&encode(&call, 7).body).unwrap();
    let content = &body["messages"][0]["content"];
    assert_eq!(content[0], json!({"type": "text", "text": "Hi"}));
    let url = content[1]["image_url"]["url"].as_str().unwrap();
    assert!(url.starts_with("data:image/png;base64,iVBOR"));
}

/// What each record of a stream means, as `T` (token), `V` (visible), `E` (end) or `-`.
fn meanings(records: &[Value]) -> (State, String) {
    let mut state = State::default();
    let mut told = String::new();
    for json in records {
        let is_done = json.as_str() == Some("[DONE]");
        let text = if is_done {
            "data: [DONE]\n\n".to_owned()
        } else {
            format!("data: {json}\n\n")
        };
        sse::Reader::new().push(text.as_bytes(), &mut |frame| {
            let payload = if is_done {
                Payload::Done
            } else {
                Payload::Json(json.clone().into())
            };
            let meaning = OpenaiChat::apply(&mut state, &Event::new(frame, payload));
            told.push(match (meaning.terminal, meaning.visible, meaning.token) {
                (true, ..) => 'E',
                (_, true, true) => 'V',
                (_, false, true) => 'T',
                (_, true, false) => '?',
                (_, false, false) => '-',
            });
        });
    }
    (state, told)
}

fn chunk(delta: &Value) -> Value {
    json!({"id": "chatcmpl-1", "model": "m", "created": 1,
           "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn finish() -> Value {
    let choice = json!({"index": 0, "delta": {}, "finish_reason": "stop"});
    json!({"id": "chatcmpl-1", "choices": [choice]})
}

#[test]
fn only_generated_payload_is_a_token() {
    let fragment = |arguments: &str| {
        let function = json!({"arguments": arguments});
        json!({"tool_calls": [{"index": 0, "function": function}]})
    };
    let (_, told) = meanings(&[
        chunk(&json!({"role": "assistant", "content": ""})),
        chunk(&json!({"content": "a"})),
        chunk(&json!({"content": null})),
        chunk(&json!({"refusal": "no"})),
        chunk(&json!({"reasoning_content": "hm"})),
        chunk(&fragment("")),
        chunk(&fragment("{")),
        finish(),
        json!({"id": "chatcmpl-1", "choices": [], "usage": {"prompt_tokens": 1}}),
        json!("[DONE]"),
    ]);
    assert_eq!(told, "-V-VT-V--E");
    let (_, told) = meanings(&[json!({"error": {"message": "a"}})]);
    assert_eq!(told, "E");
}

#[test]
fn facts_hold_the_usage_the_stop_and_the_names() {
    let (state, _) = meanings(&[
        chunk(&json!({"role": "assistant", "content": ""})),
        finish(),
        json!({"id": "chatcmpl-1", "choices": [], "usage": {"prompt_tokens": 9,
            "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}}),
        json!("[DONE]"),
    ]);
    let facts = OpenaiChat::facts(&state);
    let usage = Usage {
        input: 9,
        output: 2,
        cached: 4,
    };
    assert_eq!((facts.usage, facts.complete), (Some(usage), true));
    assert_eq!(facts.stop.as_deref(), Some("stop"));
    assert_eq!(facts.model.as_deref(), Some("m"));
    assert_eq!(facts.response_id.as_deref(), Some("chatcmpl-1"));
}

#[test]
fn a_filter_s_chunk_in_front_is_not_the_first_chunk() {
    let filter = json!({"id": "", "model": "", "choices": [], "prompt_filter_results": []});
    let (state, _) = meanings(&[filter, chunk(&json!({"role": "assistant"}))]);
    assert_eq!(
        OpenaiChat::facts(&state).response_id.as_deref(),
        Some("chatcmpl-1")
    );
    assert_eq!(state.chunks, 1);
}

#[test]
fn a_null_error_is_no_error() {
    let mut fine = chunk(&json!({"content": "a"}));
    fine["error"] = Value::Null;
    let (state, told) = meanings(&[fine]);
    assert_eq!((state.error, told.as_str()), (None, "V"));
}

#[test]
fn a_recorded_request_is_read_like_one_of_ours() {
    let body = json!({"stream": true, "max_completion_tokens": 9, "stop": "x",
        "tool_choice": "required", "functions": [{"name": "old"}],
        "tools": [{"type": "custom", "custom": {"name": "c"}}]});
    let asked = protocol::asked(
        Endpoint::ChatCompletions,
        Delivery::Unary,
        Some(body.into()),
    );
    assert_eq!((asked.delivery, asked.max_tokens), (Delivery::Sse, Some(9)));
    assert_eq!(asked.tools, Some(vec!["c".to_owned(), "old".to_owned()]));
    assert_eq!(asked.tool_choice, Some(AskedToolChoice::Required));
    assert_eq!(asked.stop_sequences, Some(vec!["x".to_owned()]));
}

/// Any JSON made of the words that the protocol uses.
fn garbage() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "chat.completion.chunk",
        "chatcmpl-1",
        "assistant",
        "stop",
        "tool_calls",
        "call_1",
        "function",
        "{}",
        "[DONE]",
        "é",
    ]);
    let keys = prop::sample::select(vec![
        "id",
        "object",
        "created",
        "model",
        "choices",
        "index",
        "delta",
        "role",
        "content",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "finish_reason",
        "usage",
        "error",
        "prompt_tokens",
        "completion_tokens",
        "message",
        "n",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        words.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_records_break_the_state(records in prop::collection::vec(garbage(), 0..20)) {
        let (mut state, _) = meanings(&records);
        for record in &records {
            OpenaiChat::apply_body(&mut state, &record.clone().into());
            let mut asked = Asked::of(Endpoint::ChatCompletions, Delivery::Sse);
            read_asked(&mut asked, &record.clone().into());
        }
        OpenaiChat::facts(&state);
    }
}
