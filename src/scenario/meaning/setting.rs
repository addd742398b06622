//! The money audit and the budget.

use super::super::definition::POLICY;
use super::super::record::Record;
use super::super::{AuditLevel, BillingSetting, Budget};

pub(super) fn billing(record: &Record) -> Option<BillingSetting> {
    let checks = record.list("checks")?.iter();
    let policy = record.record("policy")?;
    let kinds = POLICY.fields.iter();
    Some(BillingSetting {
        audit: match record.word("audit")? {
            "headers" => AuditLevel::Headers,
            "off" => AuditLevel::Off,
            _ => AuditLevel::Full,
        },
        probes: record.small("probes")?,
        settle_timeout: record.duration("settle_timeout")?,
        lambda: record.duration("lambda"),
        checks: checks.filter_map(|item| item.value.as_word()).collect(),
        policy: kinds
            .filter_map(|kind| Some((kind.key, policy.word(kind.key)?)))
            .collect(),
        confirm: record.truth("confirm")?,
        prices: record.text("prices"),
    })
}

pub(super) fn budget(record: &Record) -> Option<Budget> {
    record
        .integer("requests")
        .map(|requests| Budget { requests })
}
