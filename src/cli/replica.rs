//! `replica`: the bundled stand-in of the gateway, for any client.

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;
use spikeproof_mock::{Config, Delay, Fault, FaultSetting, Replica};

use super::output::{data, error, talk};
use super::signals::Signals;
use crate::exit::Exit;
use crate::scenario::{ReplicaSetting, Spread};
use crate::suggest::nearest;

/// Serve the replica for any client, until stopped.
#[derive(Debug, Args)]
#[command(after_help = "\
Prints one JSON line with `base_url` and `key`, then serves until SIGINT or SIGTERM.

Examples:
  spikeproof replica
  spikeproof replica --listen 127.0.0.1:8080 --fault drop-event=0.01 --fault bill-failed-call")]
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
}

/// Reads `NAME` or `NAME=PROBABILITY`.
pub(super) fn fault(text: &str) -> Result<FaultSetting, String> {
    let (name, probability) = text.split_once('=').unwrap_or((text, "1"));
    let Some(fault) = Fault::parse(name) else {
        let known: Vec<_> = Fault::all().map(|fault| fault.name()).collect();
        let near = nearest(name, known.iter().copied());
        let hint = near
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        return Err(format!(
            "no fault is called `{name}`{hint} All: {}",
            known.join(", ")
        ));
    };
    match probability.parse::<f64>() {
        Ok(probability) if probability > 0.0 && probability <= 1.0 => {
            Ok(FaultSetting { fault, probability })
        }
        _ => Err(format!(
            "`{probability}` is no probability above 0 and up to 1"
        )),
    }
}

/// The replica as a scenario wants it.
pub(super) fn config(setting: &ReplicaSetting, seed: u64) -> Config {
    let mut config = Config {
        seed,
        ..Config::default()
    };
    let delays = [
        (&mut config.first_token, setting.first_token),
        (&mut config.token_gap, setting.token_gap),
        (&mut config.image_time, setting.image_time),
        (&mut config.task_queue, setting.task_queue),
        (&mut config.task_run, setting.task_run),
    ];
    for (delay, wanted) in delays {
        if let Some(spread) = wanted {
            *delay = match spread {
                Spread::Constant(time) => Delay::Constant(time),
                Spread::Uniform { min, max } => Delay::Uniform { min, max },
                Spread::LogNormal { median, sigma } => Delay::LogNormal { median, sigma },
                Spread::Exponential { mean } => Delay::Exponential { mean },
            };
        }
    }
    config.output_tokens = setting.output_tokens.or(config.output_tokens);
    config.prompt_cache = setting.prompt_cache;
    let faults = setting.faults.iter().filter_map(|(name, probability)| {
        Fault::parse(name).map(|fault| FaultSetting {
            fault,
            probability: *probability,
        })
    });
    config.faults = faults.collect();
    config
}

pub(super) fn replica(arguments: &ReplicaArguments) -> Exit {
    let faults = arguments.faults.clone();
    let config = Config {
        seed: arguments.seed,
        faults,
        ..Config::default()
    };
    let started = Replica::builder()
        .config(config)
        .listen(arguments.listen)
        .start();
    let replica = match started {
        Ok(replica) => replica,
        Err(why) => {
            error(format_args!("cannot listen on {}: {why}", arguments.listen));
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
            let ready = json!({ "base_url": replica.base_url(), "key": replica.key() });
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
