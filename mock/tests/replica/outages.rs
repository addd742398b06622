//! Outages, retries and the times of single models, in virtual time.

use std::time::Duration;

use serde_json::json;
use spikeproof_mock::{
    Config, Delay, Fault, FaultSetting, ModelTiming, Outage, OutageKind, Upstream,
};

use crate::client::{CHAT, Client, IMAGES, MESSAGES, SUBMIT, chat, clip, image, message};
use crate::simulation::Simulation;
use crate::upstream::{SERVICE, with};

#[test]
fn an_outage_strikes_calls_that_begin_in_it_and_only_its_model() {
    let down = |kind| Upstream {
        outages: vec![Outage {
            from: Duration::from_secs(10),
            lasts: Duration::from_secs(5),
            every: Some(Duration::from_secs(60)),
            kind,
            model: Some("claude".to_owned()),
        }],
        ..Upstream::default()
    };
    let client = with(down(OutageKind::Status(502)), Delay::Constant(SERVICE));
    let mut seen = Vec::new();
    for _ in 0..9 {
        let (claude, gpt) = (
            client.post(MESSAGES, &message(true)),
            client.post(CHAT, &chat(true)),
        );
        assert_eq!(gpt.status, 200);
        seen.push(claude.status);
        client.advance(Duration::from_secs(9));
    }
    assert_eq!(seen, [200, 200, 200, 200, 200, 200, 200, 200, 502]);
    let truth = client.engine.ledger();
    assert_eq!((truth.call_count, truth.held), (17, 0));

    let client = with(down(OutageKind::Slow(3.0)), Delay::Constant(SERVICE));
    client.advance(Duration::from_secs(12));
    let mut simulation = Simulation::new(&client.engine);
    let incoming = client.request("POST", MESSAGES, message(false).to_string());
    simulation.arrive(&incoming);
    simulation.run_until(Duration::from_secs(1));
    assert_eq!(simulation.calls[0].ended, Some(SERVICE * 3));

    for kind in [OutageKind::Stall, OutageKind::Reset] {
        let client = with(down(kind), Delay::Constant(SERVICE));
        client.advance(Duration::from_secs(12));
        let cut = client.post(MESSAGES, &message(true));
        assert!(!cut.text().contains("message_stop"), "{kind:?}");
        assert_eq!(client.engine.ledger().spent, 0, "{kind:?}");
    }
}

#[test]
fn setting_the_date_moves_no_outage() {
    let upstream = Upstream {
        outages: vec![Outage {
            from: Duration::from_secs(10),
            lasts: Duration::from_secs(5),
            every: None,
            kind: OutageKind::Status(500),
            model: None,
        }],
        ..Upstream::default()
    };
    let client = with(upstream, Delay::Constant(SERVICE));
    client.advance(Duration::from_secs(11));
    client.engine.set_clock(Duration::from_secs(1_800_000_000));
    assert_eq!(client.post(CHAT, &chat(false)).status, 500);
    assert_eq!(client.post(IMAGES, &image()).status, 500);
    // Tasks run beside the upstream of this model.
    assert_eq!(client.post(SUBMIT, &clip()).status, 200);
    client.advance(Duration::from_secs(5));
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
}

#[test]
fn trying_again_costs_time_before_a_failure_and_nothing_else() {
    let upstream = Upstream {
        retries: 3,
        retry_time: Delay::Constant(Duration::from_millis(200)),
        ..Upstream::default()
    };
    let fault = Fault::parse("upstream-502").unwrap();
    let client = Client::new(Config {
        upstream,
        faults: vec![FaultSetting {
            fault,
            probability: 1.0,
        }],
        ..Config::default()
    });
    let mut simulation = Simulation::new(&client.engine);
    simulation.arrive(&client.request("POST", CHAT, chat(true).to_string()));
    // A refusal of the gateway's own is no failure of the upstream.
    simulation.arrive(&client.request("POST", CHAT, "{}"));
    simulation.run_until(Duration::from_secs(9));
    let ended: Vec<_> = simulation.calls.iter().map(|call| call.ended).collect();
    let millis = Duration::from_millis;
    assert_eq!(ended, [Some(millis(600)), Some(millis(0))]);
    assert_eq!(client.engine.ledger().spent, 0);
}

#[test]
fn a_model_has_its_own_times() {
    let upstream = Upstream {
        models: vec![ModelTiming {
            model: "gpt".to_owned(),
            first_token: Some(Delay::Constant(Duration::from_secs(2))),
            token_gap: None,
            image_time: Some(Delay::Constant(Duration::from_secs(7))),
        }],
        ..Upstream::default()
    };
    let client = with(upstream, Delay::Constant(SERVICE));
    let mut simulation = Simulation::new(&client.engine);
    let drawn = json!({"model": "gpt-image-2", "prompt": "a kite"});
    simulation.arrive(&client.request("POST", CHAT, chat(false).to_string()));
    simulation.arrive(&client.request("POST", MESSAGES, message(false).to_string()));
    simulation.arrive(&client.request("POST", IMAGES, drawn.to_string()));
    simulation.run_until(Duration::from_secs(9));
    let ended: Vec<_> = simulation
        .calls
        .iter()
        .filter_map(|call| call.ended)
        .collect();
    assert_eq!(
        ended,
        [Duration::from_secs(2), SERVICE, Duration::from_secs(7)]
    );
}
