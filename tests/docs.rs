//! Generated pages are fresh. `UPDATE_EXPECT=1 cargo test --test docs` rewrites them.

use std::collections::HashSet;

use expect_test::expect_file;

#[test]
fn the_page_of_rules_is_what_the_catalogue_makes() {
    expect_file!["../docs/rules.md"].assert_eq(&spikeproof::rules::catalogue::markdown());
}

#[test]
fn the_page_of_metrics_is_what_the_metrics_make() {
    expect_file!["../docs/metrics.md"].assert_eq(&spikeproof::measure::markdown());
}

#[test]
fn the_page_of_faults_is_what_the_replica_and_the_catalogue_make() {
    expect_file!["../docs/faults.md"].assert_eq(&spikeproof::fault_page::markdown());
}

/// The rest of the page is written by hand.
#[test]
fn the_page_of_the_replica_ends_with_its_contract_switches() {
    const MARK: &str = "<!-- switches: UPDATE_EXPECT=1 cargo test --test docs -->\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/replica.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let (written, _) = page.split_once(MARK).expect("the page has its mark");
    let mut whole = format!("{written}{MARK}\n| switch | | readings |\n| --- | --- | --- |\n");
    for switch in spikeproof_mock::Contract::switches() {
        let readings: Vec<String> = switch
            .readings
            .iter()
            .map(|one| format!("`{one}`"))
            .collect();
        let (id, about) = (switch.id, switch.about);
        whole += &format!("| {id} | {about} | {} |\n", readings.join(", "));
    }
    expect_file![path].assert_eq(&whole);
}

/// Around the table the page is written by hand.
#[test]
fn the_page_of_conformance_has_the_switches_that_answers_can_be_held_to() {
    const MARK: &str = "<!-- switches: UPDATE_EXPECT=1 cargo test --test docs -->\n";
    const END: &str = "<!-- end of switches -->\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let (before, rest) = page.split_once(MARK).expect("the page has its mark");
    let (_, after) = rest.split_once(END).expect("the page has its second mark");
    let mut table = "\n| switch | | readings | rules |\n| --- | --- | --- | --- |\n".to_owned();
    for switch in &spikeproof::contract::SWITCHES {
        let readings = switch.readings.iter().map(|one| format!("`{one}`"));
        let readings: Vec<String> = readings.collect();
        let rules = spikeproof::rules::catalogue::all();
        let rules = rules.filter(|rule| rule.source.starts_with(switch.id));
        let ids: Vec<&str> = rules.map(|rule| rule.id).collect();
        assert!(!ids.is_empty(), "{} is a switch of no rule", switch.id);
        let (id, about) = (switch.id, switch.about);
        let (readings, ids) = (readings.join(", "), ids.join(", "));
        table += &format!("| {id} | {about} | {readings} | {ids} |\n");
    }
    expect_file![path].assert_eq(&format!("{before}{MARK}{table}\n{END}{after}"));
}

/// The rest of the page is written by hand.
#[test]
fn the_page_of_cross_ends_with_the_tables_that_answers_are_compared_by() {
    const MARK: &str = "<!-- tables: UPDATE_EXPECT=1 cargo test --test docs -->\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cross.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let (written, _) = page.split_once(MARK).expect("the page has its mark");
    let whole = format!("{written}{MARK}\n{}", spikeproof::cross::page::tables());
    expect_file![path].assert_eq(&whole);
}

/// Ids in a text, and those that `A-001 to A-009` means.
fn ids(text: &str) -> HashSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let parted = |word: &str| {
        let (family, number) = word.split_once('-')?;
        let number = number.parse::<u32>().ok()?;
        Some((family.to_owned(), number))
    };
    let mut ids = HashSet::new();
    for (at, word) in words.iter().enumerate() {
        let Some((family, number)) = parted(word) else {
            continue;
        };
        let to = (words.get(at + 1) == Some(&"to")).then(|| words.get(at + 2));
        let last = to.flatten().and_then(|word| parted(word));
        let last = last.map_or(number, |(_, last)| last);
        ids.extend((number..=last).map(|number| format!("{family}-{number:03}")));
    }
    ids
}

#[test]
fn what_is_said_to_be_no_rule_is_none() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/catalogue.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let mut wrong = Vec::new();
    let mut is_about_rules = false;
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        match line.split('|').nth(2).map(str::trim) {
            Some("why it is no rule of its own") => is_about_rules = false,
            Some("why no fault is blamed on it first") => is_about_rules = true,
            Some(_) | None if is_about_rules => {}
            Some(_) | None => {
                let named = ids(line.split('|').nth(1).unwrap_or_default());
                let rules = spikeproof::rules::catalogue::all().map(|rule| rule.id);
                wrong.extend(rules.filter(|id| named.contains(*id)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?} are rules");
}

#[test]
fn every_rule_that_no_fault_of_the_replica_breaks_is_explained() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/catalogue.md");
    let explained = ids(&std::fs::read_to_string(path).expect("the page is there"));
    let rules = spikeproof::rules::catalogue::all();
    let unproven = rules.filter(|rule| rule.faults.is_empty() && !explained.contains(rule.id));
    let unproven: Vec<&str> = unproven.map(|rule| rule.id).collect();
    assert!(unproven.is_empty(), "{unproven:?}");
}
