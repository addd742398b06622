//! The readings of contradictory pages: a replica that follows one is found by whoever asks for
//! another, and by nobody who asks for none or for its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use spikeproof::contract::{Contract, SWITCHES};
use spikeproof::judge::Judge;
use spikeproof::protocol::{Asked, BodyEnd};
use spikeproof::rules::Rule;
use spikeproof_mock::Config;

use crate::play::{Answer, call, replica_of};
use crate::settings::{others, text};

/// Every answer of a replica that follows this reading.
fn answers(switch: &str, reading: &str) -> Vec<Answer> {
    let mut config = Config::default();
    config.contract.set(switch, reading).expect("it is one");
    let engine = replica_of(config);
    let streams = text().into_iter();
    // Of text only Gemini's streams depend on a reading that answers show.
    let streams = streams.filter(|template| template.name == "gemini.sse");
    let all = streams.chain(others());
    // Ids of tasks follow from the seed.
    let numbered = all.zip(0..);
    numbered
        .flat_map(|(template, seed)| call(&engine, &template, seed))
        .collect()
}

/// The rules that these answers break where that reading is asked for.
fn broken(answers: &[Answer], contract: Contract) -> Vec<(&'static Rule, String)> {
    let mut broken = Vec::new();
    for answer in answers {
        let asked = Asked {
            contract,
            ..answer.asked.clone()
        };
        let mut judge = Judge::new(Arc::new(asked), answer.head.clone());
        judge.bytes(&answer.body);
        let findings = judge.end(BodyEnd::Clean).1.findings;
        broken.extend(
            findings
                .into_iter()
                .map(|finding| (finding.rule, finding.message)),
        );
    }
    broken
}

#[test]
fn a_replica_of_another_reading_is_found_and_one_of_the_same_or_of_any_is_not() {
    let mut wrong = Vec::new();
    for switch in &SWITCHES {
        for own in switch.readings {
            let answers = answers(switch.id, own);
            for (rule, told) in broken(&answers, Contract::ANY) {
                wrong.push(format!(
                    "{}={own}, none asked for: {} {told}",
                    switch.id, rule.id
                ));
            }
            for asked in switch.readings {
                let mut contract = Contract::ANY;
                contract.choose(switch.id, asked).expect("it is one");
                let broken = broken(&answers, contract);
                let is_named = |rule: &Rule| rule.source.contains(switch.id);
                let others = broken.iter().filter(|(rule, _)| !is_named(rule));
                let others: BTreeSet<_> = others.map(|(rule, told)| (rule.id, told)).collect();
                let is_found = broken.iter().any(|(rule, _)| is_named(rule));
                // Two readings may be one to those who only see single answers.
                let is_alike = ALIKE.contains(&(switch.id, *own, *asked));
                let expected = own != asked && !is_alike;
                if !others.is_empty() || is_found != expected {
                    wrong.push(format!(
                        "{} is {own}, asked for {asked}: found {is_found}, others {others:?}",
                        switch.id
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is followed, and what is asked for, where no answer tells the two apart.
const ALIKE: [(&str, &str, &str); 2] = [
    ("C-01", "on-usage-routes", "also-on-me"),
    ("C-01", "also-on-me", "on-usage-routes"),
];
