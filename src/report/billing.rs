//! The audit in the report: the double-entry table, the sums, the checks with their suspects.

use std::fmt::Write;

use serde::Serialize;

use super::line::in_a_line;
use crate::billing::{self, BillingVerdict, CheckState, Credits};
use crate::scenario::Scenario;

/// Suspects of one check that a summary has room for; the report has more.
const SUSPECTS: usize = 3;

#[derive(Debug, Clone, Serialize)]
pub struct Billing {
    pub verdict: &'static str,
    pub checks: Vec<CheckRow>,
    /// Double entry, by outcome class.
    pub classes: Vec<ClassRow>,
    /// By key, where the run has several.
    pub keys: Vec<KeyRow>,
    pub overcharged_credits: i64,
    pub undercharged_credits: i64,
    /// The same as decimal text.
    pub overcharged_usd: String,
    pub undercharged_usd: String,
    /// What the books tell beyond all usage rows, and what rows of no request tell.
    pub without_row_credits: Option<i64>,
    pub without_request_credits: Option<i64>,
    pub charged: Vec<ChargedRow>,
    pub calls_counted: Option<u64>,
    pub calls_expected: [u64; 2],
    /// Sources that there were.
    pub evidence: Vec<&'static str>,
    /// How the target rounds, where its rows show it.
    pub rounding: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct CheckRow {
    pub id: &'static str,
    pub name: &'static str,
    pub state: &'static str,
    pub message: String,
    /// Requests that it is about, the likeliest first.
    pub suspects: Vec<SuspectRow>,
}

#[derive(Debug, Clone, Serialize)]
pub struct SuspectRow {
    pub request_id: String,
    pub class: String,
    pub request: String,
    pub phase: Option<String>,
    pub call: u32,
    pub ordinal: u16,
    pub amount_credits: i64,
    pub amount_usd: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct ClassRow {
    pub class: String,
    pub requests: u64,
    pub billed_calls: [u64; 2],
    /// `null`: the policy leaves it open, or there are no rows.
    pub expected_credits: Option<i64>,
    pub observed_credits: Option<i64>,
    pub difference_credits: Option<i64>,
    pub difference_usd: Option<String>,
    pub probed: u64,
    pub moved: Option<String>,
    /// The smallest wrong charge of one request that would have been noticed.
    pub detection_limit_credits: Option<i64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct KeyRow {
    pub key: String,
    pub requests: u64,
    /// What the rows of its requests say, and what its own quota header has fallen by. `null`: not
    /// told, or not of this key for certain.
    pub charged_credits: Option<i64>,
    pub header_credits: Option<i64>,
    /// How far the two may be apart unnoticed.
    pub detection_limit_credits: Option<i64>,
    /// Its header tells what is left in the wallet, whichever key was charged.
    pub tells_wallet: bool,
    /// Others may have used it during the run.
    pub foreign: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct ChargedRow {
    pub source: &'static str,
    pub credits: i64,
    pub usd: String,
    pub quantum_credits: i64,
}

pub(super) fn rows(verdict: &BillingVerdict, scenario: &Scenario) -> Billing {
    let checks = verdict.checks.iter().map(|check| CheckRow {
        id: check.rule.id,
        name: check.rule.name,
        state: check.state.name(),
        message: check.message.clone(),
        suspects: check
            .suspects
            .iter()
            .map(|one| suspect(one, scenario))
            .collect(),
    });
    let charged = verdict.charged.iter().map(|charged| ChargedRow {
        source: charged.source,
        credits: charged.credits.0,
        usd: charged.credits.decimal(),
        quantum_credits: charged.quantum.0,
    });
    let number = |amount: Option<Credits>| amount.map(|amount| amount.0);
    Billing {
        verdict: verdict.worst().map_or("not_checked", CheckState::name),
        checks: checks.collect(),
        classes: verdict.classes.iter().map(class).collect(),
        keys: verdict.keys.iter().map(key).collect(),
        overcharged_credits: verdict.overcharged.0,
        undercharged_credits: verdict.undercharged.0,
        overcharged_usd: verdict.overcharged.decimal(),
        undercharged_usd: verdict.undercharged.decimal(),
        without_row_credits: number(verdict.without_row),
        without_request_credits: number(verdict.without_request),
        charged: charged.collect(),
        calls_counted: verdict.calls_counted,
        calls_expected: [verdict.calls_expected.0, verdict.calls_expected.1],
        evidence: verdict.evidence.clone(),
        rounding: verdict.rounding.clone(),
    }
}

fn suspect(one: &billing::Suspect, scenario: &Scenario) -> SuspectRow {
    let request = scenario.requests.get(usize::from(one.template.0));
    let phase = scenario.phases.get(usize::from(one.phase));
    SuspectRow {
        request_id: one.request_id.clone(),
        class: one.class.clone(),
        request: request.map_or_else(String::new, |request| request.name.clone()),
        phase: phase.map(|phase| phase.name.clone()),
        call: one.call,
        ordinal: one.ordinal,
        amount_credits: one.amount.0,
        amount_usd: one.amount.decimal(),
    }
}

fn class(row: &billing::ClassRow) -> ClassRow {
    let apart = row.observed.zip(row.expected);
    ClassRow {
        class: row.class.clone(),
        requests: row.requests,
        billed_calls: [row.billed.0, row.billed.1],
        expected_credits: row.expected.map(|amount| amount.0),
        observed_credits: row.observed.map(|amount| amount.0),
        difference_credits: apart.map(|(observed, expected)| (observed - expected).0),
        difference_usd: apart.map(|(observed, expected)| (observed - expected).decimal()),
        probed: row.probed,
        moved: row.moved.clone(),
        detection_limit_credits: row.detection_limit.map(|limit| limit.0),
    }
}

fn key(row: &billing::KeyRow) -> KeyRow {
    KeyRow {
        key: row.name.clone(),
        requests: row.requests,
        charged_credits: row.charged.map(|amount| amount.0),
        header_credits: row.header.map(|amount| amount.0),
        detection_limit_credits: row.detection_limit.map(|limit| limit.0),
        tells_wallet: row.tells_wallet,
        foreign: row.foreign,
    }
}

/// The section of the summary.
pub(super) fn render(billing: &Billing, out: &mut String) -> std::fmt::Result {
    for check in &billing.checks {
        let state = check.state.replace('_', " ");
        let message = in_a_line(&check.message);
        writeln!(out, "  {:<8} {state:<12} {message}", check.id)?;
        if check.state != "failed" {
            continue;
        }
        for one in check.suspects.iter().take(SUSPECTS) {
            let (class, request, id) = (&one.class, &one.request, in_a_line(&one.request_id));
            writeln!(
                out,
                "    suspect: {class} in `{request}` call {}, {id}, {} credits ({} USD)",
                one.call, one.amount_credits, one.amount_usd
            )?;
        }
    }
    table(billing, out)
}

fn cell(amount: Option<i64>) -> String {
    amount.map_or_else(|| "-".to_owned(), |one| one.to_string())
}

/// Several keys, each with what its rows and its header say.
fn keys(billing: &Billing, out: &mut String) -> std::fmt::Result {
    if billing.keys.is_empty() {
        return Ok(());
    }
    let width = billing.keys.iter().map(|row| row.key.len()).max();
    let width = width.unwrap_or_default().max("credits by key".len());
    writeln!(
        out,
        "  {:<width$} {:>8} {:>13} {:>13} {:>10}",
        "credits by key", "requests", "rows", "header", "limit"
    )?;
    for row in &billing.keys {
        let note = match (row.tells_wallet, row.foreign) {
            (_, true) => "  others may have used it",
            (true, false) => "  its header tells the wallet",
            (false, false) => "",
        };
        writeln!(
            out,
            "  {:<width$} {:>8} {:>13} {:>13} {:>10}{note}",
            row.key,
            row.requests,
            cell(row.charged_credits),
            cell(row.header_credits),
            cell(row.detection_limit_credits),
        )?;
    }
    Ok(())
}

fn table(billing: &Billing, out: &mut String) -> std::fmt::Result {
    if billing.classes.is_empty() {
        return Ok(());
    }
    let width = billing.classes.iter().map(|row| row.class.len()).max();
    let width = width.unwrap_or_default().max("all that is known".len());
    writeln!(
        out,
        "  {:<width$} {:>8} {:>7} {:>13} {:>13} {:>11} {:>10}",
        "credits by class", "requests", "probed", "expected", "observed", "difference", "limit"
    )?;
    for row in &billing.classes {
        writeln!(
            out,
            "  {:<width$} {:>8} {:>7} {:>13} {:>13} {:>11} {:>10}",
            row.class,
            row.requests,
            row.probed,
            cell(row.expected_credits),
            cell(row.observed_credits),
            cell(row.difference_credits),
            cell(row.detection_limit_credits),
        )?;
    }
    let sum = |of: fn(&ClassRow) -> Option<i64>| billing.classes.iter().filter_map(of).sum::<i64>();
    let requests: u64 = billing.classes.iter().map(|row| row.requests).sum();
    let probed: u64 = billing.classes.iter().map(|row| row.probed).sum();
    writeln!(
        out,
        "  {:<width$} {requests:>8} {probed:>7} {:>13} {:>13} {:>11}",
        "all that is known",
        sum(|row| row.expected_credits),
        sum(|row| row.observed_credits),
        sum(|row| row.difference_credits),
    )?;
    keys(billing, out)?;
    if let Some(credits) = billing.without_row_credits {
        writeln!(out, "  charged without a row: {credits} credits")?;
    }
    if let Some(credits) = billing.without_request_credits {
        writeln!(out, "  rows of no request: {credits} credits")?;
    }
    writeln!(
        out,
        "  overcharged {} credits ({} USD), undercharged {} ({} USD); limit: the smallest wrong \
         charge of one request that would have shown",
        billing.overcharged_credits,
        billing.overcharged_usd,
        billing.undercharged_credits,
        billing.undercharged_usd,
    )
}
