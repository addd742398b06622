//! `replica`: the bundled stand-in of the gateway, for any client.

mod settings;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use spikeproof_mock::config::Retention;
use spikeproof_mock::{Fault, FaultSetting, Replica, StartError};

use super::load::{read_source, replica_setting};
use super::output::{data, error, talk};
use super::signals::Signals;
use crate::exit::Exit;
use crate::scenario::{ReplicaSetting, Source, parse_fault};
use crate::suggest::nearest;

pub(super) use settings::{KEPT_IN_A_RUN, config};

/// Serve the replica for any client, until stopped.
#[derive(Debug, Args)]
#[command(after_help = "\
Prints one JSON line with `base_url`, `key` and `callback_secret`, then serves until SIGINT or
SIGTERM. Everything that a scenario can say under `replica` can be said here: in a file
(--config), by key (--set), or by the flags for what is set most often. A flag wins over --set,
--set over the file. docs/faults.md lists the faults, docs/replica.md the contract switches and
what is served below `/__replica/`. The secret signs callbacks of tasks:
`x-webhook-signature: sha256=HEX`, HMAC-SHA256 over the body; loopback addresses alone are called.

Examples:
  spikeproof replica
  spikeproof replica --listen 127.0.0.1:8080 --fault drop-event=0.01 --fault bill-failed-call
  spikeproof replica --contract C-12=per-model --token-gap 'lognormal(20ms, 0.4)'
  spikeproof replica --set upstream.slots=8 --set account.wallet=0.05
  spikeproof replica --set 'upstream.outages=[{ from: 10s, for: 5s, kind: 503 }]'")]
pub(super) struct ReplicaArguments {
    /// Loopback address to listen on; port 0 lets the system pick one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Seed of its answers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Something it does wrong on purpose: NAME or NAME=PROBABILITY (repeatable)
    #[arg(long = "fault", value_name = "NAME[=P]", value_parser = fault)]
    faults: Vec<FaultSetting>,
    /// YAML file with the keys that a scenario has under `replica`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One of those keys, parts joined by dots, with its value (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    sets: Vec<(String, String)>,
    /// Reading of a contradiction in the documents, such as C-12=per-model (repeatable)
    #[arg(long = "contract", value_name = "C-NN=READING", value_parser = pair)]
    contract: Vec<(String, String)>,
    /// From the request to the first token, such as 200ms or 'lognormal(180ms, 0.4)'
    #[arg(long, value_name = "SPREAD")]
    first_token: Option<String>,
    /// Between two tokens
    #[arg(long, value_name = "SPREAD")]
    token_gap: Option<String>,
    /// Tokens of an answer that no limit cuts short
    #[arg(long, value_name = "N")]
    output_tokens: Option<String>,
    /// From the request to the finished image
    #[arg(long, value_name = "SPREAD")]
    image_time: Option<String>,
    /// How long a task waits before it runs
    #[arg(long, value_name = "SPREAD")]
    task_queue: Option<String>,
    /// How long a task runs
    #[arg(long, value_name = "SPREAD")]
    task_run: Option<String>,
    /// Serve nothing below `/__replica/`, and take no fault from a request's header
    #[arg(long)]
    no_admin: bool,
}

/// `KEY=VALUE`, neither empty.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        Some(_) | None => Err("expected a name, `=` and a value".to_owned()),
    }
}

/// What file and flags say together.
fn setting(arguments: &ReplicaArguments) -> Result<ReplicaSetting, Exit> {
    let mut setting = ReplicaSetting::default();
    if let Some(path) = &arguments.config {
        setting.extend(replica_setting(&read_source(path)?)?);
    }
    let mut say = |flag: String, path: &[&str], value: &str| {
        let said = replica_setting(&Source::new(flag, nested(path, value)))?;
        setting.extend(said);
        Ok(())
    };
    for (key, value) in &arguments.sets {
        let path: Vec<&str> = key.split('.').collect();
        say(format!("--set {key}={value}"), &path, value)?;
    }
    for (id, reading) in &arguments.contract {
        say(
            format!("--contract {id}={reading}"),
            &["contract", id],
            reading,
        )?;
    }
    let flags = [
        ("first_token", &arguments.first_token),
        ("token_gap", &arguments.token_gap),
        ("output_tokens", &arguments.output_tokens),
        ("image_time", &arguments.image_time),
        ("task_queue", &arguments.task_queue),
        ("task_run", &arguments.task_run),
    ];
    for (key, value) in flags {
        if let Some(value) = value {
            let flag = format!("--{}", key.replace('_', "-"));
            say(flag, &[key], value)?;
        }
    }
    if arguments.no_admin {
        say("--no-admin".to_owned(), &["admin"], "false")?;
    }
    let named = |fault: &FaultSetting| (fault.fault.name().to_owned(), fault.probability);
    setting.faults.extend(arguments.faults.iter().map(named));
    Ok(setting)
}

/// YAML with one value, one mapping inside the other.
fn nested(path: &[&str], value: &str) -> String {
    let mut text = String::new();
    for (depth, key) in path.iter().enumerate() {
        let end = if depth + 1 == path.len() { ' ' } else { '\n' };
        text += &format!("{:indent$}{key}:{end}", "", indent = 2 * depth);
    }
    text + value + "\n"
}

/// Reads `NAME` or `NAME=PROBABILITY`, or an edit.
pub(super) fn fault(text: &str) -> Result<FaultSetting, String> {
    let (name, probability) = parse_fault(text)?;
    if name.starts_with("edit ") {
        let fault = Fault::edit(&name)?;
        return Ok(FaultSetting { fault, probability });
    }
    let Some(fault) = Fault::parse(&name) else {
        let known: Vec<_> = Fault::all().map(|fault| fault.name()).collect();
        let near = nearest(&name, known.iter().copied());
        let hint = near.map_or_else(
            || ".".to_owned(),
            |near| format!("; did you mean `{near}`?"),
        );
        return Err(format!(
            "no fault is called `{name}`{hint} All: {}",
            known.join(", ")
        ));
    };
    Ok(FaultSetting { fault, probability })
}

/// Says why, down to the first cause.
pub(super) fn not_started(why: &StartError) {
    let mut told = why.to_string();
    let mut cause = std::error::Error::source(why);
    while let Some(deeper) = cause {
        let text = deeper.to_string();
        // Some causes are told by what they caused.
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = deeper.source();
    }
    error(told);
}

pub(super) fn replica(arguments: &ReplicaArguments) -> Exit {
    let config = match setting(arguments) {
        Ok(setting) => config(&setting, arguments.seed, Retention::default()),
        Err(exit) => return exit,
    };
    let started = Replica::builder()
        .config(config)
        .listen(arguments.listen)
        .start();
    let replica = match started {
        Ok(replica) => replica,
        Err(why) => {
            not_started(&why);
            return Exit::Usage;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let stopped = runtime.map(|runtime| {
        runtime.block_on(async {
            // Whoever reads the line may stop us at once, so the handlers come first.
            let mut signals = Signals::new();
            let ready = json!({
                "base_url": replica.base_url(),
                "key": replica.key(),
                "callback_secret": replica.engine().callback_secret(),
            });
            data(format_args!("{ready}\n"));
            signals.next().await
        })
    });
    if let Err(why) = stopped {
        error(format_args!("cannot wait for signals: {why}"));
        return Exit::Bug;
    }
    talk("stopping");
    replica.stop();
    Exit::Held
}
