//! The summary for people.

use std::fmt::Write;

use super::billing;
use super::line::{all_in_a_line, in_a_line};
use super::model::{FindingRow, MetricRow, Report, RuleCounts, SessionRow, Verdict};
use crate::contract::{HeldTo, Profile, SetRule};
use crate::recording::Summary;

/// Rows of findings that a summary has room for; the report has all.
const FINDINGS: usize = 12;

/// The whole summary, ending in the verdict. `folder`: where the results lie.
pub fn render(report: &Report, folder: &str) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = sections(report, folder, &mut out);
    out
}

fn sections(report: &Report, folder: &str, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "\n{} · seed {} · {} · {:.1} s",
        report.scenario, report.seed, report.target, report.duration_s
    )?;
    phases(report, out)?;
    requests(report, out)?;
    endpoints(report, out)?;
    latencies(report, out)?;
    heading(out, "billing")?;
    billing::render(&report.billing, out)?;
    findings(&report.findings, out)?;
    rules(&report.rules, out)?;
    held_to(&report.conformance, out)?;
    thresholds(report, out)?;
    if let Some(unknown) = report.unknown.told() {
        writeln!(out, "  unknown: {}", in_a_line(&unknown))?;
    }
    if report.connections.moved > 0 {
        writeln!(
            out,
            "  {} requests met a connection that the target was closing, and went on a fresh one \
             before a byte of them was written",
            report.connections.moved
        )?;
    }
    for note in &report.notes {
        writeln!(out, "  note: {note}")?;
    }
    let word = match report.verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
    };
    writeln!(out, "\n{word} (exit {})", report.exit_code)?;
    for reason in &report.reasons {
        writeln!(out, "  - {}", in_a_line(reason))?;
    }
    if let Some(recording) = &report.recording {
        recorded(recording, out)?;
    }
    writeln!(out, "  results: {folder}")
}

fn heading(out: &mut String, title: &str) -> std::fmt::Result {
    writeln!(out, "\n{title}")
}

fn phases(report: &Report, out: &mut String) -> std::fmt::Result {
    heading(out, "phases")?;
    let names = report.phases.iter().map(|row| row.name.len());
    let width = names.max().unwrap_or_default();
    for row in &report.phases {
        write!(out, "  {:<width$}  {:>6} calls", row.name, row.calls)?;
        if let Some(seconds) = row.duration_s {
            write!(out, " in {seconds:.1} s")?;
        }
        if let (Some(asked), Some(started)) = (row.asked_calls_per_s, row.started_calls_per_s) {
            write!(out, ", {started:.1}/s of {asked:.1}/s")?;
        }
        if !row.recorded {
            write!(out, ", not recorded")?;
        }
        for (count, what) in [(row.dropped, "dropped"), (row.cut_off, "cut off")] {
            if count > 0 {
                write!(out, ", {count} {what}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn requests(report: &Report, out: &mut String) -> std::fmt::Result {
    heading(out, "requests")?;
    let width = report
        .requests
        .keys()
        .map(String::len)
        .max()
        .unwrap_or_default();
    for (name, row) in &report.requests {
        let outcomes: Vec<_> = row
            .outcomes
            .iter()
            .map(|(outcome, count)| format!("{count} {outcome}"))
            .collect();
        writeln!(
            out,
            "  {name:<width$}  {:>6}  {}",
            row.total,
            outcomes.join(", ")
        )?;
        if let Some(sessions) = &row.sessions {
            let SessionRow {
                begun,
                whole,
                turns,
            } = sessions;
            write!(
                out,
                "  {:<width$}          {begun} sessions, {turns} turns answered",
                ""
            )?;
            match begun - whole {
                0 => writeln!(out)?,
                short => writeln!(out, ", {short} sessions ended at a turn that failed")?,
            }
        }
        if let Some(error) = &row.first_error {
            writeln!(out, "  {:<width$}          first: {error}", "")?;
        }
    }
    Ok(())
}

fn endpoints(report: &Report, out: &mut String) -> std::fmt::Result {
    heading(out, "endpoints")?;
    let width = report
        .endpoints
        .iter()
        .map(|row| row.path.len())
        .max()
        .unwrap_or_default();
    for row in &report.endpoints {
        let method = row.method.split(',').next().unwrap_or_default();
        let more = if row.method.contains(',') { "…" } else { "" };
        let method = format!("{method}{more}");
        write!(
            out,
            "  {method:<5} {:<width$} {:>6}",
            row.path, row.requests
        )?;
        if row.refused_as_expected + row.unexpected > 0 {
            write!(out, "  ({} refused as expected", row.refused_as_expected)?;
            if row.unexpected > 0 {
                write!(out, ", {} unexpected", row.unexpected)?;
            }
            write!(out, ")")?;
        }
        if let Some(remark) = row.remark {
            write!(out, "  {remark}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Percentiles of one metric that a summary shows, with their headings.
type Column = (&'static str, &'static str, fn(&MetricRow) -> Option<f64>);

const COLUMNS: [Column; 8] = [
    ("ttft", "ttft p50", |row| row.p50),
    ("ttft", "p99", |row| row.p99),
    ("gap", "gap p50", |row| row.p50),
    ("gap", "p99", |row| row.p99),
    ("e2e", "e2e p50", |row| row.p50),
    ("e2e", "p99", |row| row.p99),
    ("e2e", "max", |row| Some(row.max)),
    ("call_time", "call p50", |row| row.p50),
];

fn latencies(report: &Report, out: &mut String) -> std::fmt::Result {
    heading(out, "latency from due, ms")?;
    let width = report
        .metrics
        .keys()
        .map(String::len)
        .max()
        .unwrap_or_default();
    write!(out, "  {:<width$} {:>7}", "request", "count")?;
    for (_, title, _) in COLUMNS {
        write!(out, " {title:>9}")?;
    }
    writeln!(out)?;
    for (name, metrics) in &report.metrics {
        let Some(count) = metrics.get("e2e").map(|row| row.count) else {
            continue;
        };
        write!(out, "  {name:<width$} {count:>7}")?;
        for (metric, _, value) in COLUMNS {
            let cell = match metrics.get(metric).map(value) {
                None => String::new(),
                Some(None) => "n/a".to_owned(),
                Some(Some(ms)) => format!("{ms:.2}"),
            };
            write!(out, " {cell:>9}")?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "  n/a: too few samples (p50 needs 2, p99 needs 100); report.json has all metrics"
    )
}

fn findings(findings: &[FindingRow], out: &mut String) -> std::fmt::Result {
    if findings.is_empty() {
        return Ok(());
    }
    heading(out, "findings")?;
    for row in findings.iter().take(FINDINGS) {
        let follows = if row.follows {
            " (may follow from an earlier one)"
        } else {
            ""
        };
        writeln!(
            out,
            "  {} {} {} × {} in `{}`{follows}",
            row.severity, row.rule, row.count, row.name, row.request
        )?;
        let first = &row.first;
        writeln!(out, "    {}", in_a_line(&first.message))?;
        let id = in_a_line(first.request_id.as_deref().unwrap_or("no request id"));
        let event = first
            .event
            .map(|event| format!(", event {event}"))
            .unwrap_or_default();
        writeln!(
            out,
            "    first: {} {} call {}, {id}{event}, byte {}",
            first.method, first.path, first.call, first.byte
        )?;
        excerpt(out, &first.excerpt, first.at)?;
        if let Some(line) = first.recorded {
            let curl = first
                .curl
                .as_ref()
                .map(|curl| format!(": {}", all_in_a_line(curl)));
            let curl = curl.unwrap_or_default();
            writeln!(out, "    recorded in line {line}; to repeat it{curl}")?;
        }
    }
    if findings.len() > FINDINGS {
        writeln!(
            out,
            "  and {} more in report.json",
            findings.len() - FINDINGS
        )?;
    }
    Ok(())
}

/// Which rules met nothing that they speak about, family by family.
fn rules(rules: &RuleCounts, out: &mut String) -> std::fmt::Result {
    heading(out, "rules")?;
    let open = rules.families.iter().filter(|row| row.not_exercised > 0);
    let open: Vec<_> = open
        .map(|row| format!("{} {} of {}", row.family, row.not_exercised, row.known))
        .collect();
    let (exercised, known) = (rules.exercised.len(), rules.known);
    writeln!(out, "  {exercised} of {known} had something to speak about")?;
    if open.is_empty() {
        return Ok(());
    }
    writeln!(out, "  not exercised: {}", open.join(", "))?;
    writeln!(
        out,
        "  report.json names them; they have neither passed nor failed"
    )
}

/// What was held other than usual, and why.
fn held_to(held_to: &HeldTo, out: &mut String) -> std::fmt::Result {
    if held_to.profile == Profile::Native {
        writeln!(
            out,
            "  profile native: the gateway's own promises are not asked"
        )?;
    }
    for (switch, reading) in held_to.contract.chosen() {
        writeln!(out, "  {} is read as {reading}", switch.id)?;
    }
    for SetRule { rule, set, reason } in &held_to.rules {
        let (set, reason) = (set.name(), in_a_line(reason));
        writeln!(out, "  {rule} is set to {set}: {reason}")?;
    }
    Ok(())
}

fn recorded(recording: &Summary, out: &mut String) -> std::fmt::Result {
    let Summary {
        file,
        exchanges,
        with_findings,
        ..
    } = recording;
    write!(
        out,
        "  recorded: {exchanges} exchanges in {file}, {with_findings} with findings"
    )?;
    match recording.left_out.exchanges {
        0 => writeln!(out),
        left_out => writeln!(out, "; {left_out} more with findings left out"),
    }
}

/// The offending bytes with a little around them, control characters made visible.
fn excerpt(out: &mut String, text: &str, at: Option<[usize; 2]>) -> std::fmt::Result {
    const ROOM: usize = 160;
    if text.is_empty() {
        return Ok(());
    }
    let from = at.map_or(0, |[from, _]| from.saturating_sub(ROOM / 4));
    let mut shown = String::new();
    let start = text
        .char_indices()
        .map(|(index, _)| index)
        .find(|index| *index >= from);
    for c in text[start.unwrap_or(0)..].chars().take(ROOM) {
        match c {
            '\n' => shown.push('⏎'),
            '\r' => shown.push('␍'),
            c if c.is_control() => shown.push('·'),
            c => shown.push(c),
        }
    }
    writeln!(out, "    | {shown}")
}

fn thresholds(report: &Report, out: &mut String) -> std::fmt::Result {
    heading(out, "thresholds")?;
    for row in &report.thresholds {
        let value = row
            .value
            .map_or_else(|| "n/a".to_owned(), |value| format!("{value:.3}"));
        let space = if row.unit.is_empty() { "" } else { " " };
        let line = match row.line {
            0 => String::new(),
            line => format!(", line {line}"),
        };
        writeln!(
            out,
            "  {:<7} {}  (is {value}{space}{}{line})",
            row.state, row.threshold, row.unit
        )?;
    }
    Ok(())
}
