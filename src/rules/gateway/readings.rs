//! What a target that was said to follow one reading of contradictory pages does otherwise.
//!
//! Silent as long as no reading was chosen: the pages alone do not say which is right.

use super::words::after;
use super::{answer, error, is_ours, is_refusal, short, word};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::protocol::Mistake;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict, Whole};

/// A route that exists or does not: a success where it should be missing, a 404 where it should be
/// served. Other statuses say nothing about it.
fn route(
    opened: &Opened<'_>,
    endpoints: &[Endpoint],
    (switch, missing): (&'static str, &'static str),
) -> Verdict {
    let asked = opened.asked;
    let Some(reading) = asked.contract.reading(switch) else {
        return Verdict::Silent;
    };
    if !is_ours(asked.get()) || asked.mistake.is_some() || !endpoints.contains(&asked.endpoint) {
        return Verdict::Silent;
    }
    let path = asked.endpoint.path();
    let status = opened.head.status;
    match (reading == missing, status) {
        (true, 200..300) => Verdict::fail(format!(
            "{switch} is read as {reading}: expected 404 for `{path}`, found {status}"
        )),
        (false, 404) => Verdict::fail(format!(
            "{switch} is read as {reading}: expected `{path}` to be served, found 404"
        )),
        (true, 404) | (false, 200..300) => Verdict::Pass,
        _ => Verdict::Silent,
    }
}

/// `GET /v1/usage` and its twin.
pub(super) static USAGE_ROWS: Rule = Rule {
    id: "GW-066",
    name: "usage-rows-route",
    severity: Severity::Must,
    source: "C-01: api-reference/overview and concepts/credits-and-billing against \
             api-reference/account/me-usage",
    explanation: "Pages disagree whether one row per call can be read at `/v1/usage` and \
        `/api/v1/usage`. This target was said to follow one of them. Whoever reconciles bills by \
        rows finds none, or rows that a later version may take away.",
    violations: &[answer("/v1/usage @gateway @C-01=nowhere\n", 200, "[]")],
    conforming: &[answer(
        "/v1/usage @gateway @C-01=on-usage-routes\n",
        200,
        r#"{"object":"list","data":[]}"#,
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        head: Some(|opened| {
            let routes = [Endpoint::Usage, Endpoint::ApiUsage];
            route(opened, &routes, ("C-01", "nowhere"))
        }),
        ..Hooks::NONE
    }),
};

/// `GET /v1/balance`.
pub(super) static BALANCE: Rule = Rule {
    id: "GW-067",
    name: "balance-route",
    severity: Severity::Must,
    source: "C-02: api-reference/utility/balance against introduction and docs/balance",
    explanation: "One page denies the route that others name. This target was said to follow one \
        of them; a client built for the other fails.",
    violations: &[answer(
        "/v1/balance @gateway @C-02=missing\n",
        200,
        r#"{"balance_usd":1.00}"#,
    )],
    conforming: &[answer(
        "/v1/balance @gateway @C-02=missing\n",
        404,
        openai!("not_found"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        head: Some(|opened| route(opened, &[Endpoint::Balance], ("C-02", "missing"))),
        ..Hooks::NONE
    }),
};

/// `POST /v1/embeddings`.
pub(super) static EMBEDDINGS: Rule = Rule {
    id: "GW-126",
    name: "embeddings-route",
    severity: Severity::Must,
    source: "C-20: concepts/endpoints against blog/one-key-for-image-video-audio-embedding",
    explanation: "The documents deny the route that a blog post shows. This target was said to \
        follow one of them; a client built for the other fails.",
    violations: &[answer(
        "/v1/embeddings @gateway @C-20=served\n",
        404,
        openai!("not_found"),
    )],
    conforming: &[answer(
        "/v1/embeddings @gateway @C-20=missing\n",
        404,
        openai!("not_found"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        head: Some(|opened| route(opened, &[Endpoint::Embeddings], ("C-20", "missing"))),
        ..Hooks::NONE
    }),
};

/// `POST /v1/images/edits`.
pub(super) static IMAGE_EDITS: Rule = Rule {
    id: "GW-170",
    name: "image-edits-route",
    severity: Severity::Must,
    source: "C-19: concepts/multimodal and concepts/endpoints against models/gpt-image-2",
    explanation: "Two pages name the route, a third edits through generations. This target was \
        said to follow one of them; a client built for the other fails.",
    violations: &[answer(
        "/v1/images/edits @gateway @C-19=served\n",
        404,
        openai!("not_found"),
    )],
    conforming: &[answer(
        "/v1/images/edits @gateway @C-19=missing\n",
        404,
        openai!("not_found"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        head: Some(|opened| route(opened, &[Endpoint::ImagesEdits], ("C-19", "missing"))),
        ..Hooks::NONE
    }),
};

/// The status, and in OpenAI's envelope the code, that a model without a name gets.
pub(super) static UNUSABLE_MODEL: Rule = Rule {
    id: "GW-177",
    name: "unusable-model-answer",
    severity: Severity::Must,
    source: "C-08: concepts/errors-reference, claude-code-cli, api-reference/utility/v1-models, \
             concepts/error-handling",
    explanation: "Pages give four codes under three statuses for a model that cannot be used. \
        This target was said to follow one of them; a client that tells such refusals apart by \
        status or code takes another for something else.",
    violations: &[answer(
        "/v1/tasks/submit @gateway @mistake=unknown-model @C-08=model-not-found-404\n",
        400,
        openai!("model_not_found"),
    )],
    conforming: &[answer(
        "/v1/tasks/submit @gateway @mistake=unknown-model @C-08=model-not-found-404\n",
        404,
        openai!("model_not_found"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| {
            let Some(reading) = whole.asked.contract.reading("C-08") else {
                return Verdict::Silent;
            };
            let has_other_reason = whole.asked.endpoint == Endpoint::Embeddings
                || ![400, 403, 404].contains(&whole.head.status);
            if !after(whole, &[Mistake::UnknownModel]) || has_other_reason {
                return Verdict::Silent;
            }
            let (code, status) = reading.rsplit_once('-').unwrap_or((reading, ""));
            let found = whole.head.status.to_string();
            if found != status {
                return Verdict::fail(format!(
                    "C-08 is read as {reading}: expected status {status}, found {found}"
                ));
            }
            // Other envelopes have words of their own.
            match error(whole).and_then(|error| word(error, "code")) {
                Some(found) if found.replace('_', "-") != code => Verdict::fail(format!(
                    "C-08 is read as {reading}: found the code `{}`",
                    short(found)
                )),
                Some(_) | None => Verdict::Pass,
            }
        }),
        ..Hooks::NONE
    }),
};

/// The status of a refusal whose code is known.
fn status_of(whole: &Whole<'_, ()>, switch: &'static str, code: &str, statuses: &[u16]) -> Verdict {
    let reading = whole.asked.contract.reading(switch);
    let has_code = || error(whole).and_then(|error| word(error, "code")) == Some(code);
    let Some(reading) = reading.filter(|_| is_refusal(whole) && has_code()) else {
        return Verdict::Silent;
    };
    let found = whole.head.status;
    if !statuses.contains(&found) {
        return Verdict::Silent;
    }
    Verdict::when(found.to_string() == reading, || {
        format!("{switch} is read as {reading}: expected that status with `{code}`, found {found}")
    })
}

/// A refused prompt.
pub(super) static SAFETY: Rule = Rule {
    id: "GW-171",
    name: "safety-refusal-status",
    severity: Severity::Must,
    source: "C-27: image/gpt-image-2 and video/veo-3-1 against concepts/error-handling",
    explanation: "Image and video pages refuse a prompt with 451, which the tables of errors do \
        not know. This target was said to follow one of them; a client that treats the other as \
        a fault of its own retries what will never be made.",
    violations: &[answer(
        "/v1/images/generations @gateway @C-27=451\n",
        422,
        openai!("content_policy_violation"),
    )],
    conforming: &[answer(
        "/v1/images/generations @gateway @C-27=451\n",
        451,
        openai!("content_policy_violation"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| status_of(whole, "C-27", "content_policy_violation", &[451, 422])),
        ..Hooks::NONE
    }),
};

/// A task's id that was used before.
pub(super) static REUSED_ID_STATUS: Rule = Rule {
    id: "GW-172",
    name: "reused-task-id-status",
    severity: Severity::Must,
    source: "C-09: api-reference/utility/tasks-submit against concepts/errors-reference",
    explanation: "One page answers a re-used id with 409, another lists it under 400. This target \
        was said to follow one of them; a client that tells its own mistakes from races by the \
        status takes one for the other.",
    violations: &[answer(
        "/v1/tasks/submit @gateway @C-09=409 @earlier=task_1:pending\n",
        400,
        openai!("duplicate_out_task_id"),
    )],
    conforming: &[answer(
        "/v1/tasks/submit @gateway @C-09=400 @earlier=task_1:pending\n",
        400,
        openai!("duplicate_out_task_id"),
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        refusal: Some(|whole| status_of(whole, "C-09", "duplicate_out_task_id", &[409, 400])),
        ..Hooks::NONE
    }),
};

/// A head with the quota envelope and an estimate of the cost.
const ESTIMATED: Sample = Sample::Answer {
    request: "/v1/images/generations @gateway @C-07=absent\n",
    status: 200,
    headers: &[
        ("content-type", "application/json"),
        ("x-ratelimit-limit", "50.00"),
        ("x-ratelimit-remaining", "42.18"),
        ("x-ratelimit-reset", "1790000000"),
        ("x-quota-remaining-credits", "192.40"),
        ("x-estimated-credits", "0.04"),
    ],
    body: r#"{"created":1790000000,"data":[{"url":"https://a.example/1.png"}]}"#,
};

/// An estimate in the head.
pub(super) static ESTIMATE: Rule = Rule {
    id: "GW-173",
    name: "cost-estimate-header",
    severity: Severity::Must,
    source: "C-07: introduction against concepts/credits-and-billing",
    explanation: "One page promises an estimate of the cost in a header, the table of headers has \
        none. This target was said to follow one of them; a client that budgets by it goes \
        without, or books a figure that nobody vouches for.",
    violations: &[ESTIMATED],
    conforming: &[answer(
        "/v1/images/generations @gateway @C-07=absent\n",
        200,
        r#"{"created":1790000000,"data":[{"url":"https://a.example/1.png"}]}"#,
    )],
    faults: &[],
    check: Check::Gateway(Hooks {
        head: Some(|opened| {
            let (asked, head) = (opened.asked, opened.head);
            let Some(reading) = asked.contract.reading("C-07") else {
                return Verdict::Silent;
            };
            // A submission tells its estimate in the body.
            let is_task = asked.endpoint.protocol() == ProtocolId::Tasks;
            let is_priced = asked.endpoint.is_billable() && !is_task;
            if !is_ours(asked.get()) || !is_priced || !head.is_success() {
                return Verdict::Silent;
            }
            let mut names = head.names();
            match (reading, names.find(|name| name.contains("estimate"))) {
                ("absent", Some(name)) => Verdict::fail(format!(
                    "C-07 is read as absent: expected no estimate in the headers, found `{}`",
                    short(name)
                )),
                ("sent", None) => Verdict::fail(format!(
                    "C-07 is read as sent: expected `{}` to tell an estimate in a header",
                    asked.endpoint.path()
                )),
                _ => Verdict::Pass,
            }
        }),
        ..Hooks::NONE
    }),
};
