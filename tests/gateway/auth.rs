//! Keys, and where a request may carry one: GW-001 to GW-017.

use serde_json::{Value, json};

use crate::ask::{Answer, Ask};
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{DAY, Given, SECOND, Target};

promises! {
    /// A key in `x-api-key` opens Messages
    gw_001_a_key_in_x_api_key_opens_messages {
        check: Check::Out, page: "authentication",
        opponents: &[Opponent::Deaf("x-api-key")],
    }
    /// A bearer key opens Messages
    gw_002_a_bearer_key_opens_messages {
        check: Check::Out, page: "authentication",
        opponents: &[Opponent::Deaf("authorization")],
    }
    /// A bearer key opens Chat Completions
    gw_003_a_bearer_key_opens_chat {
        check: Check::Out, page: "text/openai-chat-completions",
        opponents: &[Opponent::Deaf("authorization")],
    }
    /// A key in `x-api-key` opens Chat Completions
    gw_004_a_key_in_x_api_key_opens_chat {
        check: Check::Out, page: "text/openai-chat-completions",
        opponents: &[Opponent::Deaf("x-api-key")],
    }
    /// A bearer key opens Responses
    gw_005_a_bearer_key_opens_responses {
        check: Check::Out, page: "text/openai-responses",
        opponents: &[Opponent::Deaf("authorization")],
    }
    /// A key in `x-api-key` alone does not open Responses
    gw_006_a_key_in_x_api_key_does_not_open_responses {
        check: Check::Out, page: "text/openai-responses",
        doubted: Some("C-23"), switches: &[("C-23", &["bearer-only"])],
    }
    /// A key in `x-goog-api-key` opens the Gemini routes
    gw_007_a_key_in_x_goog_api_key_opens_gemini {
        check: Check::Out, page: "text/gemini-generate-content",
        switches: &[("C-22", &["anywhere", "header-only"])],
        opponents: &[Opponent::Deaf("x-goog-api-key")],
    }
    /// A key in the query opens the Gemini routes
    gw_008_a_key_in_the_query_opens_gemini {
        check: Check::Out, page: "authentication",
        switches: &[("C-22", &["anywhere", "query-only"])],
        opponents: &[Opponent::Deaf("key")],
    }
    /// A bearer key opens the Gemini routes
    gw_009_a_bearer_key_opens_gemini {
        check: Check::Out, page: "text/gemini-generate-content",
        opponents: &[Opponent::Deaf("authorization")],
    }
    /// Where a request has both headers, `x-api-key` decides
    gw_010_x_api_key_beats_the_bearer {
        check: Check::Out, page: "authentication",
        opponents: &[Opponent::Deaf("x-api-key")],
    }
    /// A key in the body is no key
    gw_011_a_key_in_the_body_is_not_read {
        check: Check::Out, page: "authentication",
        rules: &["GW-012"],
        opponents: &[Opponent::Answers(401, 200)],
    }
    /// A missing, wrong, revoked or expired key is 401 in the route's envelope (the test
    /// revokes none: no documented route does)
    gw_012_a_bad_key_is_401_in_the_envelope_of_the_route {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-012", "GW-013", "GW-074", "GW-075"],
        opponents: &[
            Opponent::Answers(401, 403),
            Opponent::Says("authentication_error", "permission_error"),
            Opponent::Says("UNAUTHENTICATED", "PERMISSION_DENIED"),
            Opponent::Says("invalid_api_key", "no_key"),
            Opponent::Deaf("expires_in_days"),
        ],
    }
    /// The 401 of Messages is an error object with `authentication_error` and a message
    gw_013_the_401_of_messages_has_the_anthropic_form {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-013"],
        opponents: &[Opponent::Says("\"type\":\"error\",", ""), Opponent::Answers(401, 400)],
    }
    /// An address that a key's lists do not let in is 403
    gw_014_an_address_outside_the_lists_of_a_key_is_403 {
        check: Check::Key, page: "concepts/errors-reference",
        opponents: &[Opponent::Deaf("ip_whitelist"), Opponent::Deaf("ip_blacklist")],
    }
    /// A key stops working when its days are over
    gw_015_a_key_stops_working_when_its_days_are_over {
        check: Check::Key, page: "authentication",
        opponents: &[Opponent::Frozen, Opponent::Deaf("expires_in_days")],
    }
    /// One key works on every surface
    gw_016_one_key_works_on_every_surface {
        check: Check::Out, page: "authentication",
        opponents: &[Opponent::Fault("upstream-503")],
    }
    /// Keys that the gateway makes start with `sk-byts-`
    gw_017_a_made_key_starts_with_its_prefix {
        check: Check::Key, page: "authentication",
        rules: &["GW-017"],
        opponents: &[Opponent::Says("sk-byts-", "sk-")],
    }
}

fn opens(answer: &Answer) -> Held {
    same("the status", answer.status, 200)
}

fn gw_001_a_key_in_x_api_key_opens_messages(given: &Given) -> Held {
    let target = given.target();
    opens(
        &Speech::Messages
            .ask(&target)
            .key_in("x-api-key", &target.key())
            .send(),
    )
}

fn gw_002_a_bearer_key_opens_messages(given: &Given) -> Held {
    let target = given.target();
    opens(&Speech::Messages.ask(&target).bearer(&target.key()).send())
}

fn gw_003_a_bearer_key_opens_chat(given: &Given) -> Held {
    let target = given.target();
    opens(&Speech::Chat.ask(&target).bearer(&target.key()).send())
}

fn gw_004_a_key_in_x_api_key_opens_chat(given: &Given) -> Held {
    let target = given.target();
    opens(
        &Speech::Chat
            .ask(&target)
            .key_in("x-api-key", &target.key())
            .send(),
    )
}

fn gw_005_a_bearer_key_opens_responses(given: &Given) -> Held {
    let target = given.target();
    opens(&Speech::Responses.ask(&target).bearer(&target.key()).send())
}

fn gw_006_a_key_in_x_api_key_does_not_open_responses(given: &Given) -> Held {
    let target = given.target();
    let key = target.key();
    same(
        "the status",
        Speech::Responses
            .ask(&target)
            .key_in("x-api-key", &key)
            .send()
            .status,
        401,
    )
}

fn gw_007_a_key_in_x_goog_api_key_opens_gemini(given: &Given) -> Held {
    let target = given.target();
    opens(
        &Speech::Gemini
            .ask(&target)
            .key_in("x-goog-api-key", &target.key())
            .send(),
    )?;
    opens(
        &Speech::Gemini
            .stream(&target)
            .key_in("x-goog-api-key", &target.key())
            .send(),
    )
}

fn gw_008_a_key_in_the_query_opens_gemini(given: &Given) -> Held {
    let target = given.target();
    let (key, model) = (target.key(), Speech::Gemini.model());
    let ask = |stream: bool| {
        let place = Speech::Gemini.place(model, stream);
        let sign = if stream { '&' } else { '?' };
        let ask = target.ask("POST", &format!("{place}{sign}key={key}"));
        ask.without_key()
            .json(&Speech::Gemini.body(model, stream))
            .send()
    };
    opens(&ask(false))?;
    opens(&ask(true))
}

fn gw_009_a_bearer_key_opens_gemini(given: &Given) -> Held {
    let target = given.target();
    opens(&Speech::Gemini.ask(&target).bearer(&target.key()).send())
}

fn gw_010_x_api_key_beats_the_bearer(given: &Given) -> Held {
    let target = given.target();
    for speech in [Speech::Messages, Speech::Chat, Speech::Responses] {
        let ask = || speech.ask(&target);
        let good = ask()
            .bearer("sk-byts-wrong")
            .header("x-api-key", &target.key())
            .send();
        same("a good x-api-key beside a bad bearer", good.status, 200)?;
        let bad = ask()
            .bearer(&target.key())
            .header("x-api-key", "sk-byts-wrong")
            .send();
        same("a bad x-api-key beside a good bearer", bad.status, 401)?;
    }
    Ok(())
}

fn gw_011_a_key_in_the_body_is_not_read(given: &Given) -> Held {
    let target = given.target();
    for speech in Speech::ALL {
        let mut body = speech.body(speech.model(), false);
        for name in ["api_key", "key", "x-api-key", "authorization"] {
            body[name] = target.key().into();
        }
        let answer = speech.ask(&target).without_key().json(&body).send();
        same(
            &format!("{speech:?} with a key in its body"),
            answer.status,
            401,
        )?;
    }
    Ok(())
}

/// A key with these settings, beside name and group, and its number.
pub(crate) fn made(target: &Target, settings: &Value) -> Result<(String, u64), String> {
    let mut body = json!({"name": "made", "group_id": 3});
    if let (Some(body), Some(settings)) = (body.as_object_mut(), settings.as_object()) {
        body.extend(settings.clone());
    }
    let answer = target.ask("POST", "/api/v1/keys").json(&body).send();
    let key = answer.json();
    match (key["key"].as_str(), key["id"].as_u64()) {
        (Some(secret), Some(id)) if answer.status < 300 => Ok((secret.to_owned(), id)),
        _ => Err(format!("no key was made: {} {key}", answer.status)),
    }
}

fn gw_012_a_bad_key_is_401_in_the_envelope_of_the_route(given: &Given) -> Held {
    let target = given.target();
    let (expired, _) = made(&target, &json!({"expires_in_days": 1}))?;
    target.advance(DAY + SECOND);
    let (revoked, number) = made(&target, &json!({}))?;
    ensure!(target.engine.revoke_key(number), "there is no key {number}");
    for speech in Speech::ALL {
        let asks: [(&str, Ask<'_>); 4] = [
            ("no key", speech.ask(&target).without_key()),
            (
                "a wrong key",
                speech.ask(&target).bearer("sk-byts-mistyped"),
            ),
            ("an expired key", speech.ask(&target).bearer(&expired)),
            ("a revoked key", speech.ask(&target).bearer(&revoked)),
        ];
        for (what, ask) in asks {
            let answer = ask.send();
            let what = format!("{what} on {speech:?}");
            same(&what, answer.status, 401)?;
            let word = match speech {
                Speech::Messages => "authentication_error",
                Speech::Chat | Speech::Responses => "invalid_api_key",
                Speech::Gemini => "UNAUTHENTICATED",
            };
            same(&what, answer.word(), word.to_owned())?;
        }
    }
    let answer = target.ask("GET", "/api/v1/me/account").without_key().send();
    let kind = answer.json()["error"]["type"].clone();
    same(
        "no key on the account",
        (answer.status, kind),
        (401, "authentication_error".into()),
    )
}

fn gw_013_the_401_of_messages_has_the_anthropic_form(given: &Given) -> Held {
    let target = given.target();
    let answer = Speech::Messages
        .ask(&target)
        .key_in("x-api-key", "sk-byts-wrong")
        .send();
    same("the status", answer.status, 401)?;
    let body = answer.json();
    same("the outer type", body["type"].as_str(), Some("error"))?;
    same(
        "the type",
        body["error"]["type"].as_str(),
        Some("authentication_error"),
    )?;
    ensure!(
        body["error"]["message"].is_string(),
        "the message is no text: {body}"
    );
    Ok(())
}

fn gw_014_an_address_outside_the_lists_of_a_key_is_403(given: &Given) -> Held {
    let target = given.target();
    let status = |settings: Value| {
        made(&target, &settings)
            .map(|(key, _)| Speech::Chat.ask(&target).bearer(&key).send().refusal())
    };
    let denied = (403, "permission_denied".to_owned());
    same("no list", status(json!({}))?.0, 200)?;
    same(
        "a white list with it",
        status(json!({"ip_whitelist": ["127.0.0.0/8"]}))?.0,
        200,
    )?;
    let elsewhere = json!({"ip_whitelist": ["198.51.100.0/24"]});
    same(
        "a white list without it",
        status(elsewhere)?,
        denied.clone(),
    )?;
    same(
        "a black list with it",
        status(json!({"ip_blacklist": ["127.0.0.1/32"]}))?,
        denied,
    )?;
    let others = json!({"ip_blacklist": ["198.51.100.0/24"]});
    same("a black list without it", status(others)?.0, 200)
}

fn gw_015_a_key_stops_working_when_its_days_are_over(given: &Given) -> Held {
    let target = given.target();
    let (key, _) = made(&target, &json!({"expires_in_days": 30}))?;
    let status = || Speech::Chat.ask(&target).bearer(&key).send().status;
    target.advance(30 * DAY - SECOND);
    same("a second before", status(), 200)?;
    target.advance(SECOND);
    same("at its end", status(), 401)
}

fn gw_016_one_key_works_on_every_surface(given: &Given) -> Held {
    let target = given.target();
    for speech in Speech::ALL {
        same(
            &format!("{speech:?}"),
            speech.ask(&target).send().status,
            200,
        )?;
    }
    let image = json!({"model": "seedream-v4", "prompt": "a kite"});
    let image = target
        .ask("POST", "/v1/images/generations")
        .json(&image)
        .send();
    same("images", image.status, 200)?;
    let clip = json!({"model": "sora-2", "params": {"prompt": "a kite", "duration_seconds": 4}});
    let clip = target.ask("POST", "/v1/tasks/submit").json(&clip).send();
    same("tasks", clip.status, 200)?;
    same("models", target.get("/v1/models").status, 200)?;
    same("account", target.get("/api/v1/me/account").status, 200)
}

fn gw_017_a_made_key_starts_with_its_prefix(given: &Given) -> Held {
    let target = given.target();
    for _ in 0..5 {
        let (key, _) = made(&target, &json!({}))?;
        ensure!(key.starts_with("sk-byts-"), "a made key is `{key}`");
    }
    ensure!(
        target.key().starts_with("sk-byts-"),
        "the ready-made key has another prefix"
    );
    Ok(())
}
