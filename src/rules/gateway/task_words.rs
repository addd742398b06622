//! The machine-readable word of a refusal on the routes of tasks.

use super::words::{Words, after, judge};
use super::{answer, is_refusal};
use crate::endpoint::Endpoint;
use crate::protocol::Mistake;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

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
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let here = whole.asked.endpoint == Endpoint::TasksSubmit;
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
    explanation: "A client that retries a submit must learn that its id stands for another wish. \
        Say `duplicate_out_task_id`, with 409 on one page and 400 on another.",
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
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let asked = whole.asked;
            let here = asked.endpoint == Endpoint::TasksSubmit;
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

/// A query or cancel by two ids, or a cancel by none.
pub(super) static BOTH_IDS: Rule = Rule {
    id: "GW-104",
    name: "both-task-ids-code",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query, utility/tasks-cancel",
    explanation: "With two ids, or none, it is open which task is meant, so the query or the \
        cancel is refused. Say `invalid_param` with the 400.",
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
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let made = [
                Mistake::BothIds,
                Mistake::CancelBothIds,
                Mistake::CancelNoId,
            ];
            if !after(whole, &made) || whole.head.status != 400 {
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
    faults: &[r#"edit * /error/code = "bad_request""#],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let made = [Mistake::UnknownTask, Mistake::CancelUnknownTask];
            if !after(whole, &made) || whole.head.status != 404 {
                return Verdict::Silent;
            }
            judge(whole, &task_word(&["task_not_found"]))
        }),
        ..Hooks::NONE
    }),
};
