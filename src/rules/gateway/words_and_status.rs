//! The words of a refusal and its status say the same thing of whose fault it was.

use super::{Surface, answer, error, is_ours, is_refusal, short, surface, word};
use crate::endpoint::Endpoint;
use crate::protocol::BodyEnd;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

const NATIVE: &str = "/v1/chat/completions\n";
const CHAT: &str = "/v1/chat/completions @gateway\n";
const ACCOUNT: &str = "/api/v1/me/account @gateway\n";

/// A refusal in OpenAI's envelope with a type.
macro_rules! typed {
    ($status:literal, $kind:literal) => {
        Sample::Answer {
            request: NATIVE,
            status: $status,
            headers: &[("content-type", "application/json")],
            body: concat!(
                r#"{"error":{"message":"no","type":""#,
                $kind,
                r#"","param":null,"code":null}}"#
            ),
        }
    };
}

/// The type says who has to do something about it, and so does the status.
pub(super) static TYPE: Rule = Rule {
    id: "GW-182",
    name: "error-type-against-status",
    severity: Severity::Must,
    source: "OpenAI documentation, Error codes: which type goes with which status; the vendors' \
             clients: 408, 409, 429 and 5xx are tried again; the gateway's table of errors",
    explanation: "A type that blames the request comes with a 4xx, one that blames the server \
        with a 5xx. Clients decide by the one or by the other whether to try again: a lost cause \
        with 500 is sent three times, a failure of the server with 400 not once. A server that is \
        too busy may say so with 429, which is tried again as well. Types that nobody documents, \
        and those of quotas, are let pass. (Messages and Gemini have rules of their own.)",
    violations: &[
        typed!(500, "invalid_request_error"),
        typed!(503, "authentication_error"),
        typed!(400, "server_error"),
        typed!(502, "rate_limit_error"),
        answer(
            ACCOUNT,
            404,
            r#"{"error":{"type":"authentication_error","message":"no key"}}"#,
        ),
        answer(
            ACCOUNT,
            500,
            r#"{"error":{"type":"permission_error","message":"paused"}}"#,
        ),
    ],
    conforming: &[
        typed!(401, "invalid_request_error"),
        typed!(429, "server_error"),
        typed!(529, "overloaded_error"),
        typed!(500, "server_error"),
        answer(
            ACCOUNT,
            403,
            r#"{"error":{"type":"permission_error","message":"paused"}}"#,
        ),
    ],
    faults: &["edit status 500", r#"edit * /error/type = "server_error""#],
    check: Check::Gateway(Hooks {
        refusal: Some(type_fits),
        ..Hooks::NONE
    }),
};

fn type_fits(whole: &Whole<'_, ()>) -> Verdict {
    let has_own = matches!(
        surface(whole.asked.get()),
        Surface::Anthropic | Surface::Google
    );
    let is_there = whole.end == BodyEnd::Clean && whole.asked.endpoint != Endpoint::Asset;
    let Some(kind) = error(whole)
        .filter(|_| is_there && !has_own)
        .and_then(|error| word(error, "type"))
    else {
        return Verdict::Silent;
    };
    let status = whole.head.status;
    let table = of_table(kind).filter(|_| is_ours(whole.asked.get()));
    let fits = table.map(|right| right.contains(&status));
    let Some(fits) = fits.or_else(|| of_type(kind, status)) else {
        return Verdict::Silent;
    };
    Verdict::when(fits, || {
        let kind = short(kind);
        format!("expected a type that goes with status `{status}`, found `{kind}`")
    })
}

/// The statuses of a type in the gateway's table.
fn of_table(kind: &str) -> Option<&'static [u16]> {
    Some(match kind {
        "authentication_error" => &[401],
        "permission_error" => &[403],
        // Of an unknown model the pages say either (C-08).
        "not_found_error" => &[400, 404],
        "request_too_large" => &[413],
        "rate_limit_error" => &[429],
        _ => return None,
    })
}

/// The same of everybody's. `None`: nothing is said of the type.
fn of_type(kind: &str, status: u16) -> Option<bool> {
    Some(match kind {
        // OpenAI has the first for unknown keys and models as well.
        "invalid_request_error"
        | "image_generation_user_error"
        | "authentication_error"
        | "permission_error"
        | "not_found_error"
        | "request_too_large" => (400..500).contains(&status),
        // OpenAI tells whoever speeds up too much to slow down with 503.
        "rate_limit_error" | "requests" | "tokens" => matches!(status, 429 | 503),
        "server_error"
        | "api_error"
        | "internal_error"
        | "internal_server_error"
        | "overloaded_error"
        | "service_unavailable_error"
        | "upstream_error"
        | "timeout_error" => status >= 500 || matches!(status, 408 | 409 | 429),
        _ => return None,
    })
}

/// The gateway's codes and the statuses of its table.
const CODES: [(&str, &[u16]); 18] = [
    ("invalid_param", &[400]),
    ("context_length_exceeded", &[400]),
    // Of these pages disagree (C-08, C-09).
    ("model_not_found", &[400, 404]),
    ("unsupported_model", &[400, 404]),
    ("model_not_allowed", &[400, 403]),
    ("model_not_in_group", &[400, 403]),
    ("duplicate_out_task_id", &[400, 409]),
    ("invalid_api_key", &[401]),
    ("insufficient_balance", &[402]),
    ("quota_exceeded", &[402]),
    ("permission_denied", &[403]),
    ("not_found", &[404]),
    ("task_not_found", &[404]),
    // OpenAI's word, for what has a status of its own here (C-27).
    ("content_policy_violation", &[400, 403, 422, 451]),
    ("method_not_allowed", &[405]),
    ("request_too_large", &[413]),
    ("rate_limit_error", &[429]),
    ("concurrency_limit", &[429]),
];

/// A documented code comes with its status.
pub(super) static CODE: Rule = Rule {
    id: "GW-183",
    name: "error-code-against-status",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference, concepts/rate-limits: the tables of \
             codes and statuses; either status where pages disagree (C-08, C-09)",
    explanation: "Each code of the gateway's tables belongs to one status. Callers branch on the \
        code and their HTTP library on the status, and the two do opposite things where they \
        contradict each other. Codes that are in no table are let pass.",
    violations: &[
        answer(CHAT, 404, openai!("invalid_param")),
        answer(CHAT, 400, openai!("invalid_api_key")),
        answer(CHAT, 400, openai!("insufficient_balance")),
    ],
    conforming: &[
        answer(CHAT, 400, openai!("invalid_param")),
        answer(CHAT, 404, openai!("model_not_found")),
    ],
    faults: &["edit status 422"],
    check: Check::Gateway(Hooks {
        refusal: Some(code_fits),
        ..Hooks::NONE
    }),
};

fn code_fits(whole: &Whole<'_, ()>) -> Verdict {
    let has_codes = matches!(
        surface(whole.asked.get()),
        Surface::Openai | Surface::Management
    );
    let error =
        error(whole).filter(|_| is_refusal(whole) && is_ours(whole.asked.get()) && has_codes);
    let Some(code) = error.and_then(|error| word(error, "code")) else {
        return Verdict::Silent;
    };
    let Some((_, right)) = CODES.iter().find(|(known, _)| *known == code) else {
        return Verdict::Silent;
    };
    let found = whole.head.status;
    Verdict::when(right.contains(&found), || {
        let right: Vec<_> = right.iter().map(u16::to_string).collect();
        let right = right.join("` or `");
        format!("expected status `{right}` with the code `{code}`, found `{found}`")
    })
}
