//! The `spikeproof` command.

use std::process::ExitCode;

use clap::Parser;
use spikeproof::cli::{self, Cli};

/// What one thread has made another gives back, a hundred times a request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Wrong usage ends here, with clap's own code, which is ours too: 2.
    cli::execute(Cli::parse()).into()
}
