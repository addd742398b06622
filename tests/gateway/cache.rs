//! What is read from a prompt cache and written to one, and what that costs: GW-039, GW-040.

use serde_json::{Value, json};

use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{Given, Target};

promises! {
    /// What is read from a prompt cache costs a tenth of fresh input
    gw_039_what_is_read_from_a_cache_costs_less {
        check: Check::OutMoney, page: "models/claude-sonnet-4-6",
        rules: &["BIL-005"],
        opponents: &[
            Opponent::Deaf("cache_control"),
            Opponent::Fault("bill-twice"),
            Opponent::Set("no cache", |config| config.prompt_cache = false),
        ],
    }
    /// What is written to a prompt cache costs 1.25 times the input on Claude, elsewhere the input
    gw_040_what_is_written_to_a_cache_costs_a_quarter_more_on_claude {
        check: Check::OutMoney, page: "concepts/credits-and-billing",
        rules: &["BIL-005"],
        opponents: &[
            Opponent::Deaf("cache_control"),
            Opponent::Fault("lose-charge"),
            Opponent::Set("no cache", |config| config.prompt_cache = false),
        ],
    }
}

/// A prompt that is long enough to be kept, and marked for it.
fn marked() -> Value {
    let text = "one of many words ".repeat(600);
    let system = json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]);
    let mut body = Speech::Messages.body("claude-sonnet-4-6", false);
    body["system"] = system;
    body
}

/// Micro-USD that it cost, and the usage that it told.
fn paid(target: &Target, speech: Speech, body: &Value) -> Result<(i64, Value), String> {
    let before = target.available()?;
    let answer = speech.ask(target).json(body).send();
    same("the status", answer.status, 200)?;
    Ok((before - target.available()?, answer.json()["usage"].clone()))
}

/// Micro-USD for tokens at these rates for a million.
fn priced(usage: &Value, parts: &[(&str, i64)]) -> Result<i64, String> {
    let mut sum = 0;
    for (name, rate) in parts {
        let count = usage[*name]
            .as_i64()
            .ok_or_else(|| format!("{name} in {usage}"))?;
        sum += count * rate;
    }
    Ok((sum + 500_000) / 1_000_000)
}

const CLAUDE: [(&str, i64); 4] = [
    ("input_tokens", 3_000_000),
    ("cache_creation_input_tokens", 3_750_000),
    ("cache_read_input_tokens", 300_000),
    ("output_tokens", 15_000_000),
];

fn gw_039_what_is_read_from_a_cache_costs_less(given: &Given) -> Held {
    let target = given.target();
    let (first, _) = paid(&target, Speech::Messages, &marked())?;
    let (second, usage) = paid(&target, Speech::Messages, &marked())?;
    let read = usage["cache_read_input_tokens"].as_u64().unwrap_or(0);
    ensure!(read > 1_000, "nothing was read from the cache: {usage}");
    same("the second call", second, priced(&usage, &CLAUDE)?)?;
    ensure!(second < first, "{first} µUSD, then {second}");
    Ok(())
}

fn gw_040_what_is_written_to_a_cache_costs_a_quarter_more_on_claude(given: &Given) -> Held {
    let target = given.target();
    let (cost, usage) = paid(&target, Speech::Messages, &marked())?;
    let written = usage["cache_creation_input_tokens"].as_u64().unwrap_or(0);
    ensure!(written > 1_000, "nothing was written to the cache: {usage}");
    same("the first call", cost, priced(&usage, &CLAUDE)?)?;
    let mut body = Speech::Chat.body("gemini-3-1-pro", false);
    body["messages"][0]["content"] = "one of many words ".repeat(600).into();
    let (cost, usage) = paid(&target, Speech::Chat, &body)?;
    let gemini = [
        ("prompt_tokens", 2_000_000),
        ("completion_tokens", 12_000_000),
    ];
    same("a first call of Gemini", cost, priced(&usage, &gemini)?)
}
