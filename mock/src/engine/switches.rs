//! Faults that are switched on: those of the configuration, those of the admin route, and those
//! that one request names for itself.

use rand::Rng;
use serde_json::Value;

use super::State;
use super::problem::Problem;
use super::route::Route;
use crate::catalog;
use crate::config::Config;
use crate::contract::Contract;
use crate::edit::{self, Edit};
use crate::fault::{Fault, FaultSetting, Scope};
use crate::incoming::Incoming;
use crate::seed;
use crate::upstream;

/// The header by which a request asks for its own faults.
pub(crate) const HEADER: &str = "x-replica-fault";
/// More switches than this are a mistake of whoever sets them.
pub(crate) const MOST: usize = 200;

/// One fault that is on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Switch {
    /// Counts up from 1.
    pub(crate) id: u64,
    pub(crate) setting: FaultSetting,
    /// What a path begins with.
    pub(crate) route: Option<String>,
    /// A slug, its other spelling or a family.
    pub(crate) model: Option<String>,
    pub(crate) key: Option<u64>,
    /// It goes off by itself after so many requests.
    pub(crate) left: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Switches {
    pub(crate) list: Vec<Switch>,
    last: u64,
}

impl Switches {
    /// Those of a configuration: always on, for every request.
    pub(crate) fn new(settings: &[FaultSetting]) -> Self {
        let mut switches = Self::default();
        for setting in settings {
            switches.add(Switch {
                id: 0,
                setting: *setting,
                route: None,
                model: None,
                key: None,
                left: None,
            });
        }
        switches
    }

    /// Numbers it and switches it on.
    pub(crate) fn add(&mut self, switch: Switch) -> u64 {
        self.last += 1;
        self.list.push(Switch {
            id: self.last,
            ..switch
        });
        self.last
    }

    /// The faults that strike this request, as far as its route, key and model can tell. Whether
    /// one strikes follows from `turn`, so from the seed and the request.
    pub(crate) fn struck(
        &mut self,
        turn: u64,
        route: &Route,
        incoming: &Incoming,
        key: u64,
    ) -> Vec<Fault> {
        let mut struck = Vec::new();
        // Read once, and only where a switch asks.
        let mut model: Option<Option<String>> = None;
        for switch in &mut self.list {
            let fault = switch.setting.fault;
            let concerns_route = switch
                .route
                .as_deref()
                .is_none_or(|wanted| incoming.path.starts_with(wanted));
            if !fits(fault, route) || !concerns_route || switch.key.is_some_and(|own| own != key) {
                continue;
            }
            if let Some(wanted) = &switch.model {
                let slug = model.get_or_insert_with(|| model_of(route, incoming));
                if !slug.as_deref().is_some_and(|slug| is_named(wanted, slug)) {
                    continue;
                }
            }
            let mut dice = seed::dice(seed::hash(turn, &[fault.name().as_bytes()]));
            if dice.random::<f64>() >= switch.setting.probability {
                continue;
            }
            if let Some(left) = &mut switch.left {
                *left -= 1;
            }
            struck.push(fault);
        }
        self.list.retain(|switch| switch.left != Some(0));
        struck
    }

    /// Edits that are for everybody.
    fn struck_at_the_door(&self, turn: u64, path: &str) -> Vec<Edit> {
        let all = self.list.iter().filter(|switch| {
            let concerns = switch
                .route
                .as_deref()
                .is_none_or(|wanted| path.starts_with(wanted));
            concerns && switch.model.is_none() && switch.key.is_none()
        });
        let struck = all.filter_map(|switch| {
            let edit = switch.setting.fault.of_edit()?;
            let mut dice = seed::dice(seed::hash(turn, &[edit.text().as_bytes()]));
            (dice.random::<f64>() < switch.setting.probability).then_some(edit)
        });
        struck.collect()
    }
}

/// The edits that strike a request which is turned away before its route or key is known.
pub(crate) fn at_the_door(config: &Config, state: &State, incoming: &Incoming) -> Vec<Edit> {
    let turn = seed::hash(config.seed, &[&state.next_call.to_le_bytes()]);
    let mut struck = state.switches.struck_at_the_door(turn, &incoming.path);
    let named = asked_for(config, incoming);
    struck.extend(edits(&named.unwrap_or_default(), &incoming.path));
    struck
}

/// Of faults that strike, the edits of answers to a path.
pub(crate) fn edits(faults: &[Fault], path: &str) -> Vec<Edit> {
    let edits = faults.iter().filter_map(|fault| fault.of_edit());
    edits.filter(|edit| edit.strikes(path)).collect()
}

/// Whether a fault has anything to do with a route.
pub(crate) fn fits(fault: Fault, route: &Route) -> bool {
    match fault.scope() {
        Scope::Success | Scope::Failure => route.is_inference(),
        Scope::AnyStream => route.is_inference() || matches!(route, Route::TaskStream(_)),
        Scope::Head => !route.is_management(),
        Scope::Free => !route.is_inference() && !matches!(route, Route::Asset(_)),
        Scope::Task | Scope::Any => true,
    }
}

/// The faults that a request names for itself, `NAME` or `NAME,NAME`.
pub(crate) fn asked_for(config: &Config, incoming: &Incoming) -> Result<Vec<Fault>, Problem> {
    if !config.admin {
        return Ok(Vec::new());
    }
    let headers = incoming.headers.iter().filter(|(name, _)| name == HEADER);
    let names = headers.flat_map(|(_, value)| {
        // What an edit says may have commas.
        let (one, list) = if value.starts_with(edit::WORD) {
            (Some(value.as_str()), None)
        } else {
            (None, Some(value.split(',')))
        };
        one.into_iter().chain(list.into_iter().flatten())
    });
    let faults = names.map(str::trim).filter(|name| !name.is_empty());
    let faults = faults.map(|name| {
        Fault::parse(name).ok_or_else(|| Problem::invalid(HEADER, unknown_fault(name)))
    });
    faults.collect()
}

/// What to say of a name that no fault has.
pub(crate) fn unknown_fault(name: &str) -> String {
    if let Some(Err(why)) = name.starts_with(edit::WORD).then(|| Fault::edit(name)) {
        return why;
    }
    let shown: String = name.chars().take(60).collect();
    match nearest(name, Fault::all().map(Fault::name)) {
        Some(near) => format!("no fault is called `{shown}`; did you mean `{near}`?"),
        None => format!("no fault is called `{shown}`; GET /__replica/faults lists all"),
    }
}

/// The known name that `wrong` was probably meant to be: at most a third of it is other.
pub(crate) fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > 100 {
        return None;
    }
    let wrong = wrong.to_lowercase().replace('_', "-");
    known
        .map(|name| (strsim::osa_distance(&wrong, name), name))
        .filter(|(distance, name)| *distance <= (wrong.len().max(name.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn model_of(route: &Route, incoming: &Incoming) -> Option<String> {
    if let Route::Text {
        model: Some(model), ..
    } = route
    {
        return Some(model.clone());
    }
    let body: Value = serde_json::from_slice(&incoming.body).ok()?;
    body.get("model")?.as_str().map(str::to_owned)
}

fn is_named(wanted: &str, slug: &str) -> bool {
    wanted == slug
        || catalog::find(slug, Contract::default())
            .is_some_and(|model| upstream::names(wanted, model))
}
