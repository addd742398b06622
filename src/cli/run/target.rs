//! Where the load goes, with which key, and how much of it at most.

use spikeproof_mock::{Config, KeySetting, Replica, StartError};

use super::RunArguments;
use crate::cli::key::{is_loopback, key, place};
use crate::cli::output::{error, talk};
use crate::cli::replica::{KEPT_IN_A_RUN, config, not_started};
use crate::exit::Exit;
use crate::recording::curl;
use crate::scenario::{Scenario, Secret, Target};

/// A target that can be sent to.
pub(super) struct Resolved {
    pub(super) base: String,
    /// The main one first, the others as the scenario names them.
    pub(super) keys: Vec<Secret>,
    /// Where a shell finds each of them.
    pub(super) places: curl::Keys,
    pub(super) max_requests: Option<u64>,
    /// The bundled one; it stops when this is dropped.
    pub(super) _replica: Option<Replica>,
    pub(super) notes: Vec<String>,
}

pub(super) fn resolve(scenario: &Scenario, arguments: &RunArguments) -> Result<Resolved, Exit> {
    let budget = scenario.budget.map(|budget| budget.requests);
    let max_requests = arguments.max_requests.or(budget);
    // The budget is that of the whole run.
    let max_requests = max_requests.map(|all| arguments.shard.map_or(all, |one| one.share(all)));
    let Target::Url(base) = &scenario.target else {
        let replica = start_replica(scenario)?;
        let (base, keys) = (replica.base_url(), keys_of(&replica, scenario)?);
        let notes = Vec::new();
        return Ok(Resolved {
            base,
            keys,
            places: places(scenario, arguments),
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
    let main = key(
        arguments.key_env.as_deref(),
        key_file,
        scenario.key.as_ref(),
    )?;
    let mut keys = vec![main];
    for further in &scenario.keys {
        let one = key(None, None, Some(&further.source))?;
        if let Some(same) = keys.iter().position(|known| *known == one) {
            let known = scenario.key_names().nth(same).unwrap_or_default();
            let name = &further.name;
            error(format_args!(
                "the keys `{known}` and `{name}` are one and the same"
            ));
            talk("  = help: each name in the scenario's `keys` needs a key of its own");
            return Err(Exit::Usage);
        }
        keys.push(one);
    }
    Ok(Resolved {
        base: base.clone(),
        keys,
        places: places(scenario, arguments),
        max_requests,
        _replica: None,
        notes,
    })
}

fn places(scenario: &Scenario, arguments: &RunArguments) -> curl::Keys {
    let mut places = curl::Keys::default();
    let (key_env, key_file) = (arguments.key_env.as_deref(), arguments.key_file.as_deref());
    place(&mut places, key_env, key_file, scenario.key.as_ref());
    for further in &scenario.keys {
        place(&mut places, None, None, Some(&further.source));
    }
    places
}

/// With every key that the scenario names: one that the replica's own `keys` leave out has the caps
/// of the ready-made one.
fn start_replica(scenario: &Scenario) -> Result<Replica, Exit> {
    let mut config = config(&scenario.replica, scenario.seed, KEPT_IN_A_RUN);
    for further in &scenario.keys {
        if config.keys.iter().all(|key| key.name != further.name) {
            let account = &config.account;
            config.keys.push(KeySetting {
                name: further.name.clone(),
                quota: account.quota,
                bucket_5h: account.bucket_5h,
                bucket_1d: account.bucket_1d,
                bucket_7d: account.bucket_7d,
                org: account.org,
                ..KeySetting::default()
            });
        }
    }
    started(config)
}

/// The ready-made key, and those of the scenario's names.
fn keys_of(replica: &Replica, scenario: &Scenario) -> Result<Vec<Secret>, Exit> {
    let made = replica.engine().keys();
    let mut keys = vec![Secret::new(replica.key())];
    for further in &scenario.keys {
        // The ready-made one comes first, whatever it is called.
        let mut named = made.iter().skip(1).filter(|key| key.name == further.name);
        let Some(key) = named.next() else {
            return Err(Exit::Bug);
        };
        keys.push(Secret::new(&key.secret));
    }
    Ok(keys)
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
