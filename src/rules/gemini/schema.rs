//! The documented members of a response object and their kinds, as a table, and questions about it.
//!
//! None is ever null ([`first_null`]). Words have rules of their own, in `words.rs`.

use std::cell::Cell;

use crate::json::Value;
use crate::rules::members::{Kind, Member, Members, Met, Misfit, first, optional};
use crate::rules::quoting::quoted;

/// What is not set is left out, whatever it is.
const fn known(name: &'static str, kind: Kind) -> Member {
    optional(name, kind).or_null()
}

const RATING: Kind = Kind::Object(&[
    known("category", Kind::Any),
    known("probability", Kind::Any),
    known("blocked", Kind::Flag),
    known("probabilityScore", Kind::Number),
    known("severity", Kind::Text),
    known("severityScore", Kind::Number),
]);
const DETAIL: Kind = Kind::Object(&[
    known("modality", Kind::Any),
    known("tokenCount", Kind::Count),
]);
const TOOL: Kind = Kind::Object(&[
    known("toolType", Kind::Text),
    known("id", Kind::Text),
    known("args", Kind::Object(&[])),
    known("response", Kind::Object(&[])),
]);
const PART: Members = &[
    known("text", Kind::Any),
    known("thought", Kind::Any),
    known("thoughtSignature", Kind::Any),
    known(
        "functionCall",
        Kind::Object(&[
            known("name", Kind::Any),
            known("args", Kind::Any),
            known("id", Kind::Text),
        ]),
    ),
    known(
        "inlineData",
        Kind::Object(&[known("mimeType", Kind::Text), known("data", Kind::Any)]),
    ),
    known(
        "fileData",
        Kind::Object(&[known("mimeType", Kind::Text), known("fileUri", Kind::Text)]),
    ),
    known(
        "functionResponse",
        Kind::Object(&[
            known("name", Kind::Text),
            known("id", Kind::Text),
            known("response", Kind::Object(&[])),
        ]),
    ),
    known(
        "executableCode",
        Kind::Object(&[
            known("language", Kind::Any),
            known("code", Kind::Text),
            known("id", Kind::Text),
        ]),
    ),
    known(
        "codeExecutionResult",
        Kind::Object(&[
            known("outcome", Kind::Any),
            known("output", Kind::Text),
            known("id", Kind::Text),
        ]),
    ),
    known("toolCall", TOOL),
    known("toolResponse", TOOL),
];
const CITATION: Kind = Kind::Object(&[
    known("startIndex", Kind::Whole),
    known("endIndex", Kind::Whole),
    known("uri", Kind::Text),
    known("license", Kind::Text),
    known("title", Kind::Text),
]);
const SOURCE: Kind = Kind::Object(&[known("uri", Kind::Text), known("title", Kind::Text)]);
const GROUNDING: Kind = Kind::Object(&[
    known(
        "groundingChunks",
        Kind::List(&Kind::Object(&[
            known("web", SOURCE),
            known("maps", SOURCE),
            known("retrievedContext", SOURCE),
        ])),
    ),
    known(
        "groundingSupports",
        Kind::List(&Kind::Object(&[
            known(
                "segment",
                Kind::Object(&[
                    known("partIndex", Kind::Whole),
                    known("startIndex", Kind::Whole),
                    known("endIndex", Kind::Whole),
                    known("text", Kind::Text),
                ]),
            ),
            known("groundingChunkIndices", Kind::List(&Kind::Any)),
            known("confidenceScores", Kind::List(&Kind::Number)),
        ])),
    ),
    known("webSearchQueries", Kind::List(&Kind::Text)),
    known(
        "searchEntryPoint",
        Kind::Object(&[known("renderedContent", Kind::Text)]),
    ),
    known("retrievalMetadata", Kind::Object(&[])),
]);
const CANDIDATE: Members = &[
    known(
        "content",
        Kind::Object(&[known("parts", Kind::Items(PART)), known("role", Kind::Any)]),
    ),
    known("finishReason", Kind::Any),
    known("finishMessage", Kind::Text),
    known("index", Kind::Any),
    known("safetyRatings", Kind::FilledList(&RATING)),
    known("avgLogprobs", Kind::Number),
    known("tokenCount", Kind::Whole),
    known(
        "citationMetadata",
        Kind::Object(&[
            known("citationSources", Kind::List(&CITATION)),
            known("citations", Kind::List(&CITATION)),
        ]),
    ),
    known("groundingMetadata", GROUNDING),
    known(
        "urlContextMetadata",
        Kind::Object(&[known(
            "urlMetadata",
            Kind::List(&Kind::Object(&[
                known("retrievedUrl", Kind::Text),
                known("urlRetrievalStatus", Kind::Text),
            ])),
        )]),
    ),
    known("logprobsResult", Kind::Object(&[])),
];
const USAGE: Members = &[
    known("promptTokenCount", Kind::Count),
    known("candidatesTokenCount", Kind::Count),
    known("totalTokenCount", Kind::Count),
    known("thoughtsTokenCount", Kind::Count),
    known("toolUsePromptTokenCount", Kind::Count),
    known("cachedContentTokenCount", Kind::Count),
    known("promptTokensDetails", Kind::FilledList(&DETAIL)),
    known("candidatesTokensDetails", Kind::FilledList(&DETAIL)),
    known("toolUsePromptTokensDetails", Kind::FilledList(&DETAIL)),
    known("cacheTokensDetails", Kind::FilledList(&DETAIL)),
    known("serviceTier", Kind::Text),
    known("trafficType", Kind::Any),
];
const RESPONSE: Members = &[
    known("candidates", Kind::Items(CANDIDATE)),
    known("usageMetadata", Kind::Object(USAGE)),
    known("modelVersion", Kind::Text),
    known("responseId", Kind::Text),
    known(
        "promptFeedback",
        Kind::Object(&[
            known("blockReason", Kind::Any),
            known("blockReasonMessage", Kind::Text),
            known("safetyRatings", Kind::FilledList(&RATING)),
        ]),
    ),
    known("createTime", Kind::Text),
    known("turnToken", Kind::Text),
];

/// The first documented member that is not of its kind. Counts have a rule of their own.
pub(super) fn first_wrong(chunk: &Value) -> Option<String> {
    first(chunk, RESPONSE, |met| match met {
        Met::Value(Kind::Count, _) | Met::Value(_, Value::Null) => None,
        Met::Value(kind, value) => kind.misfit(value),
        Met::Missing(_) | Met::Null(_) | Met::Object(..) => None,
    })
}

/// The first count that is none, and whether there is any count at all.
pub(super) fn first_wrong_count(chunk: &Value) -> (Option<String>, bool) {
    let has_any = Cell::new(false);
    let usage = chunk.get("usageMetadata").filter(|usage| usage.is_object());
    let wrong = usage.and_then(|usage| {
        first(usage, USAGE, |met| match met {
            Met::Value(kind @ Kind::Count, value) => {
                has_any.set(true);
                kind.misfit(value)
            }
            Met::Null(_) | Met::Missing(_) | Met::Value(..) | Met::Object(..) => None,
        })
    });
    (wrong, has_any.get())
}

/// The first name of a member of any documented object that is not in lower camel case.
pub(super) fn first_snake_case(chunk: &Value) -> Option<String> {
    let is_snake = |name: &str| name.bytes().any(|byte| byte == b'_');
    // Most have none at all, which is cheap to know.
    if !any(chunk, &mut |name, _| is_snake(name)) {
        return None;
    }
    first(chunk, RESPONSE, |met| {
        let Met::Object(object, _) = met else {
            return None;
        };
        let name = object.keys().find(|name| is_snake(name))?;
        Some(Misfit::here("names in lower camel case", quoted(name)))
    })
}

/// The first documented member that is null.
pub(super) fn first_null(chunk: &Value) -> Option<String> {
    if !any(chunk, &mut |_, value| value.is_null()) {
        return None;
    }
    first(chunk, RESPONSE, |met| {
        let is_null = match met {
            Met::Null(member) => !member.is("args"),
            Met::Value(_, value) => value.is_null(),
            Met::Missing(_) | Met::Object(..) => false,
        };
        is_null.then(|| Misfit::here("nothing", "`null`".to_owned()))
    })
}

/// Whether any member however deep is looked for, documented or not.
fn any(value: &Value, is_it: &mut impl FnMut(&str, &Value) -> bool) -> bool {
    match value {
        Value::Object(object) => object
            .iter()
            .any(|(name, value)| is_it(name, value) || any(value, is_it)),
        Value::Array(list) => list
            .iter()
            .any(|value| is_it("", value) || any(value, is_it)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
