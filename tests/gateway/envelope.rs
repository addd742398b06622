//! The quota headers that every answer carries: GW-018 to GW-027.

use serde_json::json;
use spikeproof_mock::Fault;

use crate::ask::Answer;
use crate::auth::made;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::socket::Line;
use crate::speech::Speech;
use crate::target::{Given, HOUR, Target};

promises! {
    /// Every success carries the three rate limit headers and the quota header
    gw_018_every_success_carries_the_envelope {
        check: Check::Out, page: "quickstart",
        rules: &["GW-018", "BIL-001"],
        opponents: &[
            Opponent::Fault("header-missing"),
            Opponent::Fault("header-doubled"),
            Opponent::Says("x-ratelimit-limit", "x-limit"),
            Opponent::Says("x-ratelimit-remaining", "x-remaining"),
            Opponent::Says("x-ratelimit-reset", "x-reset"),
        ],
    }
    /// Every failure carries them as well
    gw_019_every_failure_carries_the_envelope {
        check: Check::Out, page: "api-reference/overview, quickstart",
        rules: &["GW-019", "BIL-001"],
        opponents: &[
            Opponent::Fault("header-missing"),
            Opponent::Says("x-ratelimit-reset", "x-reset"),
        ],
    }
    /// The org's header comes with keys of an org and only with them
    gw_020_the_header_of_an_org_comes_with_its_keys_only {
        check: Check::Key, page: "concepts/credits-and-billing",
        rules: &["GW-020"],
        opponents: &[
            Opponent::Says("x-org-quota-remaining-credits", "x-org"),
            Opponent::Set("every key is an org's", |config| config.account.org = true),
        ],
    }
    /// Amounts in the envelope are decimals with two digits after the point
    gw_021_amounts_in_the_envelope_have_two_decimals {
        check: Check::Out, page: "quickstart",
        rules: &["GW-021"],
        opponents: &[
            Opponent::Fault("header-not-decimal"),
            Opponent::Set("three decimals", |config| config.account.decimals = 3),
        ],
    }
    /// The reset is told in Unix seconds and lies ahead
    gw_022_the_reset_is_told_in_unix_seconds {
        check: Check::Out, page: "concepts/rate-limits",
        rules: &["GW-022"],
        opponents: &[
            Opponent::Says("2000", "2033-05-25 2000"),
            Opponent::Says("x-ratelimit-reset", "x-reset"),
        ],
    }
    /// The envelope of a stream is in its head, before the first event
    gw_023_the_envelope_of_a_stream_comes_before_its_first_event {
        check: Check::Out, page: "concepts/streaming",
        rules: &["GW-018"],
        opponents: &[Opponent::Fault("header-missing")],
    }
    /// A failure leaves the quota header where it was
    gw_024_a_failure_leaves_the_quota_where_it_was {
        check: Check::Out, page: "concepts/error-handling",
        rules: &["BIL-002"],
        opponents: &[Opponent::Fault("bill-failed-call")],
    }
    /// Over a batch the quota header falls by the price of its calls, to the cent
    gw_025_the_quota_falls_by_the_price_of_a_batch {
        check: Check::OutMoney, page: "quickstart",
        rules: &["BIL-005"],
        opponents: &[
            Opponent::Fault("bill-twice"),
            Opponent::Fault("lose-charge"),
            Opponent::Fault("header-stale"),
        ],
    }
    /// The bucket shown is the one that stops the key first
    gw_026_the_bucket_shown_is_the_tightest {
        check: Check::Key, page: "concepts/rate-limits",
        opponents: &[
            Opponent::Deaf("rate_limit_1d"),
            Opponent::Set("a tighter bucket", |config| config.account.bucket_7d = 1_000_000),
        ],
    }
    /// What remains in a bucket is its limit minus what was spent in its window
    gw_027_what_remains_is_the_limit_minus_the_spend_of_the_window {
        check: Check::Key, page: "concepts/rate-limits",
        rules: &["GW-027"],
        opponents: &[
            Opponent::Fault("lose-charge"),
            Opponent::Fault("bill-twice"),
            Opponent::Frozen,
        ],
    }
}

pub(crate) const AMOUNTS: [&str; 3] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-quota-remaining-credits",
];
const RESET: &str = "x-ratelimit-reset";

/// Each once: of two values nobody knows which one counts.
fn whole(what: &str, answer: &Answer) -> Held {
    for name in AMOUNTS.into_iter().chain([RESET]) {
        let sent = answer.headers.iter().filter(|(known, _)| known == name);
        let times = sent.count();
        ensure!(
            times == 1,
            "{what} ({}) has `{name}` {times} times",
            answer.status
        );
    }
    Ok(())
}

/// A success of every kind of route that costs nothing or has no body of its own.
fn successes(target: &Target) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for speech in Speech::ALL {
        answers.push((format!("{speech:?}"), speech.ask(target).send()));
        answers.push((
            format!("{speech:?}, streamed"),
            speech.stream(target).send(),
        ));
    }
    let post = |place: &str, body| target.ask("POST", place).json(&body).send();
    let image = json!({"model": "seedream-v4", "prompt": "a kite"});
    answers.push(("an image".to_owned(), post("/v1/images/generations", image)));
    let clip = json!({"model": "sora-2", "params": {"prompt": "a kite", "duration_seconds": 4}});
    let clip = post("/v1/tasks/submit", clip);
    let id = clip.json()["task_id"].clone();
    answers.push(("a submit".to_owned(), clip));
    answers.push((
        "a query".to_owned(),
        post("/v1/tasks/query", json!({"task_id": id})),
    ));
    answers.push((
        "a cancel".to_owned(),
        post("/v1/tasks/cancel", json!({"task_id": id})),
    ));
    let reads = [
        "/v1/models",
        "/v1/usage",
        "/api/v1/me/account",
        "/api/v1/me/usage",
        "/api/v1/me/billing/transactions",
        "/api/v1/me/webhooks",
    ];
    answers.extend(reads.map(|place| (place.to_owned(), target.get(place))));
    answers
}

/// A failure of every status that a client can cause.
pub(crate) fn failures(target: &Target) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for speech in Speech::ALL {
        let ask = || speech.ask(target);
        let mut tell = |what: &str, answer| answers.push((format!("{speech:?}, {what}"), answer));
        tell("no key", ask().without_key().send());
        tell("bad JSON", ask().raw("{").send());
        tell(
            "no content",
            ask().json(&json!({"model": speech.model()})).send(),
        );
        tell(
            "an unknown model",
            speech.put(target, "no-such-model", false).send(),
        );
    }
    let post = |place: &str, body| target.ask("POST", place).json(&body).send();
    answers.push(("no route".to_owned(), target.get("/v1/nowhere")));
    answers.push((
        "no task".to_owned(),
        post("/v1/tasks/query", json!({"task_id": "task_0"})),
    ));
    let large = vec![b' '; (1 << 20) + 1];
    let large = target.ask("POST", "/v1/tasks/submit").raw(large).send();
    answers.push(("too large".to_owned(), large));
    let unsafe_prompt = json!({"model": "seedream-v4", "prompt": "[[refuse]]"});
    answers.push((
        "refused".to_owned(),
        post("/v1/images/generations", unsafe_prompt),
    ));
    answers
}

fn gw_018_every_success_carries_the_envelope(given: &Given) -> Held {
    for (what, answer) in successes(&given.target()) {
        same(&what, answer.status, 200)?;
        whole(&what, &answer)?;
    }
    Ok(())
}

fn gw_019_every_failure_carries_the_envelope(given: &Given) -> Held {
    for (what, answer) in failures(&given.target()) {
        ensure!(answer.status >= 400, "{what} is {}", answer.status);
        whole(&what, &answer)?;
    }
    for fault in [
        "rate-limited",
        "concurrency-limited",
        "upstream-500",
        "upstream-503",
    ] {
        let target = given.target_with(|config| {
            config.faults.push(crate::promise::always(fault));
        });
        whole(fault, &Speech::Chat.ask(&target).send())?;
    }
    Ok(())
}

fn gw_020_the_header_of_an_org_comes_with_its_keys_only(given: &Given) -> Held {
    const ORG: &str = "x-org-quota-remaining-credits";
    let own = Speech::Chat.ask(&given.target()).send();
    same("the org's header on another key", own.header(ORG), None)?;
    let target = given.target_with(|config| config.account.org = true);
    for answer in [Speech::Chat.ask(&target).send(), target.get("/v1/nowhere")] {
        answer.micros(ORG)?;
    }
    Ok(())
}

fn gw_021_amounts_in_the_envelope_have_two_decimals(given: &Given) -> Held {
    let target = given.target();
    let answers = [Speech::Chat.ask(&target).send(), target.get("/v1/nowhere")];
    for answer in answers {
        for name in AMOUNTS {
            answer.micros(name)?;
            let value = answer.header(name).unwrap_or_default();
            let decimals = value.split_once('.').map(|(_, rest)| rest.len());
            ensure!(decimals == Some(2), "`{name}` is `{value}`");
        }
    }
    Ok(())
}

fn gw_022_the_reset_is_told_in_unix_seconds(given: &Given) -> Held {
    let target = given.target();
    let now = crate::target::START.as_secs();
    for answer in [Speech::Chat.ask(&target).send(), target.get("/v1/nowhere")] {
        let reset = answer.header(RESET).unwrap_or_default();
        let seconds: u64 = reset
            .parse()
            .map_err(|_| format!("`{RESET}` is `{reset}`"))?;
        let ahead = now..=now + 7 * 86_400;
        ensure!(
            ahead.contains(&seconds),
            "`{RESET}` is {seconds}, and now is {now}"
        );
    }
    Ok(())
}

fn gw_023_the_envelope_of_a_stream_comes_before_its_first_event(given: &Given) -> Held {
    // A stream whose first payload is an hour away: the head is there all the same.
    let replica = given.replica(|config| {
        config.token_gap = spikeproof_mock::Delay::Constant(HOUR);
    })?;
    for speech in Speech::ALL {
        let body = speech.body(speech.model(), true);
        let mut line = Line::post(&replica, &speech.place(speech.model(), true), &body)?;
        let head = line.read_to("\r\n\r\n")?.to_lowercase();
        let (head, _) = head.split_once("\r\n\r\n").unwrap_or_default();
        for name in AMOUNTS.into_iter().chain([RESET]) {
            let is_there = head.contains(&format!("\r\n{name}: "));
            ensure!(is_there, "{speech:?} has no `{name}` in its head:\n{head}");
        }
        ensure!(
            replica.engine().ledger().in_flight > 0,
            "{speech:?} was over already"
        );
    }
    Ok(())
}

fn gw_024_a_failure_leaves_the_quota_where_it_was(given: &Given) -> Held {
    let target = given.target();
    let before = target.quota()?;
    for (what, answer) in failures(&target) {
        ensure!(answer.status >= 400, "{what} is {}", answer.status);
        same(&format!("the quota after {what}"), target.quota()?, before)?;
    }
    for fault in [
        Fault::Upstream500,
        Fault::Upstream502,
        Fault::Upstream503,
        Fault::Upstream504,
    ] {
        let target = given.target_with(|config| {
            config.faults.push(crate::promise::always(fault.name()));
        });
        let before = target.quota()?;
        Speech::Messages.ask(&target).send();
        same(fault.name(), target.quota()?, before)?;
    }
    Ok(())
}

fn gw_025_the_quota_falls_by_the_price_of_a_batch(given: &Given) -> Held {
    let target = given.target();
    let before = target.quota()?;
    let mut price = 0;
    for _ in 0..300 {
        let answer = Speech::Messages.ask(&target).send();
        let (input, output) = Speech::Messages.usage(&answer).ok_or("no usage")?;
        // claude-sonnet-4-6: 3 USD and 15 USD for a million tokens.
        price += i64::try_from(3 * input + 15 * output).unwrap_or(i64::MAX);
    }
    let fell = before - target.quota()?;
    ensure!(
        price > 20_000,
        "the batch is too cheap to show anything: {price}"
    );
    ensure!(
        (fell - price).abs() <= 10_000,
        "the quota fell by {fell} µUSD, priced {price}"
    );
    Ok(())
}

fn gw_026_the_bucket_shown_is_the_tightest(given: &Given) -> Held {
    let target = given.target_with(|config| {
        (config.account.bucket_5h, config.account.bucket_1d) = (50_000_000, 0);
    });
    let shown = |key: &str| {
        let answer = target.ask("GET", "/v1/models").bearer(key).send();
        answer.micros("x-ratelimit-limit")
    };
    same(
        "the ready-made key's only bucket",
        shown(&target.key())?,
        50_000_000,
    )?;
    let limits = json!({"rate_limit_5h": 40, "rate_limit_1d": 30, "rate_limit_7d": 60});
    let (key, _) = made(&target, &limits)?;
    same("the tightest of three", shown(&key)?, 30_000_000)
}

fn gw_027_what_remains_is_the_limit_minus_the_spend_of_the_window(given: &Given) -> Held {
    let target = given.target_with(|config| config.account.bucket_5h = 10_000_000);
    let remaining = || target.get("/v1/models").micros("x-ratelimit-remaining");
    same("an unused bucket", remaining()?, 10_000_000)?;
    let spend = || {
        let image = json!({"model": "gpt-image-2", "prompt": "a kite", "response_format": "url"});
        target
            .ask("POST", "/v1/images/generations")
            .json(&image)
            .send()
            .status
    };
    same("an image", spend(), 200)?;
    same("after 0.08 USD", remaining()?, 9_920_000)?;
    target.advance(HOUR);
    same("an image", spend(), 200)?;
    same("after 0.16 USD", remaining()?, 9_840_000)?;
    target.advance(4 * HOUR);
    same(
        "when the first has left the window",
        remaining()?,
        9_920_000,
    )?;
    target.advance(HOUR);
    same("when both have", remaining()?, 10_000_000)
}
