//! Where the keys of a run come from, and which of them a request is sent with.

use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Record, Value};
use super::super::{FurtherKey, KeySource, MAIN_KEY};

pub(super) fn key(value: Option<&Value>) -> Option<KeySource> {
    let value = value?;
    if let Value::Key(source) = value {
        return Some(source.clone());
    }
    value.as_record()?.text("file").map(KeySource::File)
}

pub(super) fn further(record: &Record, faults: &mut Collected) -> Vec<FurtherKey> {
    let mut keys = Vec::new();
    for named in record.named("keys").unwrap_or_default() {
        if named.name == MAIN_KEY {
            let message = "`main` is the name of the key that `key` tells".to_owned();
            faults.push(Fault::new(named.place, message).help("give this one another name"));
        }
        let source = key(named.item.as_ref().map(|item| &item.value));
        keys.extend(source.map(|source| FurtherKey {
            name: named.name.clone(),
            source,
        }));
    }
    keys
}

/// The numbers of the keys that a request names.
pub(super) fn of_request(record: &Record, names: &[&str], faults: &mut Collected) -> Vec<u8> {
    let Some(field) = record.field("keys") else {
        return Vec::new();
    };
    let one = std::slice::from_ref(&field.item);
    let mut numbers = Vec::new();
    for item in field.item.value.as_list().unwrap_or(one) {
        let Some(name) = item.value.as_text() else {
            continue;
        };
        let number = names.iter().position(|known| *known == name);
        match number.and_then(|number| u8::try_from(number).ok()) {
            Some(number) => numbers.push(number),
            None => {
                let message = format!("there is no key {}", quoted(name));
                let fault = Fault::new(item.place, message).suggest(name, names);
                faults.push(fault.help("the scenario's `keys` gives keys their names"));
            }
        }
    }
    numbers
}
