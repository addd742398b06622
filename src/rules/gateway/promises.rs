//! What the pages promise of single answers, beside quota and errors.

use super::{answer, headers, is_ours, short};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::json::Value;
use crate::protocol::BodyEnd;
use crate::rules::day::day;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

const MODELS: &str = "/v1/models @gateway\n";
const NO_MODELS: &str = r#"{"object":"list","data":[]}"#;

/// A success of the gateway's own that is all there.
pub(super) fn success<'a>(whole: &Whole<'a, ()>) -> Option<&'a Value> {
    let is_whole = whole.end == BodyEnd::Clean && whole.head.is_success();
    let body = whole.body.ok()?;
    (is_whole && is_ours(whole.asked.get())).then_some(body)
}

/// What a call cost is not in its head.
pub(super) static COST_HEADER: Rule = Rule {
    id: "GW-057",
    name: "cost-in-header",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/credits-and-billing, api-reference/overview",
    explanation: "No header carries what a call cost: the head of a stream is sent before anybody \
        knows, so that a figure there is a guess which callers would book. Tell it in the usage. \
        (An estimate that says so is promised elsewhere and is let pass.)",
    violations: &[Sample::Answer {
        request: MODELS,
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
            ("x-request-cost", "0.0042"),
        ],
        body: NO_MODELS,
    }],
    conforming: &[answer(MODELS, 200, NO_MODELS)],
    faults: &[r#"edit head x-request-cost = "0.0042""#],
    check: Check::Gateway(Hooks {
        head: Some(|opened| {
            if !is_ours(opened.asked.get()) {
                return Verdict::Silent;
            }
            let mut names = opened.head.names();
            match names.find(|name| tells_cost(name)) {
                None => Verdict::Pass,
                Some(name) => Verdict::fail(format!(
                    "expected no cost in the headers, found `{}`",
                    short(name)
                )),
            }
        }),
        ..Hooks::NONE
    }),
};

fn tells_cost(header: &str) -> bool {
    const COSTS: [&[u8]; 5] = [b"cost", b"charge", b"charged", b"price", b"billed"];
    // Bytes, since every header of every answer is looked at.
    let words = || header.as_bytes().split(|byte| matches!(byte, b'-' | b'_'));
    let is_cost = words().any(|word| COSTS.contains(&word));
    is_cost && !words().any(|word| word.starts_with(b"estimate"))
}

/// A failure has a failure's status.
pub(super) static ERROR_IN_SUCCESS: Rule = Rule {
    id: "GW-048",
    name: "gateway-error-in-success",
    severity: Severity::Must,
    source: "bytespike.ai/blog/dont-charge-for-failures-engineering-billing-promise",
    explanation: "An upstream that answers 200 with an error in the body is told as 4xx or 5xx, \
        and is not billed. With 200 the caller pays for the error and takes it for a result. \
        (Messages and Chat have rules of their own for this; a failed task tells its error \
        beside its status.)",
    violations: &[
        answer(
            "/v1/tasks/submit @gateway\n",
            200,
            openai!("upstream_error"),
        ),
        answer(
            "/v1/models @gateway\n",
            200,
            r#"{"object":"list","data":[],"error":{"message":"no","code":"upstream_error"}}"#,
        ),
    ],
    conforming: &[answer(
        "/v1/tasks/query @gateway\n",
        200,
        r#"{"task_id":"task_1","status":"failed","error":{"code":"upstream_error"}}"#,
    )],
    faults: &["error-in-200", "edit status 200"],
    check: Check::Gateway(Hooks {
        body: Some(|whole| {
            let has_own = matches!(
                whole.asked.endpoint,
                Endpoint::Messages | Endpoint::ChatCompletions | Endpoint::Responses
            );
            let Some(body) = success(whole).filter(|body| body.is_object() && !has_own) else {
                return Verdict::Silent;
            };
            let fails = body.get("error").is_some_and(Value::is_object);
            // A task has its own rule for errors beside its status.
            let is_task = whole.asked.endpoint.protocol() == ProtocolId::Tasks;
            let result = ["task_id", "status", "id", "data", "task"];
            let tells = is_task && result.iter().any(|key| body.get(*key).is_some());
            Verdict::when(!fails || tells, || {
                format!(
                    "expected a result with status `{}`, found an error",
                    whole.head.status
                )
            })
        }),
        ..Hooks::NONE
    }),
};

/// Ids tell whose protocol an answer speaks.
pub(super) static ID_PREFIX: Rule = Rule {
    id: "GW-129",
    name: "response-id-prefix",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/text/openai-chat-completions, text/claude-messages, \
             utility/tasks-submit",
    explanation: "The id of a chat completion begins with `chatcmpl-`, that of a message with \
        `msg_`, whichever model answers, and that of a task with `task_`. Logs and support sort by \
        it; another prefix comes from an upstream whose answer was not translated to its end. \
        (Streams: see ANT-053 and OAC-102.)",
    violations: &[answer(
        "/v1/messages @gateway\n",
        200,
        concat!(
            r#"{"id":"gen-1","type":"message","role":"assistant","model":"m","content":[],"#,
            r#""stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5}}"#
        ),
    )],
    conforming: &[answer(
        "/v1/messages @gateway\n",
        200,
        concat!(
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"#,
            r#""stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5}}"#
        ),
    )],
    faults: &[r#"edit * /id = "gen-1""#],
    check: Check::Gateway(Hooks {
        body: Some(|whole| {
            let prefixes = [
                (Endpoint::Messages, "msg_"),
                (Endpoint::ChatCompletions, "chatcmpl-"),
                (Endpoint::TasksSubmit, "task_"),
            ];
            let endpoint = whole.asked.endpoint;
            let known = prefixes.iter().find(|(route, _)| *route == endpoint);
            let Some((_, prefix)) = known else {
                return Verdict::Silent;
            };
            let id = success(whole).and_then(|body| body.get("id").or(body.get("task_id")));
            let id = id.and_then(Value::as_str).filter(|id| !id.is_empty());
            id.map_or(Verdict::Silent, |id| {
                Verdict::when(id.starts_with(*prefix), || {
                    format!(
                        "expected an id that begins with `{prefix}`, found `{}`",
                        short(id)
                    )
                })
            })
        }),
        ..Hooks::NONE
    }),
};

/// An account without an organisation.
macro_rules! account {
    () => {
        concat!(
            r#"{"user":{"tier":"individual"},"balance":{"available_usd":31.40,"#,
            r#""lifetime_topup_usd":250.00,"lifetime_spent_usd":218.60,"#,
            r#""low_balance_threshold_usd":5.00,"low_balance_flagged":false},"#,
            r#""allowed_models":[],"org":null}"#
        )
    };
}

const KEYS: &str = concat!("/api/v1/keys @gateway\n", r#"{"name":"k","group_id":1}"#);

/// Keys can be told from other secrets.
pub(super) static KEY_PREFIX: Rule = Rule {
    id: "GW-017",
    name: "generated-key-prefix",
    severity: Severity::Must,
    source: "docs.bytespike.ai/authentication",
    explanation: "A key that the gateway makes begins with `sk-byts-`. Scanners of logs and \
        repositories find leaked keys by it. A caller that brings its own is excused.",
    violations: &[answer(KEYS, 201, r#"{"id":7,"key":"sk-0123456789abcdef"}"#)],
    conforming: &[answer(
        KEYS,
        201,
        r#"{"id":7,"key":"sk-byts-0123456789abcdef"}"#,
    )],
    faults: &[r#"edit * /key = "sk-0123456789abcdef""#],
    check: Check::Gateway(Hooks {
        body: Some(|whole| {
            let request = whole.asked.body.as_ref();
            let is_own = request.is_none_or(|body| body.get("custom_key").is_some());
            if whole.asked.endpoint != Endpoint::KeysCreate || is_own {
                return Verdict::Silent;
            }
            let secret = success(whole).and_then(secret_of);
            secret.map_or(Verdict::Silent, |secret| {
                // Not a word of the secret in a report.
                Verdict::when(secret.starts_with("sk-byts-"), || {
                    "expected a key that begins with `sk-byts-`, found another".to_owned()
                })
            })
        }),
        ..Hooks::NONE
    }),
};

/// The secret of a new key: no page says how the member is called, or how deep it lies.
fn secret_of(body: &Value) -> Option<&str> {
    let inner = ["data", "key"].iter().filter_map(|key| body.get(*key));
    let places = std::iter::once(body).chain(inner);
    let names = ["key", "secret", "api_key", "token"];
    let mut secrets = places.flat_map(|place| {
        let told = names.iter().filter_map(|name| place.get(*name)?.as_str());
        told.collect::<Vec<_>>()
    });
    secrets.next()
}

/// The wallet of an organisation is told to its members alone.
pub(super) static ORG_HEADER: Rule = Rule {
    id: "GW-020",
    name: "org-header-without-org",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/credits-and-billing",
    explanation: "`X-Org-Quota-Remaining-Credits` goes to keys of an organisation and to no other. \
        To an account without one it shows what somebody else owns.",
    violations: &[Sample::Answer {
        request: "/api/v1/me/account @gateway\n",
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
            ("x-org-quota-remaining-credits", "8420.65"),
        ],
        body: account!(),
    }],
    conforming: &[Sample::Answer {
        request: "/api/v1/me/account @gateway\n",
        status: 200,
        headers: headers!(),
        body: account!(),
    }],
    faults: &[r#"edit head x-org-quota-remaining-credits = "8420.65""#],
    check: Check::Gateway(Hooks {
        body: Some(|whole| {
            let here = whole.asked.endpoint == Endpoint::Account;
            let org = success(whole).and_then(|body| body.get("org"));
            // A member's own key is not the organisation's, so that its absence tells nothing.
            if !here || !org.is_some_and(Value::is_null) {
                return Verdict::Silent;
            }
            let told = whole.head.header("x-org-quota-remaining-credits");
            Verdict::when(told.is_none(), || {
                "expected no wallet of an organisation, found one with `org` null".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

/// Usage goes back 90 days.
pub(super) static HISTORY: Rule = Rule {
    id: "GW-064",
    name: "usage-too-far-back",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-usage: capped at 90 days",
    explanation: "Buckets of usage span at most 90 days, however far back a request asks. A client \
        that sums what it gets, trusting the cap, reports a quarter that is longer than one.",
    violations: &[answer(
        USAGE,
        200,
        r#"{"buckets":[{"bucket":"2026-06-01"},{"bucket":"2026-01-01"}]}"#,
    )],
    conforming: &[answer(
        USAGE,
        200,
        r#"{"buckets":[{"bucket":"2026-06-01"},{"bucket":"2026-03-05"}]}"#,
    )],
    faults: &[concat!(
        r#"edit * /buckets = [{"bucket":"2001-01-01"},{"bucket":"2026-05-01"#,
        r#""}]"#
    )],
    check: Check::Gateway(Hooks {
        body: Some(|whole| {
            if whole.asked.endpoint != Endpoint::MeUsage {
                return Verdict::Silent;
            }
            let buckets = success(whole).and_then(|body| body.get("buckets")?.as_array());
            let days = buckets.into_iter().flatten();
            let days: Vec<i64> = days
                .filter_map(|bucket| day(bucket.get("bucket")?.as_str()?))
                .collect();
            let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
                return Verdict::Silent;
            };
            // Part of a day at either end.
            let span = last - first;
            Verdict::when(span <= MOST_DAYS + 1, || {
                format!("expected buckets within `{MOST_DAYS}` days, found `{span}`")
            })
        }),
        ..Hooks::NONE
    }),
};

const USAGE: &str = "/api/v1/me/usage @gateway\n";
const MOST_DAYS: i64 = 90;
