//! A request that is wrong on purpose is refused, and told why.

use super::moment::{Body, object};
use crate::json::Value;
use crate::protocol::{Asked, Mistake};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

const UNKNOWN_MODEL: &str = concat!(
    "/v1/messages @mistake=unknown-model\n",
    r#"{"model":"no-such-model","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
);
const WRONG_KEY: &str = concat!(
    "/v1/messages @mistake=wrong-key\n",
    r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
);
const NO_MESSAGES: &str = concat!(
    "/v1/messages @mistake=missing-field\n",
    r#"{"model":"m","max_tokens":9}"#
);

/// The answer to a wrong request.
const fn answer(request: &'static str, status: u16, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status,
        headers: &[("content-type", "application/json")],
        body,
    }
}

macro_rules! error {
    ($kind:literal, $message:literal) => {
        concat!(
            r#"{"type":"error","error":{"type":""#,
            $kind,
            r#"","message":""#,
            $message,
            r#""}}"#
        )
    };
}

pub(super) static STATUS: Rule = Rule {
    id: "ANT-116",
    name: "wrong-request-status",
    severity: Severity::Must,
    source: "Anthropic documentation, Errors; recorded refusals; the gateway's pages, which give \
             an unknown model 400, 403 or 404 (C-08)",
    explanation: "A key that is wrong or missing is refused with status 401, a model that nobody \
                  knows with one that says that the request is at fault. Clients ask for another \
                  key, or another model, by it; after a server error they send the same again.",
    violations: &[
        answer(UNKNOWN_MODEL, 500, error!("api_error", "No.")),
        answer(WRONG_KEY, 403, error!("permission_error", "No.")),
        answer(
            WRONG_KEY,
            200,
            saying!(r#"[{"type":"text","text":"Hi"}]"#, "end_turn"),
        ),
    ],
    conforming: &[
        answer(
            UNKNOWN_MODEL,
            404,
            error!("not_found_error", "model: no-such-model"),
        ),
        answer(
            WRONG_KEY,
            401,
            error!("authentication_error", "invalid x-api-key"),
        ),
    ],
    faults: &[],
    check: Check::AnthropicMessages(Hooks {
        body: Some(|whole: &Body<'_>| match statuses(whole.asked.get()) {
            [] => Verdict::Silent,
            wanted => Verdict::fail(format!(
                "expected a refusal with status {}, found a success",
                listed(wanted)
            )),
        }),
        refusal: Some(|whole: &Body<'_>| {
            let (wanted, found) = (statuses(whole.asked.get()), whole.head.status);
            if wanted.is_empty() || is_another_reason(found) {
                return Verdict::Silent;
            }
            Verdict::when(wanted.contains(&found), || {
                format!("expected status {}, found `{found}`", listed(wanted))
            })
        }),
        ..Hooks::NONE
    }),
};

/// The statuses of the refusal that a mistake asks for.
fn statuses(asked: &Asked) -> &'static [u16] {
    match asked.mistake {
        Some(Mistake::WrongKey | Mistake::NoKey) => &[401],
        Some(Mistake::UnknownModel) => &[400, 403, 404],
        Some(_) | None => &[],
    }
}

fn listed(statuses: &[u16]) -> String {
    let words: Vec<_> = statuses.iter().map(|one| format!("`{one}`")).collect();
    words.join(" or ")
}

/// Limits, money and load are looked at before the request is.
fn is_another_reason(status: u16) -> bool {
    matches!(status, 402 | 429 | 502..)
}

pub(super) static FIELD: Rule = Rule {
    id: "ANT-117",
    name: "missing-field-not-named",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `model`, `messages` and `max_tokens` are required; \
             recorded refusals name the member",
    explanation: "A request without `model`, `messages` or `max_tokens` is refused with status 400 \
                  and a message that names the member. Answered all the same it costs money that \
                  nobody meant to spend; without the name the caller looks in vain.",
    violations: &[
        answer(NO_MESSAGES, 400, error!("invalid_request_error", "No.")),
        answer(
            NO_MESSAGES,
            500,
            error!("api_error", "messages: Field required"),
        ),
        answer(
            NO_MESSAGES,
            200,
            saying!(r#"[{"type":"text","text":"Hi"}]"#, "end_turn"),
        ),
    ],
    conforming: &[answer(
        NO_MESSAGES,
        400,
        error!("invalid_request_error", "messages: Field required"),
    )],
    faults: &[r#"edit * /error/message = "No.""#],
    check: Check::AnthropicMessages(Hooks {
        body: Some(|whole: &Body<'_>| match missing(whole.asked.get()) {
            None => Verdict::Silent,
            Some(field) => Verdict::fail(format!(
                "expected a refusal of a request without `{field}`, found a success"
            )),
        }),
        refusal: Some(named),
        ..Hooks::NONE
    }),
};

fn named(whole: &Body<'_>) -> Verdict {
    let status = whole.head.status;
    let Some(field) = missing(whole.asked.get()).filter(|_| !is_another_reason(status)) else {
        return Verdict::Silent;
    };
    let message = object(whole).and_then(|body| body.pointer("/error/message"));
    let is_named = message
        .and_then(Value::as_str)
        .is_some_and(|message| message.contains(field));
    Verdict::when(is_named && status == 400, || {
        format!(
            "expected status `400` and a message about `{field}`, found `{status}` and {}",
            quoted_value(message)
        )
    })
}

/// The required member that was left out on purpose.
fn missing(asked: &Asked) -> Option<&'static str> {
    let body = asked.body.as_ref();
    let body = body.filter(|_| asked.mistake == Some(Mistake::MissingField))?;
    let mut required = ["model", "messages", "max_tokens"].into_iter();
    required.find(|field| body.get(*field).is_none())
}
