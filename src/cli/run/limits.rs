//! What this machine lets one process have, raised where it can be, and said where it cannot.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::scenario::{Executor, Scenario, Target};

/// Descriptors besides those of connections: files, event loops, timers, the replica's listener.
const OTHERS: u64 = 256;
/// Linux's own range, where it cannot be read.
const PORTS: u64 = 28_232;

/// Calls that may be in flight at the same time.
fn most_at_once(scenario: &Scenario) -> u64 {
    let mut most = 0;
    let mut together = 0;
    for phase in &scenario.phases {
        if phase.start.with.is_none() {
            together = 0;
        }
        together += u64::from(most_of(&phase.executor));
        most = most.max(together);
    }
    most
}

fn most_of(executor: &Executor) -> u32 {
    match executor {
        Executor::ConstantVus { vus, .. }
        | Executor::SharedIterations { vus, .. }
        | Executor::PerVuIterations { vus, .. } => *vus,
        Executor::RampingVus {
            start_vus, stages, ..
        } => {
            let targets = stages.iter().map(|stage| stage.target);
            targets.fold(*start_vus, u32::max)
        }
        Executor::ConstantArrivalRate { max_in_flight, .. }
        | Executor::RampingArrivalRate { max_in_flight, .. }
        | Executor::Replay { max_in_flight, .. } => *max_in_flight,
    }
}

/// Makes room for the descriptors that the scenario may take. What there is no room for, in words.
pub(super) fn make_room(scenario: &Scenario, workers: usize, sources: usize) -> Vec<String> {
    let calls = most_at_once(scenario);
    // The bundled replica holds the other end of each connection.
    let ends = if scenario.target == Target::Replica {
        2
    } else {
        1
    };
    let files = calls * ends + workers as u64 * 8 + OTHERS;
    let mut missing = Vec::new();
    if let Some(limit) = raise(files) {
        missing.push(format!(
            "up to {calls} calls may be in flight, which takes {files} open files; this process \
             may have {limit}: raise the hard limit (`ulimit -Hn {files}`), or lower \
             `max_in_flight` or `vus`"
        ));
    }
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    let ports = range.ok().and_then(|range| ports(&range)).unwrap_or(PORTS);
    let ports = ports * sources.max(1) as u64;
    if calls > ports {
        missing.push(format!(
            "up to {calls} calls may be in flight; this machine has {ports} ports for connections \
             to one address: give --source-address more than once, each allows as many again, or \
             widen `net.ipv4.ip_local_port_range`"
        ));
    }
    missing
}

/// Raises the limit of open files as far as it must and may be; the limit where that is too low.
fn raise(files: u64) -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= files) {
        return None;
    }
    let raised = maximum.map_or(files, |maximum| maximum.min(files));
    let limit = Rlimit {
        current: Some(raised),
        maximum,
    };
    let now = match setrlimit(Resource::Nofile, limit) {
        Ok(()) => raised,
        Err(_) => current.unwrap_or(raised),
    };
    (now < files).then_some(now)
}

/// Ports in a range as the kernel tells it: two numbers, both of them in it.
fn ports(range: &str) -> Option<u64> {
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    last.checked_sub(first).map(|ports| ports + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_ports_has_both_its_ends() {
        assert_eq!(ports("32768\t60999\n"), Some(28_232));
        assert_eq!(ports("5 5"), Some(1));
        assert_eq!(ports("5 4"), None);
        assert_eq!(ports(""), None);
    }

    #[test]
    fn a_limit_that_is_high_enough_is_left_alone() {
        let before = getrlimit(Resource::Nofile).current;
        assert_eq!(raise(1), None);
        assert_eq!(getrlimit(Resource::Nofile).current, before);
    }
}
