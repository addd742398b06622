//! The money audit and the budget.

use super::super::record::Record;
use super::super::{AuditLevel, BillingSetting, Budget};

pub(super) fn billing(record: &Record) -> Option<BillingSetting> {
    Some(BillingSetting {
        audit: match record.word("audit")? {
            "headers" => AuditLevel::Headers,
            "off" => AuditLevel::Off,
            _ => AuditLevel::Full,
        },
        probes: record.small("probes")?,
        settle_timeout: record.duration("settle_timeout")?,
    })
}

pub(super) fn budget(record: &Record) -> Option<Budget> {
    record
        .integer("requests")
        .map(|requests| Budget { requests })
}
