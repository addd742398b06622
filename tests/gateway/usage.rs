//! Sums and rows of usage: GW-058 to GW-066.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::auth::made;
use crate::money::micros;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{DAY, Given, HOUR, SECOND, Target};

promises! {
    /// Usage without parameters is that of the last 30 days, by day
    gw_058_usage_without_parameters_is_the_last_30_days_by_day {
        check: Check::Out, page: "account/me-usage",
        rules: &["GW-058"],
        opponents: &[Opponent::Frozen, Opponent::Says("2033-", "33-")],
    }
    /// `since` is part of the span and `until` is not
    gw_059_since_is_part_of_the_span_and_until_is_not {
        check: Check::Out, page: "account/me-usage",
        rules: &["GW-059"],
        opponents: &[Opponent::Deaf("since"), Opponent::Deaf("until")],
    }
    /// The totals are the sums of the buckets
    gw_060_the_totals_are_the_sums_of_the_buckets {
        check: Check::Out, page: "account/me-usage",
        rules: &["GW-060"],
        opponents: &[
            Opponent::Says("\"totals\":{\"total_usd\":0", "\"totals\":{\"total_usd\":1"),
        ],
    }
    /// By day and model is a finer cut of by day
    gw_061_by_day_and_model_is_a_finer_cut_of_by_day {
        check: Check::Out, page: "account/me-usage",
        opponents: &[Opponent::Deaf("group_by")],
    }
    /// Tokens in usage are the tokens that the answers told
    gw_062_tokens_in_usage_are_those_that_the_answers_told {
        check: Check::Out, page: "account/me-usage",
        rules: &["BIL-005"],
        opponents: &[Opponent::Fault("bill-twice"), Opponent::Fault("wrong-usage")],
    }
    /// A failed call does not raise `call_count`
    gw_063_a_failed_call_is_not_counted {
        check: Check::Out, page: "account/me-usage, concepts/error-handling",
        rules: &["BIL-007"],
        opponents: &[Opponent::Fault("count-failed-call")],
    }
    /// Usage reaches 90 days back and no further
    gw_064_usage_reaches_90_days_back_and_no_further {
        check: Check::Out, page: "account/me-usage",
        rules: &["GW-064"],
        opponents: &[Opponent::Frozen, Opponent::Deaf("since")],
    }
    /// The filter by key takes its masked form and its id
    gw_065_the_filter_by_key_takes_its_masked_form_and_its_id {
        check: Check::Out, page: "account/me-usage",
        opponents: &[Opponent::Deaf("api_key")],
    }
    /// The usage route gives a row for each call, with tokens and credits
    gw_066_the_usage_route_gives_a_row_for_each_call {
        check: Check::Out, page: "api-reference/overview",
        doubted: Some("C-01"), switches: &[("C-01", &["on-usage-routes", "also-on-me"])],
        rules: &["BIL-005", "GW-066"],
        opponents: &[Opponent::Fault("row-missing"), Opponent::Fault("bill-twice")],
    }
}

fn usage(target: &Target, query: &str) -> Value {
    target.get(&format!("/api/v1/me/usage{query}")).json()
}

fn calls(usage: &Value) -> Option<u64> {
    usage["totals"]["call_count"].as_u64()
}

fn buckets(usage: &Value) -> Vec<Value> {
    usage["buckets"].as_array().cloned().unwrap_or_default()
}

/// Four numbers of a bucket or the totals: micro-USD, tokens in and out, calls.
fn sums(bucket: &Value) -> Result<[i64; 4], String> {
    let count = |name: &str| {
        bucket[name]
            .as_i64()
            .ok_or_else(|| format!("{name} in {bucket}"))
    };
    let total = &bucket["total_usd"];
    let total = micros(&total.to_string()).ok_or_else(|| format!("total_usd is {total}"))?;
    Ok([
        total,
        count("input_tokens")?,
        count("output_tokens")?,
        count("call_count")?,
    ])
}

fn add(all: &[Value]) -> Result<[i64; 4], String> {
    all.iter().try_fold([0; 4], |sum, bucket| {
        let bucket = sums(bucket)?;
        Ok([0, 1, 2, 3].map(|index| sum[index] + bucket[index]))
    })
}

fn gw_058_usage_without_parameters_is_the_last_30_days_by_day(given: &Given) -> Held {
    let target = given.target();
    let call = || Speech::Chat.ask(&target).send();
    call();
    target.advance(29 * DAY);
    call();
    target.advance(HOUR);
    call();
    let all = usage(&target, "");
    same("calls of 30 days", calls(&all), Some(3))?;
    let days: Vec<_> = buckets(&all)
        .iter()
        .map(|day| day["bucket"].clone())
        .collect();
    same(
        "the buckets",
        days,
        vec!["2033-06-23".into(), "2033-05-25".into()],
    )?;
    target.advance(DAY);
    same("calls a day later", calls(&usage(&target, "")), Some(2))
}

fn gw_059_since_is_part_of_the_span_and_until_is_not(given: &Given) -> Held {
    let target = given.target();
    let times = [
        "2033-05-25T14:00:00Z",
        "2033-05-25T14:00:10Z",
        "2033-05-25T14:00:20Z",
    ];
    for _ in times {
        Speech::Chat.ask(&target).send();
        target.advance(10 * SECOND);
    }
    let [first, second, third] = times;
    for (query, count) in [
        (format!("?since={second}"), 2),
        (format!("?until={second}"), 1),
        (format!("?since={first}&until={third}"), 2),
        (format!("?since={second}&until={second}"), 0),
        ("?since=2033-05-25T14:00:11Z".to_owned(), 1),
    ] {
        same(&query, calls(&usage(&target, &query)), Some(count))?;
    }
    Ok(())
}

/// Calls of several models on several days, and what their answers said they used.
fn history(target: &Target) -> Result<(u64, u64), String> {
    let (mut input, mut output) = (0, 0);
    for _ in 0..3 {
        for speech in Speech::ALL {
            for stream in [false, true] {
                let answer = speech.put(target, speech.model(), stream).send();
                let (used, made) = speech.usage(&answer).ok_or("an answer without usage")?;
                (input, output) = (input + used, output + made);
            }
        }
        target.advance(DAY);
    }
    Ok((input, output))
}

fn gw_060_the_totals_are_the_sums_of_the_buckets(given: &Given) -> Held {
    let target = given.target();
    history(&target)?;
    for group in [
        "day",
        "hour",
        "model",
        "api_key",
        "day,model",
        "hour,model,api_key",
    ] {
        let usage = usage(&target, &format!("?group_by={group}"));
        ensure!(!buckets(&usage).is_empty(), "no bucket by {group}");
        same(group, sums(&usage["totals"])?, add(&buckets(&usage))?)?;
    }
    Ok(())
}

fn gw_061_by_day_and_model_is_a_finer_cut_of_by_day(given: &Given) -> Held {
    let target = given.target();
    history(&target)?;
    let coarse = buckets(&usage(&target, "?group_by=day"));
    let fine = buckets(&usage(&target, "?group_by=day,model"));
    let mut parts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for bucket in fine {
        ensure!(
            bucket["model"].is_string(),
            "a bucket without its model: {bucket}"
        );
        parts
            .entry(bucket["bucket"].to_string())
            .or_default()
            .push(bucket);
    }
    same("days", parts.len(), coarse.len())?;
    for day in coarse {
        let parts = parts.remove(&day["bucket"].to_string()).unwrap_or_default();
        ensure!(parts.len() > 1, "{} has one model only", day["bucket"]);
        same("a day", add(&parts)?, sums(&day)?)?;
    }
    Ok(())
}

fn gw_062_tokens_in_usage_are_those_that_the_answers_told(given: &Given) -> Held {
    let target = given.target();
    let (input, output) = history(&target)?;
    let totals = usage(&target, "")["totals"].clone();
    same(
        "tokens of input",
        totals["input_tokens"].as_u64(),
        Some(input),
    )?;
    same(
        "tokens of output",
        totals["output_tokens"].as_u64(),
        Some(output),
    )
}

fn gw_063_a_failed_call_is_not_counted(given: &Given) -> Held {
    let target = given.target();
    Speech::Chat.ask(&target).send();
    let before = usage(&target, "");
    same("calls", calls(&before), Some(1))?;
    crate::envelope::failures(&target);
    same("the usage", usage(&target, ""), before)
}

fn gw_064_usage_reaches_90_days_back_and_no_further(given: &Given) -> Held {
    let target = given.target();
    Speech::Chat.ask(&target).send();
    target.advance(60 * DAY);
    Speech::Chat.ask(&target).send();
    let since = "?since=2020-01-01T00:00:00Z";
    same("after 60 days", calls(&usage(&target, since)), Some(2))?;
    target.advance(30 * DAY);
    same("after 90 days", calls(&usage(&target, since)), Some(2))?;
    target.advance(SECOND);
    same("a second more", calls(&usage(&target, since)), Some(1))
}

fn gw_065_the_filter_by_key_takes_its_masked_form_and_its_id(given: &Given) -> Held {
    let target = given.target();
    let (key, id) = made(&target, &json!({}))?;
    for key in [&target.key(), &key, &key] {
        Speech::Chat.ask(&target).bearer(key).send();
    }
    let by_key = buckets(&usage(&target, "?group_by=api_key"));
    let count = |bucket: &&Value| bucket["call_count"] == 2;
    let masked = by_key
        .iter()
        .find(count)
        .map(|bucket| bucket["api_key"].clone());
    let masked = masked.ok_or("no bucket has the calls of the made key")?;
    let masked = masked.as_str().unwrap_or_default().to_owned();
    ensure!(masked != key, "the bucket shows the secret");
    same(
        "calls by id",
        calls(&usage(&target, &format!("?api_key={id}"))),
        Some(2),
    )?;
    same(
        "calls by mask",
        calls(&usage(&target, &format!("?api_key={masked}"))),
        Some(2),
    )?;
    same(
        "calls of no key",
        calls(&usage(&target, "?api_key=none")),
        Some(0),
    )
}

fn gw_066_the_usage_route_gives_a_row_for_each_call(given: &Given) -> Held {
    let target = given.target();
    let mut told = Vec::new();
    for speech in Speech::ALL {
        let answer = speech.ask(&target).send();
        told.push(speech.usage(&answer).ok_or("no usage")?);
    }
    told.reverse();
    for place in ["/v1/usage", "/api/v1/usage"] {
        let answer = target.get(place);
        same(place, answer.status, 200)?;
        let rows = answer.json()["items"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut found = Vec::new();
        let mut credits = 0;
        for row in &rows {
            let count = |name: &str| row[name].as_u64().ok_or_else(|| format!("{name} in {row}"));
            found.push((count("prompt_tokens")?, count("completion_tokens")?));
            credits += micros(&row["credits"].to_string()).ok_or_else(|| row.to_string())?;
        }
        same("tokens by row, the newest first", found, told.clone())?;
        same("credits of all rows", credits, target.ledger().spent)?;
    }
    Ok(())
}
