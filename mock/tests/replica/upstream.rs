//! The upstream model: slots, queues, shared speed, outages and retries, in virtual time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rand::{Rng, SeedableRng};
use serde_json::json;
use spikeproof_mock::{Config, Delay, Dice, Fault, FaultSetting, PoolFigures, Replica, Upstream};

use crate::client::{CHAT, Client, IMAGES, MESSAGES, chat, image, message};
use crate::simulation::Simulation;

pub(crate) const SERVICE: Duration = Duration::from_millis(100);

pub(crate) fn with(upstream: Upstream, first_token: Delay) -> Client {
    Client::new(Config {
        seed: 11,
        first_token,
        token_gap: Delay::Constant(Duration::ZERO),
        output_tokens: Some(1),
        upstream,
        ..Config::default()
    })
}

fn slots(slots: u32) -> Upstream {
    Upstream {
        slots: Some(slots),
        ..Upstream::default()
    }
}

/// Arrivals at `rate` a second, at random.
fn poisson(client: &Client, rate: f64, calls: usize) -> Simulation<'_> {
    let mut dice = Dice::seed_from_u64(4);
    let mut simulation = Simulation::new(&client.engine);
    let incoming = client.request("POST", CHAT, chat(false).to_string());
    for _ in 0..calls {
        let gap = -(1.0 - dice.random::<f64>()).ln() / rate;
        let then = simulation.now + Duration::from_secs_f64(gap);
        simulation.run_until(then);
        simulation.arrive(&incoming);
    }
    simulation.run_until(simulation.now + Duration::from_secs(3600));
    assert!(simulation.lasting().is_empty());
    simulation
}

fn mean(values: impl Iterator<Item = Duration>) -> f64 {
    let all: Vec<_> = values.map(|value| value.as_secs_f64()).collect();
    all.iter().sum::<f64>() / f64::from(u32::try_from(all.len()).expect("few"))
}

/// Erlang's C formula: the mean wait of a queue with `servers`, random arrivals and random service.
fn erlang_c(servers: u32, rate: f64, service: f64) -> f64 {
    let load = rate * service;
    let (mut term, mut sum) = (1.0, 0.0);
    for busy in 0..servers {
        sum += term;
        term *= load / f64::from(busy + 1);
    }
    let full = term / (1.0 - load / f64::from(servers));
    full / (sum + full) / (f64::from(servers) / service - rate)
}

#[test]
fn waits_for_a_slot_follow_erlangs_formula_up_to_the_knee() {
    let service = SERVICE.as_secs_f64();
    for (load, tolerance) in [(0.5, 0.15), (0.7, 0.10)] {
        let client = with(slots(4), Delay::Exponential { mean: SERVICE });
        let rate = load * 4.0 / service;
        let simulation = poisson(&client, rate, 20_000);
        let waits = simulation
            .calls
            .iter()
            .map(|call| call.began.expect("it began") - call.arrived);
        let (found, expected) = (mean(waits), erlang_c(4, rate, service));
        let off = (found / expected - 1.0).abs();
        assert!(off < tolerance, "{load}: {found} instead of {expected}");
    }
}

#[test]
fn past_the_knee_calls_end_at_the_rate_of_the_slots_and_no_faster() {
    let client = with(slots(4), Delay::Constant(SERVICE));
    let simulation = poisson(&client, 80.0, 1000);
    let last = simulation.calls.iter().filter_map(|call| call.ended).max();
    // 1000 calls, 40 a second.
    let seconds = last.expect("they ended").as_secs_f64();
    assert!((25.0..25.2).contains(&seconds), "{seconds}");
}

#[test]
fn calls_that_share_their_speed_take_as_long_as_processor_sharing_says() {
    let upstream = Upstream {
        full_speed: Some(1),
        ..Upstream::default()
    };
    for load in [0.3, 0.6] {
        let client = with(upstream.clone(), Delay::Constant(SERVICE));
        let simulation = poisson(&client, load / SERVICE.as_secs_f64(), 6_000);
        let times = simulation
            .calls
            .iter()
            .map(|call| call.ended.expect("it ended") - call.arrived);
        let (found, expected) = (mean(times), SERVICE.as_secs_f64() / (1.0 - load));
        let off = (found / expected - 1.0).abs();
        assert!(off < 0.1, "{load}: {found} instead of {expected}");
    }
}

#[test]
fn a_stream_slows_down_when_others_come_and_recovers_when_they_leave() {
    let client = Client::new(Config {
        first_token: Delay::Constant(Duration::ZERO),
        token_gap: Delay::Constant(Duration::from_millis(10)),
        output_tokens: Some(40),
        upstream: Upstream {
            full_speed: Some(1),
            ..Upstream::default()
        },
        ..Config::default()
    });
    let incoming = client.request("POST", MESSAGES, message(true).to_string());
    let alone = {
        let mut simulation = Simulation::new(&client.engine);
        simulation.arrive(&incoming);
        simulation.run_until(Duration::from_secs(60));
        simulation.calls[0].ended.expect("it ended")
    };
    let mut simulation = Simulation::new(&client.engine);
    let first = simulation.arrive(&incoming);
    simulation.run_until(alone / 4);
    let other = simulation.arrive(&incoming);
    simulation.run_until(alone / 2);
    simulation.leave(other);
    simulation.run_until(Duration::from_secs(60));
    // A quarter of the time it had half its speed, so it lost an eighth of its work.
    let took = simulation.calls[first].ended.expect("it ended");
    let gaps = (took.as_secs_f64() - alone.as_secs_f64() * 1.125).abs() / 0.01;
    assert!(gaps < 2.0, "{took:?} instead of {alone:?} and an eighth");
}

#[test]
fn those_who_wait_are_served_in_the_order_in_which_they_came() {
    let client = with(slots(2), Delay::Exponential { mean: SERVICE });
    let simulation = poisson(&client, 60.0, 500);
    let order: Vec<usize> = (0..500).collect();
    assert_eq!(simulation.begun, order);
}

#[test]
fn a_client_that_leaves_gives_its_slot_or_its_place_to_the_next() {
    let client = with(slots(1), Delay::Constant(SERVICE));
    let incoming = client.request("POST", CHAT, chat(true).to_string());
    let mut simulation = Simulation::new(&client.engine);
    for _ in 0..4 {
        simulation.arrive(&incoming);
    }
    let figures = |active, waiting, served| PoolFigures {
        active,
        waiting,
        served,
        overflowed: 0,
    };
    assert_eq!(client.engine.pools(), [("all", figures(1, 3, 1))]);
    simulation.leave(1);
    assert_eq!(client.engine.pools(), [("all", figures(1, 2, 1))]);
    simulation.run_until(SERVICE / 4);
    simulation.leave(0);
    assert_eq!(client.engine.pools(), [("all", figures(1, 1, 2))]);
    assert_eq!(simulation.calls[2].began, Some(SERVICE / 4));
    simulation.run_until(Duration::from_secs(1));
    assert_eq!(simulation.calls[3].began, Some(SERVICE / 4 + SERVICE));
    assert_eq!(client.engine.pools(), [("all", figures(0, 0, 3))]);
    let truth = client.engine.ledger();
    assert_eq!((truth.held, truth.in_flight, truth.call_count), (0, 0, 2));
}

#[test]
fn a_full_queue_refuses_without_a_charge() {
    for overflow in [503, 529] {
        let upstream = Upstream {
            queue: 1,
            overflow,
            ..slots(1)
        };
        let client = with(upstream, Delay::Constant(SERVICE));
        let incoming = client.request("POST", MESSAGES, message(false).to_string());
        let mut simulation = Simulation::new(&client.engine);
        for _ in 0..5 {
            simulation.arrive(&incoming);
        }
        let statuses: Vec<u16> = simulation.calls.iter().map(|call| call.status).collect();
        assert_eq!(statuses, [200, 200, overflow, overflow, overflow]);
        let refused = client.post(MESSAGES, &message(false));
        assert_eq!(refused.json()["error"]["type"], "overloaded_error");
        simulation.run_until(Duration::from_secs(1));
        let truth = client.engine.ledger();
        assert_eq!((truth.call_count, truth.held), (2, 0));
        assert_eq!(client.engine.pools()[0].1.overflowed, 4);
    }
}

#[test]
fn each_model_has_slots_of_its_own_where_asked_for() {
    let upstream = Upstream {
        slots_per_model: true,
        ..slots(1)
    };
    let client = with(upstream, Delay::Constant(SERVICE));
    let mut simulation = Simulation::new(&client.engine);
    let mini = json!({"model": "gpt-5-4-mini", "messages": [{"role": "user", "content": "Hi"}]});
    for body in [chat(false), mini, chat(false)] {
        simulation.arrive(&client.request("POST", CHAT, body.to_string()));
    }
    let began: Vec<_> = simulation.calls.iter().map(|call| call.began).collect();
    assert_eq!(began, [Some(Duration::ZERO), Some(Duration::ZERO), None]);
    let names: Vec<_> = client.engine.pools().iter().map(|pool| pool.0).collect();
    assert_eq!(names, ["gpt-5-4", "gpt-5-4-mini"]);
}

/// One thing that happens to a replica.
#[derive(Debug, Clone)]
enum Happening {
    Arrival(usize),
    Leaving(usize),
    Time(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0_usize..4).prop_map(Happening::Arrival),
        2 => (0_usize..1000).prop_map(Happening::Leaving),
        3 => (0_u64..120).prop_map(Happening::Time),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_slot_leaks_and_none_is_given_twice_whatever_happens(
        happenings in prop::collection::vec(happening(), 1..120),
        slots in 1_u32..4,
        queue in 0_u32..5,
    ) {
        let fault = |name: &str, probability| FaultSetting {
            fault: Fault::parse(name).unwrap(),
            probability,
        };
        let client = Client::new(Config {
            output_tokens: Some(4),
            upstream: Upstream { slots: Some(slots), queue, ..Upstream::default() },
            faults: vec![
                fault("reset", 0.2),
                fault("stall", 0.1),
                fault("upstream-503", 0.1),
                fault("error-mid-stream", 0.1),
            ],
            ..Config::default()
        });
        let calls = [
            (CHAT, chat(true)), (MESSAGES, message(false)), (IMAGES, image()), (CHAT, json!({})),
        ];
        let mut simulation = Simulation::new(&client.engine);
        for happening in happenings {
            match happening {
                Happening::Arrival(which) => {
                    let (path, body) = &calls[which];
                    simulation.arrive(&client.request("POST", path, body.to_string()));
                }
                Happening::Leaving(which) => {
                    let lasting = simulation.lasting();
                    if !lasting.is_empty() {
                        simulation.leave(lasting[which % lasting.len()]);
                    }
                }
                Happening::Time(millis) => {
                    simulation.run_until(simulation.now + Duration::from_millis(millis));
                }
            }
            if let Some((_, figures)) = client.engine.pools().first() {
                prop_assert!(figures.active <= slots, "{figures:?}");
                prop_assert!(figures.waiting <= queue, "{figures:?}");
                prop_assert!(figures.active == slots || figures.waiting == 0, "{figures:?}");
            }
        }
        // Whoever is left is stalled, or waits behind one that is.
        simulation.run_until(simulation.now + Duration::from_secs(3600));
        while let Some(call) = simulation.lasting().first().copied() {
            simulation.leave(call);
            simulation.run_until(simulation.now + Duration::from_secs(3600));
        }
        if let Some((_, figures)) = client.engine.pools().first() {
            prop_assert_eq!((figures.active, figures.waiting), (0, 0));
        }
        let truth = client.engine.ledger();
        prop_assert_eq!((truth.held, truth.in_flight), (0, 0));
        prop_assert!(simulation.begun.is_sorted());
    }
}

/// Sends a request on a connection of its own.
fn ask(replica: &Replica, body: &serde_json::Value) -> TcpStream {
    let mut stream = TcpStream::connect(replica.address()).expect("it listens");
    let body = body.to_string();
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: replica\r\nauthorization: Bearer {}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        replica.key(),
        body.len()
    );
    stream
        .write_all((head + &body).as_bytes())
        .expect("it reads");
    stream
}

#[test]
fn on_a_socket_a_call_waits_until_the_one_before_it_is_gone() {
    let replica = Replica::builder()
        .config(Config {
            first_token: Delay::Constant(Duration::ZERO),
            token_gap: Delay::Constant(Duration::from_secs(600)),
            output_tokens: Some(8),
            upstream: slots(1),
            ..Config::default()
        })
        .start()
        .expect("a free port");
    let mut first = ask(&replica, &chat(true));
    let mut byte = [0];
    first.read_exact(&mut byte).expect("its head came");
    let mut second = ask(&replica, &chat(true));
    while replica.engine().pools()[0].1.waiting == 0 {
        std::thread::yield_now();
    }
    drop(first);
    second.read_exact(&mut byte).expect("its head came");
    let figures = replica.engine().pools()[0].1;
    assert_eq!((figures.active, figures.waiting, figures.served), (1, 0, 2));
    drop(second);
    while replica.engine().pools()[0].1.active > 0 {
        std::thread::yield_now();
    }
}
