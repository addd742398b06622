//! Each bug of the ledger, one at a time: what differs from a healthy ledger, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use spikeproof_mock::{Config, Fault, FaultSetting, Trace};

use crate::client::*;
use crate::scenes::{ALL, Scene, differing};

/// Everything that money moves when it moves as it should.
const PURSES: &[&str] = &["wallet", "org", "key 1", "buckets 1"];
const BOOKED: &[&str] = &[
    "wallet",
    "org",
    "key 1",
    "buckets 1",
    "rows",
    "calls",
    "total",
    "tokens",
];
/// A price that is wrong in all books alike.
const PRICED: &[&str] = &["wallet", "org", "key 1", "buckets 1", "rows", "total"];

/// What is not as it should be after a scene.
type Shown = (Scene, &'static [&'static str]);

/// A fault, a scene that shows it, and what is then not as it should be. Scenes that are not named
/// show nothing.
const TABLE: &[(&str, &[Shown])] = &[
    (
        "bill-failed-call",
        &[(Scene::Refused, PURSES), (Scene::Unserved, PURSES)],
    ),
    (
        "count-failed-call",
        &[(Scene::Refused, &["calls"]), (Scene::Unserved, &["calls"])],
    ),
    (
        "refund-after-failure",
        &[
            (Scene::Refused, &["transactions"]),
            (Scene::Unserved, &["transactions"]),
        ],
    ),
    (
        "bucket-counts-failures",
        &[
            (Scene::Refused, &["buckets 1"]),
            (Scene::Unserved, &["buckets 1"]),
        ],
    ),
    ("bill-failed-stream", &[(Scene::BrokenOff, BOOKED)]),
    (
        "bill-partial-in-full",
        &[(
            Scene::Left,
            &[
                "wallet",
                "org",
                "key 1",
                "buckets 1",
                "rows",
                "total",
                "tokens",
            ],
        )],
    ),
    ("bill-before-first-token", &[(Scene::LeftEarly, BOOKED)]),
    ("bill-duplicate-submit", &[(Scene::SubmittedTwice, PURSES)]),
    ("bill-failed-task", &[(Scene::TaskFailed, PURSES)]),
    ("bill-cancel-in-full", &[(Scene::TaskStopped, PRICED)]),
    (
        "task-above-told",
        &[(Scene::TaskDone, PRICED), (Scene::SubmittedTwice, PRICED)],
    ),
    ("images-as-one", &[(Scene::ThreePictures, PRICED)]),
    ("image-price-wrong", &[(Scene::ThreePictures, PRICED)]),
    ("bill-each-poll", &[(Scene::TaskDone, PURSES)]),
];

/// Faults that strike each call or task that is charged, and what they then change.
const EACH_CHARGE: &[(&str, &[&str])] = &[
    ("bill-twice", BOOKED),
    ("lose-charge", PURSES),
    ("row-missing", &["rows"]),
    ("row-duplicated", &["rows"]),
    ("row-wrong-tokens", &["rows"]),
    ("row-wrong-charge", &["rows"]),
    ("count-missing", &["calls", "total", "tokens"]),
    ("bucket-stuck", &["buckets 1"]),
    ("org-wallet-stuck", &["org"]),
    ("overcharge-percent", PRICED),
    ("undercharge-percent", PRICED),
    ("overcharge-micro", PRICED),
    ("hold-never-released", &["held"]),
];

/// The scenes in which something is charged.
const CHARGED: [Scene; 7] = [
    Scene::Chat,
    Scene::Shared,
    Scene::ThreePictures,
    Scene::Left,
    Scene::SubmittedTwice,
    Scene::TaskDone,
    Scene::TaskStopped,
];

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn each_fault_changes_its_own_figures_in_its_own_scenes() {
    for (fault, shown) in TABLE {
        for scene in ALL {
            let expected = shown.iter().find(|(named, _)| *named == scene);
            let expected = expected.map_or(BTreeSet::new(), |(_, names)| set(names));
            let [soon, late] = differing(scene, fault);
            assert_eq!(soon, expected, "{fault} {scene:?}");
            assert_eq!(late, expected, "{fault} {scene:?} later");
        }
    }
}

#[test]
fn faults_of_a_charge_change_the_same_figures_of_every_charge() {
    for (fault, names) in EACH_CHARGE {
        for scene in ALL {
            let mut expected = BTreeSet::new();
            if CHARGED.contains(&scene) {
                expected = set(names);
            }
            let holds = *fault == "hold-never-released";
            if holds && [Scene::BrokenOff, Scene::LeftEarly, Scene::TaskFailed].contains(&scene) {
                expected = set(names);
            }
            let [soon, late] = differing(scene, fault);
            // Tokens of pictures and clips are none, however often they are counted.
            if !late.contains("tokens") && !has_tokens(scene) {
                expected.remove("tokens");
            }
            assert_eq!(soon, expected, "{fault} {scene:?}");
            assert_eq!(late, expected, "{fault} {scene:?} later");
        }
    }
}

fn has_tokens(scene: Scene) -> bool {
    let sound = scene.client(None);
    scene.play(&sound);
    sound.engine.ledger().totals.output_tokens > 0
}

#[test]
fn what_is_late_is_right_in_the_end() {
    for scene in CHARGED {
        let [soon, late] = differing(scene, "row-late");
        assert_eq!(soon, set(&["rows"]), "{scene:?}");
        assert_eq!(late, BTreeSet::new(), "{scene:?}");
        let [soon, late] = differing(scene, "slow-settle");
        let mut expected = set(BOOKED);
        expected.insert("held".to_owned());
        if !has_tokens(scene) {
            expected.remove("tokens");
        }
        assert_eq!(soon, expected, "{scene:?}");
        assert_eq!(late, BTreeSet::new(), "{scene:?}");
    }
}

#[test]
fn another_key_pays_or_nobody_where_there_is_none() {
    let alone = set(&["key 1", "buckets 1"]);
    let shared = set(&["key 1", "buckets 1", "key 2", "buckets 2"]);
    for scene in CHARGED {
        let [soon, late] = differing(scene, "charge-other-key");
        let expected = if scene == Scene::Shared {
            &shared
        } else {
            &alone
        };
        assert_eq!((&soon, &late), (expected, expected), "{scene:?}");
    }
}

/// Bodies are alike, so a refund at the end is the only trace.
#[test]
fn a_charge_at_submission_comes_back_as_a_refund_and_dips_meanwhile() {
    for scene in ALL {
        let [soon, late] = differing(scene, "bill-at-submit");
        // Of a picture or a clip that ends well nothing is to be given back, and a refusal of the
        // request itself comes before all money.
        let exact = [
            Scene::ThreePictures,
            Scene::SubmittedTwice,
            Scene::TaskDone,
            Scene::Refused,
        ];
        let traced = if exact.contains(&scene) {
            BTreeSet::new()
        } else {
            set(&["transactions"])
        };
        assert_eq!((&soon, &late), (&traced, &traced), "{scene:?}");
    }
    let client = Scene::Chat.client(Some("bill-at-submit"));
    let request = client.request("POST", MESSAGES, message(true).to_string());
    let open = client.engine.answer(&request);
    let ledger = client.engine.ledger();
    assert!(
        ledger.spent > 0 && ledger.held == 0,
        "it is charged before it began"
    );
    assert_eq!(ledger.buckets[0].used, 0);
    client.engine.finish(&open.call);
    let ledger = client.engine.ledger();
    assert_eq!((ledger.spent, ledger.rows.len()), (0, 0));
    let last = ledger.transactions.last().expect("a refund");
    assert_eq!(last.kind, "refund");
}

#[test]
fn wrong_prices_are_wrong_by_what_they_say() {
    let charge = |scene: Scene, fault: Option<&str>| {
        let client = scene.client(fault);
        scene.play(&client);
        client.advance(Duration::from_secs(1));
        client.engine.ledger().spent
    };
    let pictures = |fault| charge(Scene::ThreePictures, Some(fault));
    assert_eq!(charge(Scene::ThreePictures, None), 75_000);
    assert_eq!(pictures("images-as-one"), 25_000);
    assert_eq!(pictures("image-price-wrong"), 78_000);
    assert_eq!(pictures("overcharge-percent"), 82_500);
    assert_eq!(pictures("undercharge-percent"), 67_500);
    assert_eq!(pictures("overcharge-micro"), 75_001);
    assert_eq!(charge(Scene::TaskDone, Some("task-above-told")), 510_000);
    assert_eq!(
        charge(Scene::SubmittedTwice, Some("bill-duplicate-submit")),
        1_000_000
    );
    assert_eq!(charge(Scene::TaskFailed, Some("bill-failed-task")), 500_000);
    let (early, whole) = (
        charge(Scene::LeftEarly, Some("bill-before-first-token")),
        charge(Scene::Left, Some("bill-partial-in-full")),
    );
    assert!(0 < early && early < whole, "{early} {whole}");
    assert_eq!(whole, charge(Scene::BrokenOff, Some("bill-failed-stream")));
}

#[test]
fn a_ledger_fault_strikes_its_share_of_equal_calls_and_the_same_ones_each_time() {
    let struck = |seed| {
        let fault = Fault::parse("overcharge-micro").expect("a fault of that name");
        let faults = vec![FaultSetting {
            fault,
            probability: 0.2,
        }];
        let client = Client::new(Config {
            seed,
            faults,
            ..Config::default()
        });
        for _ in 0..300 {
            client.post(IMAGES, &image());
        }
        let rows = client.engine.ledger().rows;
        rows.iter()
            .map(|row| row.charge == 25_001)
            .collect::<Vec<_>>()
    };
    let count = struck(1).iter().filter(|struck| **struck).count();
    assert!((30..90).contains(&count), "{count} of 300");
    assert_eq!(struck(1), struck(1));
    assert_ne!(struck(1), struck(2));
}

/// A new fault of the ledger is not forgotten here.
#[test]
fn every_fault_is_held_to_its_figures_or_is_none_of_the_ledger() {
    let elsewhere = [
        // Answers, and what the other file of faults holds them to.
        "rate-limited",
        "concurrency-limited",
        "upstream-500",
        "upstream-502",
        "upstream-503",
        "upstream-504",
        "upstream-529",
        "stall",
        "task-fails",
        "reset",
        "error-mid-stream",
        "header-missing",
        "header-stale",
        "header-not-decimal",
        "wrong-error-envelope",
        "wrong-content-type",
        "bill-free-endpoint",
        "bill-cancelled-task",
        // The tests above.
        "row-late",
        "slow-settle",
        "charge-other-key",
        "bill-at-submit",
        "header-off-by-one",
        "header-other-key",
        "quota-rises",
        "decimals-vary",
        "reset-in-past",
        "remaining-above-limit",
        "org-header-missing",
        "ratelimit-headers-missing",
    ];
    let held = TABLE.iter().map(|(fault, _)| *fault);
    let held = held
        .chain(EACH_CHARGE.iter().map(|(fault, _)| *fault))
        .chain(elsewhere);
    let held: BTreeSet<_> = held.collect();
    let all = Fault::all().filter(|fault| fault.trace() == Trace::Money);
    let forgotten: Vec<_> = all
        .map(Fault::name)
        .filter(|name| !held.contains(name))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    assert!(held.iter().all(|name| Fault::parse(name).is_some()));
}
