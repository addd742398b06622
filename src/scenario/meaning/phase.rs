//! Phases: executors, and mixes that name requests.

use std::collections::HashMap;

use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Item, Record, Value};
use super::super::{Arrivals, Executor, Phase, TemplateId};

pub(super) fn build_all(items: &[Item], names: &[&str], faults: &mut Collected) -> Vec<Phase> {
    let mut lines: HashMap<String, usize> = HashMap::new();
    let mut phases = Vec::new();
    for item in items {
        let Value::Record(record) = &item.value else {
            continue;
        };
        if let Some(field) = record.written("name")
            && let Some(name) = record.text("name")
        {
            if let Some(line) = lines.get(&name) {
                let message = format!("there are two phases named {}", quoted(&name));
                faults.push(
                    Fault::new(field.item.place, message)
                        .note(format!("the other one is in line {line}")),
                );
            } else {
                lines.insert(name, field.place.line);
            }
        }
        let mix = mix(record, names, faults);
        phases.extend(mix.and_then(|mix| build(record, item.place.line, mix)));
    }
    phases
}

fn build(record: &Record, line: usize, mix: Vec<(TemplateId, u32)>) -> Option<Phase> {
    Some(Phase {
        name: record.text("name")?,
        executor: executor(record)?,
        mix,
        record: record.truth("record")?,
        line,
    })
}

/// `None` when it had a fault.
fn mix(record: &Record, names: &[&str], faults: &mut Collected) -> Option<Vec<(TemplateId, u32)>> {
    let Some(entries) = record.named("mix") else {
        let ids = (0..names.len()).filter_map(|index| u16::try_from(index).ok());
        return Some(ids.map(|index| (TemplateId(index), 1)).collect());
    };
    let mut mix = Some(Vec::new());
    for entry in entries {
        let index = names.iter().position(|name| *name == entry.name);
        let Some(index) = index.and_then(|index| u16::try_from(index).ok()) else {
            let message = format!("there is no request {}", quoted(&entry.name));
            faults.push(Fault::new(entry.place, message).suggest(&entry.name, names));
            mix = None;
            continue;
        };
        let weight = entry
            .item
            .as_ref()
            .and_then(|item| item.value.as_integer())
            .and_then(|weight| u32::try_from(weight).ok());
        match (weight, &mut mix) {
            (Some(weight), Some(mix)) => mix.push((TemplateId(index), weight)),
            (None, _) | (_, None) => mix = None,
        }
    }
    mix
}

fn executor(record: &Record) -> Option<Executor> {
    let vus = record.small("vus");
    let duration = record.duration("duration");
    Some(match record.word("executor")? {
        "constant-vus" => Executor::ConstantVus {
            vus: vus?,
            duration: duration?,
        },
        "shared-iterations" => Executor::SharedIterations {
            vus: vus?,
            iterations: record.integer("iterations")?,
            max_duration: record.duration("max_duration")?,
        },
        "per-vu-iterations" => Executor::PerVuIterations {
            vus: vus?,
            iterations: record.integer("iterations")?,
            max_duration: record.duration("max_duration")?,
        },
        "constant-arrival-rate" => Executor::ConstantArrivalRate {
            rate: record.rate("rate")?,
            arrivals: match record.word("arrivals")? {
                "poisson" => Arrivals::Poisson,
                _ => Arrivals::Constant,
            },
            duration: duration?,
            max_in_flight: record.small("max_in_flight")?,
        },
        _ => return None,
    })
}
