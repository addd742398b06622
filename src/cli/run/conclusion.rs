//! From what a load has left to its results: the same for a run by itself and for several merged.

use std::time::UNIX_EPOCH;

use super::results::Folder;
use crate::billing::{Asked, Audit, BillingVerdict, Policy, Prices, Terms};
use crate::cli::output::{data, error, talk};
use crate::exit::Exit;
use crate::report::{
    Frame, Report, Shards, Totals, build, render_console, write_latency_csv, write_ledger_csv,
};
use crate::scenario::{AuditLevel, Scenario, Target};

/// What the audit goes by. `prices`: the target's own list, where the scenario gives one. `epoch`:
/// the wall clock at the beginning.
pub(in crate::cli) fn terms(
    scenario: &Scenario,
    prices: Option<&Prices>,
    epoch: std::time::SystemTime,
) -> Terms {
    let billing = &scenario.billing;
    let replica = &scenario.replica;
    let has_own_prices = !replica.rates.is_empty()
        || replica
            .values
            .iter()
            .any(|(path, _)| path.starts_with("prices."));
    let is_documented = scenario.target == Target::Replica && !has_own_prices;
    let epoch = epoch.duration_since(UNIX_EPOCH).unwrap_or_default();
    Terms {
        policy: Policy::of_words(&billing.policy),
        lambda: billing.lambda,
        settle: billing.settle_timeout,
        prices_are_sure: prices.is_some() || is_documented,
        prices: prices.cloned().unwrap_or_else(Prices::documented),
        asked: scenario.requests.iter().map(Asked::of).collect(),
        keys: scenario.key_names().map(str::to_owned).collect(),
        epoch: i64::try_from(epoch.as_secs()).unwrap_or(i64::MAX),
        checks: billing.checks.clone(),
    }
}

/// An audit that keeps in the folder what does not fit into memory.
pub(in crate::cli) fn audit(terms: Terms, folder: &Folder) -> Audit {
    let audit = Audit::new(terms);
    match folder.scratch() {
        Ok(place) => audit.kept_in(Box::new(place)),
        Err(why) => {
            talk(format_args!(
                "note: {MEMORY_GROWS}: cannot make a file in `{}`: {why}",
                folder.shown()
            ));
            audit
        }
    }
}

/// Why memory grew with the load, if it did.
pub(super) fn stayed(audit: &Audit) -> Option<String> {
    let why = audit.entries().unwritten()?;
    Some(format!("{MEMORY_GROWS}: {why}"))
}

const MEMORY_GROWS: &str = "what the audit keeps of each request stays in memory";

pub(in crate::cli) fn target_name(target: &Target) -> String {
    match target {
        Target::Replica => "replica".to_owned(),
        Target::Url(base) => base.clone(),
    }
}

/// Concludes, and writes the ledger.
pub(in crate::cli) fn concluded(
    folder: &Folder,
    totals: &Totals,
    mut audit: Audit,
    mut frame: Frame,
    shards: &Shards,
) -> (Report, Exit) {
    let scenario = totals.scenario();
    let mut verdict = audit.verdict();
    frame.notes.extend(stayed(&audit));
    if scenario.billing.audit != AuditLevel::Off {
        let ledger = ledger(folder, scenario, &audit, &mut verdict);
        frame.unwritten = frame.unwritten.or(ledger.err());
    }
    build(totals, &verdict, &frame, shards)
}

/// Writes the ledger beside the table of requests, which has the ids.
fn ledger(
    folder: &Folder,
    scenario: &Scenario,
    audit: &Audit,
    verdict: &mut BillingVerdict,
) -> Result<(), String> {
    let ids = folder.column("requests.csv", "request_id")?;
    let wanted = verdict.suspected();
    let mut found = Ok(std::collections::BTreeMap::new());
    folder.write("ledger.csv", |out| {
        let written = write_ledger_csv(out, scenario, audit.ledger(), ids, &wanted);
        found = written.map_err(|why| why.to_string());
        // A table that ends early is none.
        if let Some(why) = audit.entries().unread() {
            found = Err(why);
        }
        found.as_ref().map(|_| ()).map_err(Clone::clone)
    })?;
    verdict.name_suspects(&found?);
    Ok(())
}

/// Writes the report and what is a view of it, and shows it.
pub(in crate::cli) fn shown(folder: &Folder, mut report: Report, mut exit: Exit) -> Exit {
    // The report comes last, so that it can say what is missing beside it.
    let latencies = folder.write("latency.csv", |out| {
        write_latency_csv(&report, out).map_err(|why| why.to_string())
    });
    if let Err(why) = latencies {
        error(&why);
        exit = report.lacks_a_file(why, exit);
    }
    let written = folder.write("report.json", |out| {
        serde_json::to_writer_pretty(out, &report).map_err(|why| why.to_string())
    });
    if let Err(why) = written {
        error(&why);
        exit = report.lacks_a_file(why, exit);
    }
    data(render_console(&report, &folder.shown()));
    exit
}
