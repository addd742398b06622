//! `/__replica/`: what only a replica has. Faults, clock, money, slots and a fresh start, for
//! whoever tries a client on it.
//!
//! No path of the gateway begins so, and none ever may. It asks for no key, since it is on loopback
//! and whoever reaches it can stop the process as well; it costs nothing and is in no usage.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::switches::{MOST, Switch, nearest, unknown_fault};
use super::{Engine, State, admin_view};
use crate::clock::Moment;
use crate::fault::{Fault, FaultSetting};
use crate::incoming::{Answered, CallToken, HeadEdits, Incoming};
use crate::ledger::TransactionKind;
use crate::script::{Frame, FrameKind, Script, Step};
use crate::upstream::model_names;

/// Where it all is.
pub(crate) const PREFIX: &str = "/__replica";

/// Method, path below the prefix, and what it does.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "", "this list"),
    (
        "GET",
        "/faults",
        "every fault there is, and those that are on",
    ),
    (
        "POST",
        "/faults",
        "switch one on: `fault`, and perhaps `probability`, `count`, `route`, `model`, `key`",
    ),
    (
        "DELETE",
        "/faults",
        "switch all off; with `?fault=NAME` or `?id=N` some",
    ),
    (
        "GET",
        "/contract",
        "which reading of each contradiction holds, and the others",
    ),
    ("GET", "/config", "what the replica was started with"),
    ("GET", "/clock", "what time it is"),
    (
        "POST",
        "/clock",
        "one of `advance_seconds`, `set` (ISO time or Unix seconds: stops it) and `run: true`",
    ),
    (
        "GET",
        "/ledger",
        "the whole truth about the money; `?rows=N` for more than 100 rows",
    ),
    ("POST", "/topup", "credit the wallet: `micro_usd`"),
    (
        "GET",
        "/slots",
        "who is served by the upstream and who waits, and what is down",
    ),
    ("POST", "/reset", "everything as it was at the start"),
];

/// Seconds that one request may move the clock by: ten years.
const FARTHEST: f64 = 10.0 * 366.0 * 86_400.0;
/// Unix seconds at which the clock ends, in the year 2477: it counts nanoseconds.
const LAST: u64 = 16_000_000_000;
/// Micro-USD that one request may credit: a billion USD.
const RICHEST: i64 = 1_000_000_000_000_000;

/// A refusal: status, message, and the name that was meant.
struct Refusal(u16, String);

type Told = Result<Value, Refusal>;

fn wrong(message: impl Into<String>) -> Refusal {
    Refusal(400, message.into())
}

impl Engine {
    /// The answer to a request below the prefix; none where the path is another's.
    pub(super) fn admin(&self, incoming: &Incoming) -> Option<Answered> {
        let rest = incoming.path.strip_prefix(PREFIX)?;
        if !self.config.admin || !(rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
        let told = self.told_admin(incoming, rest.trim_end_matches('/'));
        let mut state = self.state(self.clock.now());
        let (status, body) = match told {
            Ok(body) => (200, body),
            Err(Refusal(status, message)) => (status, json!({"error": {"message": message}})),
        };
        Some(plain(&mut state, status, &body))
    }

    fn told_admin(&self, incoming: &Incoming, rest: &str) -> Told {
        let method = incoming.method.as_str();
        match (method, rest) {
            ("GET", "") => Ok(admin_view::routes(PREFIX, ROUTES)),
            ("GET", "/faults") => Ok(self.shown_faults()),
            ("POST", "/faults") => self.switch_on(&fields(incoming)?),
            ("DELETE", "/faults") => self.switch_off(incoming),
            ("GET", "/contract") => Ok(admin_view::contract(self.config.contract)),
            ("GET", "/config") => Ok(admin_view::config(&self.config)),
            ("GET", "/clock") => Ok(self.shown_clock()),
            ("POST", "/clock") => self.turn_clock(&fields(incoming)?),
            ("GET", "/ledger") => self.shown_ledger(incoming),
            ("POST", "/topup") => self.credit(&fields(incoming)?),
            ("GET", "/slots") => Ok(self.shown_slots()),
            ("POST", "/reset") => {
                self.reset();
                Ok(json!({"reset": true}))
            }
            _ => Err(unknown_route(method, rest)),
        }
    }

    fn shown_faults(&self) -> Value {
        let state = self.state(self.clock.now());
        let active: Vec<Value> = state.switches.list.iter().map(admin_view::switch).collect();
        json!({"active": active, "known": admin_view::known_faults()})
    }

    fn switch_on(&self, fields: &Map<String, Value>) -> Told {
        let known = ["fault", "probability", "count", "route", "model", "key"];
        only(fields, &known)?;
        let name = text(fields, "fault")?.ok_or_else(|| wrong("`fault` is missing: its name"))?;
        let fault = Fault::parse(&name).ok_or_else(|| wrong(unknown_fault(&name)))?;
        let probability = match fields.get("probability") {
            None => 1.0,
            Some(value) => value
                .as_f64()
                .filter(|probability| *probability > 0.0 && *probability <= 1.0)
                .ok_or_else(|| wrong("`probability` is a number above 0 and up to 1"))?,
        };
        let left = match fields.get("count") {
            None => None,
            Some(value) => Some(
                value
                    .as_u64()
                    .filter(|count| *count > 0)
                    .ok_or_else(|| wrong("`count` is a whole number of at least 1"))?,
            ),
        };
        let (route, model) = (text(fields, "route")?, text(fields, "model")?);
        if let Some(model) = &model
            && !model_names().contains(&model.as_str())
        {
            let near = nearest(model, model_names().into_iter());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(wrong(format!(
                "no model or family is called `{model}`{hint}"
            )));
        }
        let mut state = self.state(self.clock.now());
        let key = match fields.get("key") {
            None => None,
            Some(value) => Some(state.key_of(value)?),
        };
        if state.switches.list.len() >= MOST {
            let message = format!("{MOST} faults are on already; DELETE {PREFIX}/faults");
            return Err(Refusal(409, message));
        }
        let setting = FaultSetting { fault, probability };
        let id = state.switches.add(Switch {
            id: 0,
            setting,
            route,
            model,
            key,
            left,
        });
        let added = state.switches.list.iter().find(|switch| switch.id == id);
        Ok(json!({"switched_on": added.map(admin_view::switch)}))
    }

    fn switch_off(&self, incoming: &Incoming) -> Told {
        let name = incoming.parameter("fault");
        if let Some(name) = &name
            && Fault::parse(name).is_none()
        {
            return Err(wrong(unknown_fault(name)));
        }
        let id = match incoming.parameter("id") {
            None => None,
            Some(id) => Some(id.parse::<u64>().map_err(|_| wrong("`id` is a number"))?),
        };
        let mut state = self.state(self.clock.now());
        let before = state.switches.list.len();
        let goes = |switch: &Switch| {
            name.as_deref()
                .is_none_or(|name| switch.setting.fault.name() == name)
                && id.is_none_or(|id| switch.id == id)
        };
        state.switches.list.retain(|switch| !goes(switch));
        let active: Vec<Value> = state.switches.list.iter().map(admin_view::switch).collect();
        Ok(json!({"switched_off": before - active.len(), "active": active}))
    }

    fn shown_clock(&self) -> Value {
        let now = self.clock.now();
        json!({
            "now": now.iso(),
            "unix_seconds": now.unix_seconds(),
            "runs": !self.clock.is_stopped(),
            "seconds_since_start": self.clock.elapsed().as_secs_f64(),
        })
    }

    fn turn_clock(&self, fields: &Map<String, Value>) -> Told {
        only(fields, &["advance_seconds", "set", "run"])?;
        if fields.len() != 1 {
            return Err(wrong(
                "exactly one of `advance_seconds`, `set` and `run` is needed",
            ));
        }
        if let Some(value) = fields.get("advance_seconds") {
            let seconds = value
                .as_f64()
                .filter(|seconds| (0.0..=FARTHEST).contains(seconds))
                .ok_or_else(|| {
                    wrong(
                        "`advance_seconds` is a number from 0 to ten years; time does not go back",
                    )
                })?;
            let by = Duration::from_secs_f64(seconds);
            if self.clock.now().plus(by).unix_seconds() >= LAST {
                return Err(wrong("the clock ends in the year 2477"));
            }
            self.clock.skip(by);
        } else if let Some(value) = fields.get("set") {
            let then = match value {
                Value::String(iso) => Moment::parse_iso(iso).map(Moment::unix_seconds),
                Value::Number(seconds) => seconds.as_u64(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
            };
            let then = then.filter(|seconds| *seconds < LAST).ok_or_else(|| {
                wrong("`set` is a time such as \"2026-05-25T14:00:00Z\", or Unix seconds")
            })?;
            self.clock.set(Duration::from_secs(then));
        } else if fields.get("run") == Some(&Value::Bool(true)) {
            self.clock.run();
        } else {
            return Err(wrong("`run` can be true only; `set` stops the clock"));
        }
        Ok(self.shown_clock())
    }

    fn shown_ledger(&self, incoming: &Incoming) -> Told {
        let rows = match incoming.parameter("rows") {
            None => 100,
            Some(rows) => rows
                .parse::<usize>()
                .map_err(|_| wrong("`rows` is a whole number"))?,
        };
        Ok(admin_view::ledger(&self.ledger(), rows))
    }

    fn credit(&self, fields: &Map<String, Value>) -> Told {
        only(fields, &["micro_usd"])?;
        let amount = fields
            .get("micro_usd")
            .and_then(Value::as_i64)
            .filter(|amount| (1..=RICHEST).contains(amount))
            .ok_or_else(|| wrong("`micro_usd` is a whole number from 1: 1000000 is one USD"))?;
        let now = self.clock.now();
        let mut state = self.state(now);
        let ledger = &mut state.ledger;
        ledger.transact(TransactionKind::TopUp, amount, now, None);
        let available = ledger.wallet.available();
        Ok(json!({"available": available}))
    }

    fn shown_slots(&self) -> Value {
        let elapsed = self.clock.elapsed();
        let pools: Vec<Value> = self
            .pools()
            .into_iter()
            .map(|(name, figures)| admin_view::pool(name, figures))
            .collect();
        json!({
            "slots": self.config.upstream.slots,
            "queue": self.config.upstream.queue,
            "pools": pools,
            "outages": admin_view::outages(&self.config.upstream, elapsed),
        })
    }

    /// Everything as at the start, but for answers under way: they go on, and cost nothing.
    pub fn reset(&self) {
        let now = self.clock.now();
        let mut state = self.state(now);
        state.pools.clear();
        let mut fresh = State::new(&self.config, now);
        // Answers under way must not be taken for new ones.
        fresh.next_call = state.next_call;
        // Whoever waits for news waits at the old bell.
        fresh.outbox.bell = Arc::clone(&self.bell);
        // It could be furnished when it was made, and is the same now.
        drop(self.furnish(&mut fresh, now));
        *state = fresh;
        self.clock.start_again();
    }
}

impl State {
    /// By number, masked form or secret.
    fn key_of(&self, value: &Value) -> Result<u64, Refusal> {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        self.keys
            .named(&text)
            .or_else(|| self.keys.numbered(&text))
            .ok_or_else(|| wrong("`key` is no key of this replica; the ready-made one is 1"))
    }
}

fn unknown_route(method: &str, rest: &str) -> Refusal {
    let methods: Vec<&str> = ROUTES
        .iter()
        .filter(|(_, path, _)| *path == rest)
        .map(|(method, ..)| *method)
        .collect();
    if !methods.is_empty() {
        let message = format!(
            "{PREFIX}{rest} takes {}, not {method}",
            methods.join(" and ")
        );
        return Refusal(405, message);
    }
    let near = nearest(rest, ROUTES.iter().map(|(_, path, _)| *path));
    let hint = near.map_or_else(
        || format!("GET {PREFIX} lists all"),
        |near| format!("did you mean `{PREFIX}{near}`?"),
    );
    let shown: String = rest.chars().take(60).collect();
    Refusal(404, format!("nothing is at `{PREFIX}{shown}`; {hint}"))
}

fn fields(incoming: &Incoming) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(&incoming.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(wrong("the body is a JSON object")),
        Err(why) => Err(wrong(format!("the body is a JSON object: {why}"))),
    }
}

fn only(fields: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    let Some(unknown) = fields.keys().find(|name| !known.contains(&name.as_str())) else {
        return Ok(());
    };
    let near = nearest(&unknown.replace('_', "-"), known.iter().copied());
    let shown: String = unknown.chars().take(60).collect();
    Err(wrong(match near {
        Some(near) => format!("unknown key `{shown}`; did you mean `{near}`?"),
        None => format!("unknown key `{shown}`; known are {}", known.join(", ")),
    }))
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= 4_000 => Ok(Some(text.clone())),
        Some(_) => Err(wrong(format!("`{name}` is a text of at most 4000 bytes"))),
    }
}

/// An answer without envelope: nothing of this is the gateway's.
fn plain(state: &mut State, status: u16, body: &Value) -> Answered {
    state.next_call += 1;
    let frame = Frame {
        bytes: Bytes::from(format!("{body:#}\n")),
        kind: FrameKind::Body,
    };
    Answered {
        script: Script {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            steps: vec![Step::Frame(frame)],
        },
        call: CallToken {
            number: state.next_call,
            key: 1,
            request_id: String::new(),
            head: HeadEdits::default(),
            edits: Vec::new(),
        },
    }
}
