//! What the replica's lists mean: keys, groups, rates, task times.

use std::time::Duration;

use spikeproof::scenario::replica::{Group, Rates, ReplicaKey, ReplicaSetting};
use spikeproof::scenario::{Secret, SettingValue, Spread};

use crate::good::with;

fn written() -> ReplicaSetting {
    let scenario = with(
        "replica:
  task_run_of: { sora-2: 90s, claude: 'uniform(1s, 2s)' }
  task_timeout: 5m
  account: { tier: pro, messages_12h: 0, unlimited: absent, org_wallet: 0.25, org_cache: 30s }
  keys:
    - { name: small, group: 4, quota: 0.05, expires_in: 1h, ip_whitelist: [127.0.0.1], org: true }
    - { secret: for-tests-only }
  groups: [{ name: fast, reaches: [gpt-5-4, claude], exclusive: true, granted: true }]
  prices: { rates: { gpt-5-4: { input: 2.5, output: 0 } }, rounded_per: component, clip_step: 0 }
  settle_delay: 1s
  retention: { rows: 7 }
  trust_forwarded_for: true",
        "{ call: groups.list }",
    );
    scenario.replica
}

#[test]
fn plain_settings_and_task_times_of_the_replica_mean_what_they_say() {
    let replica = written();
    let (one, two) = (Duration::from_secs(1), Duration::from_secs(2));
    let runs = [
        ("sora-2", Spread::Constant(Duration::from_secs(90))),
        ("claude", Spread::Uniform { min: one, max: two }),
    ];
    assert_eq!(
        replica.task_runs,
        runs.map(|(model, time)| (model.to_owned(), time))
    );
    for (path, value) in [
        (
            "task_timeout",
            SettingValue::Duration(Duration::from_secs(300)),
        ),
        ("account.tier", SettingValue::Word("pro")),
        ("account.messages_12h", SettingValue::Integer(0)),
        ("account.unlimited", SettingValue::Word("absent")),
        ("account.org_wallet", SettingValue::Number(0.25)),
        (
            "account.org_cache",
            SettingValue::Duration(Duration::from_secs(30)),
        ),
        ("prices.rounded_per", SettingValue::Word("component")),
        ("prices.clip_step", SettingValue::Number(0.0)),
        ("settle_delay", SettingValue::Spread(Spread::Constant(one))),
        ("retention.rows", SettingValue::Integer(7)),
        ("trust_forwarded_for", SettingValue::Truth(true)),
    ] {
        assert_eq!(replica.value(path), Some(value), "{path}");
    }
}

#[test]
fn keys_groups_and_rates_of_the_replica_mean_what_they_say() {
    let replica = written();
    let small = ReplicaKey {
        name: Some("small".to_owned()),
        group: Some(4),
        quota: Some(0.05),
        expires_in: Some(Duration::from_secs(3600)),
        ip_whitelist: vec!["127.0.0.1".to_owned()],
        org: true,
        ..ReplicaKey::default()
    };
    let named = ReplicaKey {
        secret: Some(Secret::new("for-tests-only")),
        ..ReplicaKey::default()
    };
    assert_eq!(replica.keys, [small, named]);
    let fast = Group {
        name: "fast".to_owned(),
        reaches: vec!["gpt-5-4".to_owned(), "claude".to_owned()],
        exclusive: true,
        granted: true,
    };
    assert_eq!(replica.groups, [fast]);
    let rates = Rates {
        input: Some(2.5),
        output: Some(0.0),
        ..Rates::default()
    };
    assert_eq!(replica.rates, [("gpt-5-4".to_owned(), rates)]);
}
