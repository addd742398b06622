//! The machine-readable word of a refusal that no mistake of the request explains.
//!
//! What was wrong with a request is told in `words`; here it is the money, the key or the size.

use super::quota::{LIMIT, REMAINING, micros};
use super::words::{Words, judge};
use super::{Surface, answer, error, is_refusal, short, surface, word};
use crate::endpoint::Endpoint;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

const SUBMIT: &str = "/v1/tasks/submit @gateway\n";
const MESSAGES: &str = "/v1/messages @gateway\n";

fn refused_with(whole: &Whole<'_, ()>, status: u16) -> bool {
    is_refusal(whole) && whole.head.status == status
}

/// An empty wallet, or a quota that is used up.
pub(super) static PAYMENT: Rule = Rule {
    id: "GW-032",
    name: "payment-required-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "Two things stop a caller with 402: the wallet is empty, which a top-up mends, or \
        the key's quota is used up, which its owner mends. Say `insufficient_balance` or \
        `quota_exceeded`, so that the right person is asked.",
    violations: &[answer(SUBMIT, 402, openai!("payment_required"))],
    conforming: &[
        answer(SUBMIT, 402, openai!("insufficient_balance")),
        answer(SUBMIT, 402, openai!("quota_exceeded")),
    ],
    faults: &["edit status 402"],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !refused_with(whole, 402) {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    openai: &["insufficient_balance", "quota_exceeded"],
                    // No page says what the other envelopes hold.
                    anthropic: &[],
                    google: &[],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

/// An address that is not allowed, or a model outside the key's group.
pub(super) static FORBIDDEN: Rule = Rule {
    id: "GW-080",
    name: "forbidden-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference, docs.bytespike.ai/gemini-cli",
    explanation: "A 403 is about the address of the caller or about the group of its key, and each \
        is mended in another place. Say `permission_denied` or `model_not_in_group`, \
        `permission_error` on Messages, `PERMISSION_DENIED` on Gemini.",
    violations: &[
        answer(SUBMIT, 403, openai!("forbidden")),
        answer(
            MESSAGES,
            403,
            r#"{"type":"error","error":{"type":"api_error","message":"no"}}"#,
        ),
    ],
    conforming: &[
        answer(SUBMIT, 403, openai!("permission_denied")),
        answer(
            MESSAGES,
            403,
            r#"{"type":"error","error":{"type":"permission_error","message":"no"}}"#,
        ),
    ],
    faults: &["edit status 403"],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !refused_with(whole, 403) {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    openai: &["permission_denied", "model_not_in_group"],
                    anthropic: &["permission_error"],
                    google: &["PERMISSION_DENIED"],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

/// Too much was spent in a window, or too much is in flight.
pub(super) static RATE: Rule = Rule {
    id: "GW-028",
    name: "rate-limit-type",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/rate-limits, docs.bytespike.ai/concepts/error-handling",
    explanation: "A 429 says `rate_limit_error`; where too many calls are in flight the code is \
        `concurrency_limit`. The one is waited out until the reset, the other for a second or two, \
        and a client that can tell neither does the wrong one.",
    violations: &[
        answer(SUBMIT, 429, openai!("slow_down")),
        answer(
            MESSAGES,
            429,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"no"}}"#,
        ),
    ],
    conforming: &[
        answer(SUBMIT, 429, openai!("concurrency_limit")),
        answer(
            MESSAGES,
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"no"}}"#,
        ),
    ],
    faults: &["edit status 429"],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let Some(error) = error(whole).filter(|_| refused_with(whole, 429)) else {
                return Verdict::Silent;
            };
            let (kind, code) = (word(error, "type"), word(error, "code"));
            // Of Google's words no page says which.
            if surface(whole.asked.get()) == Surface::Google || kind.or(code).is_none() {
                return Verdict::Silent;
            }
            let says = kind == Some("rate_limit_error")
                || code
                    .is_some_and(|code| ["rate_limit_error", "concurrency_limit"].contains(&code));
            Verdict::when(says, || {
                let told = short(code.or(kind).unwrap_or_default());
                format!("expected `rate_limit_error` or `concurrency_limit`, found `{told}`")
            })
        }),
        ..Hooks::NONE
    }),
};

/// An answer whose bucket is empty.
const fn empty(body: &'static str) -> Sample {
    Sample::Answer {
        request: SUBMIT,
        status: 429,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "0.00"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body,
    }
}

/// Which bucket is used up, and until when.
pub(super) static BUCKET: Rule = Rule {
    id: "GW-030",
    name: "rate-limit-message",
    severity: Severity::Should,
    source: "docs.bytespike.ai/concepts/rate-limits: the message of the sample",
    explanation: "A key has three windows, and the headers show one without its name. The message \
        of a 429 that a used-up window caused says which (`rate_limit_5h`, `_1d` or `_7d`) and \
        when it resets, in UTC; whoever raises the cap needs to know.",
    violations: &[empty(concat!(
        r#"{"error":{"message":"slow down","type":"rate_limit_error","param":null,"#,
        r#""code":"rate_limit_error"}}"#
    ))],
    conforming: &[empty(concat!(
        r#"{"error":{"message":"rate_limit_5h exceeded: 50.00 / 50.00 used; resets at "#,
        r#"2026-05-25 14:00:00 UTC","type":"rate_limit_error","param":null,"#,
        r#""code":"rate_limit_error"}}"#
    ))],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(bucket),
        ..Hooks::NONE
    }),
};

fn bucket(whole: &Whole<'_, ()>) -> Verdict {
    let Some(error) = error(whole).filter(|_| refused_with(whole, 429)) else {
        return Verdict::Silent;
    };
    let amount = |name| whole.head.header(name).and_then(micros);
    let is_used_up = amount(REMAINING) == Some(0) && amount(LIMIT).is_some_and(|limit| limit > 0);
    let is_other = word(error, "code") == Some("concurrency_limit");
    if !is_used_up || is_other || surface(whole.asked.get()) == Surface::Management {
        return Verdict::Silent;
    }
    let message = word(error, "message").unwrap_or_default();
    let names = ["rate_limit_5h", "rate_limit_1d", "rate_limit_7d"]
        .iter()
        .any(|name| message.contains(name));
    Verdict::when(names && message.contains("UTC"), || {
        format!(
            "expected a message that names the window and its reset, found `{}`",
            short(message)
        )
    })
}

/// More than a route takes.
pub(super) static TOO_LARGE: Rule = Rule {
    id: "GW-103",
    name: "too-large-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/error-handling, concepts/errors-reference",
    explanation: "A body over the limit is refused with 413 and `request_too_large`. A client that \
        sends pictures within its request makes them smaller when it sees that word, and does not \
        send the same again.",
    violations: &[answer(SUBMIT, 413, openai!("invalid_param"))],
    conforming: &[
        answer(SUBMIT, 413, openai!("request_too_large")),
        answer(
            MESSAGES,
            413,
            r#"{"type":"error","error":{"type":"request_too_large","message":"no"}}"#,
        ),
    ],
    faults: &["edit status 413"],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let Some(error) = error(whole).filter(|_| refused_with(whole, 413)) else {
                return Verdict::Silent;
            };
            let (kind, code) = (word(error, "type"), word(error, "code"));
            if surface(whole.asked.get()) == Surface::Google || kind.or(code).is_none() {
                return Verdict::Silent;
            }
            // The pages give it as a type; a code beside it may be anything but another's.
            let says = [kind, code].contains(&Some("request_too_large"));
            Verdict::when(says, || {
                let told = short(code.or(kind).unwrap_or_default());
                format!("expected `request_too_large`, found `{told}`")
            })
        }),
        ..Hooks::NONE
    }),
};

/// A cancel of nothing, or of two things.
pub(super) static CANCEL: Rule = Rule {
    id: "GW-110",
    name: "bad-cancel-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-cancel",
    explanation: "A cancel names one task. With both kinds of id, or none, it is refused with 400 \
        and `invalid_param`; a client must not take that for a task that is gone.",
    violations: &[answer(
        "/v1/tasks/cancel/{task_id} @gateway\n",
        400,
        openai!("task_not_found"),
    )],
    conforming: &[answer(
        "/v1/tasks/cancel/{task_id} @gateway\n",
        400,
        openai!("invalid_param"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let here = whole.asked.endpoint == Endpoint::TasksCancel;
            if !here || !refused_with(whole, 400) {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    openai: &["invalid_param"],
                    anthropic: &[],
                    google: &[],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

/// A page that cannot be.
pub(super) static PAGE: Rule = Rule {
    id: "GW-069",
    name: "bad-page-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-billing-transactions",
    explanation: "A page or a time out of range is refused with 400 and `invalid_request_error`. A \
        client that pages on until it is refused must tell the end from a failure to try again.",
    violations: &[answer(
        LEDGER,
        400,
        r#"{"error":{"type":"api_error","message":"no such page"}}"#,
    )],
    conforming: &[answer(
        LEDGER,
        400,
        r#"{"error":{"type":"invalid_request_error","message":"page_size is at most 200"}}"#,
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let here = whole.asked.endpoint == Endpoint::Transactions;
            if !here || !refused_with(whole, 400) {
                return Verdict::Silent;
            }
            let right = &["invalid_request_error"];
            judge(
                whole,
                &Words {
                    openai: right,
                    anthropic: right,
                    google: &[],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

const LEDGER: &str = "/api/v1/me/billing/transactions @gateway\n";
