//! Where the load goes, with which key, and how much of it at most.

use spikeproof_mock::{Config, Replica, StartError};

use super::RunArguments;
use crate::cli::key::{is_loopback, key};
use crate::cli::output::{error, talk};
use crate::cli::replica::{KEPT_IN_A_RUN, config, not_started};
use crate::exit::Exit;
use crate::scenario::{Scenario, Secret, Target};

/// A target that can be sent to.
pub(super) struct Resolved {
    pub(super) base: String,
    pub(super) key: Secret,
    pub(super) max_requests: Option<u64>,
    /// The bundled one; it stops when this is dropped.
    pub(super) _replica: Option<Replica>,
    pub(super) notes: Vec<String>,
}

pub(super) fn resolve(scenario: &Scenario, arguments: &RunArguments) -> Result<Resolved, Exit> {
    let budget = scenario.budget.map(|budget| budget.requests);
    let max_requests = arguments.max_requests.or(budget);
    let Target::Url(base) = &scenario.target else {
        let replica = start_replica(scenario)?;
        let (base, key) = (replica.base_url(), Secret::new(replica.key()));
        let notes = Vec::new();
        return Ok(Resolved {
            base,
            key,
            max_requests,
            _replica: Some(replica),
            notes,
        });
    };
    if !is_loopback(base) && max_requests.is_none() {
        error(format_args!(
            "`{base}` is not on this machine, so the run needs a budget"
        ));
        talk("  = help: put `budget: { requests: N }` into the scenario, or give --max-requests N");
        return Err(Exit::Usage);
    }
    if !arguments.faults.is_empty() {
        error("--fault is about the bundled replica, and the target is another");
        talk("  = help: give the faults to `spikeproof replica --fault …` instead");
        return Err(Exit::Usage);
    }
    let notes =
        vec!["the scenario's `replica` settings have no effect on another target".to_owned()];
    let key_file = arguments.key_file.as_deref();
    let key = key(
        arguments.key_env.as_deref(),
        key_file,
        scenario.key.as_ref(),
    )?;
    Ok(Resolved {
        base: base.clone(),
        key,
        max_requests,
        _replica: None,
        notes,
    })
}

fn start_replica(scenario: &Scenario) -> Result<Replica, Exit> {
    started(config(&scenario.replica, scenario.seed, KEPT_IN_A_RUN))
}

/// The bundled replica, serving.
pub(in crate::cli) fn started(config: Config) -> Result<Replica, Exit> {
    Replica::builder().config(config).start().map_err(|why| {
        not_started(&why);
        match why {
            StartError::Config(_) => Exit::Usage,
            StartError::NotLoopback(_) | StartError::Listen { .. } | StartError::Thread(_) => {
                Exit::Target
            }
        }
    })
}
