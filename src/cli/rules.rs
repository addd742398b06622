//! `rules`: the catalogue.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::output::data;
use crate::exit::Exit;
use crate::rules::catalogue;

/// List the rules.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  spikeproof rules\n  spikeproof rules --format json")]
pub(super) struct RulesArguments {
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    /// The page `docs/rules.md`
    Md,
}

pub(super) fn rules(arguments: &RulesArguments) -> Exit {
    match arguments.format {
        Format::Text => {
            for rule in catalogue::all() {
                let (id, severity, name) = (rule.id, rule.severity.name(), rule.name);
                data(format_args!("{id}  {severity:<6}  {name}\n"));
            }
        }
        Format::Json => {
            let rules: Vec<_> = catalogue::all()
                .map(|rule| {
                    json!({
                        "id": rule.id,
                        "name": rule.name,
                        "severity": rule.severity.name(),
                        "source": rule.source,
                        "explanation": rule.explanation,
                        "replica_faults": rule.faults,
                    })
                })
                .collect();
            data(format_args!("{:#}\n", json!({ "rules": rules })));
        }
        Format::Md => data(catalogue::markdown()),
    }
    Exit::Held
}
