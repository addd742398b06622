//! What a part is made of.

use super::reading::{all_parts, first_fault, on_body, on_event};
use super::sample::{TEXT, THOUGHT};
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

pub(super) static EMPTY: Rule = Rule {
    id: "GEM-039",
    name: "gemini-empty-part",
    severity: Severity::Must,
    source: "Google API reference, `Part`; Google's clients throw the turn away",
    explanation: "A part says something: it is never an empty object. Google's clients call such \
                  content invalid and leave the whole turn out of the conversation.",
    violations: &[stream!(only!("{}"))],
    conforming: &[TEXT],
    faults: &["edit * /candidates/0/content/parts/0 = {}"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, part_says_something)),
        body: Some(|whole| on_body(whole, part_says_something)),
        ..Hooks::NONE
    }),
};

fn part_says_something(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(all_parts(chunk).map(|part| {
        let is_empty = part.as_object().is_some_and(crate::json::Object::is_empty);
        Verdict::when(!is_empty, || {
            "expected a part that says something, found `{}`".to_owned()
        })
    }))
}

pub(super) static TWO_KINDS: Rule = Rule {
    id: "GEM-038",
    name: "gemini-part-with-two-kinds",
    severity: Severity::Must,
    source: "Google API reference: the data of a part is one of several kinds",
    explanation: "A part holds one kind of data. Typed clients keep the last and lose the rest.",
    violations: &[stream!(only!(
        r#"{"text":"x","functionCall":{"name":"f"}}"#
    ))],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit * /candidates/0/content/parts/0/fileData = {"fileUri":"http"#,
        r#"s://a.example/1"}"#
    )],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, one_kind)),
        body: Some(|whole| on_body(whole, one_kind)),
        ..Hooks::NONE
    }),
};

const KINDS: [&str; 9] = [
    "text",
    "inlineData",
    "functionCall",
    "functionResponse",
    "fileData",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

fn one_kind(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(all_parts(chunk).map(|part| {
        let mut kinds = KINDS.iter().filter(|kind| part.get(**kind).is_some());
        match (kinds.next(), kinds.next()) {
            (Some(one), Some(other)) => Verdict::fail(format!(
                "expected one kind of data in a part, found `{one}` and `{other}`"
            )),
            (Some(_), None) => Verdict::Pass,
            (None, _) => Verdict::Silent,
        }
    }))
}

pub(super) static TEXT_KIND: Rule = Rule {
    id: "GEM-040",
    name: "gemini-text-not-text",
    severity: Severity::Must,
    source: "Google API reference, `Part.text`",
    explanation: "`text` is a text: clients append it to what they show.",
    violations: &[stream!(only!(r#"{"text":5}"#))],
    conforming: &[TEXT],
    faults: &["edit * /candidates/0/content/parts/0/text = 5"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, text_is_text)),
        body: Some(|whole| on_body(whole, text_is_text)),
        ..Hooks::NONE
    }),
};

fn text_is_text(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(
        all_parts(chunk)
            .filter_map(|part| part.get("text"))
            .map(|text| {
                Verdict::when(text.is_string(), || {
                    format!(
                        "expected `text` to be a text, found {}",
                        quoted_value(Some(text))
                    )
                })
            }),
    )
}

pub(super) static THOUGHT_KIND: Rule = Rule {
    id: "GEM-041",
    name: "gemini-thought-not-true",
    severity: Severity::Must,
    source: "Google API reference, `Part.thought`; recordings: `true` or left out",
    explanation: "`thought`, where it is there, is `true`: clients tell by it what to show as the \
                  answer. Any other value sorts a thought among the answer, or raises.",
    violations: &[stream!(only!(r#"{"text":"x","thought":"yes"}"#))],
    conforming: &[THOUGHT],
    faults: &[r#"edit * /candidates/0/content/parts/0/thought = "yes""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("thought")],
        event: Some(|seen| on_event(seen, thought_is_true)),
        body: Some(|whole| on_body(whole, thought_is_true)),
        ..Hooks::NONE
    }),
};

fn thought_is_true(_asked: &Asked, chunk: &Value) -> Verdict {
    let thoughts = all_parts(chunk).filter_map(|part| part.get("thought"));
    first_fault(thoughts.map(|thought| {
        Verdict::when(*thought == Value::Bool(true), || {
            format!(
                "expected `thought` to be `true` or left out, found {}",
                quoted_value(Some(thought))
            )
        })
    }))
}

pub(super) static BASE64: Rule = Rule {
    id: "GEM-042",
    name: "gemini-bad-base64",
    severity: Severity::Must,
    source: "Protocol buffers' JSON mapping of bytes; Google's Python client raises",
    explanation: "`thoughtSignature` and the data of pictures are base64, and not empty. Google's \
                  Python client raises at anything else, and a signature that does not decode \
                  makes the next request fail.",
    violations: &[
        stream!(only!(r#"{"text":"x","thoughtSignature":"!!!"}"#)),
        stream!(only!(r#"{"text":"x","thoughtSignature":""}"#)),
    ],
    conforming: &[stream!(only!(
        r#"{"text":"x","thoughtSignature":"RXhhbXBsZQ=="}"#
    ))],
    faults: &[r#"edit * /candidates/0/content/parts/0/thoughtSignature = "!!!""#],
    check: Check::Gemini(Hooks {
        about: &[
            Topic::Member("thoughtSignature"),
            Topic::Member("inlineData"),
        ],
        event: Some(|seen| on_event(seen, decodes)),
        body: Some(|whole| on_body(whole, decodes)),
        ..Hooks::NONE
    }),
};

fn decodes(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(all_parts(chunk).flat_map(|part| {
        let values = [
            part.get("thoughtSignature"),
            part.pointer("/inlineData/data"),
        ];
        values.into_iter().flatten().map(|value| {
            let text = value.as_str().filter(|text| !text.is_empty());
            Verdict::when(text.is_some_and(is_base64), || {
                format!("expected base64, found {}", quoted_value(Some(value)))
            })
        })
    }))
}

/// In either alphabet, padded or not, as the JSON mapping allows.
fn is_base64(text: &str) -> bool {
    STANDARD.decode(text).is_ok()
        || URL_SAFE.decode(text).is_ok()
        || STANDARD_NO_PAD.decode(text).is_ok()
        || URL_SAFE_NO_PAD.decode(text).is_ok()
}

pub(super) static INCOMPLETE: Rule = Rule {
    id: "GEM-043",
    name: "gemini-incomplete-part",
    severity: Severity::Must,
    source: "Google API reference, `Blob`",
    explanation: "A picture or sound has `mimeType` and `data`; clients cannot show it without.",
    violations: &[stream!(only!(r#"{"inlineData":{"data":"AAAA"}}"#))],
    conforming: &[stream!(only!(
        r#"{"inlineData":{"mimeType":"image/png","data":"AAAA"}}"#
    ))],
    faults: &[concat!(
        r#"edit * /candidates/0/content/parts/0 = {"inlineData":{"data":"AAAA"#,
        r#""}}"#
    )],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("inlineData")],
        event: Some(|seen| on_event(seen, whole_media)),
        body: Some(|whole| on_body(whole, whole_media)),
        ..Hooks::NONE
    }),
};

fn whole_media(_asked: &Asked, chunk: &Value) -> Verdict {
    needs(chunk, &[("inlineData", &["mimeType", "data"])])
}

pub(super) static INCOMPLETE_CODE: Rule = Rule {
    id: "GEM-047",
    name: "gemini-incomplete-code",
    severity: Severity::Must,
    source: "Google API reference, `ExecutableCode`, `CodeExecutionResult`",
    explanation: "Code that the service ran has `language` and `code`, its result an `outcome`: \
                  without them a client cannot tell what ran, nor whether it worked.",
    violations: &[
        stream!(only!(r#"{"codeExecutionResult":{"output":"4"}}"#)),
        stream!(only!(r#"{"executableCode":{"code":"print(4)"}}"#)),
    ],
    conforming: &[stream!(only!(
        r#"{"executableCode":{"language":"PYTHON","code":"print(4)"}},"#,
        r#"{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"4"}}"#
    ))],
    faults: &[concat!(
        r#"edit * /candidates/0/content/parts/0 = {"executableCode":{"code":""#,
        r#"1"}}"#
    )],
    check: Check::Gemini(Hooks {
        about: &[
            Topic::Member("executableCode"),
            Topic::Member("codeExecutionResult"),
        ],
        event: Some(|seen| on_event(seen, whole_code)),
        body: Some(|whole| on_body(whole, whole_code)),
        ..Hooks::NONE
    }),
};

fn whole_code(_asked: &Asked, chunk: &Value) -> Verdict {
    needs(
        chunk,
        &[
            ("executableCode", &["language", "code"]),
            ("codeExecutionResult", &["outcome"]),
        ],
    )
}

/// Parts of these kinds have these members.
fn needs(chunk: &Value, needed: &[(&str, &[&str])]) -> Verdict {
    first_fault(all_parts(chunk).map(|part| {
        for (kind, keys) in needed {
            let Some(found) = part.get(*kind) else {
                continue;
            };
            if let Some(key) = keys.iter().find(|key| found.get(**key).is_none()) {
                return Verdict::fail(format!("expected `{key}` in `{kind}`, found none"));
            }
            return Verdict::Pass;
        }
        Verdict::Silent
    }))
}
