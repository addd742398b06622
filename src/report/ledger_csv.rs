//! `ledger.csv`: what each request was to cost and what it did, once all is known.

use std::collections::BTreeMap;
use std::io;

use super::line::in_a_line;
use crate::billing::{Credits, Entry, LedgerLine};
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
pub fn write<'a>(
    out: impl io::Write,
    scenario: &Scenario,
    lines: impl Iterator<Item = LedgerLine<'a>>,
    mut ids: impl Iterator<Item = String>,
    wanted: &[usize],
) -> Result<BTreeMap<usize, String>, csv::Error> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    let mut found = BTreeMap::new();
    for (index, line) in lines.enumerate() {
        let is_task = line.entry.is_task();
        let id = if is_task { None } else { ids.next() };
        let id = id.unwrap_or_default();
        table.write_record(fields(scenario, &line, &id))?;
        if wanted.contains(&index) {
            found.insert(index, id);
        }
    }
    table.flush()?;
    Ok(found)
}

fn fields(scenario: &Scenario, line: &LedgerLine<'_>, id: &str) -> [String; 19] {
    let entry = line.entry;
    let phase = scenario.phases.get(usize::from(entry.phase));
    let request = scenario.requests.get(usize::from(entry.template.0));
    let credits = |amount: Option<Credits>| amount.map_or(String::new(), |one| one.0.to_string());
    let tokens = |count: u32| match count {
        Entry::UNTOLD => String::new(),
        count => count.to_string(),
    };
    let apart = line.charged.zip(line.expected);
    let apart = apart.map(|(charged, expected)| charged - expected);
    let usd = |amount: Option<Credits>| amount.map(Credits::decimal).unwrap_or_default();
    let mut keys = scenario.key_names();
    let key = keys.nth(usize::from(entry.key)).unwrap_or_default();
    let quota = entry.quota().map(Credits::decimal).unwrap_or_default();
    let end = entry.end().0;
    [
        phase.map_or_else(|| "(audit)".to_owned(), |phase| phase.name.clone()),
        entry.call.to_string(),
        if entry.is_task() {
            "task".to_owned()
        } else {
            entry.ordinal.to_string()
        },
        request.map_or_else(String::new, |request| request.name.clone()),
        key.to_owned(),
        entry.class.to_string(),
        line.right.name().to_owned(),
        in_a_line(id),
        seconds(entry.sent.0),
        if end == u64::MAX {
            String::new()
        } else {
            seconds(end)
        },
        quota,
        tokens(entry.input),
        tokens(entry.output),
        if line.has_row { "yes" } else { "" }.to_owned(),
        credits(line.expected),
        credits(line.charged),
        credits(apart),
        usd(line.charged),
        usd(apart),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "shown to a microsecond")]
fn seconds(nanos: u64) -> String {
    format!("{:.6}", nanos as f64 / 1e9)
}
