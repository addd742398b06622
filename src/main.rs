//! The `spikeproof` command.

use std::process::ExitCode;

use clap::Parser;
use spikeproof::cli::{self, Cli};

fn main() -> ExitCode {
    // Wrong usage ends here, with clap's own code, which is ours too: 2.
    cli::execute(Cli::parse()).into()
}
