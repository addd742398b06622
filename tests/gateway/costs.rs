//! What things cost: GW-038 to GW-042, GW-052.

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{Given, SECOND, Target};

promises! {
    /// A text call costs its tokens at the listed rates
    gw_038_a_text_call_costs_its_tokens_at_the_listed_rates {
        check: Check::OutMoney, page: "concepts/credits-and-billing",
        rules: &["BIL-005"],
        opponents: &[Opponent::Fault("bill-twice"), Opponent::Fault("lose-charge")],
    }
    /// Each picture of a call costs its price
    gw_041_each_picture_of_a_call_costs_its_price {
        check: Check::OutMoney, page: "image/seedream-v4-5",
        rules: &["BIL-005"],
        opponents: &[Opponent::Fault("bill-twice"), Opponent::Deaf("n")],
    }
    /// A clip costs its seconds of footage, however long it took
    gw_042_a_clip_costs_its_seconds_of_footage {
        check: Check::OutMoney, page: "models/sora2",
        rules: &["BIL-005"],
        opponents: &[Opponent::Fault("bill-each-poll"), Opponent::Frozen],
    }
    /// The same text call again costs again
    gw_052_the_same_text_call_again_costs_again {
        check: Check::OutMoney, page: "concepts/error-handling",
        rules: &["BIL-005"],
        opponents: &[Opponent::Fault("lose-charge"), Opponent::Fault("upstream-502")],
    }
}

/// What the wallet lost by it, in micro-USD.
fn price(target: &Target, act: impl FnOnce() -> Answer) -> Result<(i64, Answer), String> {
    let before = target.available()?;
    let answer = act();
    same("the status", answer.status, 200)?;
    Ok((before - target.available()?, answer))
}

fn gw_038_a_text_call_costs_its_tokens_at_the_listed_rates(given: &Given) -> Held {
    let target = given.target();
    // Micro-USD for a million tokens, as the pages of the two models say.
    for (speech, model, input_rate, output_rate) in [
        (Speech::Messages, "claude-sonnet-4-6", 3_000_000, 15_000_000),
        (Speech::Chat, "gemini-3-1-pro", 2_000_000, 12_000_000),
        (
            Speech::Responses,
            "claude-sonnet-4-6",
            3_000_000,
            15_000_000,
        ),
        (Speech::Gemini, "gemini-3-1-pro", 2_000_000, 12_000_000),
    ] {
        for stream in [false, true] {
            let call = || speech.put(&target, model, stream).send();
            let (cost, answer) = price(&target, call)?;
            let (input, output) = speech.usage(&answer).ok_or("no usage")?;
            let listed = (input * input_rate + output * output_rate + 500_000) / 1_000_000;
            let what = format!("{speech:?} with {input} and {output} tokens");
            same(&what, u64::try_from(cost).unwrap_or(0), listed)?;
        }
    }
    Ok(())
}

fn gw_041_each_picture_of_a_call_costs_its_price(given: &Given) -> Held {
    let target = given.target();
    for (model, each) in [("seedream-v4.5", 30_000), ("seedream-v5lite", 12_000)] {
        for count in 1..=4 {
            let body = json!({"model": model, "prompt": "a kite", "n": count});
            let call = || {
                target
                    .ask("POST", "/v1/images/generations")
                    .json(&body)
                    .send()
            };
            let (cost, answer) = price(&target, call)?;
            let drawn = answer.json()["data"].as_array().map_or(0, Vec::len);
            same("pictures", i64::try_from(drawn).unwrap_or(0), count)?;
            same(&format!("{count} of {model}"), cost, count * each)?;
        }
    }
    Ok(())
}

fn gw_042_a_clip_costs_its_seconds_of_footage(given: &Given) -> Held {
    let mut costs = Vec::new();
    for run in [20, 400] {
        let target = given.target_with(|config| {
            config.task_run = spikeproof_mock::Delay::Constant(run * SECOND);
        });
        let params = json!({"prompt": "a kite", "duration_seconds": 5});
        let body = json!({"model": "sora-2", "params": params});
        let ask = || target.ask("POST", "/v1/tasks/submit").json(&body).send();
        let before = target.available()?;
        let task = ask().json()["task_id"].clone();
        target.advance((run + 60) * SECOND);
        let query = || {
            let query = target
                .ask("POST", "/v1/tasks/query")
                .json(&json!({"task_id": task}));
            query.send().json()
        };
        query();
        let told: Value = query();
        same("the status", told["status"].as_str(), Some("completed"))?;
        costs.push(before - target.available()?);
    }
    ensure!(
        costs == [500_000, 500_000],
        "5 s for 0.10 USD each cost {costs:?} µUSD"
    );
    Ok(())
}

fn gw_052_the_same_text_call_again_costs_again(given: &Given) -> Held {
    let target = given.target();
    let call = || Speech::Chat.ask(&target).send();
    let (first, _) = price(&target, call)?;
    let (second, _) = price(&target, call)?;
    ensure!(first > 0, "the first cost {first} µUSD");
    same("the second's price", second, first)
}
