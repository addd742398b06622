//! The envelope of each route's errors and what they say: GW-074 to GW-078.

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::auth::made;
use crate::promise::{Check, Held, Opponent, always, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{Given, Target};

promises! {
    /// Chat, Responses, tasks and images tell errors in the OpenAI envelope
    gw_074_the_openai_routes_tell_errors_in_the_openai_envelope {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-074"],
        opponents: &[
            Opponent::Fault("wrong-error-envelope"),
            Opponent::Says("\"code\":", "\"kode\":"),
        ],
    }
    /// The Gemini routes tell errors in the Google envelope
    gw_075_the_gemini_routes_tell_errors_in_the_google_envelope {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-075", "GEM-110", "GEM-111"],
        opponents: &[
            Opponent::Fault("wrong-error-envelope"),
            Opponent::Says("\"status\":", "\"state\":"),
        ],
    }
    /// Messages tells no error type that is not one of eight
    gw_076_messages_tells_no_unlisted_error_type {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-076", "ANT-111"],
        opponents: &[
            Opponent::Fault("wrong-error-envelope"),
            Opponent::Says("overloaded_error", "busy_error"),
        ],
    }
    /// Malformed JSON or a missing field is 400 `invalid_param` or `invalid_request_error`
    gw_077_malformed_json_or_a_missing_field_is_400 {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-077"],
        opponents: &[
            Opponent::Answers(400, 422),
            Opponent::Says("invalid_param", "bad_param"),
            Opponent::Says("invalid_request_error", "bad_request"),
        ],
    }
    /// A prompt and limit above the window is 400 `context_length_exceeded`
    gw_078_more_than_the_window_holds_is_400 {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-078"],
        opponents: &[
            Opponent::Answers(400, 413),
            Opponent::Says("context_length_exceeded", "invalid_param"),
        ],
    }
}

/// Refusals of every route whose envelope is OpenAI's.
fn openai_refusals(target: &Target) -> Vec<(String, Answer)> {
    let mut refusals = Vec::new();
    for place in [
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/images/generations",
        "/v1/tasks/submit",
        "/v1/tasks/query",
        "/v1/tasks/cancel",
    ] {
        let ask = || target.ask("POST", place);
        refusals.push((format!("{place} without a key"), ask().without_key().send()));
        refusals.push((format!("{place} with bad JSON"), ask().raw("{").send()));
        refusals.push((
            format!("{place} with nothing"),
            ask().json(&json!({})).send(),
        ));
    }
    for place in ["/v1/tasks/stream/task_0", "/v1/nowhere"] {
        refusals.push((place.to_owned(), target.get(place)));
    }
    refusals
}

fn gw_074_the_openai_routes_tell_errors_in_the_openai_envelope(given: &Given) -> Held {
    let down = given.target_with(|config| config.faults.push(always("upstream-503")));
    let mut refusals = openai_refusals(&given.target());
    refusals.push(("chat upstream".to_owned(), Speech::Chat.ask(&down).send()));
    refusals.push((
        "responses upstream".to_owned(),
        Speech::Responses.ask(&down).send(),
    ));
    for (what, answer) in refusals {
        let body = answer.json();
        ensure!(answer.status >= 400, "{what} is {}", answer.status);
        let error = body["error"]
            .as_object()
            .ok_or_else(|| format!("{what}: {body}"))?;
        let is_text = |name: &str| error.get(name).is_some_and(Value::is_string);
        ensure!(
            ["message", "type", "code"].into_iter().all(is_text),
            "{what}: {body}"
        );
        ensure!(error.contains_key("param"), "{what} has no `param`: {body}");
        ensure!(
            body.get("type").is_none(),
            "{what} has an outer `type`: {body}"
        );
    }
    Ok(())
}

fn gw_075_the_gemini_routes_tell_errors_in_the_google_envelope(given: &Given) -> Held {
    let target = given.target();
    let down = given.target_with(|config| config.faults.push(always("upstream-503")));
    let ask = || Speech::Gemini.ask(&target);
    for answer in [
        ask().without_key().send(),
        ask().raw("{").send(),
        ask().json(&json!({})).send(),
        Speech::Gemini.put(&target, "no-such-model", true).send(),
        target.get("/v1beta/nowhere"),
        Speech::Gemini.stream(&down).send(),
    ] {
        let body = answer.json();
        let error = &body["error"];
        same(
            "the code",
            error["code"].as_u64(),
            Some(answer.status.into()),
        )?;
        ensure!(
            error["message"].is_string() && error["status"].is_string(),
            "{body}"
        );
    }
    Ok(())
}

const ANTHROPIC_TYPES: [&str; 8] = [
    "invalid_request_error",
    "authentication_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "overloaded_error",
];

fn gw_076_messages_tells_no_unlisted_error_type(given: &Given) -> Held {
    let mut answers = Vec::new();
    let target = given.target();
    let ask = || Speech::Messages.ask(&target);
    answers.push(ask().without_key().send());
    answers.push(ask().raw("{").send());
    answers.push(Speech::Messages.put(&target, "no-such-model", false).send());
    answers.push(target.get("/v1/messages/nowhere"));
    answers.push(ask().raw(vec![b' '; (32 << 20) + 1]).send());
    let (key, _) = made(&target, &json!({"group_id": 2}))?;
    answers.push(ask().bearer(&key).send());
    for fault in [
        "rate-limited",
        "concurrency-limited",
        "upstream-500",
        "upstream-502",
        "upstream-503",
        "upstream-504",
        "upstream-529",
    ] {
        let target = given.target_with(|config| config.faults.push(always(fault)));
        answers.push(Speech::Messages.ask(&target).send());
    }
    let poor = given.target_with(|config| config.account.wallet = 0);
    answers.push(Speech::Messages.ask(&poor).send());
    for answer in answers {
        let body = answer.json();
        ensure!(answer.status >= 400, "the status is {}", answer.status);
        let kind = body["error"]["type"].as_str().unwrap_or_default();
        ensure!(
            ANTHROPIC_TYPES.contains(&kind),
            "{} has {body}",
            answer.status
        );
        same("the outer type", body["type"].as_str(), Some("error"))?;
    }
    Ok(())
}

/// The word for an invalid request in the protocol's envelope.
fn invalid(speech: Speech) -> &'static str {
    match speech {
        Speech::Messages => "invalid_request_error",
        Speech::Chat | Speech::Responses => "invalid_param",
        Speech::Gemini => "INVALID_ARGUMENT",
    }
}

fn gw_077_malformed_json_or_a_missing_field_is_400(given: &Given) -> Held {
    let target = given.target();
    for speech in Speech::ALL {
        let wanted = (400, invalid(speech).to_owned());
        let malformed = speech.ask(&target).raw("{\"model\": ").send();
        same(
            &format!("{speech:?}, malformed"),
            malformed.refusal(),
            wanted.clone(),
        )?;
        let full = speech.body(speech.model(), false);
        let needed: &[&str] = match speech {
            Speech::Messages => &["model", "messages", "max_tokens"],
            Speech::Chat => &["model", "messages"],
            Speech::Responses => &["model", "input"],
            Speech::Gemini => &["contents"],
        };
        for field in needed {
            let mut body = full.clone();
            if let Some(body) = body.as_object_mut() {
                body.remove(*field);
            }
            let answer = speech.ask(&target).json(&body).send();
            same(
                &format!("{speech:?} without {field}"),
                answer.refusal(),
                wanted.clone(),
            )?;
            let mut body = full.clone();
            body[*field] = 7.into();
            let answer = speech.ask(&target).json(&body).send();
            let is_count = *field == "max_tokens";
            ensure!(
                is_count || answer.status == 400,
                "{speech:?} with {field}: 7"
            );
        }
    }
    Ok(())
}

fn gw_078_more_than_the_window_holds_is_400(given: &Given) -> Held {
    let target = given.target();
    for (speech, field) in [
        (Speech::Messages, "max_tokens"),
        (Speech::Chat, "max_tokens"),
        (Speech::Responses, "max_output_tokens"),
    ] {
        let mut body = speech.body(speech.model(), false);
        body[field] = 2_000_000.into();
        let answer = speech.ask(&target).json(&body).send();
        let word = match speech {
            Speech::Messages => "invalid_request_error",
            Speech::Chat | Speech::Responses | Speech::Gemini => "context_length_exceeded",
        };
        same(
            &format!("{speech:?}"),
            answer.refusal(),
            (400, word.to_owned()),
        )?;
    }
    // By the prompt alone: four bytes are a token, and the window has 200,000.
    let mut body = Speech::Messages.body("claude-sonnet-4-6", false);
    body["messages"][0]["content"] = "a ".repeat(400_000).into();
    same(
        "a long prompt",
        Speech::Messages.ask(&target).json(&body).send().status,
        400,
    )
}
