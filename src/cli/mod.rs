//! The command line: one file a command.
//!
//! Here, and nowhere else, files are read and written, the environment is looked at, and words go
//! to the terminal: data to stdout, talk to stderr.

mod check;
mod cross;
mod environment;
mod explain;
mod key;
mod load;
mod merge;
mod output;
mod plan;
mod replica;
mod rules;
mod run;
mod schema;
mod signals;
mod validate;

use clap::{Parser, Subcommand};

use crate::exit::Exit;

/// Load testing and conformance for an LLM gateway: every endpoint family under load, each stream
/// checked while it runs, failures proven free.
#[derive(Debug, Parser)]
#[command(
    name = "spikeproof",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "\
Examples:
  spikeproof run                                   the smoke scenario against the bundled replica
  BYTESPIKE_API_KEY=… spikeproof run my.yaml --target https://gateway.example --max-requests 200

Exit codes: 0 all held · 1 a rule, threshold or the audit did not · 2 wrong usage or scenario ·
3 target unusable · 4 inconclusive · 5 budget used up · 70 a bug · 130, 143 interrupted")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario; without one, the smoke scenario against the bundled replica
    Run(Box<run::RunArguments>),
    /// Check scenarios; nothing is sent
    Validate(validate::ValidateArguments),
    /// Show what a scenario would send, and when; nothing is sent
    Plan(plan::PlanArguments),
    /// Judge captured traffic: streams, bodies, recordings, HAR; nothing is sent
    Check(Box<check::CheckArguments>),
    /// Ask one question over several protocols and compare the answers
    Cross(Box<cross::CrossArguments>),
    /// Put the shards of one run together, and conclude
    Merge(merge::MergeArguments),
    /// Serve the replica for any client, until stopped
    Replica(Box<replica::ReplicaArguments>),
    /// List the rules
    Rules(rules::RulesArguments),
    /// Explain one rule, with texts that break and keep it
    Explain(explain::ExplainArguments),
    /// Print the JSON Schema of the scenario file
    Schema,
}

/// Carries out one command line.
pub fn execute(cli: Cli) -> Exit {
    match cli.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Validate(arguments) => validate::validate(&arguments),
        Command::Plan(arguments) => plan::plan(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Cross(arguments) => cross::cross(&arguments),
        Command::Merge(arguments) => merge::merge(&arguments),
        Command::Replica(arguments) => replica::replica(&arguments),
        Command::Rules(arguments) => rules::rules(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Schema => schema::schema(),
    }
}
