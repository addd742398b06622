//! `explain`: one rule in full.

use clap::Args;

use super::output::{data, talk};
use crate::exit::Exit;
use crate::rules::{Rule, Sample, catalogue};
use crate::suggest::nearest;

/// Explain one rule, with texts that break and keep it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  spikeproof explain ANT-030\n  spikeproof explain failure-billed"
)]
pub(super) struct ExplainArguments {
    /// Id or name of a rule
    rule: String,
}

pub(super) fn explain(arguments: &ExplainArguments) -> Exit {
    let Some(rule) = catalogue::find(&arguments.rule) else {
        talk(format_args!(
            "error: no rule is called `{}`",
            arguments.rule
        ));
        let names = catalogue::all().flat_map(|rule| [rule.id, rule.name]);
        if let Some(near) = nearest(&arguments.rule, names) {
            talk(format_args!("  = help: did you mean `{near}`?"));
        }
        talk("  = help: `spikeproof rules` lists them all");
        return Exit::Usage;
    };
    data(text(rule));
    Exit::Held
}

fn text(rule: &Rule) -> String {
    let mut out = format!("{} {} ({})\n", rule.id, rule.name, rule.severity.name());
    out += &format!("source: {}\n\n{}\n", rule.source, rule.explanation);
    for (title, samples) in [
        ("breaks it", rule.violations),
        ("keeps it", rule.conforming),
    ] {
        for sample in samples {
            out += &format!("\n{title}:\n{}", indented(sample));
        }
    }
    if !rule.faults.is_empty() {
        out += &format!(
            "\nreplica faults that it finds: {}\n",
            rule.faults.join(", ")
        );
    }
    out
}

fn indented(sample: &Sample) -> String {
    let mut lines = Vec::new();
    match sample {
        Sample::History(text) => lines.extend(text.lines().map(str::to_owned)),
        Sample::Answer {
            request,
            status,
            headers,
            body,
        } => {
            if !request.is_empty() {
                lines.push(format!("request: {}", request.replace('\n', " ")));
            }
            lines.push(format!("status: {status}"));
            lines.extend(
                headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}")),
            );
            lines.push(String::new());
            let body = body.replace('\u{fffc}', "(17 MiB of blanks)");
            lines.extend(body.lines().map(str::to_owned));
        }
    }
    lines.iter().map(|line| format!("  {line}\n")).collect()
}
