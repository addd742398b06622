//! The machine-readable word of a refusal, after a request that was wrong on purpose.
//!
//! A word in an envelope of the wrong shape is for the envelope rules; these stay silent then. The
//! status is for `protocol::contract`; a rule speaks only about the statuses that its word goes
//! with.

use super::{Surface, answer, error, is_refusal, short, surface, word};
use crate::protocol::Mistake;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// The words that are right, by envelope; empty: nothing is said for that envelope.
struct Words {
    openai: &'static [&'static str],
    anthropic: &'static [&'static str],
    google: &'static [&'static str],
}

fn judge(whole: &Whole<'_, ()>, words: &Words) -> Verdict {
    let Some(error) = error(whole) else {
        return Verdict::Silent;
    };
    let (found, right) = match surface(whole.asked) {
        Surface::Openai => (word(error, "code"), words.openai),
        Surface::Anthropic => (word(error, "type"), words.anthropic),
        Surface::Google => (word(error, "status"), words.google),
        Surface::Management => match word(error, "type") {
            Some(kind) if words.anthropic.contains(&kind) => return Verdict::Pass,
            found => (word(error, "code").or(found), words.openai),
        },
    };
    let Some(found) = found.filter(|_| !right.is_empty()) else {
        return Verdict::Silent;
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
fn after(whole: &Whole<'_, ()>, mistakes: &[Mistake]) -> bool {
    is_refusal(whole)
        && whole
            .asked
            .mistake
            .is_some_and(|made| mistakes.contains(&made))
}

macro_rules! openai {
    ($code:literal) => {
        concat!(
            r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":""#,
            $code,
            r#""}}"#
        )
    };
}

/// A refused key, wherever the envelope is not Anthropic's.
pub(super) static REFUSED_KEY: Rule = Rule {
    id: "GW-012",
    name: "refused-key-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "A client must tell a bad key, which a person has to mend, from other refusals. Say \
        `invalid_api_key` (OpenAI's envelope) or `authentication_error` with every 401.",
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
    faults: &[],
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
                    anthropic: if surface(whole.asked) == Surface::Anthropic {
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
    explanation: "A request that can never work must not look like one to retry. Say `invalid_param` \
        or `invalid_request_error` with the 400.",
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
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let made = [Mistake::MalformedJson, Mistake::MissingField];
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
    explanation: "Clients shorten the conversation when they see `context_length_exceeded` and fail \
        on anything else. Say so with the 400.",
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
    faults: &[],
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
    faults: &[],
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
    faults: &[],
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

/// Only OpenAI's words: the rules of tasks.
const fn task_word(word: &'static [&'static str]) -> Words {
    Words {
        openai: word,
        anthropic: &[],
        google: &[],
    }
}

/// A text model on the tasks route.
pub(super) static TEXT_MODEL: Rule = Rule {
    id: "GW-100",
    name: "text-model-on-tasks-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-submit",
    explanation: "Tasks take image and video models only; a text model is a mistake of the caller. \
        Say `invalid_param` with the 400.",
    violations: &[answer(
        "/v1/tasks/submit @gateway @mistake=text-model-on-tasks\n",
        400,
        openai!("model_not_found"),
    )],
    conforming: &[answer(
        "/v1/tasks/submit @gateway @mistake=text-model-on-tasks\n",
        400,
        openai!("invalid_param"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let here = whole.asked.endpoint == crate::endpoint::Endpoint::TasksSubmit;
            if !here || !after(whole, &[Mistake::TextModelOnTasks]) || whole.head.status != 400 {
                return Verdict::Silent;
            }
            judge(whole, &task_word(&["invalid_param"]))
        }),
        ..Hooks::NONE
    }),
};

/// An id that was used with other params.
pub(super) static REUSED_ID: Rule = Rule {
    id: "GW-102",
    name: "reused-task-id-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-submit",
    explanation: "A client that retries a submit must learn that its id stands for another wish. Say \
        `duplicate_out_task_id`, with 409 on one page and 400 on another.",
    violations: &[answer(
        "/v1/tasks/submit @gateway @earlier=task_1:pending\n",
        409,
        openai!("invalid_param"),
    )],
    conforming: &[answer(
        "/v1/tasks/submit @gateway @earlier=task_1:pending\n",
        409,
        openai!("duplicate_out_task_id"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let asked = whole.asked;
            let here = asked.endpoint == crate::endpoint::Endpoint::TasksSubmit;
            let reused = asked
                .earlier
                .as_ref()
                .is_some_and(|earlier| !earlier.resubmitted);
            let status = [400, 409].contains(&whole.head.status);
            if !is_refusal(whole) || !here || !reused || !status {
                return Verdict::Silent;
            }
            judge(whole, &task_word(&["duplicate_out_task_id"]))
        }),
        ..Hooks::NONE
    }),
};

/// A query by two ids.
pub(super) static BOTH_IDS: Rule = Rule {
    id: "GW-104",
    name: "both-task-ids-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query",
    explanation: "With two ids it is open which task is meant, so the query is refused. Say \
        `invalid_param` with the 400.",
    violations: &[answer(
        "/v1/tasks/query @gateway @mistake=both-ids\n",
        400,
        openai!("task_not_found"),
    )],
    conforming: &[answer(
        "/v1/tasks/query @gateway @mistake=both-ids\n",
        400,
        openai!("invalid_param"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !after(whole, &[Mistake::BothIds]) || whole.head.status != 400 {
                return Verdict::Silent;
            }
            judge(whole, &task_word(&["invalid_param"]))
        }),
        ..Hooks::NONE
    }),
};

/// A task that never was.
pub(super) static UNKNOWN_TASK: Rule = Rule {
    id: "GW-106",
    name: "unknown-task-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference",
    explanation: "A poller must tell a task that does not exist from a route that does not. Say \
        `task_not_found` with the 404.",
    violations: &[answer(
        "/v1/tasks/query @gateway @mistake=unknown-task\n",
        404,
        openai!("not_found"),
    )],
    conforming: &[answer(
        "/v1/tasks/query @gateway @mistake=unknown-task\n",
        404,
        openai!("task_not_found"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            if !after(whole, &[Mistake::UnknownTask]) || whole.head.status != 404 {
                return Verdict::Silent;
            }
            judge(whole, &task_word(&["task_not_found"]))
        }),
        ..Hooks::NONE
    }),
};
