//! Members of chunks, completions and errors: of their documented type, and rightly spelt.

use super::moment::{Body, Step, chunk, completion, fold};
use super::sample::{
    CALLING, CALLING_WHOLE, COUNTED, GREETING, GREETING_WHOLE, refused, stream, whole,
};
use super::tables::{CHUNK, COMPLETION, ERROR};
use crate::endpoint::Endpoint;
use crate::json::Value;
use crate::rules::members::{Members, misspelt, unusual, wrong};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

/// How a table is looked at.
type Look = fn(&Value, Members) -> Option<String>;

fn of_chunk(step: &Step<'_>, look: Look) -> Verdict {
    let chunk = chunk(step).filter(|_| step.event.is_new_form);
    chunk.map_or(Verdict::Silent, |chunk| told(look(chunk, CHUNK)))
}

fn of_completion(whole: &Body<'_>, look: Look) -> Verdict {
    completion(whole).map_or(Verdict::Silent, |body| told(look(body, COMPLETION)))
}

fn told(wrong: Option<String>) -> Verdict {
    wrong.map_or(Verdict::Pass, Verdict::fail)
}

pub(super) static TYPE: Rule = Rule {
    id: "OAC-091",
    name: "chat-member-type",
    severity: Severity::Must,
    source: "OpenAI API description, CreateChatCompletionResponse and \
             CreateChatCompletionStreamResponse: types of the members",
    explanation: "Each documented member has its documented JSON type, or is null where that is \
                  documented, and a call in a whole message has its id, type and name. Typed \
                  clients refuse the answer over one member; others pass on what breaks later.",
    violations: &[
        stream(concat!(
            hi!(0),
            record!(
                r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
                r#""model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"#,
                r#""total_tokens":11,"prompt_tokens_details":{"cached_tokens":0,"#,
                r#""audio_tokens":"0"}}}"#
            ),
            done!()
        )),
        stream(concat!(
            role!(0),
            delta!(0, r#"{"content":"Hi","reasoning_content":["Hm"]}"#),
            finish!(0, "stop"),
            done!()
        )),
        whole(completion!(whole_choice!(
            0,
            "tool_calls",
            r#""content":null,"tool_calls":[{"type":"function","#,
            r#""function":{"name":"get_time","arguments":"{}"}}]"#
        ),)),
        whole(completion!(whole_choice!(
            0,
            "stop",
            r#""content":"Hi","annotations":{}"#
        ),)),
    ],
    conforming: &[GREETING, CALLING, COUNTED, GREETING_WHOLE, CALLING_WHOLE],
    faults: &[r#"edit *#last /usage/prompt_tokens_details/audio_tokens = "0""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::NewForm],
        event: Some(|step: &Step<'_>| of_chunk(step, wrong)),
        body: Some(|whole: &Body<'_>| of_completion(whole, wrong)),
        refusal: Some(|whole: &Body<'_>| {
            // That of the chat itself is looked at as a whole.
            if whole.asked.endpoint == Endpoint::ChatCompletions {
                return Verdict::Silent;
            }
            of_error(whole, wrong)
        }),
        ..Hooks::NONE
    }),
};

pub(super) static SLIP: Rule = Rule {
    id: "OAC-092",
    name: "chat-misspelt-member",
    severity: Severity::Should,
    source: "OpenAI API description: names of members; OpenAI documentation, Error codes",
    explanation: "Servers add members at any time, and clients pass over what they do not know. \
                  One that differs by a letter from a documented member which is missing, or a \
                  word that does from a documented one, is none of these: what it says is lost.",
    violations: &[
        stream(concat!(
            role!(0),
            delta!(0, r#"{"contents":"Hi"}"#),
            say!(0),
            finish!(0, "stop"),
            done!()
        )),
        whole(completion!(
            r#"{"index":0,"finish_reason":"stop","logprob":null,"#,
            r#""message":{"role":"assistant","content":"Hi"}}"#,
        )),
        refused(
            401,
            concat!(
                r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"#,
                r#""code":"invalid_api_kex"}}"#
            ),
        ),
    ],
    conforming: &[
        GREETING,
        CALLING,
        GREETING_WHOLE,
        CALLING_WHOLE,
        stream(concat!(
            role!(0),
            delta!(0, r#"{"content":"Hi","reasoning_details":[],"later":1}"#),
            finish!(0, "stop"),
            done!()
        )),
    ],
    faults: &["edit *#2 /choices/0/delta/content named contents"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::NewForm],
        event: Some(|step: &Step<'_>| of_chunk(step, misspelt)),
        body: Some(|whole: &Body<'_>| of_completion(whole, misspelt)),
        refusal: Some(|whole: &Body<'_>| of_error(whole, misspelt)),
        ..Hooks::NONE
    }),
};

fn of_error(whole: &Body<'_>, look: Look) -> Verdict {
    let error = whole.body.ok().and_then(|body| body.get("error"));
    let error = error.filter(|error| error.is_object());
    error.map_or(Verdict::Silent, |error| told(look(error, ERROR)))
}

pub(super) static USUAL: Rule = Rule {
    id: "OAC-093",
    name: "chat-member-left-out",
    severity: Severity::Note,
    source: "Recordings: members that are optional on paper and were never seen missing, or null",
    explanation: "Counts that break others down come together: with `audio_tokens` those of \
                  `cached_tokens`, with one kind of prediction the other; none of them is null. A \
                  failure tells `type`, `param` and `code`, if only as null. A server that leaves \
                  one out differs from what clients were tried with.",
    violations: &[
        stream(concat!(
            hi!(0),
            usage_with!(
                r#""prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
                r#""prompt_tokens_details":{"audio_tokens":0},"completion_tokens_details":null"#
            ),
            done!()
        )),
        whole(concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m","#,
            r#""choices":["#,
            whole_choice!(0, "stop", r#""content":"Hi","refusal":null"#),
            r#"],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"#,
            r#""completion_tokens_details":{"rejected_prediction_tokens":0}}}"#
        )),
        refused(
            400,
            r#"{"error":{"message":"x","type":"invalid_request_error","code":null}}"#,
        ),
    ],
    conforming: &[COUNTED, GREETING_WHOLE],
    faults: &["edit *#last /usage/prompt_tokens_details/cached_tokens removed"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::NewForm],
        event: Some(|step: &Step<'_>| {
            let chunk = chunk(step).filter(|_| step.event.is_new_form);
            let together = chunk.map_or(Verdict::Silent, together);
            fold([of_chunk(step, unusual), together].into_iter())
        }),
        body: Some(|whole: &Body<'_>| {
            let together = completion(whole).map_or(Verdict::Silent, together);
            fold([of_completion(whole, unusual), together].into_iter())
        }),
        refusal: Some(|whole: &Body<'_>| of_error(whole, unusual)),
        ..Hooks::NONE
    }),
};

/// Of these the first comes with the second.
const TOGETHER: [(&[&str], &[&str]); 11] = [
    (
        &["prompt_tokens_details", "audio_tokens"],
        &["prompt_tokens_details", "cached_tokens"],
    ),
    (
        &["prompt_tokens_details", "audio_tokens"],
        &["completion_tokens_details", "audio_tokens"],
    ),
    (
        &["completion_tokens_details", "audio_tokens"],
        &["prompt_tokens_details", "audio_tokens"],
    ),
    (
        &["completion_tokens_details", "audio_tokens"],
        &["completion_tokens_details", "rejected_prediction_tokens"],
    ),
    (
        &["completion_tokens_details", "rejected_prediction_tokens"],
        &["completion_tokens_details", "accepted_prediction_tokens"],
    ),
    (
        &["completion_tokens_details", "accepted_prediction_tokens"],
        &["completion_tokens_details", "audio_tokens"],
    ),
    (
        &["completion_tokens_details", "accepted_prediction_tokens"],
        &["completion_tokens_details", "reasoning_tokens"],
    ),
    (&["prompt_tokens_details"], &["completion_tokens_details"]),
    (
        &["completion_tokens_details"],
        &["completion_tokens_details", "reasoning_tokens"],
    ),
    (&["prompt_cache_hit_tokens"], &["prompt_cache_miss_tokens"]),
    (&["prompt_cache_miss_tokens"], &["prompt_cache_hit_tokens"]),
];

fn together(owner: &Value) -> Verdict {
    let Some(usage) = owner.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    let has = |path: &[&str]| {
        let mut names = path.iter();
        names
            .try_fold(usage, |owner, name| owner.get(*name))
            .is_some()
    };
    match TOGETHER.iter().find(|(one, other)| has(one) && !has(other)) {
        None => Verdict::Pass,
        Some((one, other)) => Verdict::fail(format!(
            "expected `usage.{}` beside `{}`, found none",
            other.join("."),
            one.join(".")
        )),
    }
}
