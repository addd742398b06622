//! The user of a call: the prompts of a session's turns, how long is thought between them, and how
//! slowly answers are read.

use std::time::Duration;

use super::super::Spread;
use super::super::fault::Fault;
use super::super::record::Record;
use super::super::request::{Call, NextTurn, Prompt, ReadPace, TurnWait};

/// The turns after the first; the first one's prompt is put into the call. None: it is no session,
/// or something was wrong with it.
pub(super) fn turns(record: &Record, call: &mut Call) -> Vec<NextTurn> {
    let (Some(prompts), Call::Text(call)) = (prompts(record), call) else {
        return Vec::new();
    };
    let mut prompts = prompts.into_iter();
    if let Some(first) = prompts.next() {
        call.prompt = first;
    }
    let think_time = record.spread("think_time");
    let wait = TurnWait::Think(think_time.unwrap_or(Spread::Constant(Duration::ZERO)));
    let turns = prompts.map(|prompt| NextTurn {
        prompt,
        max_tokens: None,
        wait,
    });
    turns.collect()
}

/// What the user says in each turn of a session.
fn prompts(record: &Record) -> Option<Vec<Prompt>> {
    if let Some(turns) = record.integer("turns") {
        let turns = usize::try_from(turns).ok()?;
        return Some(vec![prompt(record)?; turns]);
    }
    let items = record.list("turns")?;
    items
        .iter()
        .map(|item| prompt_of(item.value.as_record()?))
        .collect()
}

/// Keys that say the same twice, or nothing.
pub(super) fn faults(record: &Record) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let (Some(_), Some(field)) = (record.list("turns"), record.written("prompt")) {
        let message = "`turns` has the prompts of all turns, so `prompt` has no effect";
        faults.push(Fault::new(field.place, message).help("put it first in `turns`"));
    }
    if let (None, Some(field)) = (record.written("turns"), record.written("think_time")) {
        let message = "`think_time` has no effect: there are no `turns` to think between";
        let help = "a phase has a `think_time` too, between the calls of a caller";
        faults.push(Fault::new(field.place, message).help(help));
    }
    faults
}

pub(super) fn prompt(record: &Record) -> Option<Prompt> {
    prompt_of(record.record("prompt")?)
}

fn prompt_of(prompt: &Record) -> Option<Prompt> {
    match prompt.text("text") {
        Some(text) => Some(Prompt::Text(text)),
        None => prompt.small("tokens").map(Prompt::Tokens),
    }
}

pub(super) fn pace(record: &Record) -> Option<ReadPace> {
    let rate = record
        .small("bytes_per_second")
        .map(ReadPace::BytesPerSecond);
    rate.or_else(|| record.duration("pause").map(ReadPace::Pause))
}
