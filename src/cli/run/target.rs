//! Where the load goes, with which key, and how much of it at most.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use spikeproof_mock::{Replica, StartError};

use super::RunArguments;
use crate::cli::environment::ProcessEnvironment;
use crate::cli::load::read_at_most;
use crate::cli::output::{error, talk};
use crate::cli::replica::{KEPT_IN_A_RUN, config, not_started};
use crate::exit::Exit;
use crate::scenario::{Environment, KeySource, Scenario, Secret, Target};

/// The usual place of the key.
const KEY_VARIABLE: &str = "BYTESPIKE_API_KEY";

/// Bytes of a key file, of which only the first line counts.
const LONGEST_KEY_FILE: u64 = 64 << 10;

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
    let key = sendable(key(scenario, arguments)?)?;
    Ok(Resolved {
        base: base.clone(),
        key,
        max_requests,
        _replica: None,
        notes,
    })
}

fn start_replica(scenario: &Scenario) -> Result<Replica, Exit> {
    let config = config(&scenario.replica, scenario.seed, KEPT_IN_A_RUN);
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

fn is_loopback(base: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(base) else {
        return false;
    };
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

/// The command line's place, then the scenario's, then the usual one.
fn key(scenario: &Scenario, arguments: &RunArguments) -> Result<Secret, Exit> {
    let from_variable = |name: &str| match ProcessEnvironment.variable(name) {
        Some(key) if !key.trim().is_empty() => Ok(Secret::new(key.trim())),
        _ => {
            error(format_args!(
                "no key: the environment variable `{name}` is not set"
            ));
            talk(format_args!(
                "  = help: `{name}=… spikeproof run …`, or --key-file PATH"
            ));
            Err(Exit::Usage)
        }
    };
    if let Some(name) = &arguments.key_env {
        return from_variable(name);
    }
    if let Some(path) = &arguments.key_file {
        return from_file(path);
    }
    match &scenario.key {
        Some(KeySource::File(path)) => from_file(Path::new(path)),
        Some(KeySource::Variable { value, .. }) if !value.expose().trim().is_empty() => {
            Ok(Secret::new(value.expose().trim()))
        }
        Some(KeySource::Variable { name, .. }) => from_variable(name),
        None => from_variable(KEY_VARIABLE),
    }
}

/// A key that no header can hold would fail every request.
fn sendable(key: Secret) -> Result<Secret, Exit> {
    if key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key);
    }
    error("the key has characters that no request header can hold, such as spaces");
    talk("  = help: was it copied whole, and nothing with it?");
    Err(Exit::Usage)
}

fn from_file(path: &Path) -> Result<Secret, Exit> {
    let text = read_at_most(path, LONGEST_KEY_FILE).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
    });
    let text = text.map_err(|why| {
        error(format_args!(
            "cannot read the key from `{}`: {why}",
            path.display()
        ));
        Exit::Usage
    })?;
    let key = text.lines().next().unwrap_or_default().trim();
    if key.is_empty() {
        error(format_args!(
            "the first line of `{}` is empty: no key",
            path.display()
        ));
        return Err(Exit::Usage);
    }
    Ok(Secret::new(key))
}
