//! What the admin route shows, as JSON. Money in micro-USD, times in seconds.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::pool::PoolFigures;
use super::switches::Switch;
use crate::config::{AccountSetting, Config, Delay, Retention, Tier, UnlimitedText};
use crate::contract::Contract;
use crate::fault::{Fault, FaultSetting, Trace};
use crate::ledger::LedgerSnapshot;
use crate::money::Rounding;
use crate::prices::{PriceSetting, RoundedPer};
use crate::upstream::{ModelTiming, Outage, OutageKind, Upstream};

pub(super) fn routes(prefix: &str, routes: &[(&str, &str, &str)]) -> Value {
    let all = routes.iter().map(|(method, path, about)| {
        json!({"method": method, "path": format!("{prefix}{path}"), "about": about})
    });
    json!({"routes": all.collect::<Vec<_>>(), "header": super::switches::HEADER})
}

pub(super) fn switch(switch: &Switch) -> Value {
    json!({
        "id": switch.id,
        "fault": switch.setting.fault.name(),
        "probability": switch.setting.probability,
        "count": switch.left,
        "route": switch.route,
        "model": switch.model,
        "key": switch.key,
    })
}

pub(super) fn known_faults() -> Value {
    let all = Fault::all().map(|fault| {
        json!({
            "fault": fault.name(),
            "about": fault.about(),
            "strikes": fault.strikes(),
            "harmless": fault.trace() == Trace::Nothing,
        })
    });
    all.collect()
}

pub(super) fn contract(contract: Contract) -> Value {
    let all = Contract::switches().into_iter().map(|switch| {
        json!({
            "id": switch.id,
            "about": switch.about,
            "reading": contract.reading(switch.id),
            "readings": switch.readings,
        })
    });
    json!({"contract": all.collect::<Vec<_>>()})
}

fn seconds(time: Duration) -> Value {
    json!(time.as_secs_f64())
}

fn delay(delay: Delay) -> Value {
    match delay {
        Delay::Constant(time) => seconds(time),
        Delay::Uniform { min, max } => json!({"uniform": [seconds(min), seconds(max)]}),
        Delay::LogNormal { median, sigma } => json!({"lognormal": [seconds(median), sigma]}),
        Delay::Exponential { mean } => json!({"exponential": seconds(mean)}),
    }
}

/// Taken apart whole, so that no setting is forgotten here.
pub(super) fn config(config: &Config) -> Value {
    let Config {
        seed,
        first_token,
        token_gap,
        output_tokens,
        image_time,
        task_queue,
        task_run,
        task_run_of,
        task_timeout,
        task_kept,
        prompt_cache,
        faults,
        contract,
        account,
        keys,
        groups,
        prices,
        settle_delay,
        row_delay,
        retention,
        trust_forwarded_for,
        upstream,
        admin,
        log_writes,
    } = config;
    let run_of: Map<String, Value> = task_run_of
        .iter()
        .map(|(model, time)| (model.clone(), delay(*time)))
        .collect();
    json!({
        "seed": seed,
        "first_token": delay(*first_token),
        "token_gap": delay(*token_gap),
        "output_tokens": output_tokens,
        "image_time": delay(*image_time),
        "task_queue": delay(*task_queue),
        "task_run": delay(*task_run),
        "task_run_of": run_of,
        "task_timeout": seconds(*task_timeout),
        "task_kept": seconds(*task_kept),
        "prompt_cache": prompt_cache,
        "faults": faults.iter().map(shown_fault).collect::<Vec<_>>(),
        "contract": readings(*contract),
        "account": shown_account(account),
        "keys": keys.iter().map(|key| json!(key.name)).collect::<Vec<_>>(),
        "groups": groups.iter().map(|group| json!(group.name)).collect::<Vec<_>>(),
        "prices": shown_prices(prices),
        "settle_delay": delay(*settle_delay),
        "row_delay": delay(*row_delay),
        "retention": shown_retention(*retention),
        "trust_forwarded_for": trust_forwarded_for,
        "upstream": shown_upstream(upstream),
        "admin": admin,
        "log_writes": log_writes,
    })
}

fn shown_fault(setting: &FaultSetting) -> Value {
    json!({"fault": setting.fault.name(), "probability": setting.probability})
}

fn readings(contract: Contract) -> Map<String, Value> {
    let switches = Contract::switches().into_iter();
    switches
        .map(|switch| (switch.id.to_owned(), json!(contract.reading(switch.id))))
        .collect()
}

fn shown_account(account: &AccountSetting) -> Value {
    let AccountSetting {
        wallet,
        quota,
        bucket_5h,
        bucket_1d,
        bucket_7d,
        tier,
        concurrency,
        messages_12h,
        account_reads,
        decimals,
        rounding,
        unlimited,
        org,
        org_wallet,
        org_cache,
        org_paused,
        low_balance,
    } = account;
    let unlimited = match unlimited {
        UnlimitedText::Wallet => "wallet",
        UnlimitedText::Zero => "zero",
        UnlimitedText::Absent => "absent",
    };
    json!({
        "wallet": wallet,
        "quota": quota,
        "rate_limit_5h": bucket_5h,
        "rate_limit_1d": bucket_1d,
        "rate_limit_7d": bucket_7d,
        "tier": tier.map(Tier::name),
        "concurrency": concurrency,
        "messages_12h": messages_12h,
        "account_reads": account_reads,
        "decimals": decimals,
        "rounding": rounded(*rounding),
        "unlimited": unlimited,
        "org": org,
        "org_wallet": org_wallet,
        "org_cache": seconds(*org_cache),
        "org_paused": org_paused,
        "low_balance": low_balance,
    })
}

fn rounded(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Down => "down",
        Rounding::Nearest => "nearest",
        Rounding::Up => "up",
    }
}

fn shown_prices(prices: &PriceSetting) -> Value {
    let PriceSetting {
        rates,
        rounding,
        rounded_per,
        clip_step,
    } = prices;
    let per = match rounded_per {
        RoundedPer::Call => "call",
        RoundedPer::Component => "component",
    };
    let overridden: Vec<&String> = rates.iter().map(|(slug, _)| slug).collect();
    json!({
        "overridden": overridden,
        "rounding": rounded(*rounding),
        "rounded_per": per,
        "clip_step": clip_step,
    })
}

fn shown_retention(retention: Retention) -> Value {
    let Retention {
        rows,
        tallies,
        transactions,
        tasks,
    } = retention;
    json!({"rows": rows, "tallies": tallies, "transactions": transactions, "tasks": tasks})
}

fn shown_upstream(upstream: &Upstream) -> Value {
    let Upstream {
        models,
        slots,
        slots_per_model,
        queue,
        overflow,
        full_speed,
        outages: _,
        retries,
        retry_time,
    } = upstream;
    let model = |timing: &ModelTiming| {
        json!({
            "model": timing.model,
            "first_token": timing.first_token.map(delay),
            "token_gap": timing.token_gap.map(delay),
            "image_time": timing.image_time.map(delay),
        })
    };
    json!({
        "models": models.iter().map(model).collect::<Vec<_>>(),
        "slots": slots,
        "slots_per_model": slots_per_model,
        "queue": queue,
        "overflow": overflow,
        "full_speed": full_speed,
        "outages": outages(upstream, Duration::ZERO),
        "retries": retries,
        "retry_time": delay(*retry_time),
    })
}

pub(super) fn outages(upstream: &Upstream, elapsed: Duration) -> Value {
    let one = |outage: &Outage| {
        let kind = match outage.kind {
            OutageKind::Status(status) => json!(status),
            OutageKind::Stall => json!("stall"),
            OutageKind::Reset => json!("reset"),
            OutageKind::Slow(factor) => json!({"slow": factor}),
        };
        json!({
            "from": seconds(outage.from),
            "for": seconds(outage.lasts),
            "every": outage.every.map(seconds),
            "kind": kind,
            "model": outage.model,
            "is_on": outage.is_on(elapsed),
        })
    };
    upstream.outages.iter().map(one).collect()
}

pub(super) fn pool(name: &str, figures: PoolFigures) -> Value {
    let PoolFigures {
        active,
        waiting,
        served,
        overflowed,
    } = figures;
    json!({
        "pool": name,
        "active": active,
        "waiting": waiting,
        "served": served,
        "overflowed": overflowed,
    })
}

/// The newest `rows` rows and transactions, oldest first.
pub(super) fn ledger(truth: &LedgerSnapshot, rows: usize) -> Value {
    let newest = truth.rows.len().saturating_sub(rows);
    let shown: Vec<Value> = truth.rows[newest..]
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "at": row.at.iso(),
                "request_id": row.request_id,
                "key": row.key,
                "model": row.model,
                "endpoint": row.endpoint,
                "input_tokens": row.input_tokens,
                "output_tokens": row.output_tokens,
                "images": row.images,
                "seconds": row.seconds,
                "charge": row.charge,
            })
        })
        .collect();
    let first = truth.transactions.len().saturating_sub(rows);
    let transactions: Vec<Value> = truth.transactions[first..]
        .iter()
        .map(|line| {
            json!({
                "id": line.id,
                "at": line.at.iso(),
                "kind": line.kind,
                "amount": line.amount,
                "balance_after": line.balance_after,
            })
        })
        .collect();
    let buckets: Vec<Value> = truth
        .buckets
        .iter()
        .map(|bucket| {
            json!({
                "name": bucket.name,
                "limit": bucket.limit,
                "used": bucket.used,
                "reset": bucket.reset,
            })
        })
        .collect();
    json!({
        "available": truth.available,
        "credited": truth.credited,
        "spent": truth.spent,
        "held": truth.held,
        "quota_left": truth.quota_left,
        "call_count": truth.call_count,
        "in_flight": truth.in_flight,
        "buckets": buckets,
        "rows_in_all": truth.rows.len(),
        "rows": shown,
        "transactions": transactions,
    })
}
