//! How long threads have been on a processor, by name.

use std::fs;
use std::time::Duration;

/// CPU time of all threads of this process whose name begins so, as the kernel's scheduler counts
/// it. None where the kernel does not tell (it is Linux that does).
pub(crate) fn spent(name: &str) -> Option<Duration> {
    let mut sum = Duration::ZERO;
    for entry in fs::read_dir("/proc/self/task").ok()?.flatten() {
        let read = |file: &str| fs::read_to_string(entry.path().join(file)).ok();
        // A thread may end between being listed and being read.
        let (Some(thread), Some(scheduled)) = (read("comm"), read("schedstat")) else {
            continue;
        };
        if thread.starts_with(name) {
            let nanos = scheduled.split(' ').next()?.parse().ok()?;
            sum += Duration::from_nanos(nanos);
        }
    }
    Some(sum)
}
