//! The replica, the money audit and the budget.

use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Item, Record, Value};
use super::super::{AuditLevel, BillingSetting, Budget, ReplicaSetting, Vocabulary};
use crate::diagnostic::Place;
use crate::units::parse_share;

pub(super) fn replica(
    record: &Record,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
) -> ReplicaSetting {
    let listed = record.list("faults").unwrap_or_default();
    ReplicaSetting {
        first_token: record.spread("first_token"),
        token_gap: record.spread("token_gap"),
        output_tokens: record.integer("output_tokens"),
        image_time: record.spread("image_time"),
        task_queue: record.spread("task_queue"),
        task_run: record.spread("task_run"),
        prompt_cache: record.truth("prompt_cache").unwrap_or(true),
        faults: listed
            .iter()
            .filter_map(|item| fault(item, vocabulary, faults))
            .collect(),
    }
}

fn fault(
    item: &Item,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
) -> Option<(String, f64)> {
    let Value::Text(text) = &item.value else {
        return None;
    };
    let (name, probability) = parse_fault(text).ok()?;
    if !vocabulary.faults.contains(&name.as_str()) {
        let place = match item.verbatim {
            Some(column) => Place {
                column,
                length: name.chars().count(),
                ..item.place
            },
            None => item.place,
        };
        let message = format!("the replica has no fault {}", quoted(&name));
        faults.push(Fault::new(place, message).suggest(&name, vocabulary.faults));
    }
    Some((name, probability))
}

/// `NAME` or `NAME=PROBABILITY`, the latter above 0 and up to 1, or in percent.
pub(in crate::scenario) fn parse_fault(text: &str) -> Result<(String, f64), String> {
    let (name, probability) = match text.split_once('=') {
        Some((name, probability)) => {
            let probability = parse_share(probability)
                .filter(|probability| *probability > 0.0 && *probability <= 1.0)
                .ok_or("a probability is above 0 and up to 1, such as `0.01` or `1%`")?;
            (name.trim(), probability)
        }
        None => (text.trim(), 1.0),
    };
    if name.is_empty() {
        return Err("the name is missing".to_owned());
    }
    Ok((name.to_owned(), probability))
}

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
