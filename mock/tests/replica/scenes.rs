//! What happens before the books are looked at, and how two books differ.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::{
    AccountSetting, Config, Delivered, Fault, FaultSetting, KeySetting, LedgerSnapshot, UsageRow,
};

use crate::client::*;

/// What happens before the books are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scene {
    Chat,
    /// With a second key.
    Shared,
    ThreePictures,
    Refused,
    BrokenOff,
    Left,
    LeftEarly,
    SubmittedTwice,
    TaskDone,
    TaskFailed,
    TaskStopped,
    /// A refusal for want of an upstream.
    Unserved,
}

pub(crate) const ALL: [Scene; 12] = [
    Scene::Chat,
    Scene::Shared,
    Scene::ThreePictures,
    Scene::Refused,
    Scene::BrokenOff,
    Scene::Left,
    Scene::LeftEarly,
    Scene::SubmittedTwice,
    Scene::TaskDone,
    Scene::TaskFailed,
    Scene::TaskStopped,
    Scene::Unserved,
];

impl Scene {
    /// The fault that the scene itself needs.
    fn needs(self) -> Option<&'static str> {
        match self {
            Self::BrokenOff => Some("error-mid-stream"),
            Self::Unserved => Some("upstream-503"),
            Self::Chat | Self::Shared | Self::ThreePictures | Self::Refused => None,
            Self::Left | Self::LeftEarly | Self::SubmittedTwice => None,
            Self::TaskDone | Self::TaskFailed | Self::TaskStopped => None,
        }
    }

    pub(crate) fn client(self, fault: Option<&str>) -> Client {
        let names = self.needs().into_iter().chain(fault);
        let always = |name| FaultSetting {
            fault: Fault::parse(name).expect("a fault of that name"),
            probability: 1.0,
        };
        let keys = if self == Self::Shared {
            vec![KeySetting::default()]
        } else {
            Vec::new()
        };
        Client::new(Config {
            faults: names.map(always).collect(),
            account: AccountSetting {
                org: true,
                bucket_1d: 30_000_000_000,
                decimals: 6,
                ..AccountSetting::default()
            },
            keys,
            ..Config::default()
        })
    }

    /// Everything that was answered.
    pub(crate) fn play(self, client: &Client) -> Vec<Answer> {
        match self {
            Self::Chat | Self::Shared | Self::Unserved => vec![client.post(CHAT, &chat(false))],
            Self::ThreePictures => {
                let mut body = image();
                body["n"] = 3.into();
                vec![client.post(IMAGES, &body)]
            }
            Self::Refused => vec![client.post(CHAT, &json!({"model": "none"}))],
            Self::BrokenOff => vec![client.post(MESSAGES, &message(true))],
            Self::Left => leave(client, 3),
            Self::LeftEarly => leave(client, 0),
            Self::SubmittedTwice => {
                let mut body = clip();
                body["out_task_id"] = "mine".into();
                vec![client.post(SUBMIT, &body), client.post(SUBMIT, &body)]
            }
            Self::TaskDone => watch(client, &clip()),
            Self::TaskFailed => {
                let mut body = clip();
                body["params"]["prompt"] = "[[fail]]".into();
                watch(client, &body)
            }
            Self::TaskStopped => {
                let submitted = client.post(SUBMIT, &clip());
                client.advance(Duration::from_millis(100));
                let id = submitted.json()["task_id"].clone();
                let told = client.post("/v1/tasks/cancel", &json!({"task_id": id}));
                vec![submitted, told]
            }
        }
    }
}

/// Opens a stream and goes after so many tokens.
fn leave(client: &Client, tokens: u64) -> Vec<Answer> {
    let request = client.request("POST", MESSAGES, message(true).to_string());
    let answered = client.engine.answer(&request);
    let delivered = Delivered {
        frames: tokens + 1,
        tokens,
    };
    client.engine.abandon(&answered.call, delivered);
    Vec::new()
}

fn watch(client: &Client, body: &Value) -> Vec<Answer> {
    let submitted = client.post(SUBMIT, body);
    client.advance(Duration::from_secs(1));
    let id = submitted.json()["task_id"].clone();
    let told = client.post("/v1/tasks/query", &json!({"task_id": id}));
    vec![submitted, told]
}

type Books = BTreeMap<String, String>;

/// Every figure of the ledger by a name of its own.
fn figures(ledger: &LedgerSnapshot) -> Books {
    let row = |row: &UsageRow| {
        let tokens = (row.input_tokens, row.output_tokens);
        format!(
            "{} {tokens:?} {} {} {}",
            row.key, row.images, row.seconds, row.charge
        )
    };
    let rows: Vec<_> = ledger.rows.iter().map(row).collect();
    let lines: Vec<_> = ledger
        .transactions
        .iter()
        .map(|line| (line.kind, line.amount))
        .collect();
    let org = ledger.org.expect("the key is of an organisation");
    let tokens = (ledger.totals.input_tokens, ledger.totals.output_tokens);
    let mut books: Books = [
        ("wallet", ledger.spent.to_string()),
        ("held", ledger.held.to_string()),
        ("org", org.spent.to_string()),
        ("rows", format!("{rows:?}")),
        ("calls", ledger.call_count.to_string()),
        ("total", ledger.totals.total.to_string()),
        ("tokens", format!("{tokens:?}")),
        ("transactions", format!("{lines:?}")),
    ]
    .map(|(name, figure)| (name.to_owned(), figure))
    .into();
    for key in &ledger.keys {
        let used: BTreeSet<_> = key.buckets.iter().map(|bucket| bucket.used).collect();
        books.insert(format!("key {}", key.key), key.spent.to_string());
        books.insert(format!("buckets {}", key.key), format!("{used:?}"));
    }
    let law = ledger.credited - ledger.spent - ledger.held;
    assert_eq!(
        ledger.available, law,
        "the law of the wallet has no exceptions"
    );
    books
}

/// What was read of the answers, but for the headers of money.
fn told(answers: &[Answer]) -> Vec<(u16, String)> {
    answers
        .iter()
        .map(|answer| (answer.status, answer.text()))
        .collect()
}

/// The figures that differ a second and a long time after the scene.
pub(crate) fn differing(scene: Scene, fault: &str) -> [BTreeSet<String>; 2] {
    let (sick, sound) = (scene.client(Some(fault)), scene.client(None));
    let (one, other) = (scene.play(&sick), scene.play(&sound));
    assert_eq!(
        told(&one),
        told(&other),
        "{fault} {scene:?}: what is answered"
    );
    [Duration::from_secs(1), Duration::from_secs(60)].map(|wait| {
        sick.advance(wait);
        sound.advance(wait);
        let (one, other) = (
            figures(&sick.engine.ledger()),
            figures(&sound.engine.ledger()),
        );
        let names = one.keys().filter(|name| one[*name] != other[*name]);
        names.cloned().collect()
    })
}
