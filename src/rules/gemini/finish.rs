//! Why a candidate ended.

use super::reading::{candidates, first_fault, on_body, on_event, on_form};
use super::sample::TEXT;
use super::words;
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static MESSAGE: Rule = Rule {
    id: "GEM-049",
    name: "gemini-message-without-reason",
    severity: Severity::Must,
    source: "Google API reference, `finishMessage`; every recorded answer",
    explanation: "`finishMessage` explains a `finishReason` and comes only with one.",
    violations: &[stream!(
        event!(chunk!(
            concat!(
                r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
                r#""finishMessage":"Done.","index":0}"#
            ),
            usage!(3, 10)
        )),
        last!()
    )],
    conforming: &[stream!(event!(chunk!(
        concat!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
            r#""finishReason":"STOP","finishMessage":"Done.","index":0}"#
        ),
        usage!(3, 10)
    )))],
    faults: &[r#"edit * /candidates/0/finishMessage = "Done.""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("finishMessage")],
        event: Some(|seen| on_event(seen, message_with_reason)),
        body: Some(|whole| on_body(whole, message_with_reason)),
        ..Hooks::NONE
    }),
};

fn message_with_reason(_asked: &Asked, chunk: &Value) -> Verdict {
    let telling = candidates(chunk)
        .iter()
        .filter(|candidate| candidate.get("finishMessage").is_some());
    first_fault(telling.map(|candidate| {
        Verdict::when(candidate.get("finishReason").is_some(), || {
            "expected `finishMessage` only beside a `finishReason`, found it alone".to_owned()
        })
    }))
}

pub(super) static UNKNOWN_WORD: Rule = Rule {
    id: "GEM-048",
    name: "gemini-unknown-word",
    severity: Severity::Should,
    source: "Google API reference, its enumerations, and Google's Python client",
    explanation: "`finishReason`, `blockReason`, `category`, `probability`, `modality` and their \
                  like are documented words. Clients branch on them, and an unknown reason is \
                  shown to users as a failure. A new word of the vendor's is no fault; this is a \
                  reminder to look.",
    violations: &[
        stream!(event!(chunk!(
            finished!(r#"{"text":"x"}"#, r#""DONE""#),
            usage!(6, 13)
        ))),
        stream!(event!(concat!(
            r#"{"promptFeedback":{"blockReason":"UNSAFE"},"usageMetadata":{"promptTokenCount":5,"#,
            r#""totalTokenCount":5},"responseId":"aTestRespId0000000000A"}"#
        ))),
    ],
    conforming: &[TEXT],
    faults: &[r#"edit *#last /candidates/0/finishReason = "DONE""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::NewForm],
        event: Some(|seen| on_form(seen, known_words)),
        body: Some(|whole| on_body(whole, known_words)),
        ..Hooks::NONE
    }),
};

fn known_words(_asked: &Asked, chunk: &Value) -> Verdict {
    let mut verdict = Verdict::Silent;
    words::each(chunk, &mut |(name, known, found)| {
        // A number has a rule of its own.
        let Some(word) = found.as_str() else { return };
        if known.contains(&word) {
            if verdict == Verdict::Silent {
                verdict = Verdict::Pass;
            }
        } else if !matches!(verdict, Verdict::Fail(_)) {
            verdict = Verdict::fail(format!(
                "expected a documented `{name}`, found {}",
                quoted_value(Some(found))
            ));
        }
    });
    verdict
}

pub(super) static CATEGORY: Rule = Rule {
    id: "GEM-050",
    name: "gemini-safety-category-repeated",
    severity: Severity::Must,
    source: "Google API reference, `safetyRatings[]`",
    explanation: "There is at most one safety rating a category: clients keep them by category.",
    violations: &[stream!(event!(chunk!(
        concat!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
            r#""finishReason":"STOP","index":0,"#,
            r#""safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","#,
            r#""probability":"LOW"},{"category":"HARM_CATEGORY_HARASSMENT","#,
            r#""probability":"HIGH"}]}"#
        ),
        usage!(6, 13)
    )))],
    conforming: &[stream!(event!(chunk!(
        concat!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
            r#""finishReason":"STOP","index":0,"#,
            r#""safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","#,
            r#""probability":"LOW"}]}"#
        ),
        usage!(6, 13)
    )))],
    faults: &["edit * /candidates/0/safetyRatings/0 doubled"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("safetyRatings")],
        event: Some(|seen| on_event(seen, categories_once)),
        body: Some(|whole| on_body(whole, categories_once)),
        ..Hooks::NONE
    }),
};

fn categories_once(_asked: &Asked, chunk: &Value) -> Verdict {
    let of_answer = candidates(chunk).iter();
    let of_answer = of_answer.filter_map(|candidate| candidate.get("safetyRatings"));
    let lists = of_answer.chain(chunk.pointer("/promptFeedback/safetyRatings"));
    first_fault(lists.filter_map(Value::as_array).map(|ratings| {
        let categories: Vec<_> = ratings
            .iter()
            .filter_map(|rating| rating.get("category"))
            .collect();
        let mut pairs = categories.iter().enumerate();
        let repeated = pairs.find(|(at, category)| categories[..*at].contains(category));
        match repeated {
            None => Verdict::Pass,
            Some((_, category)) => Verdict::fail(format!(
                "expected one rating a category, found {} twice",
                quoted_value(Some(category))
            )),
        }
    }))
}
