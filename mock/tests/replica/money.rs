use std::time::Duration;

use proptest::prelude::*;
use spikeproof_mock::contract::DisconnectPolicy;
use spikeproof_mock::{Answered, Config, Contract, Delivered};

use crate::client::*;

fn with_policy(disconnect: DisconnectPolicy) -> Client {
    let contract = Contract {
        disconnect,
        ..Contract::default()
    };
    Client::new(Config {
        contract,
        output_tokens: Some(20),
        ..Config::default()
    })
}

fn open(client: &Client) -> Answered {
    client
        .engine
        .answer(&client.request("POST", MESSAGES, message(true).to_string()))
}

#[test]
fn a_client_that_leaves_pays_as_the_policy_says() {
    let some = Delivered {
        frames: 5,
        tokens: 3,
    };
    let before = Delivered {
        frames: 2,
        tokens: 0,
    };
    let charged = |policy, delivered| {
        let client = with_policy(policy);
        let call = open(&client).call;
        client.engine.abandon(&call, delivered);
        client.engine.abandon(&call, delivered);
        client.engine.settle(&call);
        let ledger = client.engine.ledger();
        assert_eq!((ledger.held, ledger.in_flight), (0, 0));
        assert_eq!(ledger.rows.len() as u64, ledger.call_count);
        ledger.spent
    };
    let full = {
        let client = with_policy(DisconnectPolicy::Free);
        client.post(MESSAGES, &message(true));
        client.engine.ledger().spent
    };
    let partial = charged(DisconnectPolicy::PartialAfterFirstToken, some);
    assert!(0 < partial && partial < full, "{partial} of {full}");
    assert_eq!(charged(DisconnectPolicy::Full, some), full);
    assert_eq!(charged(DisconnectPolicy::Free, some), 0);
    for policy in DisconnectPolicy::ALL {
        assert_eq!(charged(*policy, before), 0, "{}", policy.name());
    }
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Open(u8),
    Settle(usize),
    Finish(usize),
    Abandon(usize, u64),
    Submit(u8),
    Advance(u16),
    Fail,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        (0..6_u8).prop_map(Move::Open),
        (0..20_usize).prop_map(Move::Settle),
        (0..20_usize).prop_map(Move::Finish),
        (0..20_usize, 0..9_u64).prop_map(|(call, tokens)| Move::Abandon(call, tokens)),
        (1..8_u8).prop_map(Move::Submit),
        (0..400_u16).prop_map(Move::Advance),
        Just(Move::Fail),
    ];
    proptest::collection::vec(one, 1..40)
}

fn play(client: &Client, step: Move, calls: &mut Vec<Answered>) {
    let pick = |calls: &[Answered], index: usize| {
        (!calls.is_empty()).then(|| calls[index % calls.len()].call.clone())
    };
    match step {
        Move::Open(kind) => {
            let (target, body) = text_calls().swap_remove(usize::from(kind));
            let incoming = client.request("POST", target, body.to_string());
            calls.push(client.engine.answer(&incoming));
        }
        Move::Settle(index) => {
            pick(calls, index)
                .iter()
                .for_each(|call| client.engine.settle(call));
        }
        Move::Finish(index) => {
            pick(calls, index)
                .iter()
                .for_each(|call| client.engine.finish(call));
        }
        Move::Abandon(index, tokens) => {
            let delivered = Delivered {
                frames: tokens + 1,
                tokens,
            };
            pick(calls, index)
                .iter()
                .for_each(|call| client.engine.abandon(call, delivered));
        }
        Move::Submit(seconds) => {
            let mut body = clip();
            body["params"]["duration_seconds"] = seconds.into();
            client.post(SUBMIT, &body);
        }
        Move::Advance(millis) => client.advance(Duration::from_millis(millis.into())),
        Move::Fail => {
            client.post(CHAT, &serde_json::json!({}));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn money_is_conserved_and_no_call_is_booked_twice(moves in moves()) {
        let client = Client::healthy();
        let mut calls = Vec::new();
        for step in moves {
            play(&client, step, &mut calls);
            let ledger = client.engine.ledger();
            prop_assert_eq!(ledger.available, ledger.credited - ledger.spent - ledger.held);
            prop_assert!(ledger.held >= 0);
            let rows: i64 = ledger.rows.iter().map(|row| row.charge).sum();
            prop_assert_eq!(rows, ledger.spent);
            prop_assert_eq!(ledger.totals.total, ledger.spent);
            prop_assert_eq!(ledger.rows.len() as u64, ledger.call_count);
            let sums: u64 = ledger.tallies.iter().map(|(.., tally)| tally.call_count).sum();
            prop_assert_eq!(sums, ledger.call_count);
            let used = ledger.buckets[0].used;
            prop_assert_eq!(used, ledger.spent);
            prop_assert_eq!(ledger.quota_left, Some(50_000_000_000 - ledger.spent));
            let mut ids: Vec<_> = ledger.rows.iter().map(|row| row.request_id.clone()).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), ledger.rows.len());
        }
        for answered in &calls {
            client.engine.finish(&answered.call);
        }
        client.advance(Duration::from_secs(10));
        let ledger = client.engine.ledger();
        prop_assert_eq!((ledger.held, ledger.in_flight), (0, 0));
    }
}
