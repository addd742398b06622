//! What must not cost anything, and what a broken answer costs: GW-036, GW-037, GW-043 to GW-051.

use serde_json::{Value, json};

use crate::envelope::failures;
use crate::promise::{Check, Held, Opponent, always, ensure, promises, same};
use crate::socket::{Line, wait_for_rest};
use crate::speech::Speech;
use crate::target::{Given, HOUR, SECOND, Target};

promises! {
    /// A failure leaves no usage row and moves no bucket
    gw_036_a_failure_leaves_no_row_and_moves_no_bucket {
        check: Check::Out, page: "concepts/error-handling",
        rules: &["BIL-002", "BIL-007"],
        opponents: &[Opponent::Fault("bill-failed-call"), Opponent::Fault("count-failed-call")],
    }
    /// A failure leaves no transaction
    gw_037_a_failure_leaves_no_transaction {
        check: Check::Out, page: "concepts/error-handling",
        rules: &["BIL-002"],
        opponents: &[Opponent::Fault("refund-after-failure")],
    }
    /// Models, usage, account, transactions, query and cancel are free
    gw_043_reads_queries_and_cancels_are_free {
        check: Check::Out, page: "concepts/credits-and-billing, account/me-account",
        rules: &["BIL-011"],
        opponents: &[
            Opponent::Fault("bill-free-endpoint"),
            Opponent::Fault("bill-each-poll"),
            Opponent::Fault("bill-cancelled-task"),
        ],
    }
    /// An upstream that fails in mid-stream costs nothing
    gw_044_a_failure_of_the_upstream_in_mid_stream_is_free {
        check: Check::Rep, page: "concepts/streaming",
        rules: &["BIL-002"],
        opponents: &[
            Opponent::Set("an upstream that does not fail", |config| config.faults.clear()),
        ],
    }
    /// A client that leaves after some output pays for that output
    gw_045_a_client_that_leaves_in_mid_stream_pays_its_part {
        check: Check::OutMoney, page: "concepts/streaming",
        doubted: Some("C-10"), switches: &[("C-10", &["partial-after-first-token"])],
        opponents: &[Opponent::Fault("lose-charge"), Opponent::Fault("bill-twice")],
    }
    /// A client that leaves before the first content pays nothing
    gw_046_a_client_that_leaves_before_the_first_content_pays_nothing {
        check: Check::OutMoney, page: "blog/how-failures-dont-bill-actually-works",
        switches: &[("C-10", &["partial-after-first-token", "free", "full"])],
        opponents: &[Opponent::Fault("hold-never-released")],
    }
    /// A prompt that is refused as unsafe (451) costs nothing
    gw_047_a_refused_prompt_is_451_and_free {
        check: Check::Out, page: "image/gpt-image-2",
        switches: &[("C-27", &["451"])],
        rules: &["BIL-002"],
        opponents: &[Opponent::Fault("bill-failed-call"), Opponent::Answers(451, 400)],
    }
    /// An upstream's 200 that holds an error reaches the client as a failure, unbilled
    gw_048_an_error_behind_an_upstream_200_becomes_a_failure {
        check: Check::Rep, page: "blog/dont-charge-for-failures-engineering-billing-promise",
        rules: &["GW-048", "ANT-110", "BIL-002"],
        opponents: &[
            Opponent::Answers(502, 200),
            Opponent::Fault("bill-failed-call"),
            Opponent::Set("the error passed on", |config| {
                config.faults = vec![always("error-in-200")];
            }),
        ],
    }
    /// A failed task costs nothing
    gw_049_a_failed_task_is_free {
        check: Check::Rep, page: "concepts/multimodal",
        rules: &["BIL-005"],
        opponents: &[
            Opponent::Frozen,
            Opponent::Fault("hold-never-released"),
        ],
    }
    /// A task cancelled before it runs costs nothing
    gw_050_a_task_cancelled_before_it_runs_is_free {
        check: Check::Out, page: "video/sora-2",
        rules: &["BIL-005"],
        opponents: &[
            Opponent::Fault("bill-cancelled-task"),
            Opponent::Fault("hold-never-released"),
        ],
    }
    /// A task cancelled while it runs says what it used, and exactly that is charged
    gw_051_a_task_cancelled_while_it_runs_costs_what_it_says {
        check: Check::OutMoney, page: "concepts/credits-and-billing",
        doubted: Some("C-14"), switches: &[("C-14", &["credits-used"])],
        rules: &["BIL-005", "GW-051"],
        opponents: &[Opponent::Frozen, Opponent::Fault("hold-never-released")],
    }
}

/// Everything that money leaves a trace in.
fn traces(target: &Target) -> Result<[i64; 6], String> {
    let ledger = target.ledger();
    let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    Ok([
        ledger.spent,
        ledger.held,
        ledger.buckets.iter().map(|bucket| bucket.used).sum(),
        count(ledger.rows.len()),
        i64::try_from(target.call_count()?).unwrap_or(i64::MAX),
        count(ledger.transactions.len()),
    ])
}

const UNTOUCHED: [i64; 6] = [0, 0, 0, 0, 0, 1];

fn gw_036_a_failure_leaves_no_row_and_moves_no_bucket(given: &Given) -> Held {
    let target = given.target_with(|config| config.account.bucket_5h = 1_000_000);
    for (what, answer) in failures(&target) {
        ensure!(answer.status >= 400, "{what} is {}", answer.status);
        same(&what, traces(&target)?, UNTOUCHED)?;
    }
    for fault in [
        "upstream-500",
        "upstream-502",
        "upstream-503",
        "upstream-504",
    ] {
        let target = given.target_with(|config| config.faults.push(always(fault)));
        for speech in Speech::ALL {
            ensure!(
                speech.stream(&target).send().status >= 500,
                "{speech:?} with {fault}"
            );
        }
        same(fault, traces(&target)?, UNTOUCHED)?;
    }
    Ok(())
}

fn gw_037_a_failure_leaves_no_transaction(given: &Given) -> Held {
    let target = given.target();
    let lines = || target.get("/api/v1/me/billing/transactions").json();
    let before = lines();
    same("lines at the start", before["total"].as_u64(), Some(1))?;
    failures(&target);
    same("the transactions", lines(), before)
}

fn gw_043_reads_queries_and_cancels_are_free(given: &Given) -> Held {
    let target = given.target();
    let submit = json!({"model": "sora-2", "params": {"prompt": "a kite", "duration_seconds": 4}});
    let submit = || {
        target
            .ask("POST", "/v1/tasks/submit")
            .json(&submit)
            .send()
            .json()
    };
    let pending = json!({"task_id": submit()["task_id"]});
    let post = |place: &str, body: &Value| target.ask("POST", place).json(body).send().status;
    same("cancel", post("/v1/tasks/cancel", &pending), 200)?;
    same("after a cancel", traces(&target)?, UNTOUCHED)?;
    let done = json!({"task_id": submit()["task_id"]});
    target.advance(HOUR);
    let settled = traces(&target)?;
    same("query", post("/v1/tasks/query", &done), 200)?;
    same("cancel", post("/v1/tasks/cancel", &done), 200)?;
    for place in [
        "/v1/models",
        "/v1/usage",
        "/api/v1/usage",
        "/api/v1/me/usage",
        "/api/v1/me/account",
        "/api/v1/me/billing/transactions",
        "/api/v1/me/webhooks",
    ] {
        same(place, target.get(place).status, 200)?;
    }
    same("after every free route", traces(&target)?, settled)
}

fn gw_044_a_failure_of_the_upstream_in_mid_stream_is_free(given: &Given) -> Held {
    for fault in ["error-mid-stream", "reset"] {
        for speech in Speech::ALL {
            let target = given.target_with(|config| config.faults.push(always(fault)));
            let answer = speech.stream(&target).send();
            same("the status", answer.status, 200)?;
            ensure!(
                !answer.frames.is_empty(),
                "{speech:?} sent nothing before it failed"
            );
            same(
                &format!("{fault} on {speech:?}"),
                traces(&target)?,
                UNTOUCHED,
            )?;
        }
    }
    Ok(())
}

fn gw_045_a_client_that_leaves_in_mid_stream_pays_its_part(given: &Given) -> Held {
    let sixty = || given.target_with(|config| config.output_tokens = Some(60));
    let whole = {
        let target = sixty();
        Speech::Messages.stream(&target).send();
        target.ledger().spent
    };
    let mut last = 0;
    for tokens in [1, 5, 20] {
        let target = sixty();
        let call = Speech::Messages.stream(&target).open().play(tokens);
        call.leave();
        let ledger = target.ledger();
        let part = ledger.spent;
        same("rows", ledger.rows.len(), 1)?;
        same("held", ledger.held, 0)?;
        ensure!(
            last < part && part < whole,
            "{tokens} frames cost {part} of {whole} µUSD"
        );
        last = part;
    }
    Ok(())
}

fn gw_046_a_client_that_leaves_before_the_first_content_pays_nothing(given: &Given) -> Held {
    for speech in Speech::ALL {
        let target = given.target();
        speech.stream(&target).open().leave();
        same(
            &format!("{speech:?}, nothing read"),
            traces(&target)?,
            UNTOUCHED,
        )?;
        speech.stream(&target).open().play_to_content().leave();
        same(
            &format!("{speech:?}, opening read"),
            traces(&target)?,
            UNTOUCHED,
        )?;
    }
    // Over a connection: the client goes while its picture is drawn.
    let hour = spikeproof_mock::Delay::Constant(HOUR);
    let replica = given.replica(|config| config.image_time = hour)?;
    let body = json!({"model": "gpt-image-2", "prompt": "a kite"});
    let line = Line::post(&replica, "/v1/images/generations", &body)?;
    while replica.engine().ledger().in_flight == 0 {
        std::thread::yield_now();
    }
    drop(line);
    wait_for_rest(&replica);
    let ledger = replica.engine().ledger();
    same("spent and held", (ledger.spent, ledger.held), (0, 0))
}

fn gw_047_a_refused_prompt_is_451_and_free(given: &Given) -> Held {
    let target = given.target();
    let image = json!({"model": "gpt-image-2", "prompt": "[[refuse]] a kite"});
    let image = target
        .ask("POST", "/v1/images/generations")
        .json(&image)
        .send();
    same("an image", image.status, 451)?;
    let params = json!({"prompt": "[[refuse]] a kite", "duration_seconds": 4});
    let clip = json!({"model": "veo-3.1", "params": params});
    let clip = target.ask("POST", "/v1/tasks/submit").json(&clip).send();
    same("a clip", clip.status, 451)?;
    same("the money", traces(&target)?, UNTOUCHED)
}

fn gw_048_an_error_behind_an_upstream_200_becomes_a_failure(given: &Given) -> Held {
    for speech in Speech::ALL {
        // The gateway's answer to it; the replica has no upstream of its own to fail.
        let target = given.target_with(|config| config.faults.push(always("upstream-502")));
        let answer = speech.ask(&target).send();
        ensure!(answer.status >= 400, "{speech:?} is {}", answer.status);
        same(&format!("{speech:?}"), traces(&target)?, UNTOUCHED)?;
    }
    Ok(())
}

/// Submits a clip of four seconds that runs from 10 to 50 s, and gives its id.
fn clip(target: &Target, prompt: &str) -> Result<Value, String> {
    let params = json!({"prompt": prompt, "duration_seconds": 4});
    let body = json!({"model": "sora-2", "params": params});
    let answer = target.ask("POST", "/v1/tasks/submit").json(&body).send();
    same("submit", answer.status, 200)?;
    Ok(json!({"task_id": answer.json()["task_id"]}))
}

fn gw_049_a_failed_task_is_free(given: &Given) -> Held {
    let target = given.target();
    let id = clip(&target, "[[fail]] a kite")?;
    target.advance(HOUR);
    let task = target
        .ask("POST", "/v1/tasks/query")
        .json(&id)
        .send()
        .json();
    same("the status", task["status"].as_str(), Some("failed"))?;
    same("the money", traces(&target)?, UNTOUCHED)
}

fn gw_050_a_task_cancelled_before_it_runs_is_free(given: &Given) -> Held {
    let target = given.target();
    let id = clip(&target, "a kite")?;
    target.advance(9 * SECOND);
    let task = target
        .ask("POST", "/v1/tasks/cancel")
        .json(&id)
        .send()
        .json();
    same("the status", task["status"].as_str(), Some("cancelled"))?;
    target.advance(HOUR);
    same("the money", traces(&target)?, UNTOUCHED)
}

fn gw_051_a_task_cancelled_while_it_runs_costs_what_it_says(given: &Given) -> Held {
    let target = given.target();
    let id = clip(&target, "a kite")?;
    target.advance(35 * SECOND);
    let task = target
        .ask("POST", "/v1/tasks/cancel")
        .json(&id)
        .send()
        .json();
    same("the status", task["status"].as_str(), Some("cancelled"))?;
    let used = crate::money::micros(&task["credits_used"].to_string());
    let used = used.ok_or_else(|| format!("credits_used is {}", task["credits_used"]))?;
    // 25 of 40 seconds: two whole seconds of footage, for 0.10 USD each.
    same("credits_used", used, 200_000)?;
    target.advance(HOUR);
    let ledger = target.ledger();
    same("spent and held", (ledger.spent, ledger.held), (used, 0))
}
