//! Streams: GW-087 to GW-098.

use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::Delay;
use spikeproof_mock::script::FrameKind;

use crate::ask::Answer;
use crate::promise::{Check, Held, Opponent, always, ensure, promises, same};
use crate::socket::{Line, wait_for_rest};
use crate::speech::Speech;
use crate::target::{Given, HOUR};

promises! {
    /// Messages streams run from `message_start` to `message_stop` and say how they ended
    gw_087_messages_streams_begin_end_and_say_how_much {
        check: Check::Out, page: "concepts/streaming",
        rules: &["ANT-030", "ANT-033", "ANT-034", "ANT-091", "ANT-092"],
        opponents: &[
            Opponent::Fault("drop-first-event"),
            Opponent::Fault("missing-terminator"),
            Opponent::Fault("early-end"),
            Opponent::Fault("missing-usage"),
            Opponent::Fault("event-after-end"),
        ],
    }
    /// Every event of Messages has a name that is the `type` of its data
    gw_088_every_event_of_messages_is_named_by_its_type {
        check: Check::Out, page: "concepts/streaming",
        rules: &["ANT-006", "ANT-021"],
        opponents: &[
            Opponent::Fault("wrong-type"),
            Opponent::Says("event: message_start\n", ""),
        ],
    }
    /// Chat streams are JSON in `data:` lines, then `data: [DONE]`
    gw_089_chat_streams_are_json_then_done {
        check: Check::Out, page: "migrate-from-openai",
        rules: &["OAC-087"],
        opponents: &[
            Opponent::Fault("missing-terminator"),
            Opponent::Fault("bad-json"),
            Opponent::Fault("event-after-end"),
        ],
    }
    /// Responses streams use the vendor's events
    gw_090_responses_streams_use_the_events_of_the_vendor {
        check: Check::Out, page: "text/openai-responses",
        rules: &["OAR-007", "OAR-012", "OAR-017"],
        opponents: &[
            Opponent::Fault("drop-first-event"),
            Opponent::Fault("missing-terminator"),
            Opponent::Says("response.output_text.delta", "response.text"),
        ],
    }
    /// Gemini streams come from `:streamGenerateContent?alt=sse` as `data:` lines
    gw_091_gemini_streams_come_as_data_lines {
        check: Check::Out, page: "gemini-cli",
        rules: &["GEM-001", "GEM-004", "GEM-009"],
        opponents: &[Opponent::Deaf("alt"), Opponent::Fault("bad-json")],
    }
    /// Gemini streams end with `[DONE]`
    gw_092_gemini_streams_end_with_done {
        check: Check::Out, page: "gemini-cli",
        doubted: Some("C-06"), switches: &[("C-06", &["done"])],
        rules: &["GEM-008", "GW-092"],
        opponents: &[Opponent::Says("data: [DONE]\n\n", "")],
    }
    /// A model of another vendor streams as the protocol that was asked demands
    gw_093_a_translated_model_streams_as_its_route_does {
        check: Check::Out, page: "text/claude-messages",
        rules: &["ANT-030", "ANT-033", "OAC-087", "OAR-012", "GEM-061"],
        opponents: &[Opponent::Fault("missing-terminator"), Opponent::Fault("early-end")],
    }
    /// Events are passed on as they come
    gw_094_events_are_passed_on_as_they_come {
        check: Check::Out, page: "blog/twenty-three-endpoints-one-key-eighty-ms",
        opponents: &[
            Opponent::Fault("buffered-stream"),
            Opponent::Set("all the waiting at the start", |config| {
                config.first_token = Delay::Constant(HOUR);
                config.token_gap = Delay::Constant(Duration::ZERO);
            }),
        ],
    }
    /// A failure in mid-stream ends it with the protocol's error
    gw_095_a_failure_in_mid_stream_ends_it_with_an_error {
        check: Check::Rep, page: "concepts/streaming",
        rules: &["ANT-114", "ANT-041"],
        opponents: &[
            Opponent::Set("an upstream that does not fail", |config| config.faults.clear()),
            Opponent::Set("a stream that is cut", |config| {
                config.faults = vec![always("early-end")];
            }),
        ],
    }
    /// `Last-Event-ID` resumes nothing
    gw_096_last_event_id_resumes_nothing {
        check: Check::Out, page: "concepts/streaming",
        opponents: &[Opponent::Fault("drop-first-event"), Opponent::Fault("early-end")],
    }
    /// Closing the connection stops the generation and frees its place
    gw_097_closing_the_connection_stops_the_generation {
        check: Check::OutMoney, page: "concepts/streaming",
        switches: &[("C-10", &["partial-after-first-token", "free"])],
        opponents: &[Opponent::Fault("hold-never-released")],
    }
    /// The same request, whole and streamed, uses the same tokens
    gw_098_whole_and_streamed_use_the_same_tokens {
        check: Check::Out, page: "concepts/streaming, account/me-usage",
        opponents: &[Opponent::Fault("wrong-usage"), Opponent::Fault("missing-usage")],
    }
}

fn said(data: &str) -> Value {
    serde_json::from_str(data).unwrap_or(Value::Null)
}

fn streamed(answer: &Answer) -> Held {
    same("the status", answer.status, 200)?;
    let kind = answer.header("content-type").unwrap_or_default();
    ensure!(
        kind.starts_with("text/event-stream"),
        "the stream is labelled `{kind}`"
    );
    Ok(())
}

fn messages_stream(answer: &Answer) -> Held {
    streamed(answer)?;
    let events: Vec<Value> = answer.events().iter().map(|(_, data)| said(data)).collect();
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    same("the first event", kinds.first(), Some(&"message_start"))?;
    same("the last event", kinds.last(), Some(&"message_stop"))?;
    same("events with a type", kinds.len(), events.len())?;
    let delta = events.iter().find(|event| event["type"] == "message_delta");
    let delta = delta.ok_or("no message_delta")?;
    ensure!(
        delta["delta"]["stop_reason"].is_string(),
        "no stop reason in {delta}"
    );
    ensure!(
        delta["usage"]["output_tokens"].is_u64(),
        "no output tokens in {delta}"
    );
    let stops = kinds.iter().filter(|kind| **kind == "message_stop").count();
    same("message_stop events", stops, 1)
}

fn gw_087_messages_streams_begin_end_and_say_how_much(given: &Given) -> Held {
    messages_stream(&Speech::Messages.stream(&given.target()).send())
}

fn gw_088_every_event_of_messages_is_named_by_its_type(given: &Given) -> Held {
    let answer = Speech::Messages.stream(&given.target()).send();
    for (name, data) in answer.events() {
        let kind = said(&data)["type"].as_str().map(str::to_owned);
        ensure!(kind.is_some() && name == kind, "{name:?} has {data}");
    }
    Ok(())
}

fn chat_stream(answer: &Answer) -> Held {
    streamed(answer)?;
    let events = answer.events();
    let (last, chunks) = events.split_last().ok_or("no event")?;
    same("the last event", last, &(None, "[DONE]".to_owned()))?;
    for (name, data) in chunks {
        same("an event's name", name.as_deref(), None)?;
        same(
            "an object",
            said(data)["object"].as_str(),
            Some("chat.completion.chunk"),
        )?;
    }
    let finished = |(_, data): &(_, String)| said(data)["choices"][0]["finish_reason"].is_string();
    same(
        "finish reasons",
        chunks.iter().filter(|chunk| finished(chunk)).count(),
        1,
    )
}

fn gw_089_chat_streams_are_json_then_done(given: &Given) -> Held {
    chat_stream(&Speech::Chat.stream(&given.target()).send())
}

fn responses_stream(answer: &Answer) -> Held {
    streamed(answer)?;
    let known = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ];
    let ends = ["response.completed", "response.incomplete"];
    let mut kinds = Vec::new();
    for (name, data) in answer.events() {
        let kind = said(&data)["type"].as_str().unwrap_or_default().to_owned();
        same("an event's name", name.as_deref(), Some(kind.as_str()))?;
        kinds.push(kind);
    }
    let (last, before) = kinds.split_last().ok_or("no event")?;
    same(
        "the first event",
        before.first().map(String::as_str),
        Some("response.created"),
    )?;
    ensure!(ends.contains(&last.as_str()), "the last event is {last}");
    for kind in known {
        ensure!(
            before.iter().any(|other| other == kind),
            "no {kind} among {before:?}"
        );
    }
    let other = before.iter().find(|kind| !known.contains(&kind.as_str()));
    ensure!(other.is_none(), "an event {other:?}");
    Ok(())
}

fn gw_090_responses_streams_use_the_events_of_the_vendor(given: &Given) -> Held {
    responses_stream(&Speech::Responses.stream(&given.target()).send())
}

fn gemini_stream(answer: &Answer) -> Held {
    streamed(answer)?;
    let text = answer.text();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let data = line
            .strip_prefix("data: ")
            .ok_or_else(|| format!("a line `{line}`"))?;
        let is_chunk = data == "[DONE]" || said(data)["candidates"].is_array();
        ensure!(is_chunk, "a chunk `{data}`");
    }
    let chunks = answer.events();
    let reason = |data: &str| said(data)["candidates"][0]["finishReason"].is_string();
    ensure!(
        chunks.iter().any(|(_, data)| reason(data)),
        "no finish reason"
    );
    Ok(())
}

fn gw_091_gemini_streams_come_as_data_lines(given: &Given) -> Held {
    gemini_stream(&Speech::Gemini.stream(&given.target()).send())
}

fn gw_092_gemini_streams_end_with_done(given: &Given) -> Held {
    let answer = Speech::Gemini.stream(&given.target()).send();
    gemini_stream(&answer)?;
    let last = answer.events().pop().map(|(_, data)| data);
    same("the last event", last.as_deref(), Some("[DONE]"))
}

fn gw_093_a_translated_model_streams_as_its_route_does(given: &Given) -> Held {
    let target = given.target();
    for model in [
        "claude-haiku-4-5",
        "gpt-5-4-mini",
        "gemini-3-1-pro",
        "deepseek-v4-pro",
    ] {
        for speech in Speech::ALL {
            let answer = speech.put(&target, model, true).send();
            let held = match speech {
                Speech::Messages => messages_stream(&answer),
                Speech::Chat => chat_stream(&answer),
                Speech::Responses => responses_stream(&answer),
                Speech::Gemini => gemini_stream(&answer),
            };
            held.map_err(|why| format!("{model} over {speech:?}: {why}"))?;
        }
    }
    Ok(())
}

fn gw_094_events_are_passed_on_as_they_come(given: &Given) -> Held {
    let target = given.target_with(|config| {
        config.token_gap = Delay::Constant(Duration::from_secs(1));
        config.output_tokens = Some(40);
    });
    for speech in Speech::ALL {
        let answer = speech.stream(&target).send();
        let tokens: Vec<Duration> = answer
            .frames
            .iter()
            .filter(|(kind, _)| *kind == FrameKind::Token)
            .map(|(_, at)| *at)
            .collect();
        ensure!(tokens.len() > 10, "{speech:?} has {} pieces", tokens.len());
        ensure!(
            tokens[0] < answer.took / 4,
            "{speech:?}: {tokens:?} of {:?}",
            answer.took
        );
        ensure!(
            tokens.is_sorted_by(|one, next| one < next),
            "{speech:?}: {tokens:?}"
        );
    }
    Ok(())
}

fn gw_095_a_failure_in_mid_stream_ends_it_with_an_error(given: &Given) -> Held {
    let target = given.target_with(|config| config.faults.push(always("error-mid-stream")));
    for speech in Speech::ALL {
        let answer = speech.stream(&target).send();
        streamed(&answer)?;
        let events = answer.events();
        ensure!(events.len() > 1, "{speech:?} sent nothing before it failed");
        let errors: Vec<usize> = (0..)
            .zip(&events)
            .filter(|(_, (name, data))| {
                name.as_deref() == Some("error") || said(data)["error"].is_object()
            })
            .map(|(index, _)| index)
            .collect();
        let first = *errors
            .first()
            .ok_or_else(|| format!("{speech:?} tells no error"))?;
        let rest = &events[first + 1..];
        // Responses follow the vendor: the error, then the failed response.
        let most = usize::from(speech == Speech::Responses);
        ensure!(
            rest.len() <= most,
            "{speech:?} goes on after its error: {rest:?}"
        );
    }
    Ok(())
}

fn gw_096_last_event_id_resumes_nothing(given: &Given) -> Held {
    let target = given.target();
    for speech in Speech::ALL {
        let plain = speech.stream(&given_healthy(given)).send();
        let resumed = speech.stream(&target).header("last-event-id", "3").send();
        same(&format!("{speech:?}"), resumed.text(), plain.text())?;
    }
    Ok(())
}

/// The same replica with nothing wrong, to compare with.
fn given_healthy(given: &Given) -> crate::target::Target {
    Given::new(given.contract(), None).target()
}

fn gw_097_closing_the_connection_stops_the_generation(given: &Given) -> Held {
    let replica = given.replica(|config| {
        config.token_gap = Delay::Constant(Duration::from_millis(5));
        config.output_tokens = Some(4_000);
        config.account.concurrency = Some(1);
    })?;
    let mut body = Speech::Messages.body("claude-opus-4-8", true);
    body["max_tokens"] = json!(8_000);
    for _ in 0..2 {
        // The second gets in because the first has left its place.
        let mut line = Line::post(&replica, "/v1/messages", &body)?;
        line.read_to("content_block_delta")?;
        drop(line);
        wait_for_rest(&replica);
    }
    let ledger = replica.engine().ledger();
    same("held", ledger.held, 0)?;
    let output: u64 = ledger.rows.iter().map(|row| row.output_tokens).sum();
    ensure!(
        output < 2_000,
        "{output} tokens were charged to a client that left"
    );
    Ok(())
}

fn gw_098_whole_and_streamed_use_the_same_tokens(given: &Given) -> Held {
    let target = given.target();
    for speech in Speech::ALL {
        let used = |answer: &Answer| speech.usage(answer).ok_or("no usage");
        let whole = used(&speech.ask(&target).send())?;
        let streamed = used(&speech.stream(&target).send())?;
        same(&format!("{speech:?}, streamed"), streamed, whole)?;
        ensure!(whole.0 > 0 && whole.1 > 0, "{speech:?} uses {whole:?}");
    }
    Ok(())
}
