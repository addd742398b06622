//! Healthy answers: grammar over many seeds, stream against body, determinism, limits, tools,
//! stops.

use serde_json::Value;
use spikeproof_mock::text::{
    Delivery, Dialect, Prompt, Stop, ToolChoice, compose, success_headers,
};

use crate::requests::cases;
use crate::{
    DIALECTS, Said, answers, bytes, carries_payload, check_kinds, frames, prompt, read_stream,
    read_whole,
};

/// For each case of a protocol; with the cases more than 200 different answers each.
const SEEDS: u64 = 24;

fn streams(dialect: Dialect) -> &'static [Delivery] {
    match dialect {
        Dialect::Gemini => &[Delivery::Sse, Delivery::Array],
        Dialect::AnthropicMessages | Dialect::OpenaiChat | Dialect::OpenaiResponses => {
            &[Delivery::Sse]
        }
    }
}

/// Every case of the protocol as a prompt for the delivery, with its name.
fn prompts(dialect: Dialect, delivery: Delivery) -> Vec<(&'static str, Prompt)> {
    cases(dialect, delivery != Delivery::Unary)
        .into_iter()
        .map(|(name, body)| (name, prompt(dialect, delivery, &body)))
        .collect()
}

#[test]
fn streams_keep_their_grammar_and_say_what_the_body_says() {
    for dialect in DIALECTS {
        let wholes = prompts(dialect, Delivery::Unary);
        for delivery in streams(dialect) {
            let streamed = prompts(dialect, *delivery);
            for (case, ((name, streamed), (_, unary))) in (0..).zip(streamed.iter().zip(&wholes)) {
                for seed in case * SEEDS..(case + 1) * SEEDS {
                    let place = format!("{dialect:?} {delivery:?} {name} seed {seed}");
                    let events = frames(streamed, seed);
                    check_kinds(dialect, &events);
                    let stream = bytes(&events);
                    let said = read_stream(streamed, &stream)
                        .unwrap_or_else(|broken| panic!("{place}: {broken}"));
                    let body = frames(unary, seed);
                    assert_eq!(body.len(), 1);
                    let mut whole = read_whole(unary, &body[0].bytes)
                        .unwrap_or_else(|broken| panic!("{place} whole: {broken}"));
                    if !streamed.include_usage {
                        (whole.input, whole.output, whole.thinking) = (0, 0, 0);
                    }
                    assert_eq!(said, whole, "{place}");
                    assert_eq!(stream, bytes(&frames(streamed, seed)), "{place}");
                }
            }
        }
    }
}

fn said(prompt: &Prompt, seed: u64) -> Said {
    read_stream(prompt, &bytes(&frames(prompt, seed))).expect("a healthy stream")
}

#[test]
fn answers_are_what_the_stream_says() {
    for dialect in DIALECTS {
        for (name, prompt) in prompts(dialect, Delivery::Sse) {
            for seed in 0..SEEDS {
                let answers = answers(&prompt, seed);
                assert_eq!(answers, crate::answers(&prompt, seed));
                let said = said(&prompt, seed);
                for (answer, choice) in answers.iter().zip(&said.choices) {
                    let text: String = answer
                        .blocks
                        .iter()
                        .filter(|block| matches!(block, spikeproof_mock::text::Block::Text { .. }))
                        .flat_map(|block| block.pieces().to_vec())
                        .collect();
                    assert_eq!(text, choice.text, "{dialect:?} {name} {seed}");
                    let pieces: usize = answer.blocks.iter().map(|one| one.pieces().len()).sum();
                    if pieces > 0 {
                        assert_eq!(answer.output_tokens, u64::try_from(pieces).unwrap());
                    }
                }
                if prompt.include_usage {
                    let output: u64 = answers.iter().map(|answer| answer.output_tokens).sum();
                    assert_eq!(said.output, output);
                }
            }
        }
    }
}

#[test]
fn a_limit_cuts_to_the_token() {
    for dialect in DIALECTS {
        for (name, prompt) in prompts(dialect, Delivery::Sse) {
            for seed in 0..SEEDS {
                for answer in compose(&prompt, seed, Some(60)) {
                    let most = prompt.max_tokens.unwrap_or(u64::MAX);
                    assert!(answer.output_tokens <= most, "{dialect:?} {name} {seed}");
                    if answer.stop == Stop::MaxTokens {
                        assert_eq!(answer.output_tokens, most, "{dialect:?} {name} {seed}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_wanted_length_is_kept() {
    for dialect in DIALECTS {
        for (name, prompt) in prompts(dialect, Delivery::Sse) {
            if ["text", "thinking", "image"].contains(&name) {
                for wanted in [2, 3, 10, 64] {
                    let answer = &compose(&prompt, wanted, Some(wanted))[0];
                    assert_eq!(answer.output_tokens, wanted, "{dialect:?} {name}");
                    assert_eq!(answer.stop, Stop::End);
                }
            }
        }
    }
}

#[test]
fn absurd_lengths_are_bounded() {
    let (_, prompt) = prompts(Dialect::OpenaiChat, Delivery::Sse).swap_remove(0);
    assert_eq!(
        compose(&prompt, 1, Some(u64::MAX))[0].output_tokens,
        100_000
    );
    assert_eq!(compose(&prompt, 1, Some(0))[0].output_tokens, 1);
}

#[test]
fn tools_are_called_as_the_request_wants() {
    for dialect in DIALECTS {
        for (name, prompt) in prompts(dialect, Delivery::Sse) {
            for seed in 0..SEEDS {
                let said = said(&prompt, seed);
                for choice in &said.choices {
                    let names: Vec<&str> =
                        choice.calls.iter().map(|call| call.1.as_str()).collect();
                    let expected = match (name, &prompt.tool_choice) {
                        ("cut tool" | "thoughtful refusal" | "refusal with logprobs", _)
                        | (_, ToolChoice::None) => 0,
                        ("one at a time", _) => 1,
                        (_, ToolChoice::Auto) => prompt.tools.len().min(2),
                        (_, ToolChoice::Required | ToolChoice::Named(_)) => 1,
                    };
                    assert_eq!(names.len(), expected, "{dialect:?} {name} {seed}");
                    if let ToolChoice::Named(wanted) = &prompt.tool_choice {
                        assert_eq!(names, [wanted]);
                    }
                    let all_known = names
                        .iter()
                        .all(|name| prompt.tools.iter().any(|t| t.name == *name));
                    assert!(all_known, "{names:?}");
                    for (_, tool, arguments) in &choice.calls {
                        check_arguments(tool, arguments);
                    }
                }
            }
        }
    }
}

fn check_arguments(tool: &str, arguments: &Value) {
    if tool == "clock" {
        assert_eq!(arguments.to_string(), "{}");
    } else {
        assert!(arguments["city"].is_string(), "{arguments}");
        assert!(arguments["days"].is_i64(), "{arguments}");
    }
}

#[test]
fn stop_sequences_match_about_half_the_time_and_never_stay_in_the_text() {
    for dialect in DIALECTS {
        for (name, prompt) in prompts(dialect, Delivery::Sse) {
            if prompt.stop_sequences.is_empty() {
                continue;
            }
            let mut matched = 0;
            for seed in 0..200 {
                let answer = &answers(&prompt, seed)[0];
                matched += u32::from(matches!(answer.stop, Stop::Sequence(_)));
                let text = &said(&prompt, seed).choices[0].text;
                let found = prompt
                    .stop_sequences
                    .iter()
                    .any(|one| text.contains(one.as_str()));
                assert!(!found, "{dialect:?} {name} {seed}: {text}");
            }
            if name == "stop" {
                assert!(
                    (60..140).contains(&matched),
                    "{dialect:?}: {matched} of 200"
                );
            }
        }
    }
}

#[test]
fn json_answers_parse_unless_cut() {
    for dialect in DIALECTS {
        for (name, prompt) in prompts(dialect, Delivery::Sse) {
            for seed in (0..SEEDS).filter(|_| prompt.json) {
                let text = &said(&prompt, seed).choices[0].text;
                let value: Result<Value, _> = serde_json::from_str(text);
                assert!(
                    value.is_ok_and(|value| value.is_object()),
                    "{name} {seed}: {text}"
                );
            }
        }
    }
}

/// Types, ranges, words and required members; the schemas here need no more.
fn fits(value: &Value, schema: &Value) -> bool {
    let kind = schema["type"].as_str().unwrap_or_default().to_lowercase();
    let bound = |key: &str| schema[key].as_i64();
    match kind.as_str() {
        "object" => value.as_object().is_some_and(|map| {
            let needed = schema["required"].as_array().into_iter().flatten();
            let known = |name: &String| schema["properties"].get(name);
            needed
                .clone()
                .all(|name| name.as_str().is_some_and(|name| map.contains_key(name)))
                && map
                    .iter()
                    .all(|(name, one)| known(name).is_some_and(|own| fits(one, own)))
        }),
        "array" => {
            let items = value.as_array();
            items.is_some_and(|items| items.iter().all(|one| fits(one, &schema["items"])))
        }
        "integer" => value.as_i64().is_some_and(|number| {
            bound("minimum").is_none_or(|least| least <= number)
                && bound("maximum").is_none_or(|most| number <= most)
        }),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "string" => {
            let words = schema["enum"].as_array();
            value.is_string() && words.is_none_or(|words| words.contains(value))
        }
        other => panic!("a schema of these tests has the type {other:?}"),
    }
}

#[test]
fn structured_answers_fit_their_schemas() {
    for dialect in DIALECTS {
        let mut checked = 0;
        for (name, prompt) in prompts(dialect, Delivery::Sse) {
            let places = [
                "/output_config/format/schema",
                "/response_format/json_schema/schema",
                "/text/format/schema",
                "/generationConfig/responseSchema",
            ];
            let Some(schema) = places.iter().find_map(|at| prompt.body.pointer(at)) else {
                continue;
            };
            for seed in 0..200 {
                let text = &said(&prompt, seed).choices[0].text;
                let value = match prompt.json {
                    true => serde_json::from_str(text).expect("JSON"),
                    false => Value::from(text.as_str()),
                };
                assert!(fits(&value, schema), "{dialect:?} {name} {seed}: {text}");
                checked += 1;
            }
        }
        assert!(checked > 0, "{dialect:?}");
    }
}

#[test]
fn texts_carry_the_characters_that_break_things() {
    for dialect in DIALECTS {
        let (_, prompt) = prompts(dialect, Delivery::Sse).swap_remove(0);
        let text: String = (0..200)
            .map(|seed| said(&prompt, seed).choices[0].text.clone())
            .collect();
        for trap in [
            "\"", "\\", "\r\n", "<", ">", "\u{2028}", "\u{85}", "\0", "🌊", "東", "é",
        ] {
            assert!(text.contains(trap), "{dialect:?}: {trap:?}");
        }
    }
}

#[test]
fn bodies_are_laid_out_as_the_vendor_does() {
    let whole = |dialect| {
        let (_, prompt) = prompts(dialect, Delivery::Unary).swap_remove(0);
        String::from_utf8(bytes(&frames(&prompt, 1))).unwrap()
    };
    assert!(whole(Dialect::AnthropicMessages).starts_with("{\"model\":\"claude-replica\""));
    assert!(whole(Dialect::AnthropicMessages).ends_with('}'));
    for dialect in [Dialect::OpenaiChat, Dialect::Gemini] {
        assert!(whole(dialect).starts_with("{\n  \"") && whole(dialect).ends_with("\n}\n"));
    }
    assert!(whole(Dialect::OpenaiResponses).starts_with("{\n  \"id\""));
    assert!(whole(Dialect::OpenaiResponses).ends_with("\n}"));
}

#[test]
fn headers_name_the_right_media_type() {
    let kind = |dialect, delivery| {
        let headers = success_headers(dialect, delivery);
        headers
            .into_iter()
            .find(|(name, _)| name == "content-type")
            .unwrap()
            .1
    };
    for dialect in DIALECTS {
        assert!(kind(dialect, Delivery::Sse).starts_with("text/event-stream"));
        assert!(kind(dialect, Delivery::Unary).starts_with("application/json"));
    }
    assert_eq!(kind(Dialect::Gemini, Delivery::Sse), "text/event-stream");
    assert_eq!(
        kind(Dialect::Gemini, Delivery::Array),
        "application/json; charset=UTF-8"
    );
}

#[test]
fn padding_and_noise_vary_and_ids_depend_on_the_stamp_alone() {
    let (_, prompt) = prompts(Dialect::AnthropicMessages, Delivery::Sse).swap_remove(0);
    let spaces: std::collections::HashSet<usize> = (0..20)
        .flat_map(|seed| frames(&prompt, seed))
        .filter(|frame| carries_payload(prompt.dialect, frame))
        .map(|frame| {
            let text = String::from_utf8(frame.bytes.to_vec()).unwrap();
            let body = text.trim_end().trim_end_matches('}');
            body.len() - body.trim_end_matches(' ').len()
        })
        .collect();
    assert_eq!(spaces.len(), 16);
}
