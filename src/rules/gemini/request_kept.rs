//! What the request asked of the whole answer.

use super::reading::first_fault;
use super::sample::{CALL, LIMITED};
use crate::protocol::gemini::State;
use crate::protocol::{Asked, AskedToolChoice, BodyEnd};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict, Whole};

pub(super) static FORCED: Rule = Rule {
    id: "GEM-092",
    name: "gemini-call-not-made",
    severity: Severity::Must,
    source: "Google API reference, `FunctionCallingConfig.mode` `ANY`",
    explanation: "Mode `ANY` means a function call. A client that forced one parses the answer as \
                  such.",
    violations: &[asked!(
        concat!(
            r#"{"tools":[{"functionDeclarations":[{"name":"get_time"}]}],"toolConfig":{"#,
            r#""functionCallingConfig":{"mode":"ANY"}}}"#
        ),
        first!(),
        last!()
    )],
    conforming: &[CALL],
    faults: &[r#"edit *#every /candidates/0/content/parts/0 = {"text":"No call."}"#],
    check: Check::Gemini(Hooks {
        end: Some(call_forced),
        body: Some(body_forced),
        ..Hooks::NONE
    }),
};

fn call_forced(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    forced(ended.asked, ended.state)
}

fn body_forced(whole: &Whole<'_, State>) -> Verdict {
    forced(whole.asked.get(), whole.state.get())
}

fn forced(asked: &Asked, state: &State) -> Verdict {
    let is_forced = matches!(
        asked.tool_choice,
        Some(AskedToolChoice::Required | AskedToolChoice::Named(_))
    );
    if !is_forced || state.is_over() {
        return Verdict::Silent;
    }
    first_fault(
        state
            .candidates
            .iter()
            .map(|known| match known.finish.as_deref() {
                Some("STOP") => Verdict::when(known.calls > 0, || {
                    "expected a function call under mode `ANY`, found none".to_owned()
                }),
                _ => Verdict::Silent,
            }),
    )
}

pub(super) static JSON_MODE: Rule = Rule {
    id: "GEM-097",
    name: "gemini-not-json-mode",
    severity: Severity::Must,
    source: "Google API reference, `responseMimeType`; every recorded answer of this mode",
    explanation: "With `responseMimeType: application/json` a finished answer's text is one JSON \
                  document. A client parses it without looking.",
    violations: &[asked!(
        r#"{"generationConfig":{"responseMimeType":"application/json"}}"#,
        first!(),
        last!()
    )],
    conforming: &[LIMITED],
    faults: &[r#"edit * /candidates/0/content/parts/0/text extended "}""#],
    check: Check::Gemini(Hooks {
        end: Some(stream_json),
        body: Some(body_json),
        ..Hooks::NONE
    }),
};

fn stream_json(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    json_text(ended.asked, ended.state)
}

fn body_json(whole: &Whole<'_, State>) -> Verdict {
    json_text(whole.asked.get(), whole.state.get())
}

fn json_text(asked: &Asked, state: &State) -> Verdict {
    if asked.json != Some(true) || state.is_over() || *state.overflowed || state.server_side {
        return Verdict::Silent;
    }
    first_fault(state.candidates.iter().map(|known| {
        let is_whole = known.finish.as_deref() == Some("STOP") && known.calls == 0;
        if !is_whole || known.text.is_empty() {
            return Verdict::Silent;
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(&known.text) {
            Ok(_) => Verdict::Pass,
            Err(error) => {
                Verdict::fail(format!("expected a JSON document as text, found: {error}"))
            }
        }
    }))
}

pub(super) static STOP_SEQUENCE: Rule = Rule {
    id: "GEM-098",
    name: "gemini-stop-sequence-kept",
    severity: Severity::Should,
    source: "Google API reference, `stopSequences`: the sequence is not part of the answer",
    explanation: "The answer ends before a stop sequence and does not contain it; clients use such \
                  sequences as markers that users must not see.",
    violations: &[asked!(
        r#"{"generationConfig":{"stopSequences":["Moon"]}}"#,
        first!(),
        last!()
    )],
    conforming: &[LIMITED],
    faults: &[r#"edit * /candidates/0/content/parts/0/text extended "END""#],
    check: Check::Gemini(Hooks {
        end: Some(stream_stops),
        body: Some(body_stops),
        ..Hooks::NONE
    }),
};

fn stream_stops(ended: &Ended<'_, State>) -> Verdict {
    stops(ended.asked, ended.state)
}

fn body_stops(whole: &Whole<'_, State>) -> Verdict {
    stops(whole.asked.get(), whole.state.get())
}

fn stops(asked: &Asked, state: &State) -> Verdict {
    let sequences = asked.stop_sequences.as_deref().unwrap_or_default();
    if sequences.iter().all(String::is_empty) || state.server_side {
        return Verdict::Silent;
    }
    first_fault(state.candidates.iter().map(|known| {
        let mut sequences = sequences.iter().filter(|sequence| !sequence.is_empty());
        match sequences.find(|sequence| known.text.contains(*sequence)) {
            None => Verdict::Pass,
            Some(sequence) => Verdict::fail(format!(
                "expected text without the stop sequence {}, found it",
                quoted(sequence)
            )),
        }
    }))
}

pub(super) static COUNT: Rule = Rule {
    id: "GEM-099",
    name: "gemini-wrong-candidate-count",
    severity: Severity::Must,
    source: "Google API reference, `candidates[]`: all that were asked for, or none",
    explanation: "A request for several candidates gets that many, or none when the prompt was \
                  blocked.",
    violations: &[asked!(
        r#"{"generationConfig":{"candidateCount":2}}"#,
        first!(),
        last!()
    )],
    conforming: &[asked!(
        r#"{"generationConfig":{"candidateCount":2}}"#,
        event!(chunk!(
            concat!(
                concat!(
                    r#"{"content":{"parts":[{"text":"a"}],"role":"model"},"#,
                    r#""finishReason":"STOP","index":0}"#
                ),
                ",",
                concat!(
                    r#"{"content":{"parts":[{"text":"b"}],"role":"model"},"#,
                    r#""finishReason":"STOP","index":1}"#
                )
            ),
            usage!(2, 9)
        ))
    )],
    faults: &["edit * /candidates/1 removed"],
    check: Check::Gemini(Hooks {
        end: Some(stream_count),
        body: Some(body_count),
        ..Hooks::NONE
    }),
};

fn stream_count(ended: &Ended<'_, State>) -> Verdict {
    // A stream that was cut off lacks candidates for another reason.
    if ended.end != BodyEnd::Clean || !ended.state.all_finished() {
        return Verdict::Silent;
    }
    as_many(ended.asked, ended.state)
}

fn body_count(whole: &Whole<'_, State>) -> Verdict {
    as_many(whole.asked.get(), whole.state.get())
}

fn as_many(asked: &Asked, state: &State) -> Verdict {
    let found = state.candidates.len() as u64;
    match asked.n {
        Some(n) if n > 1 && !state.is_over() && found > 0 => Verdict::when(found == n, || {
            format!("expected `{n}` candidates, found `{found}`")
        }),
        _ => Verdict::Silent,
    }
}
