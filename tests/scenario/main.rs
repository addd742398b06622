//! Scenario files as their authors see them: good ones parse, bad ones are told apart.

mod bad;
mod generated;
mod good;
mod hostile;
mod phases;
mod replica;

use std::collections::HashMap;

use spikeproof::scenario::{Faults, Scenario, Source, Vocabulary, variables};

const FAULTS: &[&str] = &["missing-done", "stall", "event-doubled"];
const SWITCHES: &[(&str, &[&str])] = &[
    ("C-09", &["409", "400"]),
    ("C-12", &["reference", "per-model"]),
];

fn environment() -> HashMap<String, String> {
    variables([
        ("RATE", "25/s"),
        ("VUS", "4"),
        ("EMPTY", ""),
        ("WORD", "gpt-5-4"),
        ("SECRET_KEY", "hunter2-hunter2"),
    ])
}

fn parse(name: &str, text: &str) -> Result<Scenario, Faults> {
    let vocabulary = Vocabulary {
        faults: FAULTS,
        edit: Some(|text| match text.strip_prefix("edit wrong") {
            Some(_) => Err("that is no edit".to_owned()),
            None => Ok(()),
        }),
        switches: SWITCHES,
        models: &["gpt-5-4", "claude", "sora-2"],
        priced: &["gpt-5-4", "sora-2"],
        rules: &["ANT-041", "GW-018"],
    };
    Scenario::parse(&Source::new(name, text), &environment(), &vocabulary)
}
