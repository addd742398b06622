//! The money audit and the budget.

use super::super::definition::POLICY;
use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Record, Value};
use super::super::{AuditLevel, BillingSetting, Budget, Probes, Template};

pub(super) fn billing(
    record: &Record,
    templates: &[Template],
    faults: &mut Collected,
) -> Option<BillingSetting> {
    let checks = record.list("checks")?.iter();
    let policy = record.record("policy")?;
    let kinds = POLICY.fields.iter();
    Some(BillingSetting {
        audit: match record.word("audit")? {
            "headers" => AuditLevel::Headers,
            "off" => AuditLevel::Off,
            _ => AuditLevel::Full,
        },
        probes: probes(record, templates, faults)?,
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

fn probes(record: &Record, templates: &[Template], faults: &mut Collected) -> Option<Probes> {
    let Value::Named(named) = record.value("probes")? else {
        return Some(Probes {
            each: record.small("probes")?,
            of: Vec::new(),
        });
    };
    let own = [Probes::EACH, Probes::FREE];
    let classes = templates.iter().filter_map(Template::failure);
    let known: Vec<&str> = own.into_iter().chain(classes).collect();
    let mut probes = Probes {
        each: Probes::USUAL,
        of: Vec::new(),
    };
    for one in named {
        if !known.contains(&one.name.as_str()) {
            let message = format!("no request must fail as {}", quoted(&one.name));
            faults.push(Fault::new(one.place, message).suggest(&one.name, &known));
        }
        let count = one.item.as_ref().and_then(|item| item.value.as_integer());
        let count = u32::try_from(count.unwrap_or_default()).unwrap_or(u32::MAX);
        if one.name == Probes::EACH {
            probes.each = count;
        } else {
            probes.of.push((one.name.clone(), count));
        }
    }
    Some(probes)
}

pub(super) fn budget(record: &Record) -> Option<Budget> {
    record
        .integer("requests")
        .map(|requests| Budget { requests })
}
