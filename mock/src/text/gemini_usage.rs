//! A Gemini response around its candidates: counts, version and id, the same in every chunk but for
//! the running totals. Google's JSON leaves out what is 0.

use serde_json::{Map, Value, json};

use super::count::image_tokens;
use super::dice::{Dice, URL_SAFE};
use super::{Answer, Dialect, Prompt, Stamp};

/// Counts that every chunk repeats, so far.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) visible: u64,
    pub(super) thoughts: u64,
}

impl Totals {
    /// Of all answers to their ends.
    pub(super) fn of(answers: &[Answer]) -> Self {
        let thoughts: u64 = answers.iter().map(|answer| answer.thinking_tokens).sum();
        let all: u64 = answers.iter().map(|answer| answer.output_tokens).sum();
        Self {
            visible: all.saturating_sub(thoughts),
            thoughts,
        }
    }
}

pub(super) fn response(
    prompt: &Prompt,
    stamp: &Stamp,
    candidates: &[Value],
    totals: &Totals,
) -> Value {
    json!({
        "candidates": candidates,
        "usageMetadata": usage(prompt, totals),
        "modelVersion": prompt.model,
        "responseId": response_id(stamp),
    })
}

/// The only thing that is said to a blocked prompt: no candidate.
pub(super) fn blocked(prompt: &Prompt, stamp: &Stamp) -> Value {
    json!({
        "promptFeedback": {
            "blockReason": "SAFETY",
            "safetyRatings": safety_ratings(),
        },
        "usageMetadata": usage(prompt, &Totals::default()),
        "modelVersion": prompt.model,
        "responseId": response_id(stamp),
    })
}

/// One a category; the worst is what something was blocked for.
pub(super) fn safety_ratings() -> Value {
    json!([
        {"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"},
        {"category": "HARM_CATEGORY_HATE_SPEECH", "probability": "NEGLIGIBLE"},
        {"category": "HARM_CATEGORY_SEXUALLY_EXPLICIT", "probability": "NEGLIGIBLE"},
        {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true},
    ])
}

fn usage(prompt: &Prompt, totals: &Totals) -> Value {
    let mut usage = Map::new();
    let mut put = |key: &str, count: u64| {
        if count > 0 {
            usage.insert(key.to_owned(), json!(count));
        }
    };
    put("promptTokenCount", prompt.input_tokens);
    put("candidatesTokenCount", totals.visible);
    put(
        "totalTokenCount",
        prompt.input_tokens + totals.visible + totals.thoughts,
    );
    put("cachedContentTokenCount", prompt.cache.read);
    let images = image_tokens(Dialect::Gemini, &prompt.body).min(prompt.input_tokens);
    let details: Vec<Value> = [("TEXT", prompt.input_tokens - images), ("IMAGE", images)]
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(modality, count)| json!({"modality": modality, "tokenCount": count}))
        .collect();
    usage.insert("promptTokensDetails".to_owned(), json!(details));
    if prompt.cache.read > 0 {
        // The replica does not say which part of a cached prefix was an image.
        let cached = json!([{"modality": "TEXT", "tokenCount": prompt.cache.read}]);
        usage.insert("cacheTokensDetails".to_owned(), cached);
    }
    if totals.thoughts > 0 {
        usage.insert("thoughtsTokenCount".to_owned(), json!(totals.thoughts));
    }
    Value::Object(usage)
}

fn response_id(stamp: &Stamp) -> String {
    let mut dice = Dice::new(stamp.seed, "response");
    let length = 20 + dice.below(4);
    dice.letters(URL_SAFE, length)
}
