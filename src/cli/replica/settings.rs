//! From the settings of a scenario, a file or flags to the replica's own configuration.

use std::time::Duration;

use spikeproof_mock::config::{GroupSetting, KeySetting, Retention, Tier, UnlimitedText};
use spikeproof_mock::{
    Config, Delay, Fault, FaultSetting, ModelTiming, Outage, OutageKind, Rates, RoundedPer,
    Rounding, prices,
};

use crate::scenario::replica as written;
use crate::scenario::{ReplicaSetting, SettingValue, Spread};

/// Puts a value where it belongs; none where it has another kind than the tables allow.
type Apply = fn(&mut Config, SettingValue) -> Option<()>;

macro_rules! rows {
    ($($path:literal => $($field:ident).+ = $read:path;)+) => {
        &[$((
            $path,
            |config, value| {
                config.$($field).+ = $read(value)?;
                Some(())
            },
        )),+]
    };
}

/// Every plain setting by its path in the file. A new one is a row here and one in
/// `scenario/definition/replica.rs`.
const ROWS: &[(&str, Apply)] = rows! {
    "first_token" => first_token = delay;
    "token_gap" => token_gap = delay;
    "output_tokens" => output_tokens = some;
    "image_time" => image_time = delay;
    "task_queue" => task_queue = delay;
    "task_run" => task_run = delay;
    "prompt_cache" => prompt_cache = truth;
    "task_timeout" => task_timeout = duration;
    "task_kept" => task_kept = duration;
    "admin" => admin = truth;
    "account.wallet" => account.wallet = micros;
    "account.quota" => account.quota = micros;
    "account.rate_limit_5h" => account.bucket_5h = micros;
    "account.rate_limit_1d" => account.bucket_1d = micros;
    "account.rate_limit_7d" => account.bucket_7d = micros;
    "account.tier" => account.tier = tier;
    "account.concurrency" => account.concurrency = some;
    "account.messages_12h" => account.messages_12h = some;
    "account.account_reads" => account.account_reads = some;
    "account.decimals" => account.decimals = number;
    "account.rounding" => account.rounding = rounding;
    "account.unlimited" => account.unlimited = unlimited;
    "account.low_balance" => account.low_balance = micros;
    "account.org" => account.org = truth;
    "account.org_wallet" => account.org_wallet = some_micros;
    "account.org_cache" => account.org_cache = duration;
    "account.org_paused" => account.org_paused = truth;
    "prices.rounding" => prices.rounding = rounding;
    "prices.rounded_per" => prices.rounded_per = rounded_per;
    "prices.clip_step" => prices.clip_step = micros;
    "settle_delay" => settle_delay = delay;
    "row_delay" => row_delay = delay;
    "retention.rows" => retention.rows = number;
    "retention.tallies" => retention.tallies = number;
    "retention.transactions" => retention.transactions = number;
    "retention.tasks" => retention.tasks = number;
    "trust_forwarded_for" => trust_forwarded_for = truth;
    "upstream.slots" => upstream.slots = some;
    "upstream.slots_per_model" => upstream.slots_per_model = truth;
    "upstream.queue" => upstream.queue = number;
    "upstream.overflow" => upstream.overflow = number;
    "upstream.full_speed" => upstream.full_speed = some;
    "upstream.retries" => upstream.retries = number;
    "upstream.retry_time" => upstream.retry_time = delay;
};

/// What the audit of a run reads must still be there when it does: a row a call. A replica that
/// serves for days keeps less, so that its memory stays flat.
pub(in crate::cli) const KEPT_IN_A_RUN: Retention = Retention {
    rows: 200_000,
    tallies: 100_000,
    transactions: 100_000,
    tasks: 100_000,
};

/// The replica as `setting` wants it; it keeps `retention` where the setting does not say.
pub(in crate::cli) fn config(setting: &ReplicaSetting, seed: u64, retention: Retention) -> Config {
    let mut config = Config {
        seed,
        retention,
        ..Config::default()
    };
    for (path, value) in &setting.values {
        let row = ROWS.iter().find(|(known, _)| known == path);
        let applied = row.and_then(|(_, apply)| apply(&mut config, *value));
        debug_assert!(applied.is_some(), "`{path}` has no row for {value:?}");
    }
    let faults = setting.faults.iter().filter_map(|(name, probability)| {
        Fault::parse(name).map(|fault| FaultSetting {
            fault,
            probability: *probability,
        })
    });
    config.faults = faults.collect();
    for (id, reading) in &setting.contract {
        let known = config.contract.set(id, reading);
        debug_assert!(known.is_ok(), "{known:?}");
    }
    config.upstream.models = setting.models.iter().map(model).collect();
    config.upstream.outages = setting.outages.iter().map(outage).collect();
    let runs = setting.task_runs.iter();
    config.task_run_of = runs
        .map(|(model, time)| (model.clone(), spread(*time)))
        .collect();
    config.keys = setting.keys.iter().map(key).collect();
    config.groups = setting.groups.iter().map(group).collect();
    config.prices.rates = setting.rates.iter().map(rates).collect();
    config
}

fn key(key: &written::ReplicaKey) -> KeySetting {
    let usual = KeySetting::default();
    let usd = |amount: Option<f64>| amount.map_or(0, from_usd);
    KeySetting {
        name: key.name.clone().unwrap_or(usual.name),
        group: key.group.unwrap_or(usual.group),
        secret: key.secret.as_ref().map(|secret| secret.expose().to_owned()),
        quota: usd(key.quota),
        bucket_5h: usd(key.rate_limit_5h),
        bucket_1d: usd(key.rate_limit_1d),
        bucket_7d: usd(key.rate_limit_7d),
        expires_in: key.expires_in,
        ip_whitelist: key.ip_whitelist.clone(),
        ip_blacklist: key.ip_blacklist.clone(),
        org: key.org,
    }
}

fn group(group: &written::Group) -> GroupSetting {
    GroupSetting {
        name: group.name.clone(),
        reaches: group.reaches.clone(),
        exclusive: group.exclusive,
        granted: group.granted,
    }
}

/// What was not written is as listed.
fn rates((slug, written): &(String, written::Rates)) -> (String, Rates) {
    let listed = prices::listed().find(|(known, _)| known == slug);
    let listed = listed.map_or(Rates::FREE, |(_, rates)| rates);
    let usd = |amount: Option<f64>, usual: i64| amount.map_or(usual, from_usd);
    let rates = Rates {
        input: usd(written.input, listed.input),
        output: usd(written.output, listed.output),
        cache_read: usd(written.cache_read, listed.cache_read),
        cache_write: usd(written.cache_write, listed.cache_write),
        image: usd(written.image, listed.image),
        second: usd(written.second, listed.second),
    };
    (slug.clone(), rates)
}

fn model(times: &written::ModelTimes) -> ModelTiming {
    ModelTiming {
        model: times.model.clone(),
        first_token: times.first_token.map(spread),
        token_gap: times.token_gap.map(spread),
        image_time: times.image_time.map(spread),
    }
}

fn outage(outage: &written::Outage) -> Outage {
    Outage {
        from: outage.from,
        lasts: outage.lasts,
        every: outage.every,
        kind: match outage.kind {
            written::OutageKind::Status(status) => OutageKind::Status(status),
            written::OutageKind::Stall => OutageKind::Stall,
            written::OutageKind::Reset => OutageKind::Reset,
            written::OutageKind::Slow(factor) => OutageKind::Slow(factor),
        },
        model: outage.model.clone(),
    }
}

fn spread(spread: Spread) -> Delay {
    match spread {
        Spread::Constant(time) => Delay::Constant(time),
        Spread::Uniform { min, max } => Delay::Uniform { min, max },
        Spread::LogNormal { median, sigma } => Delay::LogNormal { median, sigma },
        Spread::Exponential { mean } => Delay::Exponential { mean },
    }
}

fn delay(value: SettingValue) -> Option<Delay> {
    let SettingValue::Spread(written) = value else {
        return None;
    };
    Some(spread(written))
}

fn number<T: TryFrom<u64>>(value: SettingValue) -> Option<T> {
    let SettingValue::Integer(integer) = value else {
        return None;
    };
    T::try_from(integer).ok()
}

fn some<T: TryFrom<u64>>(value: SettingValue) -> Option<Option<T>> {
    number(value).map(Some)
}

fn truth(value: SettingValue) -> Option<bool> {
    let SettingValue::Truth(truth) = value else {
        return None;
    };
    Some(truth)
}

fn duration(value: SettingValue) -> Option<Duration> {
    let SettingValue::Duration(duration) = value else {
        return None;
    };
    Some(duration)
}

/// USD in micro-USD.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the tables allow up to a billion USD, far below 2^53 micro-USD"
)]
fn from_usd(usd: f64) -> i64 {
    (usd * 1e6).round() as i64
}

fn micros(value: SettingValue) -> Option<i64> {
    let SettingValue::Number(usd) = value else {
        return None;
    };
    Some(from_usd(usd))
}

fn some_micros(value: SettingValue) -> Option<Option<i64>> {
    micros(value).map(Some)
}

fn word(value: SettingValue) -> Option<&'static str> {
    let SettingValue::Word(word) = value else {
        return None;
    };
    Some(word)
}

fn tier(value: SettingValue) -> Option<Option<Tier>> {
    Tier::parse(word(value)?).map(Some)
}

fn unlimited(value: SettingValue) -> Option<UnlimitedText> {
    match word(value)? {
        "wallet" => Some(UnlimitedText::Wallet),
        "zero" => Some(UnlimitedText::Zero),
        "absent" => Some(UnlimitedText::Absent),
        _ => None,
    }
}

fn rounded_per(value: SettingValue) -> Option<RoundedPer> {
    match word(value)? {
        "call" => Some(RoundedPer::Call),
        "component" => Some(RoundedPer::Component),
        _ => None,
    }
}

fn rounding(value: SettingValue) -> Option<Rounding> {
    match word(value)? {
        "down" => Some(Rounding::Down),
        "nearest" => Some(Rounding::Nearest),
        "up" => Some(Rounding::Up),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario::replica_paths;

    #[test]
    fn every_plain_key_of_the_tables_has_a_row_and_every_row_a_key() {
        let rows: BTreeSet<String> = ROWS.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(rows.len(), ROWS.len(), "one is there twice");
        let keys: BTreeSet<String> = replica_paths().into_iter().collect();
        assert_eq!(rows, keys);
    }

    #[test]
    fn amounts_reach_the_ledger_to_the_micro_usd() {
        for (usd, expected) in [
            (0.1, 100_000),
            (0.000_001, 1),
            (25.0, 25_000_000),
            (999_999_999.999_999, 999_999_999_999_999),
        ] {
            assert_eq!(micros(SettingValue::Number(usd)), Some(expected));
        }
    }
}
