//! Text requests that depend on earlier ones, and answers that are no usual answers: what they say
//! and what they cost.

use serde_json::{Value, json};

use crate::client::*;

#[test]
fn gemini_tells_of_a_wrong_field_in_the_form_of_its_answers() {
    let client = Client::healthy();
    let mut body = contents();
    body["generationConfig"] = json!({"temperature": 7});
    let array = "/v1beta/models/gemini-3-flash:streamGenerateContent";
    let refused = client.post(array, &body);
    let told = refused.json();
    assert_eq!(
        (refused.status, told.as_array().map(Vec::len)),
        (400, Some(1))
    );
    for told in [
        &told[0],
        &client.post(GEMINI_STREAM, &body).json(),
        &client.post(GEMINI, &body).json(),
    ] {
        let error = &told["error"];
        assert_eq!(
            (&error["code"], &error["status"]),
            (&json!(400), &json!("INVALID_ARGUMENT"))
        );
        let detail = &error["details"][0];
        assert_eq!(
            detail["fieldViolations"][0]["field"],
            "generationConfig.temperature"
        );
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .starts_with("generationConfig.temperature: ")
        );
    }
}

#[test]
fn a_model_that_refuses_is_paid_for_its_words() {
    let client = Client::healthy();
    let mut messages = message(false);
    messages["messages"][0]["content"] = "[[refuse]] do".into();
    let mut chat = chat(false);
    chat["messages"][0]["content"] = "[[refuse]] do".into();
    let response = json!({"model": "gpt-5-4-mini", "input": "[[refuse]] do"});
    let contents = json!({"contents": [{"parts": [{"text": "[[refuse]] do"}]}]});
    let says = |path: &str, body: &Value, pointer: &str| {
        let answer = client.post(path, body);
        assert_eq!(answer.status, 200);
        answer.json().pointer(pointer).cloned().unwrap_or_default()
    };
    assert_eq!(says(MESSAGES, &messages, "/stop_reason"), "refusal");
    assert_eq!(says(MESSAGES, &messages, "/stop_details/type"), "refusal");
    assert!(says(CHAT, &chat, "/choices/0/message/refusal").is_string());
    assert!(says(CHAT, &chat, "/choices/0/message/content").is_null());
    assert_eq!(
        says(RESPONSES, &response, "/output/0/content/0/type"),
        "refusal"
    );
    assert_eq!(
        says(GEMINI, &contents, "/candidates/0/finishReason"),
        "SAFETY"
    );
    let ledger = client.engine.ledger();
    assert_eq!(ledger.rows.len(), 6);
    assert!(
        ledger
            .rows
            .iter()
            .all(|row| row.charge > 0 && row.output_tokens > 0)
    );
}

#[test]
fn a_blocked_prompt_costs_nothing() {
    let client = Client::healthy();
    let blocked = json!({"contents": [{"parts": [{"text": "[[block]] do"}]}]});
    for path in [GEMINI, GEMINI_STREAM] {
        let answer = client.post(path, &blocked);
        let text = answer.text();
        assert_eq!(answer.status, 200);
        assert!(
            text.contains("blockReason") && !text.contains("candidates"),
            "{text}"
        );
    }
    let chat = json!({"model": "gpt-5-4", "messages": [{"role": "user", "content": "[[block]]"}]});
    let refused = client.post(CHAT, &chat);
    assert_eq!(refused.status, 451);
    assert_eq!(refused.json()["error"]["code"], "content_policy_violation");
    let ledger = client.engine.ledger();
    assert_eq!((ledger.spent, ledger.call_count, ledger.held), (0, 0, 0));
}

#[test]
fn a_response_is_continued_by_its_id() {
    let client = Client::healthy();
    let tools = json!([{"type": "function", "name": "f", "parameters": {"type": "object"}}]);
    let mut body = json!({"model": "gpt-5-4", "input": "what is it? ", "tools": tools});
    let first = client.post(RESPONSES, &body).json();
    let (id, call) = (first["id"].clone(), first["output"][0]["call_id"].clone());
    assert!(call.is_string(), "{first}");
    let used = first["usage"]["total_tokens"].as_u64().unwrap();

    body["previous_response_id"] = id;
    let refused = client.post(RESPONSES, &body);
    assert_eq!(refused.status, 400, "the call was not answered");
    assert!(
        refused.text().contains("No tool output found"),
        "{}",
        refused.text()
    );

    let output =
        |call: &Value| json!([{"type": "function_call_output", "call_id": call, "output": "rain"}]);
    body["input"] = output(&json!("call_other"));
    assert_eq!(client.post(RESPONSES, &body).status, 400);
    body["input"] = output(&call);
    body["tools"] = json!([]);
    let second = client.post(RESPONSES, &body).json();
    assert_eq!(second["status"], "completed", "{second}");
    // 4 for the item and 1 for its word.
    assert_eq!(second["usage"]["input_tokens"], used + 5);
    assert_eq!(
        client
            .engine
            .ledger()
            .rows
            .last()
            .expect("a row")
            .input_tokens,
        used + 5
    );
}

#[test]
fn what_was_not_stored_or_is_another_keys_is_not_continued() {
    let client = Client::healthy();
    let mut body = json!({"model": "gpt-5-4", "input": "x", "store": false});
    let id = client.post(RESPONSES, &body).json()["id"].clone();
    for id in [id, json!("resp_none")] {
        body["previous_response_id"] = id;
        let refused = client.post(RESPONSES, &body);
        let error = refused.json()["error"].take();
        assert_eq!(
            (refused.status, &error["code"]),
            (400, &json!("previous_response_not_found"))
        );
        assert_eq!(error["param"], "previous_response_id");
    }
}
