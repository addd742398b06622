//! Log probabilities: there when they were asked for, and of one shape.

use crate::json::Value;

use super::moment::{Body, Step, entries, fold, whole_entries};
use super::sample::{answered, streamed, whole};
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::quoting::quoted_value;
use crate::rules::token::is_measured;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Topic, Verdict};

/// What was asked for, an entry of `choices`, and what it says: its delta or its message.
type Look = fn(&Asked, &Value, &Value) -> Verdict;

fn of_stream(step: &Step<'_>, look: Look) -> Verdict {
    fold(entries(step).map(|entry| {
        let said = entry.delta().unwrap_or(&Value::Null);
        look(step.asked.get(), entry.value, said)
    }))
}

fn of_whole(whole: &Body<'_>, look: Look) -> Verdict {
    fold(whole_entries(whole).map(|entry| {
        let said = entry.get("message").unwrap_or(&Value::Null);
        look(whole.asked.get(), entry, said)
    }))
}

const fn hooks(event: fn(&Step<'_>) -> Verdict, body: fn(&Body<'_>) -> Verdict) -> Check {
    Check::OpenaiChat(Hooks::<State> {
        about: &[Topic::Filled("logprobs")],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    })
}

/// Two words with a log probability for each, as asked.
const LOGGED: Sample = streamed(
    r#"{"stream":true,"logprobs":true,"top_logprobs":2}"#,
    concat!(
        role!(0),
        logged!(
            r#"{"content":"Hi"}"#,
            r#"{"content":[{"token":"Hi","logprob":-0.1,"bytes":[72,105],"#,
            r#""top_logprobs":[{"token":"Hi","logprob":-0.1,"bytes":[72,105]},"#,
            r#"{"token":"Ho","logprob":-2.5,"bytes":null}]}],"refusal":null}"#
        ),
        finish!(0, "stop"),
        done!()
    ),
);

pub(super) static SHAPE: Rule = Rule {
    id: "OAC-032",
    name: "logprobs-type",
    severity: Severity::Must,
    source: "OpenAI API description, `logprobs` of a choice: null or lists `content` and `refusal`",
    explanation: "Where a choice has `logprobs` it is null or an object whose `content` and \
                  `refusal` are lists or null. Clients read `logprobs.content` of whatever is not \
                  null.",
    violations: &[
        streamed(
            "",
            concat!(
                role!(0),
                logged!(r#"{"content":"Hi"}"#, "[]"),
                finish!(0, "stop"),
                done!()
            ),
        ),
        whole(completion!(
            r#"{"index":0,"finish_reason":"stop","logprobs":{"content":7},"#,
            r#""message":{"role":"assistant","content":"Hi"}}"#,
        )),
    ],
    conforming: &[LOGGED],
    faults: &["edit *#2 /choices/0/logprobs = []"],
    check: hooks(
        |step| of_stream(step, has_lists),
        |whole| of_whole(whole, has_lists),
    ),
};

fn has_lists(_: &Asked, entry: &Value, _: &Value) -> Verdict {
    let Some(found) = entry.get("logprobs").filter(|found| !found.is_null()) else {
        return Verdict::Silent;
    };
    let is_list = |key: &str| {
        let list = found.get(key);
        list.is_none_or(|list| list.is_null() || list.is_array())
    };
    let holds = found.is_object() && is_list("content") && is_list("refusal");
    Verdict::when(holds, || {
        let found = quoted_value(Some(found));
        format!("expected `logprobs` to be null or lists of tokens, found {found}")
    })
}

pub(super) static ASKED: Rule = Rule {
    id: "OAC-063",
    name: "logprobs-not-as-asked",
    severity: Severity::Should,
    source: "OpenAI API description, request member `logprobs`; every recorded answer",
    explanation: "With `logprobs: true` every piece of text comes with its log probabilities, \
                  without it none does. Who asked computes on them, and a piece without leaves a \
                  gap; who did not pays for bytes that nobody reads.",
    violations: &[
        streamed(
            r#"{"stream":true,"logprobs":true}"#,
            concat!(hi!(0), done!()),
        ),
        answered(
            r#"{"messages":[]}"#,
            completion!(
                r#"{"index":0,"finish_reason":"stop","logprobs":{"content":[],"refusal":null},"#,
                r#""message":{"role":"assistant","content":""}}"#,
            ),
        ),
    ],
    conforming: &[LOGGED],
    faults: &[r#"edit *#2 /choices/0/logprobs = {"content":[],"refusal":null}"#],
    // Also where there are none.
    check: Check::OpenaiChat(Hooks {
        event: Some(|step| of_stream(step, as_asked)),
        body: Some(|whole| of_whole(whole, as_asked)),
        ..Hooks::NONE
    }),
};

fn as_asked(asked: &Asked, entry: &Value, said: &Value) -> Verdict {
    let Some(request) = asked.body.as_ref() else {
        return Verdict::Silent;
    };
    let is_wanted = request.get("logprobs") == Some(&Value::Bool(true));
    let is_given = entry.get("logprobs").is_some_and(|found| !found.is_null());
    let has_text = said.get("content").and_then(Value::says) == Some(true);
    match (is_wanted, is_given) {
        (false, true) => Verdict::fail("expected no `logprobs`, which nobody asked for"),
        (true, false) if has_text => {
            Verdict::fail("expected `logprobs` with the text, as asked, found none")
        }
        (true, true) => Verdict::Pass,
        (true | false, false) => Verdict::Silent,
    }
}

/// The entries of both lists.
fn tokens(entry: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["/logprobs/content", "/logprobs/refusal"].into_iter();
    lists
        .filter_map(|list| entry.pointer(list)?.as_array())
        .flatten()
}

pub(super) static TOKEN: Rule = Rule {
    id: "OAC-064",
    name: "logprobs-token-shape",
    severity: Severity::Must,
    source: "OpenAI API description, ChatCompletionTokenLogprob",
    explanation: "Each entry has a string `token`, a `logprob` that is no more than 0, as the \
                  logarithm of a probability is, `bytes` that are null or numbers up to 255, and a \
                  list `top_logprobs`. Clients exponentiate and add without looking.",
    violations: &[
        streamed(
            "",
            concat!(
                role!(0),
                logged!(
                    r#"{"content":"Hi"}"#,
                    r#"{"content":[{"token":"Hi","logprob":0.3,"bytes":null,"#,
                    r#""top_logprobs":[]}]}"#
                ),
                finish!(0, "stop"),
                done!()
            ),
        ),
        streamed(
            "",
            concat!(
                role!(0),
                logged!(
                    r#"{"content":"Hi"}"#,
                    r#"{"content":[{"token":"Hi","logprob":-1,"bytes":"Hi","#,
                    r#""top_logprobs":[]}]}"#
                ),
                finish!(0, "stop"),
                done!()
            ),
        ),
    ],
    conforming: &[LOGGED],
    faults: &["edit * /choices/0/logprobs/content/0/logprob = 0.3"],
    check: hooks(
        |step| of_stream(step, is_token),
        |whole| of_whole(whole, is_token),
    ),
};

fn is_token(_: &Asked, entry: &Value, _: &Value) -> Verdict {
    fold(tokens(entry).map(|token| {
        let others = token.get("top_logprobs");
        let is_list = others.is_none_or(Value::is_array);
        let mut others = others.and_then(Value::as_array).into_iter().flatten();
        Verdict::when(
            is_measured(token) && is_list && others.all(is_measured),
            || {
                let found = quoted_value(Some(token));
                format!("expected `token`, `logprob` of at most 0 and `bytes`, found {found}")
            },
        )
    }))
}

pub(super) static ALTERNATIVES: Rule = Rule {
    id: "OAC-065",
    name: "logprobs-alternatives",
    severity: Severity::Should,
    source: "OpenAI API description, request member `top_logprobs`; recordings: the likeliest \
             first",
    explanation: "`top_logprobs` lists at most as many tokens as were asked for, the likeliest \
                  first. Clients show the first as what the model would rather have said.",
    violations: &[streamed(
        r#"{"stream":true,"logprobs":true,"top_logprobs":1}"#,
        concat!(
            role!(0),
            logged!(
                r#"{"content":"Hi"}"#,
                r#"{"content":[{"token":"Hi","logprob":-0.1,"bytes":null,"top_logprobs":["#,
                r#"{"token":"Hi","logprob":-0.1,"bytes":null},"#,
                r#"{"token":"Ho","logprob":-2,"bytes":null}]}]}"#
            ),
            finish!(0, "stop"),
            done!()
        ),
    )],
    conforming: &[LOGGED],
    faults: &["edit * /choices/0/logprobs/content/0/top_logprobs/0 doubled"],
    check: hooks(
        |step| of_stream(step, is_ranked),
        |whole| of_whole(whole, is_ranked),
    ),
};

fn is_ranked(asked: &Asked, entry: &Value, _: &Value) -> Verdict {
    let request = asked.body.as_ref();
    let most = request.and_then(|body| body.get("top_logprobs")?.as_u64());
    fold(tokens(entry).map(|token| {
        let Some(others) = token.get("top_logprobs").and_then(Value::as_array) else {
            return Verdict::Silent;
        };
        let found = others.len() as u64;
        if let Some(most) = most.filter(|most| found > *most) {
            return Verdict::fail(format!(
                "expected at most `{most}` alternatives, as asked, found `{found}`"
            ));
        }
        let logprobs = others
            .iter()
            .filter_map(|other| other.get("logprob")?.as_f64());
        Verdict::when(logprobs.is_sorted_by(|one, next| one >= next), || {
            "expected the likeliest alternative first".to_owned()
        })
    }))
}

pub(super) static REFUSAL: Rule = Rule {
    id: "OAC-067",
    name: "logprobs-of-a-refusal",
    severity: Severity::Note,
    source: "Recordings: a refusal's log probabilities stand under `refusal`",
    explanation: "Where a delta holds a piece of a refusal, its log probabilities are in \
                  `logprobs.refusal` and not in `logprobs.content`. A client that adds up \
                  `content` would else take the refusal for an answer.",
    violations: &[streamed(
        "",
        concat!(
            role!(0),
            logged!(
                r#"{"refusal":"No"}"#,
                r#"{"content":[{"token":"No","logprob":-1,"bytes":null,"top_logprobs":[]}],"#,
                r#""refusal":null}"#
            ),
            finish!(0, "stop"),
            done!()
        ),
    )],
    conforming: &[streamed(
        "",
        concat!(
            role!(0),
            logged!(
                r#"{"refusal":"No"}"#,
                r#"{"content":null,"#,
                r#""refusal":[{"token":"No","logprob":-1,"bytes":null,"top_logprobs":[]}]}"#
            ),
            finish!(0, "stop"),
            done!()
        ),
    )],
    faults: &[concat!(
        r#"edit *#3 /choices/0/logprobs = {"content":[{"token":"N","logprob":-1,"#,
        r#""bytes":[78],"top_logprobs":[]}],"refusal":null}"#
    )],
    check: hooks(
        |step| of_stream(step, in_its_list),
        |whole| of_whole(whole, in_its_list),
    ),
};

fn in_its_list(_: &Asked, entry: &Value, said: &Value) -> Verdict {
    let says = |key: &str| {
        let text = said.get(key).and_then(Value::as_str);
        text.is_some_and(|text| !text.is_empty())
    };
    let found = entry.get("logprobs").filter(|found| found.is_object());
    let Some(found) = found.filter(|_| says("refusal") && !says("content")) else {
        return Verdict::Silent;
    };
    let count = |key: &str| found.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    Verdict::when(count("content") == 0 && count("refusal") > 0, || {
        let found = quoted_value(Some(found));
        format!("expected the refusal's tokens under `refusal`, found {found}")
    })
}
