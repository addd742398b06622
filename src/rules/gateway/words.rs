//! The machine-readable word of a refusal, after a request that was wrong on purpose.
//!
//! A word in an envelope of the wrong shape is for the envelope rules; these stay silent then. The
//! status is for `protocol::contract`; a rule speaks only about the statuses that its word goes
//! with.

use super::{Surface, answer, error, is_refusal, short, surface, word};
use crate::json::Value;
use crate::protocol::Mistake;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// The words that are right, by envelope; empty: nothing is said for that envelope.
pub(super) struct Words {
    pub(super) openai: &'static [&'static str],
    pub(super) anthropic: &'static [&'static str],
    pub(super) google: &'static [&'static str],
}

pub(super) fn judge(whole: &Whole<'_, ()>, words: &Words) -> Verdict {
    let Some(error) = error(whole) else {
        return Verdict::Silent;
    };
    let (found, right) = match surface(whole.asked.get()) {
        Surface::Openai => (word(error, "code"), words.openai),
        Surface::Anthropic => (word(error, "type"), words.anthropic),
        Surface::Google => (word(error, "status"), words.google),
        Surface::Management => match word(error, "type") {
            Some(kind) if words.anthropic.contains(&kind) => return Verdict::Pass,
            found => (word(error, "code").or(found), words.openai),
        },
    };
    if right.is_empty() {
        return Verdict::Silent;
    }
    let Some(found) = found else {
        // A code that is null says that there is none; anything else is the envelope's fault.
        let is_null = error.get("code").is_some_and(Value::is_null);
        return if is_null && surface(whole.asked.get()) == Surface::Openai {
            Verdict::fail(format!(
                "expected the code to be one of `{}`, found `null`",
                right.join("`, `")
            ))
        } else {
            Verdict::Silent
        };
    };
    Verdict::when(right.contains(&found), || {
        let right = right.join("`, `");
        format!(
            "expected the code to be one of `{right}`, found `{}`",
            short(found)
        )
    })
}

/// Whether the answer is the refusal of a request with one of these mistakes.
pub(super) fn after(whole: &Whole<'_, ()>, mistakes: &[Mistake]) -> bool {
    is_refusal(whole)
        && whole
            .asked
            .mistake
            .is_some_and(|made| mistakes.contains(&made))
}

/// A refused key, wherever the envelope is not Anthropic's.
pub(super) static REFUSED_KEY: Rule = Rule {
    id: "GW-012",
    name: "refused-key-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "A client must tell a bad key, which a person has to mend, from other refusals. \
        Say `invalid_api_key` (OpenAI's envelope) or `authentication_error` with every 401.",
    violations: &[answer(
        "/v1/tasks/submit @gateway\n",
        401,
        openai!("unauthorized"),
    )],
    conforming: &[
        answer(
            "/v1/tasks/submit @gateway\n",
            401,
            openai!("invalid_api_key"),
        ),
        answer(
            "/api/v1/me/account @gateway\n",
            401,
            r#"{"error":{"type":"authentication_error","message":"no key"}}"#,
        ),
    ],
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !is_refusal(whole) || whole.head.status != 401 {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    openai: &["invalid_api_key"],
                    // That form is GW-013's.
                    anthropic: if surface(whole.asked.get()) == Surface::Anthropic {
                        &[]
                    } else {
                        &["authentication_error"]
                    },
                    // Only the message is documented.
                    google: &[],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

/// Broken JSON, or a field that is missing.
pub(super) static INVALID_REQUEST: Rule = Rule {
    id: "GW-077",
    name: "invalid-request-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "A request that can never work must not look like one to retry. Say \
        `invalid_param` or `invalid_request_error` with the 400.",
    violations: &[answer(
        "/v1/tasks/submit @gateway @mistake=malformed-json\n",
        400,
        openai!("internal_error"),
    )],
    conforming: &[answer(
        "/v1/tasks/submit @gateway @mistake=missing-field\n",
        400,
        openai!("invalid_param"),
    )],
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let made = [
                Mistake::MalformedJson,
                Mistake::MissingField,
                Mistake::WrongType,
            ];
            if !after(whole, &made) || whole.head.status != 400 {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    openai: &["invalid_param"],
                    anthropic: &["invalid_request_error"],
                    google: &["INVALID_ARGUMENT"],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

/// More tokens than the window holds.
pub(super) static CONTEXT_LENGTH: Rule = Rule {
    id: "GW-078",
    name: "context-length-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "Clients shorten the conversation when they see `context_length_exceeded` and \
        fail on anything else. Say so with the 400.",
    violations: &[answer(
        "/v1/chat/completions @gateway @mistake=context-too-long\n",
        400,
        openai!("model_not_found"),
    )],
    conforming: &[answer(
        "/v1/chat/completions @gateway @mistake=context-too-long\n",
        400,
        openai!("context_length_exceeded"),
    )],
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !after(whole, &[Mistake::ContextTooLong]) || whole.head.status != 400 {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    openai: &["context_length_exceeded"],
                    anthropic: &["invalid_request_error"],
                    google: &["INVALID_ARGUMENT"],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

/// A model that does not exist.
pub(super) static UNKNOWN_MODEL: Rule = Rule {
    id: "GW-079",
    name: "unknown-model-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/v1-models and the pages of C-08",
    explanation: "The pages give four codes for a model that cannot be used; clients that offer \
        another model know these and no others. Say one of them.",
    violations: &[answer(
        "/v1/tasks/submit @gateway @mistake=unknown-model\n",
        400,
        openai!("bad_request"),
    )],
    conforming: &[answer(
        "/v1/tasks/submit @gateway @mistake=unknown-model\n",
        400,
        openai!("model_not_found"),
    )],
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let status = whole.head.status;
            if !after(whole, &[Mistake::UnknownModel]) || ![400, 403, 404].contains(&status) {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    // `not_found`: on embeddings the route itself is unknown (C-20).
                    openai: &[
                        "model_not_found",
                        "unsupported_model",
                        "model_not_allowed",
                        "model_not_in_group",
                        "not_found",
                    ],
                    anthropic: &[
                        "not_found_error",
                        "invalid_request_error",
                        "permission_error",
                    ],
                    google: &["NOT_FOUND", "INVALID_ARGUMENT", "PERMISSION_DENIED"],
                },
            )
        }),
        ..Hooks::NONE
    }),
};

/// A route that does not exist.
pub(super) static UNKNOWN_ROUTE: Rule = Rule {
    id: "GW-081",
    name: "unknown-route-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "A mistyped path must be told from a missing task or model. Say `not_found` with \
        the 404, in the envelope of the routes around it.",
    violations: &[answer(
        "/v1/tasks/submit @gateway @mistake=unknown-route\n",
        404,
        openai!("invalid_param"),
    )],
    conforming: &[answer(
        "/v1/tasks/submit @gateway @mistake=unknown-route\n",
        404,
        openai!("not_found"),
    )],
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !after(whole, &[Mistake::UnknownRoute]) || whole.head.status != 404 {
                return Verdict::Silent;
            }
            judge(
                whole,
                &Words {
                    openai: &["not_found"],
                    anthropic: &["not_found_error"],
                    google: &["NOT_FOUND"],
                },
            )
        }),
        ..Hooks::NONE
    }),
};
