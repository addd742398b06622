//! The `spikeproof` command.

use std::process::ExitCode;

use clap::Parser;
use spikeproof::cli::{self, Cli};

/// What one thread has made another gives back, a hundred times a request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// With pages of two megabytes, which the allocator asks for, what lies between buffers that are in
/// use is resident as well: some 14 KB for each of ten thousand streams; what that costs, if
/// anything, is in `docs/performance.md`.
#[cfg(target_os = "linux")]
fn refuse_huge_pages() {
    // Where the kernel has none there is nothing to refuse.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    refuse_huge_pages();
    // Wrong usage ends here, with clap's own code, which is ours too: 2.
    cli::execute(Cli::parse()).into()
}
