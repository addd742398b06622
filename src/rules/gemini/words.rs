//! The words that Google documents for a member, and where they stand.

use crate::json::{Object, Value};

const FINISH_REASONS: &[&str] = &[
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_OTHER",
    "NO_IMAGE",
    "IMAGE_RECITATION",
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE",
    "MALFORMED_RESPONSE",
    "ESCALATION",
    "PUP_LIMITED_DISABLED",
    "CONTINUATION",
    "MODEL_ARMOR",
];
const BLOCK_REASONS: &[&str] = &[
    "BLOCK_REASON_UNSPECIFIED",
    "SAFETY",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "IMAGE_SAFETY",
    "MODEL_ARMOR",
    "JAILBREAK",
];
const CATEGORIES: &[&str] = &[
    "HARM_CATEGORY_UNSPECIFIED",
    "HARM_CATEGORY_DEROGATORY",
    "HARM_CATEGORY_TOXICITY",
    "HARM_CATEGORY_VIOLENCE",
    "HARM_CATEGORY_SEXUAL",
    "HARM_CATEGORY_MEDICAL",
    "HARM_CATEGORY_DANGEROUS",
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_CIVIC_INTEGRITY",
    "HARM_CATEGORY_IMAGE_HATE",
    "HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT",
    "HARM_CATEGORY_IMAGE_HARASSMENT",
    "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_JAILBREAK",
];
const PROBABILITIES: &[&str] = &[
    "HARM_PROBABILITY_UNSPECIFIED",
    "NEGLIGIBLE",
    "LOW",
    "MEDIUM",
    "HIGH",
];
const MODALITIES: &[&str] = &[
    "MODALITY_UNSPECIFIED",
    "TEXT",
    "IMAGE",
    "VIDEO",
    "AUDIO",
    "DOCUMENT",
];
const OUTCOMES: &[&str] = &[
    "OUTCOME_UNSPECIFIED",
    "OUTCOME_OK",
    "OUTCOME_FAILED",
    "OUTCOME_DEADLINE_EXCEEDED",
];
const LANGUAGES: &[&str] = &["LANGUAGE_UNSPECIFIED", "PYTHON"];

/// A word where it stands: its name, those that are documented, and what was found.
pub(super) type Placed<'a> = (&'static str, &'static [&'static str], &'a Value);

/// Every word of a response object. By their places and not by a walk, since two rules ask for them
/// of every chunk.
pub(super) fn each<'a>(chunk: &'a Value, take: &mut impl FnMut(Placed<'a>)) {
    let list = |owner: &'a Value, name: &str| {
        let list = owner.get(name).and_then(Value::as_array);
        list.map_or(&[][..], Vec::as_slice)
    };
    let mut tell = |owner: &'a Value, name: &'static str, known: &'static [&'static str]| {
        if let Some(word) = owner.get(name) {
            take((name, known, word));
        }
    };
    let feedback = chunk.get("promptFeedback");
    for candidate in list(chunk, "candidates") {
        tell(candidate, "finishReason", FINISH_REASONS);
    }
    if let Some(feedback) = feedback {
        tell(feedback, "blockReason", BLOCK_REASONS);
    }
    for owner in list(chunk, "candidates").iter().chain(feedback) {
        for rating in list(owner, "safetyRatings") {
            tell(rating, "category", CATEGORIES);
            tell(rating, "probability", PROBABILITIES);
        }
        let parts = owner
            .get("content")
            .map_or(&[][..], |content| list(content, "parts"));
        for part in parts.iter().filter(|part| part.get("text").is_none()) {
            if let Some(code) = part.get("executableCode") {
                tell(code, "language", LANGUAGES);
            }
            if let Some(result) = part.get("codeExecutionResult") {
                tell(result, "outcome", OUTCOMES);
            }
        }
    }
    let usage = chunk.get("usageMetadata").and_then(Value::as_object);
    let members = usage.into_iter().flat_map(Object::values);
    let details = members.filter_map(Value::as_array).flatten();
    for detail in details {
        tell(detail, "modality", MODALITIES);
    }
}
