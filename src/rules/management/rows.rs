//! Entries of lists: calls one by one, transactions, webhooks, models of the account.

use crate::json::Value;

use super::{body, of, short};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A page with one transaction that has those members.
macro_rules! transactions {
    ($members:literal) => {
        concat!(
            r#"{"total":1,"page":1,"page_size":50,"items":[{"kind":"topup","amount_usd":50.00,"#,
            r#""balance_after_usd":81.40,"#,
            $members,
            "}]}"
        )
    };
}

/// An account that may call that model.
macro_rules! allowed {
    ($model:literal) => {
        concat!(
            r#"{"user":{"id":88,"username":"ada","email":"a@a.example","#,
            r#""created_at":"2026-01-04T07:11:00Z","tier":"individual"},"#,
            r#""balance":{"available_usd":31.40,"lifetime_topup_usd":250.00,"#,
            r#""lifetime_spent_usd":218.60,"low_balance_threshold_usd":5.00,"#,
            r#""low_balance_flagged":false},"allowed_models":["#,
            $model,
            r#"],"org":null}"#
        )
    };
}

/// The first entry that the check finds fault with; `Pass` when there is any without.
fn each(entries: Option<&Vec<Value>>, fault: fn(&Value) -> Option<String>) -> Verdict {
    let mut verdict = Verdict::Silent;
    for (index, entry) in entries.into_iter().flatten().enumerate() {
        if let Some(fault) = fault(entry) {
            let found = short(entry);
            return Verdict::fail(format!(
                "entry `{index}`: expected {fault}, found `{found}`"
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

/// The name of the first member that does not fit.
fn unfit(entry: &Value, names: &[&str], fits: fn(&Value) -> bool) -> Option<String> {
    let mut names = names.iter();
    let name = names.find(|name| !entry.get(**name).is_some_and(fits))?;
    Some((*name).to_owned())
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// Usage call by call.
pub(super) static USAGE: Rule = Rule {
    id: "GW-160",
    name: "usage-row-shape",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/utility/balance",
    explanation: "Where usage is listed call by call, each row tells `prompt_tokens` and \
        `completion_tokens` as whole numbers, `credits` as a number and the `model`. Cost reports \
        add them up by model.",
    violations: &[body(
        "/v1/usage\n",
        r#"{"items":[{"model":"m","prompt_tokens":-1,"completion_tokens":2,"credits":0.01}]}"#,
    )],
    conforming: &[body(
        "/v1/usage\n",
        r#"{"items":[{"model":"m","prompt_tokens":1,"completion_tokens":2,"credits":0.01}]}"#,
    )],
    faults: &[],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let routes = [Endpoint::Usage, Endpoint::ApiUsage, Endpoint::MeUsage];
            let body = routes.into_iter().find_map(|route| of(whole, route));
            each(list(body), |row| {
                unfit(row, &["prompt_tokens", "completion_tokens"], Value::is_u64)
                    .map(|name| format!("a whole number in `{name}`"))
                    .or_else(|| {
                        unfit(row, &["credits"], Value::is_number)
                            .map(|_| "a number in `credits`".to_owned())
                    })
                    .or_else(|| unfit(row, &["model"], is_text).map(|_| "a `model`".to_owned()))
            })
        }),
        ..Hooks::NONE
    }),
};

fn list(body: Option<&Value>) -> Option<&Vec<Value>> {
    body?.get("items")?.as_array()
}

/// Each transaction can be named.
pub(super) static TRANSACTION: Rule = Rule {
    id: "GW-161",
    name: "transaction-not-identified",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/account/me-billing-transactions",
    explanation: "Each transaction has an `id`, the time `created_at`, and a `source` that is an \
        object or null. Bookkeeping imports by `id` and skips what it knows.",
    violations: &[
        body(
            "/api/v1/me/billing/transactions\n",
            transactions!(r#""id":null,"created_at":"2026-05-21T08:00:00Z","source":{}"#),
        ),
        body(
            "/api/v1/me/billing/transactions\n",
            transactions!(r#""id":"t","source":{}"#),
        ),
    ],
    conforming: &[body(
        "/api/v1/me/billing/transactions\n",
        transactions!(r#""id":"t","created_at":"2026-05-21T08:00:00Z","source":{}"#),
    )],
    faults: &["edit * /items/0/id = null"],
    check: Check::Management(Hooks {
        body: Some(transactions),
        ..Hooks::NONE
    }),
};

fn transactions(whole: &Whole<'_, State>) -> Verdict {
    let items = list(of(whole, Endpoint::Transactions));
    each(items, |item| {
        let is_id = item.get("id").is_some_and(|id| is_text(id) || id.is_u64());
        let source = item.get("source");
        let is_source = source.is_none_or(|source| source.is_object() || source.is_null());
        if !is_id {
            return Some("an `id`".to_owned());
        }
        if !is_source {
            return Some("an object in `source`".to_owned());
        }
        unfit(item, &["created_at"], is_text).map(|_| "a time in `created_at`".to_owned())
    })
}

/// A subscription tells what it is for.
pub(super) static WEBHOOK: Rule = Rule {
    id: "GW-162",
    name: "webhook-shape",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/account/me-webhooks",
    explanation: "A subscription is told with its `id`, `url`, the list `event_types`, its \
        `status` and `fail_count`. Without the last two nobody notices that deliveries have \
        stopped.",
    violations: &[body(
        "/api/v1/me/webhooks\n",
        r#"{"items":[{"id":1,"url":"https://a.example/h","event_types":"all","status":"active"}]}"#,
    )],
    conforming: &[body(
        "/api/v1/me/webhooks\n",
        concat!(
            r#"{"items":[{"id":1,"url":"https://a.example/h","#,
            r#""event_types":["system.payment.received"],"status":"active","fail_count":0}]}"#
        ),
    )],
    faults: &[r#"edit * /items/0/event_types = "all""#],
    check: Check::Management(Hooks {
        body: Some(|whole| each(list(of(whole, Endpoint::Webhooks)), webhook)),
        ..Hooks::NONE
    }),
};

fn webhook(hook: &Value) -> Option<String> {
    let events = hook.get("event_types").and_then(Value::as_array);
    if !events.is_some_and(|events| events.iter().all(is_text)) {
        return Some("a list of names in `event_types`".to_owned());
    }
    unfit(hook, &["url", "status"], is_text)
        .map(|name| format!("a text in `{name}`"))
        .or_else(|| {
            unfit(hook, &["fail_count"], Value::is_u64)
                .map(|_| "a whole number in `fail_count`".to_owned())
        })
}

/// What the account may call, and how much of it is used.
pub(super) static ALLOWED: Rule = Rule {
    id: "GW-163",
    name: "account-models-shape",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/account/me-account",
    explanation: "Each of `allowed_models` has an `id`, the USD used of it as a number, and its \
        cap as a number or null. Dashboards divide the one by the other.",
    violations: &[body(
        "/api/v1/me/account\n",
        allowed!(r#"{"id":"m","quota_used_usd":"64.04","quota_cap_usd":null}"#),
    )],
    conforming: &[body(
        "/api/v1/me/account\n",
        allowed!(r#"{"id":"m","quota_used_usd":64.04,"quota_cap_usd":null}"#),
    )],
    faults: &[r#"edit * /allowed_models/0/quota_used_usd = "64.04""#],
    check: Check::Management(Hooks {
        body: Some(|whole| {
            let body = of(whole, Endpoint::Account);
            let models = body.and_then(|body| body.get("allowed_models")?.as_array());
            each(models, |model| {
                let cap = model.get("quota_cap_usd");
                let is_cap = cap.is_none_or(|cap| cap.is_number() || cap.is_null());
                if !is_cap {
                    return Some("a number or null in `quota_cap_usd`".to_owned());
                }
                unfit(model, &["id"], is_text)
                    .map(|_| "an `id`".to_owned())
                    .or_else(|| {
                        unfit(model, &["quota_used_usd"], Value::is_number)
                            .map(|_| "a number in `quota_used_usd`".to_owned())
                    })
            })
        }),
        ..Hooks::NONE
    }),
};
