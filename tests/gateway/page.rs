//! The page `docs/gateway.md`, and what must be true of the tables behind it.

use std::collections::BTreeSet;

use spikeproof::rules::catalogue;
use spikeproof_mock::{Contract, Fault};

use crate::contradictions::{CONTRADICTIONS, Contradiction};
use crate::promise::{Opponent, Promise};

/// Sections of the page, in the order of the documents.
const SECTIONS: &[(&str, &[&[Promise]])] = &[
    ("Keys", &[crate::auth::PROMISES]),
    (
        "Envelope and limits",
        &[crate::envelope::PROMISES, crate::limits::PROMISES],
    ),
    (
        "Billing",
        &[
            crate::billing::PROMISES,
            crate::costs::PROMISES,
            crate::cache::PROMISES,
        ],
    ),
    (
        "Usage, account, webhooks",
        &[
            crate::usage::PROMISES,
            crate::ledger::PROMISES,
            crate::account::PROMISES,
        ],
    ),
    (
        "Errors",
        &[crate::errors::PROMISES, crate::refusals::PROMISES],
    ),
    ("Streams", &[crate::streaming::PROMISES]),
    ("Tasks", &[crate::tasks::PROMISES, crate::jobs::PROMISES]),
    (
        "Models and images",
        &[crate::models::PROMISES, crate::images::PROMISES],
    ),
];

/// How many promises the documents make.
const ALL: usize = 130;

fn promises() -> impl Iterator<Item = &'static Promise> {
    SECTIONS
        .iter()
        .flat_map(|(_, tables)| tables.iter().copied().flatten())
}

fn row(cells: &[&str]) -> String {
    // A bar would end a cell early.
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn switches(promise: &Promise) -> String {
    let mut told: Vec<String> = promise
        .switches
        .iter()
        .map(|(id, readings)| format!("{id}: {}", readings.join(", ")))
        .collect();
    let is_switched = promise
        .switches
        .iter()
        .any(|(id, _)| Some(*id) == promise.doubted);
    if let Some(id) = promise.doubted.filter(|_| !is_switched) {
        told.push(id.to_owned());
    }
    told.join("; ")
}

fn section(title: &str, tables: &[&'static [Promise]]) -> String {
    let mut page = format!("\n## {title}\n\n");
    page += &row(&["id", "promise", "check", "rules", "test", "switch"]);
    page += "| --- | --- | --- | --- | --- | --- |\n";
    let mut promises: Vec<&Promise> = tables.iter().copied().flatten().collect();
    promises.sort_by_key(|promise| promise.name);
    for promise in promises {
        let (id, rules, switches) = (promise.id(), promise.rules.join(", "), switches(promise));
        let mark = if promise.doubted.is_some() { " ?" } else { "" };
        let check = format!("{}{mark}", promise.check.mark());
        let test = format!("`{}`", promise.name);
        let says = format!("{} ({})", promise.says.trim(), promise.page);
        page += &row(&[&id, &says, &check, &rules, &test, &switches]);
    }
    page
}

fn readings(contradiction: &Contradiction) -> String {
    let switches = Contract::switches();
    let switch = switches.iter().find(|switch| switch.id == contradiction.id);
    match switch {
        Some(switch) => format!("`{}`", switch.readings.join("`, `")),
        None => format!("no switch: {}", contradiction.otherwise),
    }
}

fn markdown() -> String {
    let mut page = String::from(
        "# The gateway's promises\n\n\
         <!-- Made from `tests/gateway`: UPDATE_EXPECT=1 cargo test --test gateway -->\n\n\
         What the gateway's public pages promise, in our words, and the test that holds\n\
         the replica to it. Each test holds its check also against replicas that break the\n\
         promise. *Check* is what it takes on a live gateway: OUT any key that can pay, OUT$\n\
         noticeable money too, KEY a specially made key or account, REP control over the\n\
         upstream or the ledger. A `?` says that another page contradicts it. *Rules* watch\n\
         for it in every run; *switch* is the contract of the replica that it depends on, with\n\
         the readings under which it holds. Pages are those of `docs.bytespike.ai`, those\n\
         under `blog/` of `bytespike.ai`.\n",
    );
    for (title, tables) in SECTIONS {
        page += &section(title, tables);
    }
    page += "\n## Contradictions\n\n\
             Where pages differ the replica follows one reading and can be switched to the\n\
             others. The first reading is the default.\n\n";
    page += &row(&["id", "subject", "the pages say", "readings"]);
    page += "| --- | --- | --- | --- |\n";
    for one in CONTRADICTIONS {
        page += &row(&[one.id, one.subject, one.claims, &readings(one)]);
    }
    page
}

#[test]
fn the_page_is_what_the_tables_say() {
    expect_test::expect_file!["../../docs/gateway.md"].assert_eq(&markdown());
}

#[test]
fn every_promise_is_in_the_tables_once() {
    let mut ids: Vec<String> = promises().map(Promise::id).collect();
    ids.sort();
    let wanted: Vec<String> = (1..=ALL).map(|number| format!("GW-{number:03}")).collect();
    assert_eq!(ids, wanted);
}

#[test]
fn every_contradiction_is_in_the_table_with_a_switch_or_a_reason() {
    let ids: Vec<_> = CONTRADICTIONS.iter().map(|one| one.id.to_owned()).collect();
    let wanted: Vec<_> = (1..=33).map(|number| format!("C-{number:02}")).collect();
    assert_eq!(ids, wanted);
    let switched: BTreeSet<_> = Contract::switches()
        .iter()
        .map(|switch| switch.id)
        .collect();
    for one in CONTRADICTIONS {
        let is_unexplained = one.otherwise.is_empty();
        let is_switched = switched.contains(one.id);
        assert_eq!(is_switched, is_unexplained, "{}: neither or both", one.id);
    }
    let known: BTreeSet<_> = CONTRADICTIONS.iter().map(|one| one.id).collect();
    assert!(switched.is_subset(&known), "{switched:?}");
}

#[test]
fn every_rule_and_fault_that_a_promise_names_exists() {
    for promise in promises() {
        for rule in promise.rules {
            let found = catalogue::find(rule).map(|found| found.id);
            assert_eq!(found, Some(*rule), "{}", promise.name);
        }
        for opponent in promise.opponents {
            if let Opponent::Fault(name) = opponent {
                assert!(Fault::parse(name).is_some(), "{}: {name}", promise.name);
            }
        }
        let doubted = promise.doubted;
        let is_known = |id: &str| CONTRADICTIONS.iter().any(|one| one.id == id);
        assert!(
            doubted.is_none_or(is_known),
            "{}: {doubted:?}",
            promise.name
        );
    }
}

/// A rule of the gateway's own family is named for the promise that it watches.
#[test]
fn every_rule_of_the_gateway_is_named_by_its_promise() {
    for rule in catalogue::all().filter(|rule| rule.id.starts_with("GW-")) {
        let promise = promises().find(|promise| promise.id() == rule.id);
        if let Some(promise) = promise {
            assert!(
                promise.rules.contains(&rule.id),
                "{} does not name {}",
                promise.name,
                rule.id
            );
        }
    }
}

/// What no replica can break has not been seen to fail.
#[test]
fn every_promise_has_an_opponent() {
    for promise in promises() {
        let breaking = promise.switches.iter().any(|(id, holding)| {
            let switch = Contract::switches()
                .into_iter()
                .find(|switch| switch.id == *id);
            let switch = switch.unwrap_or_else(|| panic!("{id} is no switch"));
            switch
                .readings
                .iter()
                .any(|reading| !holding.contains(reading))
        });
        assert!(
            breaking || !promise.opponents.is_empty(),
            "{}",
            promise.name
        );
        assert!(!promise.page.is_empty(), "{} has no page", promise.name);
    }
}
