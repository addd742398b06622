//! Sessions: calls of several turns, each with all that was said before.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::{Place, ended};

const SESSIONS: &str = r#"
name: sessions
requests:
  messages: { call: anthropic.messages, model: claude-sonnet-4-6, turns: 3 }
  messages-stream: { call: anthropic.messages, model: claude-sonnet-4-6, stream: true, turns: 3,
    system: Be brief., thinking: 1024 }
  chat: { call: openai.chat, model: gpt-5-4,
    turns: [{ text: "Oslo?" }, { tokens: 30 }, { text: "Why?" }] }
  chat-stream: { call: openai.chat, model: gpt-5-4, stream: true, turns: 3, think_time: 5ms }
  responses: { call: openai.responses, model: gpt-5-5, turns: 3 }
  responses-stream: { call: openai.responses, model: gpt-5-5, stream: true, turns: 3, image: true }
  gemini: { call: gemini.generate, model: gemini-3-flash, turns: 3 }
  gemini-stream: { call: gemini.generate, model: gemini-3-flash, stream: true, turns: 3 }
  gemini-array: { call: gemini.generate, model: gemini-3-flash, stream: array, turns: 3 }
phases: [{ name: all, executor: per-vu-iterations, vus: 3, iterations: 3 }]
replica: { first_token: 2ms, token_gap: 1ms, output_tokens: 6 }
"#;

/// The documents of an answer: one, or those of a stream.
fn documents(answer: &str) -> Vec<Value> {
    if let Ok(chunks) = serde_json::from_str(answer) {
        return chunks;
    }
    if let Ok(whole) = serde_json::from_str(answer) {
        return vec![whole];
    }
    let lines = answer.lines().filter_map(|line| line.strip_prefix("data:"));
    lines
        .filter_map(|data| serde_json::from_str(data).ok())
        .collect()
}

/// What an answer says, put together apart from the product's own reading.
fn said(answer: &str) -> String {
    let mut said = String::new();
    for document in documents(answer) {
        let mut add = |value: Option<&Value>| said += value.and_then(Value::as_str).unwrap_or("");
        let kind = document["type"].as_str();
        add(document.pointer("/choices/0/message/content"));
        add(document.pointer("/choices/0/delta/content"));
        if kind == Some("content_block_delta") {
            add(document.pointer("/delta/text"));
        }
        if kind == Some("response.output_text.delta") {
            add(document.get("delta"));
        }
        let blocks = ["/content", "/candidates/0/content/parts"];
        for block in blocks
            .iter()
            .filter_map(|at| document.pointer(at)?.as_array())
            .flatten()
        {
            add(block.get("text"));
        }
        for item in document["output"].as_array().into_iter().flatten() {
            for part in item["content"].as_array().into_iter().flatten() {
                add(part.get("text"));
            }
        }
    }
    said
}

/// Roles of a request's turns and what each says, in the protocol's own members.
fn turns(request: &Value) -> Vec<(String, String)> {
    let lists = ["messages", "contents", "input"];
    let list = lists.iter().find_map(|name| request[*name].as_array());
    let Some(list) = list else {
        return vec![(
            "user".to_owned(),
            request["input"].as_str().unwrap_or_default().to_owned(),
        )];
    };
    let text = |turn: &Value| {
        let parts = turn["content"].as_array().or(turn["parts"].as_array());
        let texts = parts
            .into_iter()
            .flatten()
            .filter_map(|part| part["text"].as_str());
        let joined: String = texts.collect();
        turn["content"].as_str().map_or(joined, str::to_owned)
    };
    let turns = list.iter().map(|turn| {
        let role = turn["role"]
            .as_str()
            .unwrap_or_default()
            .replace("model", "assistant");
        (role, text(turn))
    });
    turns.collect()
}

#[test]
fn each_turn_carries_what_was_really_asked_and_answered_before() {
    let place = Place::new();
    let ended = ended(place.run(SESSIONS, &["--record-sample", "50"]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let results = place.results();
    let mut calls: BTreeMap<(String, u64), BTreeMap<u64, (Value, String)>> = BTreeMap::new();
    for exchange in results
        .recorded()
        .values()
        .filter(|exchange| exchange["phase"] == "all")
    {
        let text = |side: &str| {
            exchange[side]["body"]["text"]
                .as_str()
                .expect("text")
                .to_owned()
        };
        let call = exchange["call"].as_u64().expect("a number");
        let name = exchange["request"].as_str().expect("a name").to_owned();
        let request = serde_json::from_str(&text("sent")).expect("JSON");
        let turns = calls.entry((name, call)).or_default();
        let ordinal = exchange["ordinal"].as_u64().expect("a number");
        assert_eq!(exchange["step"], if ordinal == 0 { "call" } else { "turn" });
        turns.insert(ordinal, (request, text("answered")));
    }
    assert_eq!(calls.len(), 9);
    for ((name, _), sent) in &calls {
        assert_eq!(sent.len(), 3, "{name}");
        let mut history: Vec<(String, String)> = Vec::new();
        for (request, answer) in sent.values() {
            let is_said = |(role, _): &(String, String)| role == "user" || role == "assistant";
            let mut turns: Vec<_> = turns(request).into_iter().filter(is_said).collect();
            let last = turns.pop().expect("a prompt");
            assert_eq!(turns, history, "{name}");
            let said = said(answer);
            assert!(
                last.0 == "user" && !last.1.is_empty() && !said.is_empty(),
                "{name}: {last:?}"
            );
            history.extend([last, ("assistant".to_owned(), said)]);
        }
        let prompts: Vec<_> = history.iter().step_by(2).map(|(_, text)| text).collect();
        assert!(
            prompts[0] != prompts[1] && prompts[1] != prompts[2],
            "{name}: {prompts:?}"
        );
    }
    let report = results.report();
    for name in calls.keys().map(|(name, _)| name) {
        let sessions = serde_json::json!({"begun": 1, "whole": 1, "turns": 3});
        assert_eq!(report["requests"][name]["sessions"], sessions, "{name}");
        let turn = &report["metrics"][format!("{name}/turn")]["e2e"]["count"];
        assert_eq!(turn, 2, "{name}");
    }
    assert_eq!(
        report["billing"]["verdict"], "passed",
        "{}",
        report["billing"]
    );
    assert_eq!(report["findings"], Value::Array(Vec::new()));
}

#[test]
fn a_session_ends_at_its_first_turn_that_fails_and_the_report_says_so() {
    for fault in ["upstream-503", "half-body", "empty-body"] {
        let place = Place::new();
        let scenario = format!("{SESSIONS}billing: {{ audit: off }}\n");
        let ended = ended(place.run(&scenario, &["--fault", fault]));
        assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
        let results = place.results();
        let rows = results.rows("requests.csv");
        let mut rows = rows.iter().filter(|row| row["phase"] == "all");
        assert!(rows.all(|row| row["step"] == "call"), "{fault}");
        let report = results.report();
        let sessions = serde_json::json!({"begun": 1, "whole": 0, "turns": 0});
        assert_eq!(
            report["requests"]["gemini-array"]["sessions"], sessions,
            "{fault}"
        );
        assert_eq!(
            report["requests"]["messages"]["sessions"], sessions,
            "{fault}"
        );
        let told = "1 sessions, 0 turns answered, 1 sessions ended at a turn that failed";
        assert!(ended.stdout.contains(told), "{}", ended.stdout);
    }
}
