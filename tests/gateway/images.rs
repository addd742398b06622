//! Pictures: GW-123 to GW-125.

use std::time::Duration;

use serde_json::json;
use spikeproof_mock::Delay;

use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::target::Given;

promises! {
    /// An image call for so many pictures gives so many
    gw_123_so_many_pictures_as_asked_for {
        check: Check::OutMoney, page: "image/seedream-v5lite",
        rules: &["GW-123", "OAI-004"],
        opponents: &[Opponent::Deaf("n")],
    }
    /// One picture takes at most 30 s
    gw_124_one_picture_takes_at_most_30_seconds {
        check: Check::OutMoney, page: "concepts/multimodal",
        opponents: &[Opponent::Set("slow pictures", |config| {
            config.image_time = Delay::Constant(Duration::from_secs(31));
        })],
    }
    /// A size that the model does not list is 400 and free
    gw_125_a_size_that_is_not_listed_is_400_and_free {
        check: Check::Out, page: "image/seedream-v4-5",
        doubted: Some("C-26"), switches: &[("C-26", &["reference"])],
        rules: &["BIL-002"],
        opponents: &[Opponent::Deaf("size"), Opponent::Fault("bill-failed-call")],
    }
}

fn gw_123_so_many_pictures_as_asked_for(given: &Given) -> Held {
    let target = given.target();
    for (model, most) in [
        ("seedream-v5lite", 4),
        ("nano-banana", 2),
        ("gpt-image-2", 4),
    ] {
        for count in 1..=most {
            let body = json!({"model": model, "prompt": "a kite", "n": count});
            let answer = target
                .ask("POST", "/v1/images/generations")
                .json(&body)
                .send();
            let data = answer.json()["data"].as_array().map(Vec::len);
            same(&format!("{count} of {model}"), data, Some(count))?;
        }
    }
    Ok(())
}

fn gw_124_one_picture_takes_at_most_30_seconds(given: &Given) -> Held {
    let target = given.target_with(|config| {
        config.image_time = spikeproof_mock::Config::default().image_time;
    });
    let body = json!({"model": "gpt-image-2", "prompt": "a kite"});
    let answer = target
        .ask("POST", "/v1/images/generations")
        .json(&body)
        .send();
    same("the status", answer.status, 200)?;
    ensure!(
        answer.took <= Duration::from_secs(30),
        "it took {:?}",
        answer.took
    );
    Ok(())
}

fn gw_125_a_size_that_is_not_listed_is_400_and_free(given: &Given) -> Held {
    let target = given.target();
    let before = target.quota()?;
    for (model, size) in [
        ("seedream-v4", "2048x2048"),
        ("seedream-v4.5", "1024x1792"),
        ("nano-banana", "1792x1024"),
        ("gpt-image-2", "512x512"),
    ] {
        let body = json!({"model": model, "prompt": "a kite", "size": size});
        let answer = target
            .ask("POST", "/v1/images/generations")
            .json(&body)
            .send();
        same(&format!("{model} of {size}"), answer.status, 400)?;
    }
    same("the quota", target.quota()?, before)
}
