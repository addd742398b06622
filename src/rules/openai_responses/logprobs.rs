//! Log probabilities of text, and padding.

use super::reading::{TEXT_DELTA, TEXT_DONE, item_of, number, spoken, whole_response, word};
use crate::json::Value;
use crate::protocol::openai_responses::{Part, PartStage, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::token::is_measured;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Transition, Verdict, Whole};

/// Text that comes with log probabilities.
const LOGGED: Sample = stream!(
    opened!(),
    logged!(4, "Blue", "[66,108,117,101]"),
    logged!(5, " whale", "[32,119,104,97,108,101]"),
    text_done!(),
    part_done!(),
    message_done!(),
    completed!()
);

/// Whether the bytes of a token are its text's; part of a character has no text of its own.
fn spells(token: &Value) -> bool {
    let (Some(text), Some(bytes)) = (word(token, "token"), token.get("bytes")) else {
        return true;
    };
    let bytes = bytes.as_array().into_iter().flatten();
    let bytes: Option<Vec<u8>> = bytes
        .map(|byte| u8::try_from(byte.as_u64()?).ok())
        .collect();
    let is_cut = text.contains('\u{fffd}') || text.contains("\\x");
    token["bytes"].is_null() || is_cut || bytes.is_some_and(|bytes| bytes == text.as_bytes())
}

/// The tokens of an event about text. `None`: it is no such event.
fn tokens<'a>(seen: &Transition<'a, State>) -> Option<Option<&'a Value>> {
    let (kind, value) = spoken(seen)?;
    let is_text = matches!(
        kind,
        "response.output_text.delta" | "response.output_text.done"
    );
    is_text.then(|| value.get("logprobs"))
}

/// The text parts of a whole body.
fn parts<'a>(whole: &Whole<'a, State>) -> impl Iterator<Item = &'a Value> {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let items = output.into_iter().flatten();
    let contents = items.filter_map(|item| item.get("content")?.as_array());
    let parts = contents.flatten();
    parts.filter(|part| word(part, "type") == Some("output_text"))
}

fn of_parts(whole: &Whole<'_, State>, judge: fn(&Value) -> Verdict) -> Verdict {
    let mut verdict = Verdict::Silent;
    for part in parts(whole) {
        match judge(part) {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

pub(super) static TYPE: Rule = Rule {
    id: "OAR-062",
    name: "responses-logprobs-type",
    severity: Severity::Should,
    source: "OpenAI API description, text events: `logprobs` is a list; recordings: empty unless \
             asked for",
    explanation: "`logprobs` on events about text is a list, empty where nobody asked for log \
                  probabilities. Clients iterate over it; null makes them throw.",
    violations: &[stream!(
        opened!(),
        record!(
            "response.output_text.delta",
            4,
            r#""item_id":"msg_1","output_index":0,"content_index":0"#,
            r#""delta":"Blue","logprobs":null"#
        )
    )],
    conforming: &[LOGGED],
    faults: &["edit response.output_text.delta /logprobs removed"],
    check: Check::OpenaiResponses(Hooks {
        about: &[TEXT_DELTA, TEXT_DONE],
        event: Some(is_list),
        ..Hooks::NONE
    }),
};

fn is_list(seen: &Transition<'_, State>) -> Verdict {
    let Some(found) = tokens(seen) else {
        return Verdict::Silent;
    };
    // Where the new part has a list, events about it have one; older servers have none.
    let first = part_of(seen).and_then(|part| part.first_form.as_ref());
    let is_told = first.is_some_and(|first| first.get("logprobs").is_some());
    if found.is_none() && !is_told {
        return Verdict::Silent;
    }
    Verdict::when(found.is_some_and(Value::is_array), || {
        let found = quoted_value(found);
        format!("expected `logprobs` to be a list, found {found}")
    })
}

/// The part that an event is about, as it stood before.
fn part_of<'a>(seen: &Transition<'a, State>) -> Option<&'a Part> {
    let (_, value) = spoken(seen)?;
    item_of(seen, value)?.part(number(value, "content_index")?)
}

pub(super) static TOKEN: Rule = Rule {
    id: "OAR-064",
    name: "responses-logprobs-token-shape",
    severity: Severity::Must,
    source: "OpenAI API description, LogProb; Open Responses specification",
    explanation: "Each entry has a string `token`, a `logprob` of at most 0, and where they are \
                  there `bytes` that spell the token and a list `top_logprobs` of the like.",
    violations: &[
        stream!(opened!(), logged!(4, "Blue", "\"Blue\"")),
        stream!(
            opened!(),
            record!(
                "response.output_text.delta",
                4,
                r#""item_id":"msg_1","output_index":0,"content_index":0"#,
                r#""delta":"Blue","logprobs":[{"token":"Blue","logprob":0.5}]"#
            )
        ),
    ],
    conforming: &[LOGGED],
    faults: &["edit response.output_text.delta /logprobs/0/logprob = 0.5"],
    check: Check::OpenaiResponses(Hooks {
        about: &[TEXT_DELTA, TEXT_DONE],
        event: Some(|seen| tokens(seen).flatten().map_or(Verdict::Silent, are_tokens)),
        body: Some(|whole| {
            of_parts(whole, |part| {
                part.get("logprobs").map_or(Verdict::Silent, are_tokens)
            })
        }),
        ..Hooks::NONE
    }),
};

fn are_tokens(list: &Value) -> Verdict {
    let Some(list) = list.as_array().filter(|list| !list.is_empty()) else {
        return Verdict::Silent;
    };
    let is_token = |token: &&Value| {
        is_measured(token)
            && spells(token)
            && match token.get("top_logprobs") {
                None => true,
                Some(Value::Array(others)) => others
                    .iter()
                    .all(|other| is_measured(other) && spells(other)),
                Some(_) => false,
            }
    };
    match list.iter().find(|token| !is_token(token)) {
        None => Verdict::Pass,
        Some(token) => Verdict::fail(format!(
            "expected `token`, `logprob` of at most 0 and `bytes`, found {}",
            quoted_value(Some(token))
        )),
    }
}

pub(super) static SUM: Rule = Rule {
    id: "OAR-063",
    name: "responses-logprobs-differ-from-text",
    severity: Severity::Should,
    source: "Recordings: the bytes of all tokens are the text's",
    explanation: "The tokens that came with a text, put together, are the text, in the deltas and \
                  in the finished part. A token that was lost shifts every figure after it to the \
                  wrong word.",
    violations: &[
        stream!(
            opened!(),
            logged!(4, "Blue", "[66,108,117,101]"),
            delta!(5, " whale"),
            text_done!()
        ),
        body!(response!(
            "completed",
            message!(
                "completed",
                concat!(
                    r#"{"type":"output_text","text":"Hi","annotations":[],"#,
                    r#""logprobs":[{"token":"H","logprob":-1,"bytes":[72],"top_logprobs":[]}]}"#
                )
            ),
            usage!()
        )),
    ],
    conforming: &[LOGGED],
    faults: &["edit response.output_text.done /logprobs = []"],
    check: Check::OpenaiResponses(Hooks {
        about: &[TEXT_DONE],
        event: Some(streamed_sum),
        body: Some(|whole| of_parts(whole, whole_sum)),
        ..Hooks::NONE
    }),
};

fn streamed_sum(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_text.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let part = part_of(seen).filter(|part| !part.assumed && part.stage == PartStage::Open);
    let told = part.and_then(Part::all_tokens);
    let found = value.get("logprobs").and_then(Value::as_array);
    if let (Some(told), Some(found)) = (told, found)
        && told != found.as_slice()
    {
        return Verdict::fail(format!(
            "expected the `{}` `logprobs` of the deltas, found `{}` or others",
            told.len(),
            found.len()
        ));
    }
    match part.and_then(|part| Some((part.logged.bytes()?, &part.text))) {
        Some((logged, text)) if !*seen.before.overflowed => covers(logged, text),
        Some(_) | None => Verdict::Silent,
    }
}

fn whole_sum(part: &Value) -> Verdict {
    let mut logged = crate::protocol::logged::Logged::default();
    logged.take(part.get("logprobs"));
    match (logged.bytes(), word(part, "text")) {
        (Some(logged), Some(text)) => covers(logged, text),
        (Some(_) | None, _) => Verdict::Silent,
    }
}

fn covers(logged: &[u8], text: &str) -> Verdict {
    // A character that the limit cut in two is shown as another.
    if text.contains('\u{fffd}') {
        return Verdict::Silent;
    }
    Verdict::when(logged == text.as_bytes(), || {
        format!(
            "expected log probabilities for all `{}` bytes of the text, found `{}` bytes of tokens",
            text.len(),
            logged.len()
        )
    })
}

pub(super) static OBFUSCATION: Rule = Rule {
    id: "OAR-065",
    name: "responses-obfuscation-misplaced",
    severity: Severity::Should,
    source: "OpenAI API description, ResponseStreamOptions; recordings: on deltas only",
    explanation: "`obfuscation` pads deltas so that their lengths do not tell the text. It is a \
                  string, stands on no other event, and is absent when the request turned it off.",
    violations: &[
        stream!(
            said!(),
            record!(
                "response.output_text.done",
                6,
                r#""item_id":"msg_1","output_index":0,"content_index":0"#,
                r#""text":"Blue whale","obfuscation":"x""#
            )
        ),
        asked!(
            r#"{"stream":true,"stream_options":{"include_obfuscation":false}}"#,
            opened!(),
            record!(
                "response.output_text.delta",
                4,
                r#""item_id":"msg_1","output_index":0,"content_index":0"#,
                r#""delta":"Blue","obfuscation":"x""#
            )
        ),
    ],
    conforming: &[stream!(
        opened!(),
        record!(
            "response.output_text.delta",
            4,
            r#""item_id":"msg_1","output_index":0,"content_index":0"#,
            r#""delta":"Blue whale","obfuscation":"x""#
        ),
        record!(
            "response.output_text.done",
            5,
            r#""item_id":"msg_1","output_index":0,"content_index":0"#,
            r#""text":"Blue whale""#
        ),
        part_done!(6, text_part!("Blue whale")),
        item_done!(7, 0, message!("completed", text_part!("Blue whale"))),
        completed!(8, message!("completed", text_part!("Blue whale")), usage!())
    )],
    faults: &["edit response.output_text.done /obfuscation = \"x\""],
    check: Check::OpenaiResponses(Hooks {
        event: Some(is_padding),
        ..Hooks::NONE
    }),
};

fn is_padding(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(found) = value.get("obfuscation") else {
        return Verdict::Silent;
    };
    let request = seen.asked.body.as_ref();
    let wanted = request.and_then(|body| body.pointer("/stream_options/include_obfuscation"));
    if wanted == Some(&Value::Bool(false)) {
        return Verdict::fail("expected no `obfuscation`, which the request turned off");
    }
    Verdict::when(found.is_string() && kind.ends_with(".delta"), || {
        format!(
            "expected `obfuscation` to be a string on a delta, found {} on {}",
            quoted_value(Some(found)),
            quoted(kind)
        )
    })
}
