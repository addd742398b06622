//! Keys, groups, rates and task times of the replica.

use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Item, Record};
use super::super::replica::{Group, Rates, ReplicaKey, ReplicaSetting};
use super::super::{Secret, Vocabulary};
use super::record_of;
use super::replica::know;

pub(super) fn read(
    record: &Record,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
    setting: &mut ReplicaSetting,
) {
    for named in record.named("task_run_of").unwrap_or_default() {
        know(&named.name, named.place, vocabulary, faults);
        let spread = named.item.as_ref().and_then(|item| item.value.as_spread());
        setting
            .task_runs
            .extend(spread.map(|spread| (named.name.clone(), spread)));
    }
    setting.keys = records(record, "keys").map(key).collect();
    for group in records(record, "groups") {
        for item in group.list("reaches").unwrap_or_default() {
            let name = item.value.as_text().unwrap_or_default();
            know(name, item.place, vocabulary, faults);
        }
        setting.groups.extend(read_group(group));
    }
    let prices = record.record("prices");
    for named in prices
        .and_then(|prices| prices.named("rates"))
        .unwrap_or_default()
    {
        if !vocabulary.priced.contains(&named.name.as_str()) {
            let message = format!("no model {} has a price", quoted(&named.name));
            faults.push(Fault::new(named.place, message).suggest(&named.name, vocabulary.priced));
        }
        setting
            .rates
            .extend(record_of(named).map(|record| (named.name.clone(), rates(record))));
    }
}

fn records<'a>(record: &'a Record, key: &str) -> impl Iterator<Item = &'a Record> + use<'a> {
    let items = record.list(key).unwrap_or_default().iter();
    items.filter_map(|item| item.value.as_record())
}

fn texts(record: &Record, key: &str) -> Vec<String> {
    let text = |item: &Item| item.value.as_text().map(str::to_owned);
    let items = record.list(key).unwrap_or_default();
    items.iter().filter_map(text).collect()
}

fn key(record: &Record) -> ReplicaKey {
    ReplicaKey {
        name: record.text("name"),
        group: record.integer("group"),
        secret: record.text("secret").map(Secret::new),
        quota: record.number("quota"),
        rate_limit_5h: record.number("rate_limit_5h"),
        rate_limit_1d: record.number("rate_limit_1d"),
        rate_limit_7d: record.number("rate_limit_7d"),
        expires_in: record.duration("expires_in"),
        ip_whitelist: texts(record, "ip_whitelist"),
        ip_blacklist: texts(record, "ip_blacklist"),
        org: record.truth("org").unwrap_or(false),
    }
}

fn read_group(record: &Record) -> Option<Group> {
    Some(Group {
        name: record.text("name")?,
        reaches: texts(record, "reaches"),
        exclusive: record.truth("exclusive").unwrap_or(false),
        granted: record.truth("granted").unwrap_or(false),
    })
}

fn rates(record: &Record) -> Rates {
    Rates {
        input: record.number("input"),
        output: record.number("output"),
        cache_read: record.number("cache_read"),
        cache_write: record.number("cache_write"),
        image: record.number("image"),
        second: record.number("second"),
    }
}
