//! Members that came to the response over the years.

use super::reading::{spoken, whole_response};
use super::sample::{TEXT, UNARY};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-094",
    name: "responses-member-missing",
    severity: Severity::Note,
    source: "Open Responses specification, its longer list of members; nearly every recorded \
             answer has all of a time or none",
    explanation: "Members came to the response a few at a time, and a server that sends those of \
                  one time sends all that came before: null where a setting was not asked for, \
                  but there. Typed clients of that time ask for each of them.",
    violations: &[body!(grown!(
        r#""store":true,"text":{"format":{"type":"text"}},"truncation":"disabled","user":null,"#,
        r#""background":false,"top_logprobs":0"#
    ))],
    conforming: &[
        body!(grown!(
            r#""store":true,"text":{"format":{"type":"text"},"verbosity":"medium"},"#,
            r#""truncation":"disabled","user":null,"reasoning":{"effort":null,"summary":null},"#,
            r#""max_output_tokens":null,"previous_response_id":null,"background":false,"#,
            r#""top_logprobs":0,"max_tool_calls":null,"prompt_cache_key":null,"#,
            r#""safety_identifier":null"#
        )),
        TEXT,
        UNARY,
    ],
    faults: &["edit * /background removed"],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.created")],
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

/// Oldest first; what has one of a generation has all of it and of those before.
const GENERATIONS: [&[&str]; 7] = [
    &[
        "max_output_tokens",
        "previous_response_id",
        "reasoning",
        "store",
        "text",
        "truncation",
        "user",
    ],
    &["background"],
    &["max_tool_calls", "top_logprobs"],
    &["prompt_cache_key", "safety_identifier"],
    &["prompt_cache_retention"],
    &["completed_at"],
    &["frequency_penalty", "presence_penalty"],
];

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    // The later events' responses must have what the first has.
    match spoken(seen) {
        Some(("response.created", value)) => is_whole(&value["response"]),
        _ => Verdict::Silent,
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    whole_response(whole).map_or(Verdict::Silent, is_whole)
}

fn is_whole(response: &Value) -> Verdict {
    let is_there = |key: &&str| response.get(*key).is_some();
    let newest = GENERATIONS
        .iter()
        .rposition(|members| members.iter().any(is_there));
    let known = GENERATIONS
        .iter()
        .take(newest.map_or(0, |newest| newest + 1));
    let mut known = known.copied().flatten();
    if let Some(missing) = known.find(|key| !is_there(key)) {
        return Verdict::fail(format!(
            "expected a member `{missing}` beside those of its time, found none"
        ));
    }
    let summary = ["summary", "generate_summary"];
    let lists = [
        ("reasoning", &["effort"][..]),
        ("reasoning", &summary),
        ("text", &["format"]),
    ];
    // How wordy a text is was asked for from the third generation but one on.
    let verbosity = newest.is_some_and(|newest| newest >= 4);
    let lists = lists
        .into_iter()
        .chain(verbosity.then_some(("text", &["verbosity"][..])));
    for (key, names) in lists {
        let within = response.get(key).filter(|within| within.is_object());
        if within.is_some_and(|within| names.iter().all(|name| within.get(*name).is_none())) {
            return Verdict::fail(format!(
                "expected a member `{}` in `{key}`, found none",
                names[0]
            ));
        }
    }
    let output = response.get("output").and_then(Value::as_array);
    let parts = output.into_iter().flatten();
    let parts = parts.filter_map(|item| item.get("content")?.as_array());
    let is_bare = |part: &&Value| {
        part.get("type").is_some_and(|kind| kind == "output_text") && part.get("logprobs").is_none()
    };
    let bare = parts.flatten().find(is_bare);
    Verdict::when(
        bare.is_none() || newest.is_none_or(|newest| newest < 2),
        || "expected a list `logprobs` in each part of text, found none".to_owned(),
    )
}
