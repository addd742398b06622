//! Refusals of models and routes, and repeating them: GW-079 to GW-082.

use serde_json::json;

use crate::auth::made;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::Given;

promises! {
    /// An unknown slug is refused, free of charge, with one of five documented answers
    gw_079_an_unknown_slug_is_refused_and_free {
        check: Check::Out, page: "utility/v1-models",
        doubted: Some("C-08"),
        switches: &[("C-08", &[
            "model-not-found-400",
            "model-not-found-404",
            "unsupported-model-400",
            "model-not-in-group-403",
            "model-not-allowed-400",
        ])],
        rules: &["GW-079", "BIL-002"],
        opponents: &[
            Opponent::Answers(400, 200),
            Opponent::Says("model_not_found", "no_model"),
            Opponent::Says("NOT_FOUND", "INVALID_ARGUMENT"),
            Opponent::Fault("bill-failed-call"),
        ],
    }
    /// A model outside a key's group is 403 `model_not_in_group`
    gw_080_a_model_outside_the_group_of_a_key_is_403 {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-080"],
        doubted: Some("C-08"),
        switches: &[("C-08", &[
            "model-not-found-400",
            "model-not-found-404",
            "unsupported-model-400",
            "model-not-in-group-403",
        ])],
        opponents: &[
            Opponent::Set("another code", |config| {
                config.contract.unusable_model =
                    spikeproof_mock::contract::UnusableModel::NotAllowed400;
            }),
            Opponent::Says("model_not_in_group", "model_not_allowed"),
        ],
    }
    /// An unknown route is 404 `not_found`
    gw_081_an_unknown_route_is_404 {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-081"],
        opponents: &[
            Opponent::Answers(404, 405),
            Opponent::Says("not_found", "nothing"),
            Opponent::Says("NOT_FOUND", "NOTHING"),
        ],
    }
    /// A refusal other than 429 is the same when the call is made again
    gw_082_a_refusal_is_the_same_when_the_call_is_made_again {
        check: Check::Out, page: "concepts/error-handling",
        opponents: &[
            Opponent::Set("an upstream that fails half the time", |config| {
                let fault = spikeproof_mock::Fault::WrongErrorEnvelope;
                let probability = 0.5;
                config.faults.push(spikeproof_mock::FaultSetting { fault, probability });
            }),
        ],
    }
}

fn gw_079_an_unknown_slug_is_refused_and_free(given: &Given) -> Held {
    let target = given.target();
    let documented = [
        (400, "model_not_found"),
        (404, "model_not_found"),
        (400, "unsupported_model"),
        (403, "model_not_in_group"),
        (400, "model_not_allowed"),
    ];
    for speech in [Speech::Chat, Speech::Responses] {
        let (status, word) = speech.put(&target, "no-such-model", true).send().refusal();
        let is_documented = documented.contains(&(status, word.as_str()));
        ensure!(is_documented, "{speech:?}: {status} `{word}`");
    }
    let status = Speech::Messages
        .put(&target, "no-such-model", false)
        .send()
        .status;
    ensure!((400..500).contains(&status), "Messages: {status}");
    let google = Speech::Gemini.put(&target, "no-such-model", true).send();
    let known = [(404, "NOT_FOUND"), (403, "PERMISSION_DENIED")];
    let (status, word) = google.refusal();
    ensure!(
        known.contains(&(status, word.as_str())),
        "Gemini: {status} `{word}`"
    );
    let ledger = target.ledger();
    same(
        "spent, held and rows",
        (ledger.spent, ledger.held, ledger.rows.len()),
        (0, 0, 0),
    )
}

fn gw_080_a_model_outside_the_group_of_a_key_is_403(given: &Given) -> Held {
    let target = given.target();
    let (claude_only, _) = made(&target, &json!({"group_id": 1}))?;
    let ask = |speech: Speech, model| {
        speech
            .put(&target, model, false)
            .bearer(&claude_only)
            .send()
            .refusal()
    };
    same(
        "its own model",
        ask(Speech::Chat, "claude-sonnet-4-6").0,
        200,
    )?;
    let refused = |word: &str| (403, word.to_owned());
    same(
        "chat",
        ask(Speech::Chat, "gpt-5-4"),
        refused("model_not_in_group"),
    )?;
    same(
        "Gemini",
        ask(Speech::Gemini, "gemini-3-flash"),
        refused("PERMISSION_DENIED"),
    )?;
    same(
        "Messages",
        ask(Speech::Messages, "gpt-5-4"),
        refused("permission_error"),
    )
}

fn gw_081_an_unknown_route_is_404(given: &Given) -> Held {
    let target = given.target();
    for (place, word) in [
        ("/v1/nowhere", "not_found"),
        ("/v1/chat/completion", "not_found"),
        ("/v1/messages/nowhere", "not_found_error"),
        ("/v1beta/nowhere", "NOT_FOUND"),
        ("/api/v1/nowhere", "not_found"),
        ("/", "not_found"),
    ] {
        for method in ["GET", "POST"] {
            let answer = target.ask(method, place).json(&json!({})).send();
            same(place, answer.refusal(), (404, word.to_owned()))?;
        }
    }
    Ok(())
}

fn gw_082_a_refusal_is_the_same_when_the_call_is_made_again(given: &Given) -> Held {
    let target = given.target();
    let again = || {
        crate::envelope::failures(&target)
            .into_iter()
            .map(|(what, answer)| (what, answer.status, answer.text()))
            .collect::<Vec<_>>()
    };
    let first = again();
    for _ in 0..3 {
        same("the refusals", again(), first.clone())?;
    }
    Ok(())
}
