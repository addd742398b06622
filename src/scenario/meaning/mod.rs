//! From values that fit the tables to a [`Scenario`]: what one value says about another.

mod account;
mod conformance;
mod keys;
mod phase;
mod replica;
mod request;
mod session;
mod setting;

use core::net::IpAddr;

pub use replica::parse_fault;
pub(super) use replica::{parse_outage, replica};

use super::fault::{Collected, Fault, quoted};
use super::record::{Item, Named, Record, Value};
use super::{HttpVersion, MAIN_KEY, Scenario, Target, Vocabulary};
use crate::diagnostic::Place;
use crate::threshold::Threshold;

/// Gives a scenario, or `None` when something it needs had a fault.
pub(super) fn build(
    record: &Record,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
) -> Option<Scenario> {
    let requests = record.named("requests").unwrap_or_default();
    let names: Vec<&str> = requests.iter().map(|named| named.name.as_str()).collect();
    let further = keys::further(record, faults);
    let key_names: Vec<&str> = std::iter::once(MAIN_KEY)
        .chain(
            record
                .named("keys")
                .unwrap_or_default()
                .iter()
                .map(|named| named.name.as_str()),
        )
        .collect();
    let templates: Vec<_> = requests
        .iter()
        .filter_map(|named| request::build(named, &key_names, faults))
        .collect();
    let phases = record
        .list("phases")
        .map(|items| phase::build_all(items, &names, &templates, faults));
    let phase_names: Option<Vec<&str>> = record.list("phases").map(|items| {
        let records = items.iter().filter_map(|item| item.value.as_record());
        records
            .filter_map(|phase| phase.value("name")?.as_text())
            .collect()
    });
    let replica = record
        .record("replica")
        .map(|record| replica(record, vocabulary, faults));
    let conformance = record
        .record("conformance")
        .map(|record| conformance::build(record, vocabulary, faults));
    let thresholds: Option<Vec<Threshold>> = record.list("thresholds").map(|items| {
        items
            .iter()
            .filter_map(|item| threshold(item, &names, phase_names.as_deref(), faults))
            .collect()
    });
    let billing = record.record("billing");
    let billing = billing.and_then(|record| setting::billing(record, &templates, faults));
    Some(Scenario {
        name: record.text("name")?,
        about: record.text("about")?,
        target: Target::parse(&record.text("target")?).ok()?,
        key: keys::key(record.value("key")),
        keys: further,
        seed: record.integer("seed")?,
        http: http(record)?,
        source_addresses: source_addresses(record)?,
        requests: templates,
        phases: phases?,
        replica: replica?,
        conformance: conformance?,
        billing: billing?,
        budget: record.record("budget").and_then(setting::budget),
        thresholds: thresholds?,
    })
}

fn http(record: &Record) -> Option<HttpVersion> {
    Some(match record.word("http")? {
        "http1" => HttpVersion::One,
        "http2" => HttpVersion::Two,
        _ => HttpVersion::Agreed,
    })
}

fn source_addresses(record: &Record) -> Option<Vec<IpAddr>> {
    let items = record.list("source_addresses")?.iter();
    let addresses = items.filter_map(|item| item.value.as_text()?.parse().ok());
    Some(addresses.collect())
}

/// `phases`: their names, unless they could not be read.
fn threshold(
    item: &Item,
    requests: &[&str],
    phases: Option<&[&str]>,
    faults: &mut Collected,
) -> Option<Threshold> {
    let Value::Text(text) = &item.value else {
        return None;
    };
    let place_of = |range: std::ops::Range<usize>| match item.verbatim {
        Some(column) => Place {
            line: item.place.line,
            column: column + range.start,
            length: range.len(),
        },
        None => item.place,
    };
    match Threshold::parse(text, item.place.line) {
        Ok(threshold) => {
            let named = [
                ("request", &threshold.request, Some(requests)),
                ("phase", &threshold.phase, phases),
            ];
            for (what, name, known) in named {
                if let (Some(name), Some(known)) = (name, known)
                    && !known.contains(&name.as_str())
                {
                    let at = text
                        .rfind(name.as_str())
                        .map_or(0, |at| text[..at].chars().count());
                    let range = at..at + name.chars().count();
                    let message = format!("there is no {what} {}", quoted(name));
                    faults.push(Fault::new(place_of(range), message).suggest(name, known));
                }
            }
            Some(threshold)
        }
        Err(error) => {
            let fault = Fault::new(place_of(error.range), error.message);
            faults.push(match error.help {
                Some(help) => fault.help(help),
                None => fault,
            });
            None
        }
    }
}

/// The record of a named item.
fn record_of(named: &Named) -> Option<&Record> {
    named.item.as_ref()?.value.as_record()
}
