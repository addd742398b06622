//! What is told beside the content: ratings, sources, probabilities.

use super::reading::{candidates, first_fault, on_body, on_event};
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

/// A candidate that ends with these members more.
macro_rules! telling {
    ($($members:literal),+) => {
        stream!(event!(chunk!(
            concat!(
                r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
                r#""finishReason":"STOP","index":0,"#,
                $($members),+,
                "}"
            ),
            usage!(6, 13)
        )))
    };
}

pub(super) static RATING: Rule = Rule {
    id: "GEM-051",
    name: "gemini-incomplete-rating",
    severity: Severity::Should,
    source: "Google API reference, `SafetyRating`: both members are required",
    explanation: "A safety rating has a `category` and a `probability`. Clients sort by the one \
                  and decide by the other.",
    violations: &[telling!(
        r#""safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT"}]"#
    )],
    conforming: &[telling!(
        r#""safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"LOW"}]"#
    )],
    faults: &["edit * /candidates/0/safetyRatings/0/probability removed"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("safetyRatings")],
        event: Some(|seen| on_event(seen, ratings)),
        body: Some(|whole| on_body(whole, ratings)),
        ..Hooks::NONE
    }),
};

fn ratings(_asked: &Asked, chunk: &Value) -> Verdict {
    let of_answer = candidates(chunk).iter();
    let of_answer = of_answer.filter_map(|candidate| candidate.get("safetyRatings"));
    let lists = of_answer.chain(chunk.pointer("/promptFeedback/safetyRatings"));
    let ratings = lists.filter_map(Value::as_array).flatten();
    first_fault(ratings.map(|rating| {
        let is_whole = ["category", "probability"]
            .iter()
            .all(|key| rating.get(*key).is_some());
        Verdict::when(is_whole, || {
            format!(
                "expected a rating with `category` and `probability`, found {}",
                quoted_value(Some(rating))
            )
        })
    }))
}

pub(super) static GROUNDING: Rule = Rule {
    id: "GEM-052",
    name: "gemini-source-out-of-range",
    severity: Severity::Should,
    source: "Google API reference, `GroundingSupport`; every recorded one",
    explanation: "`groundingChunkIndices` point into `groundingChunks`, and where there are \
                  `confidenceScores` there is one for each. Clients look up the source to show; an \
                  index beyond the list crashes them or shows none.",
    violations: &[
        telling!(
            r#""groundingMetadata":{"groundingChunks":[{"web":{}}],"#,
            r#""groundingSupports":[{"groundingChunkIndices":[99]}]}"#
        ),
        telling!(
            r#""groundingMetadata":{"groundingChunks":[{"web":{}}],"groundingSupports":"#,
            r#"[{"groundingChunkIndices":[0],"confidenceScores":[0.9,0.1]}]}"#
        ),
    ],
    conforming: &[telling!(
        r#""groundingMetadata":{"groundingChunks":[{"web":{}}],"groundingSupports":"#,
        r#"[{"groundingChunkIndices":[0],"confidenceScores":[0.9]}]}"#
    )],
    faults: &[concat!(
        r#"edit * /candidates/0/groundingMetadata = {"groundingChunks":[{"w"#,
        r#"eb":{}}],"groundingSupports":[{"groundingChunkIndices":[9]}]}"#
    )],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("groundingMetadata")],
        event: Some(|seen| on_event(seen, sources)),
        body: Some(|whole| on_body(whole, sources)),
        ..Hooks::NONE
    }),
};

fn sources(_asked: &Asked, chunk: &Value) -> Verdict {
    let told = candidates(chunk).iter();
    let told = told.filter_map(|candidate| candidate.get("groundingMetadata"));
    first_fault(told.flat_map(|metadata| {
        let list = |key: &str| metadata.get(key).and_then(Value::as_array);
        // Supports may come in another chunk of the stream than what they point to.
        let count = list("groundingChunks").map(|chunks| chunks.len() as u64);
        let supports = list("groundingSupports").into_iter().flatten();
        supports.map(move |support| count.map_or(Verdict::Silent, |count| points(support, count)))
    }))
}

fn points(support: &Value, count: u64) -> Verdict {
    let list = |key: &str| support.get(key).and_then(Value::as_array);
    let Some(indices) = list("groundingChunkIndices") else {
        return Verdict::Silent;
    };
    let beyond = |index: &&Value| index.as_u64().is_none_or(|index| index >= count);
    if let Some(index) = indices.iter().find(beyond) {
        return Verdict::fail(format!(
            "expected an index below the `{count}` sources, found {}",
            quoted_value(Some(index))
        ));
    }
    let scores = list("confidenceScores").map_or(indices.len(), Vec::len);
    Verdict::when(scores == indices.len(), || {
        format!(
            "expected a score for each of `{}` sources, found `{scores}`",
            indices.len()
        )
    })
}

pub(super) static LOGPROBS: Rule = Rule {
    id: "GEM-054",
    name: "gemini-impossible-probability",
    severity: Severity::Should,
    source: "Google API reference, `avgLogprobs`, `LogprobsResult`: a chosen candidate and a \
             list of top ones a step",
    explanation: "The logarithm of a probability is never above 0 (but for rounding), and \
                  `logprobsResult` has as many `chosenCandidates` as `topCandidates`. Who \
                  computes a confidence from them gets more than certainty, or reads another \
                  token's.",
    violations: &[
        telling!(r#""avgLogprobs":1.0"#),
        telling!(
            r#""logprobsResult":{"chosenCandidates":[{"token":"x","logProbability":-0.1}],"#,
            r#""topCandidates":[]}"#
        ),
    ],
    conforming: &[telling!(
        r#""avgLogprobs":0.000005,"logprobsResult":{"chosenCandidates":"#,
        r#"[{"token":"x","logProbability":-0.1}],"topCandidates":[{"candidates":[]}]}"#
    )],
    faults: &["edit * /candidates/0/avgLogprobs = 1.5"],
    check: Check::Gemini(Hooks {
        about: &[
            Topic::Member("avgLogprobs"),
            Topic::Member("logprobsResult"),
        ],
        event: Some(|seen| on_event(seen, logprobs)),
        body: Some(|whole| on_body(whole, logprobs)),
        ..Hooks::NONE
    }),
};

/// Averages were recorded that rounding had lifted to some millionths.
const ROUNDING: f64 = 0.001;

fn logprobs(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(candidates(chunk).iter().map(|candidate| {
        let average = candidate.get("avgLogprobs").and_then(Value::as_f64);
        if average.is_some_and(|average| average > ROUNDING) {
            return Verdict::fail(format!(
                "expected `avgLogprobs` of at most 0, found {}",
                quoted_value(candidate.get("avgLogprobs"))
            ));
        }
        let result = candidate.get("logprobsResult");
        let count = |key: &str| Some(result?.get(key)?.as_array()?.len());
        match (count("chosenCandidates"), count("topCandidates")) {
            (Some(chosen), Some(top)) => Verdict::when(chosen == top, || {
                format!("expected `{chosen}` lists of `topCandidates`, found `{top}`")
            }),
            _ if average.is_some() => Verdict::Pass,
            _ => Verdict::Silent,
        }
    }))
}
