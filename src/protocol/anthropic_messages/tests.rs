use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::endpoint::Endpoint;
use crate::protocol::{self, Auth, Credential, Draft};
use crate::scenario::request::{Prompt, TextCall, TextProtocol, Tool, ToolChoice};
use crate::wire::sse;

fn call() -> TextCall {
    TextCall {
        protocol: TextProtocol::AnthropicMessages,
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
fn the_shortest_call_is_written_with_a_limit() {
    let draft = check(
        &call(),
        &expect![[r#"
            model: "m"
            max_tokens: 256
            messages: [{"role":"user","content":"Hi"}]"#]],
    );
    assert_eq!(
        (draft.method, draft.path.as_str()),
        ("POST", "/v1/messages")
    );
    assert_eq!(draft.auth, Credential::Key(Auth::XApiKey));
    let version = ("anthropic-version", "2023-06-01".to_owned());
    assert!(draft.headers.contains(&version));
    assert_eq!(draft.asked.delivery, Delivery::Unary);
    assert_eq!(draft.asked.tools, Some(Vec::new()));
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
        auth: Some(Auth::Bearer),
        ..call()
    };
    let draft = check(
        &call,
        &expect![[r#"
            model: "m"
            max_tokens: 64
            system: "Be brief"
            messages: [{"role":"user","content":"Hi"}]
            tools: 1
            tool_choice: {"type":"tool","name":"get_time"}
            temperature: 0.7
            stop_sequences: ["END"]
            stream: true"#]],
    );
    assert_eq!(draft.auth, Credential::Key(Auth::Bearer));
    let asked = &draft.asked;
    assert_eq!(asked.delivery, Delivery::Sse);
    assert_eq!(asked.max_tokens, Some(64));
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
    assert_eq!(body["tools"][1]["name"], "get_time");
    assert_eq!(
        body["tools"][1]["input_schema"]["required"],
        json!(["city"])
    );
    assert_eq!(body["tool_choice"], json!({"type": "any"}));
}

#[test]
fn thinking_raises_the_limit_above_its_budget_and_drops_the_temperature() {
    let call = TextCall {
        thinking: Some(200),
        max_tokens: Some(100),
        temperature: Some(500),
        ..call()
    };
    check(
        &call,
        &expect![[r#"
            model: "m"
            max_tokens: 1124
            messages: [{"role":"user","content":"Hi"}]
            thinking: {"type":"enabled","budget_tokens":1024}"#]],
    );
    let roomy = TextCall {
        max_tokens: Some(4000),
        ..call
    };
    assert_eq!(encode(&roomy, 7).asked.max_tokens, Some(4000));
    assert_eq!(encode(&roomy, 7).asked.thinking, Some(true));
}

#[test]
fn an_image_comes_before_the_text() {
    let call = TextCall {
        image: true,
        ..call()
    };
    let body: Value = serde_json::from_slice(&encode(&call, 7).body).unwrap();
    let content = &body["messages"][0]["content"];
    assert_eq!(content[0]["source"]["media_type"], "image/png");
    assert_eq!(content[1], json!({"type": "text", "text": "Hi"}));
}

#[test]
fn a_different_seed_gives_a_different_generated_prompt() {
    let call = TextCall {
        prompt: Prompt::Tokens(40),
        ..call()
    };
    assert_ne!(encode(&call, 1).body, encode(&call, 2).body);
}

/// What each event of a stream means, as `T` (token), `V` (visible), `E` (end) or `-`.
fn meanings(events: &[Value]) -> (State, String) {
    let mut state = State::default();
    let mut told = String::new();
    for json in events {
        let name = json["type"].as_str().unwrap_or_default();
        let text = format!("event: {name}\ndata: {json}\n\n");
        let mut reader = sse::Reader::new();
        reader.push(text.as_bytes(), &mut |frame| {
            let event = Event::new(frame, protocol::Payload::Json(json.clone().into()));
            let meaning = AnthropicMessages::apply(&mut state, &event);
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

fn delta(delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": 0, "delta": delta})
}

#[test]
fn only_generated_payload_is_a_token() {
    let (_, told) = meanings(&[
        json!({"type": "message_start", "message": {"id": "a", "content": []}}),
        json!({"type": "content_block_start", "index": 0,
               "content_block": {"type": "tool_use", "id": "a", "name": "f", "input": {}}}),
        json!({"type": "ping"}),
        delta(&json!({"type": "text_delta", "text": "a"})),
        delta(&json!({"type": "text_delta", "text": ""})),
        delta(&json!({"type": "thinking_delta", "thinking": "a"})),
        delta(&json!({"type": "signature_delta", "signature": "a"})),
        delta(&json!({"type": "input_json_delta", "partial_json": ""})),
        delta(&json!({"type": "input_json_delta", "partial_json": "{"})),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 3}}),
        json!({"type": "message_stop"}),
    ]);
    assert_eq!(told, "---V-T--V--E");
    let (_, told) = meanings(&[json!({"type": "error", "error": {"type": "a"}})]);
    assert_eq!(told, "E");
}

#[test]
fn facts_count_the_cached_input_and_take_the_last_counts() {
    let (state, _) = meanings(&[
        json!({"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": [],
               "usage": {"input_tokens": 3, "cache_read_input_tokens": 5,
                         "cache_creation_input_tokens": 7, "output_tokens": 1}}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
               "usage": {"output_tokens": 9}}),
        json!({"type": "message_stop"}),
    ]);
    let facts = AnthropicMessages::facts(&state);
    let usage = Usage {
        input: 15,
        output: 9,
        cached: 5,
    };
    assert_eq!(facts.usage, Some(usage));
    assert_eq!(
        (facts.stop.as_deref(), facts.complete),
        (Some("end_turn"), true)
    );
    assert_eq!(facts.response_id.as_deref(), Some("msg_1"));
}

#[test]
fn an_error_event_is_told_and_completes_nothing() {
    let error = json!({"type": "overloaded_error", "message": "Overloaded"});
    let (state, _) = meanings(&[json!({"type": "error", "error": error})]);
    let facts = AnthropicMessages::facts(&state);
    let told = ("overloaded_error".to_owned(), "Overloaded".to_owned());
    assert_eq!((facts.error, facts.complete), (Some(told), false));
}

#[test]
fn a_whole_body_is_read_like_a_stream() {
    let body = json!({"id": "msg_1", "type": "message", "model": "m", "stop_reason": "tool_use",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}],
        "usage": {"input_tokens": 3, "output_tokens": 4}});
    let mut state = State::default();
    AnthropicMessages::apply_body(&mut state, &body.into());
    assert_eq!(state.tools.len(), 1);
    assert!(AnthropicMessages::facts(&state).complete);
}

#[test]
fn a_recorded_request_is_read_like_one_of_ours() {
    let body = json!({"stream": true, "max_tokens": 9, "tool_choice": {"type": "any"},
        "tools": [{"name": "f"}, {"type": "web_search", "name": "web_search"}]});
    let asked = protocol::asked(Endpoint::Messages, Delivery::Unary, Some(body.into()));
    assert_eq!(asked.delivery, Delivery::Sse);
    assert_eq!(asked.tools.map(|tools| tools.len()), Some(2));
    assert_eq!(asked.tool_choice, Some(AskedToolChoice::Required));
}

/// Any JSON made of the words that the protocol uses.
fn garbage() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
        "error",
        "text",
        "text_delta",
        "tool_use",
        "input_json_delta",
        "signature_delta",
        "thinking",
        "end_turn",
        "é",
    ]);
    let keys = prop::sample::select(vec![
        "type",
        "index",
        "delta",
        "content_block",
        "message",
        "content",
        "usage",
        "text",
        "id",
        "output_tokens",
        "partial_json",
        "stop_reason",
        "error",
        "name",
        "input",
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
    fn no_events_break_the_state(events in prop::collection::vec(garbage(), 0..20)) {
        let (mut state, _) = meanings(&events);
        for event in &events {
            AnthropicMessages::apply_body(&mut state, &event.clone().into());
            let mut asked = Asked::of(Endpoint::Messages, Delivery::Sse);
            read_asked(&mut asked, &event.clone().into());
        }
        AnthropicMessages::facts(&state);
    }
}
