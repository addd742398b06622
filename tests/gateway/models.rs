//! Models, and what else the pages promise: GW-118 to GW-122, GW-126 to GW-130.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::Delay;
use spikeproof_mock::script::FrameKind;

use crate::ask::Answer;
use crate::auth::made;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{Given, Target};

promises! {
    /// The list of models is 200 for a live key and has exactly what the key can call
    gw_118_the_list_of_models_is_what_the_key_can_call {
        check: Check::Out, page: "utility/v1-models",
        opponents: &[
            Opponent::Says("\"id\":\"claude-opus-4-8\"", "\"id\":\"claude-opus-9\""),
            Opponent::Fault("upstream-503"),
        ],
    }
    /// Every entry has the fields of the documents with their types
    gw_119_every_model_has_its_fields {
        check: Check::Out, page: "utility/v1-models",
        rules: &["GW-119", "OAI-055"],
        opponents: &[
            Opponent::Says("context_window", "context"),
            Opponent::Says("\"object\":\"model\"", "\"object\":\"slug\""),
        ],
    }
    /// `?capability=` filters the list, also when it is given twice
    gw_120_capability_filters_the_list {
        check: Check::Out, page: "utility/v1-models",
        rules: &["GW-120"],
        opponents: &[Opponent::Deaf("capability")],
    }
    /// No price is in the list of models
    gw_121_no_price_is_in_the_list_of_models {
        check: Check::Out, page: "utility/v1-models",
        rules: &["GW-121"],
        opponents: &[Opponent::Says("\"context_window\"", "\"input_rate\"")],
    }
    /// The models of the account are those of the list
    gw_122_the_models_of_the_account_are_those_of_the_list {
        check: Check::Out, page: "account/me-account",
        opponents: &[Opponent::Says("\"id\":\"gpt-5-5\",\"quota", "\"id\":\"gpt-5.5\",\"quota")],
    }
    /// Embeddings, rerank, audio and assistants do not exist
    gw_126_there_are_no_embeddings_rerank_audio_or_assistants {
        check: Check::Out, page: "concepts/endpoints",
        doubted: Some("C-20"), switches: &[("C-20", &["missing"])],
        rules: &["GW-126"],
        opponents: &[Opponent::Answers(404, 405)],
    }
    /// The gateway adds less than 80 ms to its upstream
    gw_127_the_gateway_adds_less_than_80_ms {
        check: Check::Rep, page: "blog/twenty-three-endpoints-one-key-eighty-ms",
        opponents: &[
            Opponent::Fault("slow-first-byte"),
            Opponent::Set("100 ms more", |config| {
                config.first_token = Delay::Constant(Duration::from_millis(700));
            }),
        ],
    }
    /// Chat ids start with `chatcmpl-`, ids of Messages with `msg_`
    gw_129_ids_start_with_the_prefix_of_their_protocol {
        check: Check::Out, page: "text/openai-chat-completions, text/claude-messages",
        rules: &["GW-129", "ANT-053"],
        opponents: &[Opponent::Says("chatcmpl-", "cmpl-"), Opponent::Says("msg_", "message_")],
    }
    /// Messages and Chat give an equivalent answer to the same request
    gw_130_messages_and_chat_answer_the_same_request_alike {
        check: Check::Out, page: "models/claude-sonnet-4-6",
        opponents: &[
            Opponent::Says("tool_calls", "function_call"),
            Opponent::Says("\"city\"", "\"town\""),
            Opponent::Says("end_turn", "max_tokens"),
        ],
    }
}

fn list(target: &Target, query: &str) -> Vec<Value> {
    let answer = target.get(&format!("/v1/models{query}")).json();
    answer["data"].as_array().cloned().unwrap_or_default()
}

fn ids(models: &[Value]) -> BTreeSet<String> {
    models
        .iter()
        .filter_map(|model| model["id"].as_str())
        .map(str::to_owned)
        .collect()
}

/// Calls a model on a route for what it makes.
fn call(target: &Target, key: &str, model: &Value) -> Answer {
    let slug = model["id"].as_str().unwrap_or_default();
    let makes = model["output_modalities"][0].as_str().unwrap_or_default();
    let ask = |place: &str, body: Value| target.ask("POST", place).bearer(key).json(&body).send();
    match makes {
        "image" => ask(
            "/v1/images/generations",
            json!({"model": slug, "prompt": "a kite"}),
        ),
        "video" => {
            let params = json!({"prompt": "a kite", "duration_seconds": 4});
            ask("/v1/tasks/submit", json!({"model": slug, "params": params}))
        }
        _ => Speech::Chat.put(target, slug, false).bearer(key).send(),
    }
}

fn gw_118_the_list_of_models_is_what_the_key_can_call(given: &Given) -> Held {
    let target = given.target();
    let answer = target.ask("GET", "/v1/models").without_key().send();
    same("without a key", answer.status, 401)?;
    let everything = list(&target, "");
    ensure!(!everything.is_empty(), "the ready-made key has no models");
    for group in [1, 2, 3] {
        let (key, _) = made(&target, &json!({"group_id": group}))?;
        let answer = target.ask("GET", "/v1/models").bearer(&key).send();
        same("the status", answer.status, 200)?;
        let listed = answer.json()["data"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let listed = ids(&listed);
        for model in &everything {
            let is_listed = listed.contains(model["id"].as_str().unwrap_or_default());
            let status = call(&target, &key, model).status;
            let what = format!("{} with group {group}", model["id"]);
            same(&what, status, if is_listed { 200 } else { 403 })?;
        }
    }
    Ok(())
}

fn gw_119_every_model_has_its_fields(given: &Given) -> Held {
    let models = list(&given.target(), "");
    ensure!(!models.is_empty(), "the list is empty");
    let are_words = |value: &Value| {
        value
            .as_array()
            .is_some_and(|words| words.iter().all(Value::is_string))
    };
    for model in models {
        for field in ["id", "owned_by", "family", "pricing_url"] {
            ensure!(model[field].is_string(), "{field} in {model}");
        }
        same("the object", model["object"].as_str(), Some("model"))?;
        for field in ["capabilities", "input_modalities", "output_modalities"] {
            ensure!(are_words(&model[field]), "{field} in {model}");
        }
        for field in ["context_window", "max_output_tokens", "created"] {
            ensure!(model[field].is_u64(), "{field} in {model}");
        }
    }
    Ok(())
}

fn gw_120_capability_filters_the_list(given: &Given) -> Held {
    let target = given.target();
    let all = list(&target, "");
    let with = |words: &[&str]| {
        let has = |model: &&Value| {
            let tags = model["capabilities"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            words.iter().all(|word| tags.contains(&Value::from(*word)))
        };
        all.iter().filter(has).cloned().collect::<Vec<_>>()
    };
    for words in [
        &["vision"][..],
        &["thinking", "vision"],
        &["logprobs"],
        &["no-such-tag"],
    ] {
        let query: Vec<String> = words
            .iter()
            .map(|word| format!("capability={word}"))
            .collect();
        let found = list(&target, &format!("?{}", query.join("&")));
        ensure!(found.len() < all.len(), "{words:?} leaves out nothing");
        same(&format!("{words:?}"), ids(&found), ids(&with(words)))?;
    }
    Ok(())
}

fn gw_121_no_price_is_in_the_list_of_models(given: &Given) -> Held {
    for model in list(&given.target(), "") {
        for name in model
            .as_object()
            .map(|model| model.keys())
            .into_iter()
            .flatten()
        {
            let words = ["price", "rate", "cost", "usd", "credit"];
            let tells = words.iter().find(|word| name.contains(**word));
            ensure!(tells.is_none(), "`{name}` in {model}");
        }
    }
    Ok(())
}

fn gw_122_the_models_of_the_account_are_those_of_the_list(given: &Given) -> Held {
    let target = given.target();
    for group in [1, 2, 3] {
        let (key, _) = made(&target, &json!({"group_id": group}))?;
        let read = |place: &str| target.ask("GET", place).bearer(&key).send().json();
        let allowed = read("/api/v1/me/account")["allowed_models"].clone();
        let listed = read("/v1/models")["data"].clone();
        let ids = |value: &Value| ids(&value.as_array().cloned().unwrap_or_default());
        ensure!(!ids(&listed).is_empty(), "the list is empty");
        same(&format!("group {group}"), ids(&allowed), ids(&listed))?;
    }
    Ok(())
}

fn gw_126_there_are_no_embeddings_rerank_audio_or_assistants(given: &Given) -> Held {
    let target = given.target();
    for place in [
        "/v1/embeddings",
        "/v1/rerank",
        "/v1/audio/speech",
        "/v1/audio/transcriptions",
        "/v1/assistants",
    ] {
        for method in ["GET", "POST"] {
            let answer = target
                .ask(method, place)
                .json(&json!({"model": "gpt-5-4"}))
                .send();
            same(place, answer.status, 404)?;
        }
    }
    Ok(())
}

fn gw_127_the_gateway_adds_less_than_80_ms(given: &Given) -> Held {
    // The upstream's first token after 600 ms: what the replica waits beyond that is its own.
    let upstream = Duration::from_millis(600);
    let target = given.target_with(|config| config.first_token = Delay::Constant(upstream));
    for speech in Speech::ALL {
        let answer = speech.stream(&target).send();
        let first = answer
            .frames
            .iter()
            .find(|(kind, _)| *kind == FrameKind::Token);
        let at = first.map(|(_, at)| *at).ok_or("no payload")?;
        let added = at.saturating_sub(upstream);
        ensure!(
            added < Duration::from_millis(80),
            "{speech:?}: {added:?} were added"
        );
    }
    Ok(())
}

fn gw_129_ids_start_with_the_prefix_of_their_protocol(given: &Given) -> Held {
    let target = given.target();
    for (speech, prefix) in [(Speech::Chat, "chatcmpl-"), (Speech::Messages, "msg_")] {
        let id = speech.ask(&target).send().json()["id"].clone();
        let is_prefixed = id.as_str().is_some_and(|id| id.starts_with(prefix));
        ensure!(is_prefixed, "{speech:?} has the id {id}");
        let streamed = speech.stream(&target).send().text();
        ensure!(
            streamed.contains(&format!("\"id\":\"{prefix}")),
            "{speech:?}, streamed"
        );
    }
    Ok(())
}

/// How an answer ended, what it said, and which tool it called with which arguments.
fn gist(speech: Speech, answer: &Answer) -> (String, String, Option<(String, Value)>) {
    let body = answer.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if speech == Speech::Messages {
        let blocks = body["content"].as_array().cloned().unwrap_or_default();
        let tool = blocks.iter().find(|block| block["type"] == "tool_use");
        let call = tool.map(|tool| (text(&tool["name"]), tool["input"].clone()));
        let said = blocks.iter().map(|block| text(&block["text"])).collect();
        return (text(&body["stop_reason"]), said, call);
    }
    let choice = &body["choices"][0];
    let function = &choice["message"]["tool_calls"][0]["function"];
    let arguments = serde_json::from_str(&text(&function["arguments"])).unwrap_or(Value::Null);
    let call = function
        .is_object()
        .then(|| (text(&function["name"]), arguments));
    let end = match text(&choice["finish_reason"]).as_str() {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        _ => "another end",
    };
    (end.to_owned(), text(&choice["message"]["content"]), call)
}

fn gw_130_messages_and_chat_answer_the_same_request_alike(given: &Given) -> Held {
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    });
    let function = json!({"name": "weather", "parameters": schema});
    let target = given.target();
    let mut gists = Vec::new();
    for speech in [Speech::Messages, Speech::Chat] {
        let mut plain = speech.body("claude-sonnet-4-6", false);
        plain["max_tokens"] = 400.into();
        let mut short = plain.clone();
        short["max_tokens"] = 4.into();
        let mut tools = plain.clone();
        if speech == Speech::Messages {
            tools["tools"] = json!([{"name": "weather", "input_schema": schema}]);
            tools["tool_choice"] = json!({"type": "any"});
        } else {
            tools["tools"] = json!([{"type": "function", "function": function}]);
            tools["tool_choice"] = "required".into();
        }
        let ask = |body: &Value| gist(speech, &speech.ask(&target).json(body).send());
        gists.push([plain, short, tools].map(|body| ask(&body)));
    }
    same("Chat beside Messages", &gists[1], &gists[0])?;
    let ends = gists[0].each_ref().map(|(end, ..)| end.as_str());
    same("the ends", ends, ["end_turn", "max_tokens", "tool_use"])?;
    let (said, call) = (&gists[0][0].1, &gists[0][2].2);
    ensure!(
        said.len() > 20 && call.is_some(),
        "an answer says `{said}`, another calls {call:?}"
    );
    Ok(())
}
