//! From the settings of a scenario, a file or flags to the replica's own configuration.

use spikeproof_mock::{
    AccountSetting, Config, Delay, Fault, FaultSetting, ModelTiming, Outage, OutageKind, Rounding,
    Upstream,
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
    "admin" => admin = truth;
    "account.wallet" => account.wallet = micros;
    "account.quota" => account.quota = micros;
    "account.rate_limit_5h" => account.bucket_5h = micros;
    "account.rate_limit_1d" => account.bucket_1d = micros;
    "account.rate_limit_7d" => account.bucket_7d = micros;
    "account.concurrency" => account.concurrency = some;
    "account.decimals" => account.decimals = number;
    "account.rounding" => account.rounding = rounding;
    "account.org" => account.org = truth;
    "upstream.slots" => upstream.slots = some;
    "upstream.slots_per_model" => upstream.slots_per_model = truth;
    "upstream.queue" => upstream.queue = number;
    "upstream.overflow" => upstream.overflow = number;
    "upstream.full_speed" => upstream.full_speed = some;
    "upstream.retries" => upstream.retries = number;
    "upstream.retry_time" => upstream.retry_time = delay;
};

/// The replica as `setting` wants it.
pub(in crate::cli) fn config(setting: &ReplicaSetting, seed: u64) -> Config {
    let mut config = Config {
        seed,
        account: AccountSetting::default(),
        upstream: Upstream::default(),
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
    config
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

/// USD in micro-USD.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the tables allow up to a billion USD, far below 2^53 micro-USD"
)]
fn micros(value: SettingValue) -> Option<i64> {
    let SettingValue::Number(usd) = value else {
        return None;
    };
    Some((usd * 1e6).round() as i64)
}

fn rounding(value: SettingValue) -> Option<Rounding> {
    let known = [
        ("down", Rounding::Down),
        ("nearest", Rounding::Nearest),
        ("up", Rounding::Up),
    ];
    let word = known
        .iter()
        .find(|(word, _)| value == SettingValue::Word(word));
    word.map(|(_, rounding)| *rounding)
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
