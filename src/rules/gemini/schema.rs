//! The documented members of a response object and their kinds, as a table, and a walk over it.
//!
//! What is not in the table is passed over: the vendor adds members, and nobody need know them.

use crate::json::{Object, Value};

/// What a member holds.
pub(super) enum Kind {
    /// A rule of its own looks at it.
    Own,
    Text,
    /// Of a documented few; see [`super::words`].
    Word,
    /// Of tokens.
    Count,
    /// A whole number.
    Whole,
    Number,
    Truth,
    /// An object with members of its own.
    Free,
    Object(Shape),
    List(&'static Kind),
    /// A list that a rule of its own looks at, its elements' kind included.
    Listed(&'static Kind),
    /// A list that is left out where it would be empty.
    Filled(&'static Kind),
}

/// The members of an object.
pub(super) type Shape = &'static [(&'static str, Kind)];

impl Kind {
    /// Whether a value is of this kind, what is in it aside. Words and counts have rules of their
    /// own.
    pub(super) fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Own | Self::Word | Self::Count | Self::Listed(_) => true,
            Self::Text => value.is_string(),
            Self::Whole => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Truth => value.is_boolean(),
            Self::Free | Self::Object(_) => value.is_object(),
            Self::List(_) => value.is_array(),
            Self::Filled(_) => value.as_array().is_some_and(|list| !list.is_empty()),
        }
    }
}

const RATING: Kind = Kind::Object(&[
    ("category", Kind::Word),
    ("probability", Kind::Word),
    ("blocked", Kind::Truth),
    ("probabilityScore", Kind::Number),
    ("severity", Kind::Text),
    ("severityScore", Kind::Number),
]);
const DETAIL: Kind = Kind::Object(&[("modality", Kind::Word), ("tokenCount", Kind::Count)]);
const TOOL: Kind = Kind::Object(&[
    ("toolType", Kind::Text),
    ("id", Kind::Text),
    ("args", Kind::Free),
    ("response", Kind::Free),
]);
const PART: Kind = Kind::Object(&[
    ("text", Kind::Own),
    ("thought", Kind::Own),
    ("thoughtSignature", Kind::Own),
    (
        "functionCall",
        Kind::Object(&[("name", Kind::Own), ("args", Kind::Own), ("id", Kind::Text)]),
    ),
    (
        "inlineData",
        Kind::Object(&[("mimeType", Kind::Text), ("data", Kind::Own)]),
    ),
    (
        "fileData",
        Kind::Object(&[("mimeType", Kind::Text), ("fileUri", Kind::Text)]),
    ),
    (
        "functionResponse",
        Kind::Object(&[
            ("name", Kind::Text),
            ("id", Kind::Text),
            ("response", Kind::Free),
        ]),
    ),
    (
        "executableCode",
        Kind::Object(&[
            ("language", Kind::Word),
            ("code", Kind::Text),
            ("id", Kind::Text),
        ]),
    ),
    (
        "codeExecutionResult",
        Kind::Object(&[
            ("outcome", Kind::Word),
            ("output", Kind::Text),
            ("id", Kind::Text),
        ]),
    ),
    ("toolCall", TOOL),
    ("toolResponse", TOOL),
]);
const CITATION: Kind = Kind::Object(&[
    ("startIndex", Kind::Whole),
    ("endIndex", Kind::Whole),
    ("uri", Kind::Text),
    ("license", Kind::Text),
    ("title", Kind::Text),
]);
const SOURCE: Kind = Kind::Object(&[("uri", Kind::Text), ("title", Kind::Text)]);
const GROUNDING: Kind = Kind::Object(&[
    (
        "groundingChunks",
        Kind::List(&Kind::Object(&[
            ("web", SOURCE),
            ("maps", SOURCE),
            ("retrievedContext", SOURCE),
        ])),
    ),
    (
        "groundingSupports",
        Kind::List(&Kind::Object(&[
            (
                "segment",
                Kind::Object(&[
                    ("partIndex", Kind::Whole),
                    ("startIndex", Kind::Whole),
                    ("endIndex", Kind::Whole),
                    ("text", Kind::Text),
                ]),
            ),
            ("groundingChunkIndices", Kind::List(&Kind::Own)),
            ("confidenceScores", Kind::List(&Kind::Number)),
        ])),
    ),
    ("webSearchQueries", Kind::List(&Kind::Text)),
    (
        "searchEntryPoint",
        Kind::Object(&[("renderedContent", Kind::Text)]),
    ),
    ("retrievalMetadata", Kind::Free),
]);
const CANDIDATE: Kind = Kind::Object(&[
    (
        "content",
        Kind::Object(&[("parts", Kind::Listed(&PART)), ("role", Kind::Own)]),
    ),
    ("finishReason", Kind::Word),
    ("finishMessage", Kind::Text),
    ("index", Kind::Own),
    ("safetyRatings", Kind::Filled(&RATING)),
    ("avgLogprobs", Kind::Number),
    ("tokenCount", Kind::Whole),
    (
        "citationMetadata",
        Kind::Object(&[
            ("citationSources", Kind::List(&CITATION)),
            ("citations", Kind::List(&CITATION)),
        ]),
    ),
    ("groundingMetadata", GROUNDING),
    (
        "urlContextMetadata",
        Kind::Object(&[(
            "urlMetadata",
            Kind::List(&Kind::Object(&[
                ("retrievedUrl", Kind::Text),
                ("urlRetrievalStatus", Kind::Text),
            ])),
        )]),
    ),
    ("logprobsResult", Kind::Free),
]);
const USAGE: Shape = &[
    ("promptTokenCount", Kind::Count),
    ("candidatesTokenCount", Kind::Count),
    ("totalTokenCount", Kind::Count),
    ("thoughtsTokenCount", Kind::Count),
    ("toolUsePromptTokenCount", Kind::Count),
    ("cachedContentTokenCount", Kind::Count),
    ("promptTokensDetails", Kind::Filled(&DETAIL)),
    ("candidatesTokensDetails", Kind::Filled(&DETAIL)),
    ("toolUsePromptTokensDetails", Kind::Filled(&DETAIL)),
    ("cacheTokensDetails", Kind::Filled(&DETAIL)),
    ("serviceTier", Kind::Text),
    ("trafficType", Kind::Own),
];
const RESPONSE: Shape = &[
    ("candidates", Kind::Listed(&CANDIDATE)),
    ("usageMetadata", Kind::Object(USAGE)),
    ("modelVersion", Kind::Text),
    ("responseId", Kind::Text),
    (
        "promptFeedback",
        Kind::Object(&[
            ("blockReason", Kind::Word),
            ("blockReasonMessage", Kind::Text),
            ("safetyRatings", Kind::Filled(&RATING)),
        ]),
    ),
    ("createTime", Kind::Text),
    ("turnToken", Kind::Text),
];

/// A member's name and its value; of a value within a list, the list's name.
type Found<'a> = Option<(&'a str, &'a Value)>;

/// The first documented value of a response object that is looked for, outer ones before those
/// within.
pub(super) fn first<'a>(
    chunk: &'a Value,
    mut is_it: impl FnMut(&Kind, &Value) -> bool,
) -> Found<'a> {
    let mut visit =
        |_: &str, kind: Option<&Kind>, value: &Value| kind.is_some_and(|kind| is_it(kind, value));
    members(chunk.as_object()?, RESPONSE, &mut visit)
}

/// The first member of `usageMetadata` that is looked for.
pub(super) fn first_of_usage<'a>(
    chunk: &'a Value,
    mut is_it: impl FnMut(&Kind, &Value) -> bool,
) -> Found<'a> {
    let mut visit =
        |_: &str, kind: Option<&Kind>, value: &Value| kind.is_some_and(|kind| is_it(kind, value));
    members(chunk.get("usageMetadata")?.as_object()?, USAGE, &mut visit)
}

/// The first name of a member of any documented object that is looked for.
pub(super) fn first_name(chunk: &Value, is_it: impl Fn(&str) -> bool) -> Option<&str> {
    // Most have none at all, which is cheap to know.
    if !any(chunk, &mut |name, _| is_it(name)) {
        return None;
    }
    let mut visit = |name: &str, _: Option<&Kind>, _: &Value| is_it(name);
    members(chunk.as_object()?, RESPONSE, &mut visit).map(|(name, _)| name)
}

/// The first documented member that is null.
pub(super) fn first_null(chunk: &Value) -> Option<&str> {
    if !any(chunk, &mut |_, value| value.is_null()) {
        return None;
    }
    first(chunk, |_, value| value.is_null()).map(|(name, _)| name)
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

fn members<'a>(
    object: &'a Object,
    shape: Shape,
    visit: &mut impl FnMut(&str, Option<&Kind>, &Value) -> bool,
) -> Found<'a> {
    // Members mostly come in the order of the table.
    let mut next = 0;
    object.iter().find_map(|(name, value)| {
        let (before, after) = shape.split_at(next);
        let mut known = after.iter().chain(before);
        let at = known.position(|(known, _)| *known == name);
        let at = at.map(|at| (next + at) % shape.len());
        next = at.map_or(next, |at| at + 1);
        let kind = at.map(|at| &shape[at].1);
        if visit(name, kind, value) {
            return Some((name, value));
        }
        within(name, kind?, value, visit)
    })
}

fn within<'a>(
    name: &'a str,
    kind: &Kind,
    value: &'a Value,
    visit: &mut impl FnMut(&str, Option<&Kind>, &Value) -> bool,
) -> Found<'a> {
    let (element, seen) = match (kind, value) {
        (Kind::Object(shape), Value::Object(object)) => return members(object, shape, visit),
        (Kind::List(element) | Kind::Filled(element), Value::Array(_)) => (element, *element),
        (Kind::Listed(element), Value::Array(_)) => (element, &Kind::Own),
        _ => return None,
    };
    value.as_array()?.iter().find_map(|value| {
        if visit(name, Some(seen), value) {
            return Some((name, value));
        }
        within(name, element, value, visit)
    })
}
