//! Phases: executors, and mixes that name requests.

use std::collections::HashMap;
use std::time::Duration;

use super::super::fault::{Collected, Fault, quoted};
use super::super::record::{Item, Record, Value};
use super::super::{Arrivals, Executor, Phase, Stage, Start, TemplateId};
use crate::units::render_duration;

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
        let start = start(record, &phases, &lines, faults);
        let executor = executor(record, faults);
        let line = item.place.line;
        phases.extend(
            start
                .zip(executor)
                .zip(mix)
                .and_then(|((start, executor), mix)| build(record, line, start, executor, mix)),
        );
    }
    phases
}

fn build(
    record: &Record,
    line: usize,
    start: Start,
    executor: Executor,
    mix: Vec<(TemplateId, u32)>,
) -> Option<Phase> {
    Some(Phase {
        name: record.text("name")?,
        start,
        executor,
        mix,
        think_time: record.spread("think_time"),
        graceful_stop: record.duration("graceful_stop"),
        record: record.truth("record")?,
        line,
    })
}

/// Phases that run together stand together in the file, so that what comes after what can be read
/// from top to bottom.
fn start(
    record: &Record,
    before: &[Phase],
    written: &HashMap<String, usize>,
    faults: &mut Collected,
) -> Option<Start> {
    let delay = record.duration("delay")?;
    let (Some(field), Some(name)) = (record.written("with"), record.text("with")) else {
        return Some(Start { with: None, delay });
    };
    let running = before
        .iter()
        .rposition(|phase| phase.start.with.is_none())
        .unwrap_or_default();
    let place = field.item.place;
    let Some(with) = before.iter().position(|phase| phase.name == name) else {
        let fault = if record.text("name").is_some_and(|own| own == name) {
            Fault::new(place, "a phase cannot begin with itself")
        } else if written.contains_key(&name) {
            // It is there, and what is wrong with it has been told.
            return None;
        } else {
            let known: Vec<_> = before[running..]
                .iter()
                .map(|one| one.name.as_str())
                .collect();
            let message = format!("there is no phase {} before this one", quoted(&name));
            Fault::new(place, message).suggest(&name, &known)
        };
        faults.push(fault);
        return None;
    };
    if with < running {
        let between = quoted(&before[running].name);
        let message = format!("phase {} has ended by then", quoted(&name));
        let note = format!("{between} stands between, which begins when it has ended");
        let help = format!("put this phase before {between}, or give {between} a `with`");
        faults.push(Fault::new(place, message).note(note).help(help));
        return None;
    }
    Some(Start {
        with: Some(with),
        delay,
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

fn executor(record: &Record, faults: &mut Collected) -> Option<Executor> {
    let vus = record.small("vus");
    let duration = record.duration("duration");
    let executor = match record.word("executor")? {
        "constant-vus" => Executor::ConstantVus {
            vus: vus?,
            duration: duration?,
        },
        "ramping-vus" => Executor::RampingVus {
            start_vus: record.small("start_vus")?,
            stages: stages(record, |stage| stage.small("target"), faults)?,
            graceful_ramp_down: record.duration("graceful_ramp_down"),
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
            arrivals: arrivals(record, faults)?,
            duration: duration?,
            max_in_flight: record.small("max_in_flight")?,
        },
        "ramping-arrival-rate" => {
            let arrivals = arrivals(record, faults);
            Executor::RampingArrivalRate {
                start_rate: record.level("start_rate")?,
                stages: stages(record, |stage| stage.level("target"), faults)?,
                arrivals: arrivals?,
                max_in_flight: record.small("max_in_flight")?,
            }
        }
        _ => return None,
    };
    makes_calls(&executor, record, faults).then_some(executor)
}

/// The longest that the stages of a phase may last together: as one `duration`.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// `None` when one of them had a fault, or all of them do.
fn stages<T>(
    record: &Record,
    target: impl Fn(&Record) -> Option<T>,
    faults: &mut Collected,
) -> Option<Vec<Stage<T>>> {
    let field = record.field("stages")?;
    let items = field.item.value.as_list()?;
    let stages: Option<Vec<Stage<T>>> = items
        .iter()
        .map(|item| {
            let stage = item.value.as_record()?;
            Some(Stage {
                target: target(stage)?,
                duration: stage.duration("duration")?,
            })
        })
        .collect();
    let stages = stages?;
    let length: Duration = stages.iter().map(|stage| stage.duration).sum();
    let message = if length.is_zero() {
        "the stages take no time at all".to_owned()
    } else if length > LONGEST {
        let (length, most) = (render_duration(length), render_duration(LONGEST));
        format!("the stages take {length} together, at most {most} are allowed")
    } else {
        return Some(stages);
    };
    faults.push(Fault::new(field.place, message));
    None
}

fn arrivals(record: &Record, faults: &mut Collected) -> Option<Arrivals> {
    let word = record.word("arrivals")?;
    let cv = record.number("cv");
    match (word, record.written("cv")) {
        ("gamma", None) => {
            let place = record.written("arrivals")?.item.place;
            faults.push(
                Fault::new(place, "`arrivals: gamma` needs the key `cv`")
                    .help("how bursty they are: `cv: 2`; `cv: 1` would be `arrivals: poisson`"),
            );
            None
        }
        ("gamma", Some(_)) => cv.map(|cv| Arrivals::Gamma { cv }),
        (_, Some(field)) => {
            faults.push(
                Fault::new(field.place, format!("`arrivals: {word}` has no `cv`"))
                    .help("write `arrivals: gamma`, or leave `cv` out"),
            );
            None
        }
        ("poisson", None) => Some(Arrivals::Poisson),
        (_, None) => Some(Arrivals::Constant),
    }
}

/// Calls that one phase may plan.
const MOST_CALLS: f64 = 1e9;

/// Whether there are calls to make at all, and not more than can be planned.
fn makes_calls(executor: &Executor, record: &Record, faults: &mut Collected) -> bool {
    let place = |key: &str| record.field(key).map_or(record.place, |field| field.place);
    let (calls, place) = match executor {
        Executor::ConstantArrivalRate { rate, duration, .. } => {
            (rate.as_per_second() * duration.as_secs_f64(), place("rate"))
        }
        Executor::RampingArrivalRate {
            start_rate, stages, ..
        } => {
            let from = [*start_rate]
                .into_iter()
                .chain(stages.iter().map(|stage| stage.target));
            let calls = from.zip(stages).map(|(from, stage)| {
                f64::midpoint(from, stage.target) * stage.duration.as_secs_f64()
            });
            (calls.sum(), place("stages"))
        }
        Executor::RampingVus {
            start_vus, stages, ..
        } => {
            let is_empty = *start_vus == 0 && stages.iter().all(|stage| stage.target == 0);
            (if is_empty { 0.0 } else { 1.0 }, place("stages"))
        }
        Executor::ConstantVus { .. }
        | Executor::SharedIterations { .. }
        | Executor::PerVuIterations { .. } => return true,
    };
    let message = if calls <= 0.0 {
        "no call is ever made: all is zero".to_owned()
    } else if calls > MOST_CALLS {
        format!("these are {calls:.0} calls, at most {MOST_CALLS:.0} are planned in a phase")
    } else {
        return true;
    };
    faults.push(Fault::new(place, message));
    false
}
