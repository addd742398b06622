//! What the command line says about the answers to be judged.

use super::CheckArguments;
use crate::check::{Settings, route};
use crate::cli::load::read_at_most;
use crate::cli::output::{error, talk};
use crate::contract::{Contract, ContractError, RuleSetting, SWITCHES};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::exit::Exit;
use crate::judge::{RuleSet, Weights};
use crate::protocol::Delivery;
use crate::rules::catalogue;
use crate::suggest::nearest;

/// Bytes of a request.
const LONGEST_REQUEST: u64 = 64 << 20;

pub(super) fn protocol(text: &str) -> Result<ProtocolId, String> {
    let mut all = ProtocolId::ALL.into_iter();
    all.find(|protocol| protocol.name() == text).ok_or_else(|| {
        let names = ProtocolId::ALL.map(ProtocolId::name);
        let near = nearest(text, names).map(|near| format!("did you mean `{near}`? "));
        format!("{}known are {}", near.unwrap_or_default(), names.join(", "))
    })
}

pub(super) fn endpoint(text: &str) -> Result<Endpoint, String> {
    route::endpoint("", text).ok_or_else(|| {
        let paths = Endpoint::ALL.iter().map(|endpoint| endpoint.path());
        match nearest(text, paths) {
            Some(near) => format!("no documented route has this path; did you mean `{near}`?"),
            None => "no documented route has this path".to_owned(),
        }
    })
}

pub(super) fn delivery(text: &str) -> Result<Delivery, String> {
    match text {
        "sse" => Ok(Delivery::Sse),
        "json" => Ok(Delivery::Unary),
        "array" => Ok(Delivery::Array),
        _ => Err("known are sse, json, array".to_owned()),
    }
}

pub(super) fn settings(arguments: &CheckArguments) -> Result<Settings, Exit> {
    let request = match &arguments.request {
        None => None,
        Some(path) => {
            let read = read_at_most(path, LONGEST_REQUEST).map_err(|why| why.to_string());
            let parsed = read.and_then(|bytes| {
                serde_json::from_slice(&bytes).map_err(|why| format!("it is no JSON: {why}"))
            });
            Some(parsed.map_err(|why| {
                error(format_args!(
                    "cannot use the request `{}`: {why}",
                    path.display()
                ));
                Exit::Usage
            })?)
        }
    };
    let mut contract = Contract::ANY;
    for (id, reading) in &arguments.contract {
        // They were read when the arguments were.
        let chosen = contract.choose(id, reading);
        debug_assert!(chosen.is_ok(), "{chosen:?}");
    }
    let mut weights = Weights::of(arguments.set_rules.iter().copied());
    weights.mute(&muted(&arguments.rules)?);
    Ok(Settings {
        protocol: arguments.protocol,
        delivery: arguments.delivery,
        status: arguments.status,
        request,
        profile: arguments.profile,
        contract,
        weights,
        strict: arguments.strict,
    })
}

/// `C-06=done`.
pub(super) fn reading(text: &str) -> Result<(String, String), String> {
    let (id, reading) = text.split_once('=').ok_or("expected C-NN=READING")?;
    let told = Contract::default().choose(id, reading);
    told.map_err(|error| match &error {
        ContractError::Switch(_) => {
            let ids: Vec<_> = SWITCHES.iter().map(|switch| switch.id).collect();
            format!("{error}; known are {}", ids.join(", "))
        }
        ContractError::Reading(_, id) => {
            let switch = SWITCHES.iter().find(|switch| switch.id == *id);
            let readings = switch.map_or(&[][..], |switch| switch.readings);
            format!("{error}; its readings are {}", readings.join(", "))
        }
    })?;
    Ok((id.to_owned(), reading.to_owned()))
}

/// `ANT-041=warn`.
pub(super) fn set_rule(text: &str) -> Result<(&'static str, RuleSetting), String> {
    let (id, word) = text
        .split_once('=')
        .ok_or("expected ID=error, ID=warn or ID=off")?;
    let rule = catalogue::find(id).ok_or_else(|| {
        let near = nearest(id, catalogue::all().map(|rule| rule.id));
        match near {
            Some(near) => format!("no rule is called `{id}`; did you mean `{near}`?"),
            None => format!("no rule is called `{id}`; `spikeproof rules` lists them all"),
        }
    })?;
    let setting = RuleSetting::parse(word)
        .ok_or_else(|| format!("a rule is set to error, warn or off, not to `{word}`"))?;
    Ok((rule.id, setting))
}

/// All rules but the wanted ones; none where none is named.
fn muted(wanted: &[String]) -> Result<RuleSet, Exit> {
    let family = |id: &str| id.split('-').next().unwrap_or(id).to_owned();
    for name in wanted {
        let is_family = || catalogue::all().any(|rule| family(rule.id).eq_ignore_ascii_case(name));
        if catalogue::find(name).is_some() || is_family() {
            continue;
        }
        error(format_args!(
            "no rule and no family of rules is called `{name}`"
        ));
        let names = catalogue::all().flat_map(|rule| [rule.id, rule.name]);
        if let Some(near) = nearest(name, names) {
            talk(format_args!("  = help: did you mean `{near}`?"));
        }
        talk("  = help: `spikeproof rules` lists them all");
        return Err(Exit::Usage);
    }
    if wanted.is_empty() {
        return Ok(RuleSet::NONE);
    }
    Ok(RuleSet::of(|rule| {
        let is = |name: &String| {
            rule.id.eq_ignore_ascii_case(name)
                || rule.name.eq_ignore_ascii_case(name)
                || family(rule.id).eq_ignore_ascii_case(name)
        };
        !wanted.iter().any(is)
    }))
}
