//! Which statuses the gateway's documents allow, as data.
//!
//! Where two pages disagree both readings are allowed and the row names the contradiction (`C-nn`);
//! a scenario's own `expect` narrows it down. This is about statuses alone: what an answer says is
//! for the rules to judge.

use super::step::Step;
use super::{Auth, Credential, Draft};
use crate::endpoint::Endpoint;
use crate::scenario::request::Mistake;

/// What kind of request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Nothing wrong with it.
    Healthy,
    Mistake(Mistake),
    /// Tasks: the same `out_task_id` with the same params.
    SameTask,
    /// Tasks: the same `out_task_id` with other params.
    OtherTask,
}

/// One row: the first whose conditions fit decides.
#[derive(Debug)]
pub struct Allowed {
    /// Empty: any.
    pub endpoints: &'static [Endpoint],
    /// Empty: any.
    pub steps: &'static [Step],
    /// `None`: wherever the key travels.
    pub auth: Option<Auth>,
    pub case: Case,
    pub statuses: &'static [u16],
    /// The contradiction, or the page that says so.
    pub source: &'static str,
}

const fn row(
    endpoints: &'static [Endpoint],
    case: Case,
    statuses: &'static [u16],
    source: &'static str,
) -> Allowed {
    Allowed {
        endpoints,
        steps: &[],
        auth: None,
        case,
        statuses,
        source,
    }
}

const fn at(
    steps: &'static [Step],
    endpoints: &'static [Endpoint],
    statuses: &'static [u16],
    source: &'static str,
) -> Allowed {
    Allowed {
        steps,
        ..row(endpoints, Case::Healthy, statuses, source)
    }
}

const TASKS: &[Endpoint] = &[
    Endpoint::TasksSubmit,
    Endpoint::TasksQuery,
    Endpoint::TasksCancel,
    Endpoint::TasksStream,
];

/// Routes that one page has and another has not; where they are missing, so is what is wrong with
/// a request to them.
const DOUBTFUL: &[Endpoint] = &[
    Endpoint::ImagesEdits,
    Endpoint::Embeddings,
    Endpoint::Balance,
    Endpoint::Usage,
];
const DOUBT: &str = "C-01, C-02, C-19, C-20: the route may not exist";

/// Every reading, special cases before the general ones.
pub static ALLOWED: &[Allowed] = &[
    Allowed {
        auth: Some(Auth::XApiKey),
        ..row(
            &[Endpoint::Responses],
            Case::Healthy,
            &[200, 401],
            "C-23: one page takes Bearer only",
        )
    },
    row(
        &[Endpoint::TasksSubmit, Endpoint::VideosGenerations],
        Case::Healthy,
        &[200, 201, 202],
        "utility/tasks-submit shows the body, no page the status of a first submit",
    ),
    row(
        &[Endpoint::ImagesEdits],
        Case::Healthy,
        &[200, 404],
        "C-19: named on two pages, done through generations on a third",
    ),
    row(
        &[Endpoint::Embeddings],
        Case::Healthy,
        &[404],
        "C-20: the documents deny the route that a blog post shows",
    ),
    row(
        &[Endpoint::Balance],
        Case::Healthy,
        &[200, 404],
        "C-02: pages disagree whether it exists",
    ),
    row(
        &[Endpoint::Usage],
        Case::Healthy,
        &[200, 404],
        "C-01: usage is said to live under three paths",
    ),
    row(
        &[Endpoint::KeysCreate],
        Case::Healthy,
        &[200, 201],
        "concepts/multimodal shows the request, no page the status",
    ),
    row(
        &[Endpoint::KeysReveal],
        Case::Healthy,
        &[200, 404],
        "C-03: the base of the path is doubtful",
    ),
    at(
        &[Step::Call],
        &[Endpoint::Webhooks],
        &[200, 201],
        "account/me-webhooks shows the body, not the status",
    ),
    at(
        &[Step::Delete],
        &[Endpoint::Webhooks],
        &[200, 204],
        "account/me-webhooks names the method, not the status",
    ),
    row(&[], Case::Healthy, &[200], "concepts/errors-reference"),
    row(
        &[],
        Case::SameTask,
        &[200],
        "utility/tasks-submit: the existing task, with 200",
    ),
    row(
        &[],
        Case::OtherTask,
        &[409, 400],
        "C-09: 409 on one page, listed under 400 on another",
    ),
    row(
        DOUBTFUL,
        Case::Mistake(Mistake::MalformedJson),
        &[400, 404],
        DOUBT,
    ),
    row(
        DOUBTFUL,
        Case::Mistake(Mistake::MissingField),
        &[400, 404],
        DOUBT,
    ),
    row(
        DOUBTFUL,
        Case::Mistake(Mistake::WrongType),
        &[400, 404],
        DOUBT,
    ),
    row(
        DOUBTFUL,
        Case::Mistake(Mistake::WrongKey),
        &[401, 404],
        DOUBT,
    ),
    row(DOUBTFUL, Case::Mistake(Mistake::NoKey), &[401, 404], DOUBT),
    row(
        DOUBTFUL,
        Case::Mistake(Mistake::BodyTooLarge),
        &[413, 400, 404],
        DOUBT,
    ),
    row(
        &[],
        Case::Mistake(Mistake::MalformedJson),
        &[400],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::MissingField),
        &[400],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::WrongType),
        &[400],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::UnknownModel),
        &[400, 403, 404],
        "C-08: four codes under three statuses; embeddings answer 404 in any case (C-20)",
    ),
    row(
        &[],
        Case::Mistake(Mistake::WrongKey),
        &[401],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::NoKey),
        &[401],
        "concepts/errors-reference",
    ),
    row(
        TASKS,
        Case::Mistake(Mistake::BodyTooLarge),
        &[413],
        "utility/tasks-submit: 1 MiB",
    ),
    row(
        &[],
        Case::Mistake(Mistake::BodyTooLarge),
        &[413, 400],
        "413 `request_too_large` is listed; no page states a size outside tasks",
    ),
    row(
        &[],
        Case::Mistake(Mistake::ContextTooLong),
        &[400],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::UnknownRoute),
        &[404],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::UnknownTask),
        &[404],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::BothIds),
        &[400],
        "utility/tasks-query",
    ),
    row(
        &[],
        Case::Mistake(Mistake::CancelUnknownTask),
        &[404],
        "concepts/errors-reference",
    ),
    row(
        &[],
        Case::Mistake(Mistake::CancelBothIds),
        &[400],
        "utility/tasks-cancel",
    ),
    row(
        &[],
        Case::Mistake(Mistake::CancelNoId),
        &[400],
        "utility/tasks-cancel",
    ),
    row(
        &[Endpoint::VideosGenerations],
        Case::Mistake(Mistake::TextModelOnTasks),
        &[400, 403, 404],
        "C-08: to this route a text slug is one it does not know",
    ),
    row(
        &[],
        Case::Mistake(Mistake::TextModelOnTasks),
        &[400],
        "utility/tasks-submit",
    ),
];

/// The row that speaks about a request.
pub fn allowed(draft: &Draft, step: Step, case: Case) -> Option<&'static Allowed> {
    let auth = match draft.auth {
        Credential::Key(auth) | Credential::Wrong(auth) => Some(auth),
        Credential::Absent => None,
    };
    let endpoint = draft.asked.endpoint;
    ALLOWED.iter().find(|row| {
        row.case == case
            && (row.endpoints.is_empty() || row.endpoints.contains(&endpoint))
            && (row.steps.is_empty() || row.steps.contains(&step))
            && (row.auth.is_none() || row.auth == auth)
    })
}

/// The statuses that are right for a request.
pub fn statuses(draft: &Draft, step: Step, case: Case) -> &'static [u16] {
    allowed(draft, step, case).map_or(&[200], |row| row.statuses)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::protocol::mistake::ALL;
    use crate::protocol::{Asked, Delivery};

    fn draft(endpoint: Endpoint, auth: Auth) -> Draft {
        Draft {
            method: "POST",
            path: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            auth: Credential::Key(auth),
            asked: Asked::of(endpoint, Delivery::Unary).into(),
        }
    }

    fn of(endpoint: Endpoint, step: Step, case: Case) -> &'static [u16] {
        statuses(&draft(endpoint, Auth::Bearer), step, case)
    }

    #[test]
    fn every_mistake_is_refused_on_every_route() {
        for endpoint in Endpoint::ALL {
            for mistake in ALL {
                let row = allowed(
                    &draft(*endpoint, Auth::Bearer),
                    Step::Call,
                    Case::Mistake(mistake),
                );
                let row = row.expect("a row for every mistake");
                assert!(
                    row.statuses.iter().all(|status| *status >= 400),
                    "{mistake:?}"
                );
            }
        }
    }

    #[test]
    fn contradictions_allow_both_readings_and_nothing_else_does() {
        use Case::{Healthy, OtherTask, SameTask};
        assert_eq!(of(Endpoint::Messages, Step::Call, Healthy), [200]);
        assert_eq!(of(Endpoint::ApiUsage, Step::Call, Healthy), [200]);
        assert_eq!(of(Endpoint::Usage, Step::Call, Healthy), [200, 404]);
        assert_eq!(of(Endpoint::Embeddings, Step::Call, Healthy), [404]);
        assert_eq!(of(Endpoint::Webhooks, Step::Delete, Healthy), [200, 204]);
        assert_eq!(of(Endpoint::Webhooks, Step::List, Healthy), [200]);
        assert_eq!(of(Endpoint::TasksSubmit, Step::Resubmit, SameTask), [200]);
        assert_eq!(
            of(Endpoint::TasksSubmit, Step::Resubmit, OtherTask),
            [409, 400]
        );
        let mistake = |endpoint| of(endpoint, Step::Call, Case::Mistake(Mistake::NoKey));
        assert_eq!(mistake(Endpoint::Balance), [401, 404]);
        assert_eq!(mistake(Endpoint::Account), [401]);
        let responses = draft(Endpoint::Responses, Auth::XApiKey);
        assert_eq!(statuses(&responses, Step::Call, Healthy), [200, 401]);
    }
}
