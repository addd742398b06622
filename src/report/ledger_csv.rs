//! `ledger.csv`: what each request was to cost and what it did, once all is known.

use std::collections::BTreeMap;
use std::io;

use super::row::Row;
use crate::billing::{Entry, LedgerLine};
use crate::scenario::Scenario;

const COLUMNS: [&str; 19] = [
    "phase",
    "call",
    "ordinal",
    "request",
    "key",
    "class",
    "policy",
    "request_id",
    "sent_s",
    "ended_s",
    "quota_header_usd",
    "input_tokens",
    "output_tokens",
    "row",
    "expected_credits",
    "charged_credits",
    "difference_credits",
    "charged_usd",
    "difference_usd",
];

/// Writes the table. `ids`: those of the requests, tasks left out, in the ledger's order. Gives the
/// ids of the entries that are `wanted`.
pub fn write(
    mut out: impl io::Write,
    scenario: &Scenario,
    lines: impl Iterator<Item = LedgerLine>,
    mut ids: impl Iterator<Item = String>,
    wanted: &[usize],
) -> io::Result<BTreeMap<usize, String>> {
    let mut found = BTreeMap::new();
    let mut row = Row::default();
    COLUMNS.iter().for_each(|column| row.text(column));
    row.write(&mut out)?;
    for (index, line) in lines.enumerate() {
        let is_task = line.entry.is_task();
        let id = if is_task { None } else { ids.next() };
        let id = id.unwrap_or_default();
        fill(&mut row, scenario, &line, &id);
        row.write(&mut out)?;
        if wanted.contains(&index) {
            found.insert(index, id);
        }
    }
    out.flush()?;
    Ok(found)
}

fn fill(row: &mut Row, scenario: &Scenario, line: &LedgerLine, id: &str) {
    let entry = &line.entry;
    let phase = scenario.phases.get(usize::from(entry.phase));
    let request = scenario.requests.get(usize::from(entry.template.0));
    let tokens = |count: u32| (count != Entry::UNTOLD).then_some(u64::from(count));
    let apart = line.charged.zip(line.expected);
    let apart = apart.map(|(charged, expected)| charged - expected);
    let mut keys = scenario.key_names();
    let key = keys.nth(usize::from(entry.key)).unwrap_or_default();
    let end = entry.end().0;
    row.text(phase.map_or("(audit)", |phase| &phase.name));
    row.number(Some(u64::from(entry.call)));
    if entry.is_task() {
        row.text("task");
    } else {
        row.number(Some(u64::from(entry.ordinal)));
    }
    row.text(request.map_or("", |request| &request.name));
    row.text(key);
    row.text(&entry.class.to_string());
    row.text(line.right.name());
    row.said(id);
    row.decimal(Some(micros(entry.sent.0)), 6);
    row.decimal((end != u64::MAX).then(|| micros(end)), 6);
    row.usd(entry.quota());
    row.number(tokens(entry.input));
    row.number(tokens(entry.output));
    row.text(if line.has_row { "yes" } else { "" });
    row.credits(line.expected);
    row.credits(line.charged);
    row.credits(apart);
    row.usd(line.charged);
    row.usd(apart);
}

fn micros(nanos: u64) -> u64 {
    nanos.saturating_add(500) / 1_000
}
