//! What the keys of `replica` mean: plain settings by their path, and lists.

use super::super::Vocabulary;
use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Item, Named, Record, Value};
use super::super::replica::{ModelTimes, Outage, OutageKind, ReplicaSetting, SettingValue};
use super::account;
use crate::diagnostic::Place;
use crate::scenario::definition::MOST_SLOW;
use crate::units::parse_share;

pub(in crate::scenario) fn replica(
    record: &Record,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
) -> ReplicaSetting {
    let mut setting = ReplicaSetting::default();
    plain(record, "", &mut setting.values);
    let listed = record.list("faults").unwrap_or_default();
    setting.faults = listed
        .iter()
        .filter_map(|item| fault(item, vocabulary, faults))
        .collect();
    let named = record.named("contract").unwrap_or_default();
    setting.contract = named
        .iter()
        .filter_map(|named| reading(named, vocabulary, faults))
        .collect();
    if let Some(upstream) = record.record("upstream") {
        let mut records = |key| {
            let items = upstream.list(key).unwrap_or_default().iter();
            let records = items.filter_map(|item| item.value.as_record());
            let records: Vec<&Record> = records.collect();
            for record in &records {
                know_model(record, vocabulary, faults);
            }
            records
        };
        let models = records("models");
        setting.models = models.into_iter().filter_map(model).collect();
        let outages = records("outages");
        setting.outages = outages.into_iter().filter_map(outage).collect();
    }
    account::read(record, vocabulary, faults, &mut setting);
    setting
}

/// Every plain value that was written, by its path.
fn plain(record: &Record, above: &str, values: &mut Vec<(String, SettingValue)>) {
    for field in record.fields.iter().filter(|field| field.written) {
        let path = format!("{above}{}", field.key);
        let value = match &field.item.value {
            Value::Integer(integer) => SettingValue::Integer(*integer),
            Value::Number(number) => SettingValue::Number(*number),
            Value::Truth(truth) => SettingValue::Truth(*truth),
            Value::Spread(spread) => SettingValue::Spread(*spread),
            Value::Word(word) => SettingValue::Word(word),
            Value::Record(record) => {
                plain(record, &format!("{path}."), values);
                continue;
            }
            Value::Duration(duration) => SettingValue::Duration(*duration),
            Value::Text(_) | Value::Rate(_) | Value::Level(_) | Value::Key(_) => continue,
            Value::List(_) | Value::Named(_) => continue,
        };
        values.push((path, value));
    }
}

/// What an edit begins with, which is a fault that is written out.
const EDIT: &str = "edit ";

fn fault(
    item: &Item,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
) -> Option<(String, f64)> {
    let Value::Text(text) = &item.value else {
        return None;
    };
    let (name, probability) = parse_fault(text).ok()?;
    if name.starts_with(EDIT) {
        if let Some(Err(why)) = vocabulary.edit.map(|read| read(&name)) {
            faults.push(Fault::new(item.place, why));
        }
    } else if !vocabulary.faults.contains(&name.as_str()) {
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

/// `NAME` or `NAME=PROBABILITY`, the latter above 0 and up to 1, or in percent. What an edit says
/// may have `=` in it: its probability follows ` @`.
///
/// # Errors
/// What was expected instead.
pub fn parse_fault(text: &str) -> Result<(String, f64), String> {
    let parted = if text.starts_with(EDIT) {
        let parted = text.rsplit_once(" @");
        parted.filter(|(_, share)| parse_share(share).is_some())
    } else {
        text.split_once('=')
    };
    let (name, probability) = match parted {
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

/// A switch and its reading, both known.
fn reading(
    named: &Named,
    vocabulary: &Vocabulary<'_>,
    faults: &mut Collected,
) -> Option<(String, String)> {
    let switches = vocabulary.switches;
    let switch = switches.iter().find(|(id, _)| *id == named.name);
    let Some((_, readings)) = switch else {
        let known: Vec<&str> = switches.iter().map(|(id, _)| *id).collect();
        let message = format!("there is no contract switch {}", quoted(&named.name));
        faults.push(Fault::new(named.place, message).suggest(&named.name, &known));
        return None;
    };
    let item = named.item.as_ref()?;
    let text = match item.value.as_integer() {
        Some(integer) => integer.to_string(),
        None => item.value.as_text()?.to_owned(),
    };
    if !readings.contains(&text.as_str()) {
        let message = format!("{} is no reading of {}", quoted(&text), named.name);
        let fault = Fault::new(item.place, message).suggest(&text, readings);
        faults.push(fault.note(format!("its readings are {}", readings.join(", "))));
        return None;
    }
    Some((named.name.clone(), text))
}

/// Says so where `model` names none of the replica's.
fn know_model(record: &Record, vocabulary: &Vocabulary<'_>, faults: &mut Collected) {
    if let Some(field) = record.written("model") {
        let name = field.item.value.as_text().unwrap_or_default();
        know(name, field.item.place, vocabulary, faults);
    }
}

/// Says so where a slug or family is none of the replica's.
pub(super) fn know(name: &str, place: Place, vocabulary: &Vocabulary<'_>, faults: &mut Collected) {
    if vocabulary.models.contains(&name) {
        return;
    }
    let message = format!("the replica has no model or family {}", quoted(name));
    let fault = Fault::new(place, message);
    faults.push(
        match crate::suggest::nearest(name, vocabulary.models.iter().copied()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help("`GET /v1/models` lists them"),
        },
    );
}

fn model(record: &Record) -> Option<ModelTimes> {
    Some(ModelTimes {
        model: record.text("model")?,
        first_token: record.spread("first_token"),
        token_gap: record.spread("token_gap"),
        image_time: record.spread("image_time"),
    })
}

fn outage(record: &Record) -> Option<Outage> {
    let kind = match record.integer("kind") {
        Some(status) => OutageKind::Status(u16::try_from(status).ok()?),
        None => parse_outage(&record.text("kind")?).ok()?,
    };
    Some(Outage {
        from: record.duration("from")?,
        lasts: record.duration("for")?,
        every: record.duration("every"),
        kind,
        model: record.text("model"),
    })
}

/// `stall`, `reset` or `slow(FACTOR)`.
pub(in crate::scenario) fn parse_outage(text: &str) -> Result<OutageKind, String> {
    match text {
        "stall" => return Ok(OutageKind::Stall),
        "reset" => return Ok(OutageKind::Reset),
        _ => {}
    }
    let factor = text
        .strip_prefix("slow(")
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(|| {
            let near = crate::suggest::nearest(text, ["stall", "reset", "slow(2)"]);
            near.map_or_else(String::new, |near| format!("did you mean `{near}`?"))
        })?;
    crate::units::decimal(factor.trim())
        .filter(|factor| (1.0..=MOST_SLOW).contains(factor))
        .map(OutageKind::Slow)
        .ok_or_else(|| format!("a factor is a number from 1 to {MOST_SLOW}"))
}
