//! Edits: what a rule says it finds in an answer that was changed by hand it finds first.

use std::collections::BTreeSet;
use std::sync::Arc;

use spikeproof::endpoint::ProtocolId;
use spikeproof::judge::Judge;
use spikeproof::protocol::{Asked, BodyEnd};
use spikeproof::rules::Rule;
use spikeproof::scenario::Template;
use spikeproof_mock::Fault;

use crate::blame::{causes, none, rules, speaks_of};
use crate::play::{Answer, call, replica};
use crate::settings::{others, protocol, text};

const SEEDS: u64 = 2;

/// A rule's edit, and why no answer gave it away, be it taken for the gateway's or, where the
/// gateway's rules are the closer cause, for the vendor's own. The request that did comes first
/// next time: edits of neighbouring rules mostly strike the same.
fn missed(rule: &Rule, name: &str, requests: &mut [(ProtocolId, Template)]) -> Option<String> {
    let fault = match Fault::edit(name) {
        Ok(fault) => fault,
        Err(why) => return Some(format!("{}: `{name}`: {why}", rule.id)),
    };
    let mut blamed = BTreeSet::new();
    for seed in 0..SEEDS {
        for place in 0..requests.len() {
            let (protocol, template) = &requests[place];
            if !speaks_of(rule, *protocol) {
                continue;
            }
            let struck = call(&replica(seed, Some(fault)), template, seed);
            let Some(((first, root), _)) = causes(&struck) else {
                continue;
            };
            if [first, root].contains(&rule.id)
                || is_first_of_natives(rule, &struck, template, seed)
            {
                requests[..=place].rotate_right(1);
                return None;
            }
            blamed.insert(root);
        }
    }
    Some(format!(
        "{} {}: `{name}` is blamed on {blamed:?}",
        rule.id, rule.name
    ))
}

/// Whether the answers are blamed on a rule where the gateway's own rules, which are the closer
/// cause, are not asked, and the sound answers are not: its refusals need not be the vendor's.
fn is_first_of_natives(rule: &Rule, struck: &[Answer], template: &Template, seed: u64) -> bool {
    if !native_causes(struck).contains(&rule.id) {
        return false;
    }
    let sound = call(&replica(seed, None), template, seed);
    !native_causes(&sound).contains(&rule.id)
}

/// What the first answer with a finding is blamed on, taken for the vendor's own: the first finding
/// and the first MUST.
fn native_causes(answers: &[Answer]) -> Vec<&'static str> {
    let mut findings = answers.iter().map(|answer| {
        let asked = Asked {
            gateway: false,
            ..answer.asked.clone()
        };
        let mut judge = Judge::new(Arc::new(asked), answer.head.clone());
        judge.bytes(&answer.body);
        judge.end(BodyEnd::Clean).1.findings
    });
    let findings = findings.find(|findings| !findings.is_empty());
    let findings = findings.unwrap_or_default();
    let must = findings.iter().find(|finding| finding.is_must());
    let causes = findings.first().into_iter().chain(must);
    causes.map(|finding| finding.rule.id).collect()
}

#[test]
fn every_edit_that_a_rule_says_it_finds_is_blamed_on_it_first() {
    let edits: Vec<_> = rules()
        .flat_map(|rule| rule.faults.iter().map(move |name| (rule, *name)))
        .filter(|(_, name)| name.starts_with("edit "))
        .collect();
    assert!(edits.len() > 300, "only {} edits", edits.len());
    let (one, other) = edits.split_at(edits.len() / 2);
    let all = |edits: &[(&Rule, &str)]| -> Vec<String> {
        let every = text().into_iter().chain(others());
        let mut requests: Vec<_> = every.map(|one| (protocol(&one), one)).collect();
        let missed = edits
            .iter()
            .filter_map(|(rule, name)| missed(rule, name, &mut requests));
        missed.collect()
    };
    let wrong = std::thread::scope(|scope| {
        let one = scope.spawn(|| all(one));
        let mut wrong = all(other);
        wrong.extend(one.join().expect("it does not panic"));
        wrong
    });
    none(&wrong);
}
