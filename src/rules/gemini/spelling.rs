//! How names and values are spelled.

use super::reading::{on_body, on_form};
use super::sample::TEXT;
use super::{schema, words};
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static SNAKE_CASE: Rule = Rule {
    id: "GEM-030",
    name: "gemini-snake-case",
    severity: Severity::Must,
    source: "Protocol buffers' JSON mapping; seen with Google's clients, which lose the value",
    explanation: "Members are spelled in lower camel case. Google's clients do not know \
                  `finish_reason` or `usage_metadata` and lose them without a word.",
    violations: &[stream!(event!(concat!(
        r#"{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
        r#""finish_reason":"STOP","index":0}],"usageMetadata":{"#,
        r#""promptTokenCount":7,"totalTokenCount":7}}"#
    )))],
    conforming: &[TEXT],
    faults: &["edit * /usageMetadata/totalTokenCount named total_token_count"],
    check: Check::Gemini(Hooks {
        about: &[Topic::NewForm],
        event: Some(|seen| on_form(seen, camel_case)),
        body: Some(|whole| on_body(whole, camel_case)),
        ..Hooks::NONE
    }),
};

fn camel_case(_asked: &Asked, chunk: &Value) -> Verdict {
    schema::first_snake_case(chunk).map_or(Verdict::Pass, Verdict::fail)
}

pub(super) static NULL: Rule = Rule {
    id: "GEM-032",
    name: "gemini-null",
    severity: Severity::Must,
    source: "Protocol buffers' JSON mapping leaves out what is not set; no recorded answer has a \
             null",
    explanation: "A member that is not set is left out, never null. Clients ask whether \
                  `finishReason` is there to know the end, and find it in every chunk.",
    violations: &[stream!(
        event!(chunk!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"finishReason":null,"index":0}"#,
            usage!(1, 8)
        )),
        last!()
    )],
    conforming: &[TEXT],
    faults: &["edit * /candidates/0/finishReason = null"],
    check: Check::Gemini(Hooks {
        about: &[Topic::NewForm],
        event: Some(|seen| on_form(seen, without_null)),
        body: Some(|whole| on_body(whole, without_null)),
        ..Hooks::NONE
    }),
};

fn without_null(_asked: &Asked, chunk: &Value) -> Verdict {
    // A call's `args` have a rule of their own.
    schema::first_null(chunk).map_or(Verdict::Pass, Verdict::fail)
}

pub(super) static NOT_TEXT: Rule = Rule {
    id: "GEM-031",
    name: "gemini-enum-not-text",
    severity: Severity::Must,
    source: "Protocol buffers' JSON mapping; Google's Python client raises",
    explanation: "`finishReason`, `blockReason`, `category`, `modality` and their like are words, \
                  unless the query asked for numbers. Google's Python client raises at a number.",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#, "1"),
        usage!(6, 13)
    )))],
    conforming: &[TEXT],
    faults: &["edit *#last /candidates/0/finishReason = 1"],
    check: Check::Gemini(Hooks {
        about: &[Topic::NewForm],
        event: Some(|seen| on_form(seen, all_words)),
        body: Some(|whole| on_body(whole, all_words)),
        ..Hooks::NONE
    }),
};

/// Whether numbers were asked for in the place of words (`$alt=json;enum-encoding=int`). Of a
/// recording without its query the answer tells: then no word is left in it.
fn asks_for_numbers(asked: &Asked, chunk: &Value) -> bool {
    if let Some(parameters) = asked.parameters() {
        return parameters
            .iter()
            .any(|(name, value)| name.ends_with("alt") && value.contains("enum-encoding=int"));
    }
    let (mut words, mut numbers) = (0, 0);
    words::each(chunk, &mut |(_, _, found)| {
        words += u32::from(found.is_string());
        numbers += u32::from(found.is_u64());
    });
    words == 0 && numbers > 1
}

fn all_words(asked: &Asked, chunk: &Value) -> Verdict {
    let (mut other, mut has_any) = (None, false);
    words::each(chunk, &mut |(name, _, found)| {
        has_any = true;
        if !found.is_string() && !found.is_null() {
            other.get_or_insert((name, found));
        }
    });
    match other {
        Some((_, found)) if found.is_u64() && asks_for_numbers(asked, chunk) => Verdict::Silent,
        Some((name, found)) => Verdict::fail(format!(
            "expected a word in `{name}`, found {}",
            quoted_value(Some(found))
        )),
        None if has_any => Verdict::Pass,
        None => Verdict::Silent,
    }
}

/// The members that Google documents have the kinds that it documents.
pub(super) static KIND: Rule = Rule {
    id: "GEM-055",
    name: "gemini-member-of-other-kind",
    severity: Severity::Must,
    source: "Google API reference, response object, with protocol buffers' JSON mapping; every \
             recorded answer",
    explanation: "Texts are texts, numbers are numbers, objects and lists are what the reference \
                  says, and a list that would be empty is left out. Google's typed clients raise \
                  at another kind of value and lose the whole answer with it.",
    violations: &[
        stream!(event!(chunk!(
            r#"{"content":"x","finishReason":"STOP","index":0}"#,
            usage!(6, 13)
        ))),
        body!(chunk!(
            finished!(r#"{"text":"x"}"#),
            concat!(
                r#"{"promptTokenCount":7,"candidatesTokenCount":6,"totalTokenCount":13,"#,
                r#""promptTokensDetails":"none"}"#
            )
        )),
    ],
    conforming: &[TEXT],
    faults: &[r#"edit * /candidates/0/content = "text""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::NewForm],
        event: Some(|seen| on_form(seen, kinds)),
        body: Some(|whole| on_body(whole, kinds)),
        ..Hooks::NONE
    }),
};

fn kinds(_asked: &Asked, chunk: &Value) -> Verdict {
    schema::first_wrong(chunk).map_or(Verdict::Pass, Verdict::fail)
}
