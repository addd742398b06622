//! Settings of the bundled replica: a scenario's `replica`, and the file that `replica --config`
//! reads. A plain setting is a row here and a row in `cli/replica/settings.rs`.

use std::time::Duration;

use super::account::{ACCOUNT, GROUP, KEY, PRICES, RETENTION};
use super::{Field, FieldPresence, Form, Kind, Object, TEXT};

const HOUR: Duration = Duration::from_secs(3600);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
pub(super) const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

pub(crate) static REPLICA: Object = Object {
    name: "replica",
    about: "Times are drawn anew for each call, from the scenario's seed. What is left out is the \
            replica's own choice. `spikeproof replica --config FILE` reads the same keys, at the \
            top of a file.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional(
            "first_token",
            Kind::Spread,
            "From the request to the first token",
        )
        .example("lognormal(180ms, 0.4)"),
        Field::optional("token_gap", Kind::Spread, "Between two tokens").example("20ms"),
        Field::optional(
            "output_tokens",
            Kind::Integer {
                min: 1,
                max: 1_000_000,
            },
            "Tokens of an answer that no limit cuts short",
        )
        .example("64"),
        Field::optional(
            "image_time",
            Kind::Spread,
            "From the request to the finished image",
        )
        .example("uniform(1s, 3s)"),
        Field::optional(
            "task_queue",
            Kind::Spread,
            "How long a task waits before it runs",
        )
        .example("exponential(500ms)"),
        Field::optional("task_run", Kind::Spread, "How long a task runs").example("2s"),
        Field::optional(
            "prompt_cache",
            Kind::Truth,
            "Whether it keeps prefixes of prompts, as the vendors do, so that what is read of them \
             costs less; it does unless told otherwise",
        ),
        Field::optional(
            "task_run_of",
            Kind::Named {
                item: &Kind::Spread,
                of: "model",
                min: 0,
                max: 100,
            },
            "The same for single models or families; the first entry that fits counts",
        )
        .example("{ sora-2: 90s, veo: 20s }"),
        Field::optional(
            "task_timeout",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: WEEK,
            },
            "A task that has run for so long fails; 15 minutes unless told otherwise",
        )
        .example("30s"),
        Field::optional(
            "task_kept",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: YEAR,
            },
            "So long after its end a task is forgotten and its `out_task_id` free again; 7 days \
             unless told otherwise",
        )
        .example("1h"),
        Field::default(
            "faults",
            Kind::List {
                item: &Kind::Formed(&FAULT),
                of: "fault",
                min: 0,
                max: 100,
            },
            "[]",
            "What the replica does wrong on purpose: `NAME`, or `NAME=PROBABILITY` above 0 and up \
             to 1, or an edit of its answers that is written out; see [faults.md](faults.md)",
        )
        .example("[missing-terminator, stall=0.01]"),
        Field::optional(
            "contract",
            Kind::Named {
                item: &READING,
                of: "switch",
                min: 0,
                max: 100,
            },
            "Which reading of the documents' contradictions holds; see [replica.md](replica.md)",
        )
        .example("{ C-12: per-model }"),
        Field::optional("account", Kind::Object(&ACCOUNT), "Money and limits"),
        Field::optional(
            "keys",
            Kind::List {
                item: &Kind::Object(&KEY),
                of: "key",
                min: 0,
                max: 100,
            },
            "Keys beside the ready-made one, numbered from 2",
        )
        .example("[{ name: small, quota: 0.05 }]"),
        Field::optional(
            "groups",
            Kind::List {
                item: &Kind::Object(&GROUP),
                of: "group",
                min: 0,
                max: 100,
            },
            "Routing groups beside the three ready-made ones, numbered from 4",
        )
        .example("[{ name: fast, reaches: [gpt-5-4, gemini] }]"),
        Field::optional("prices", Kind::Object(&PRICES), "What calls cost"),
        Field::optional(
            "settle_delay",
            Kind::Spread,
            "From the end of a call, or of a task, to its charge; none unless told otherwise",
        )
        .example("uniform(100ms, 2s)"),
        Field::optional(
            "row_delay",
            Kind::Spread,
            "From a charge to its row and its place in the sums of usage; none unless told \
             otherwise",
        )
        .example("5s"),
        Field::optional(
            "retention",
            Kind::Object(&RETENTION),
            "How much of the past is kept",
        ),
        Field::optional(
            "trust_forwarded_for",
            Kind::Truth,
            "Whether a client's address is the first one of `x-forwarded-for`, to try address \
             lists",
        ),
        Field::optional(
            "upstream",
            Kind::Object(&UPSTREAM),
            "What stands behind the gateway",
        ),
        Field::optional(
            "admin",
            Kind::Truth,
            "Whether it answers below `/__replica/` and takes faults from the header \
             `x-replica-fault`; it does unless told otherwise",
        ),
    ],
};

/// Some readings are numbers.
pub(super) static READING: Kind = Kind::Either(&[
    Kind::Integer {
        min: 0,
        max: 1_000_000,
    },
    TEXT,
]);

/// Names are checked against the replica's list later.
static FAULT: Form = Form {
    what: "`NAME`, `NAME=PROBABILITY` or `edit …`",
    pattern: "^(edit .+|[^=]+(=[0-9.]+%?)?)$",
    check: |text| super::super::meaning::parse_fault(text).map(|_| ()),
};

static UPSTREAM: Object = Object {
    name: "upstream",
    about: "Text, pictures and embeddings take a slot from their start to their last byte; tasks \
            do not. Waits are first come, first served.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional(
            "slots",
            Kind::Integer {
                min: 1,
                max: 1_000_000,
            },
            "Calls served at once; without it any number",
        )
        .example("8"),
        Field::optional(
            "slots_per_model",
            Kind::Truth,
            "Each model has that many slots, instead of all together",
        ),
        Field::optional(
            "queue",
            Kind::Integer {
                min: 0,
                max: 1_000_000,
            },
            "Calls that may wait for a slot, 1000 unless told otherwise; more are refused and cost \
             nothing",
        )
        .example("100"),
        Field::optional(
            "overflow",
            STATUS,
            "Status of that refusal, 529 unless told otherwise",
        )
        .example("503"),
        Field::optional(
            "full_speed",
            Kind::Integer {
                min: 1,
                max: 1_000_000,
            },
            "Calls that run at full speed; more share that speed evenly",
        )
        .example("16"),
        Field::optional(
            "retries",
            Kind::Integer { min: 0, max: 10 },
            "How often the gateway tries again before it passes on a 5xx; it costs time only",
        )
        .example("2"),
        Field::optional(
            "retry_time",
            Kind::Spread,
            "How long one such attempt takes",
        )
        .example("exponential(200ms)"),
        Field::optional(
            "models",
            Kind::List {
                item: &Kind::Object(&MODEL),
                of: "entry",
                min: 0,
                max: 100,
            },
            "Times of single models or families; the first entry that fits counts",
        )
        .example("[{ model: claude, first_token: 400ms }]"),
        Field::optional(
            "outages",
            Kind::List {
                item: &Kind::Object(&OUTAGE),
                of: "outage",
                min: 0,
                max: 100,
            },
            "When it is down; the first one that is on counts",
        )
        .example("[{ from: 10s, for: 5s, kind: 503 }]"),
    ],
};

const STATUS: Kind = Kind::Integer { min: 500, max: 599 };

static MODEL: Object = Object {
    name: "model entry",
    about: "What is left out is as for all models.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::required("model", TEXT, "A slug or a family").example("claude"),
        Field::optional(
            "first_token",
            Kind::Spread,
            "From the request to the first token",
        ),
        Field::optional("token_gap", Kind::Spread, "Between two tokens"),
        Field::optional(
            "image_time",
            Kind::Spread,
            "From the request to the finished image",
        ),
    ],
};

static OUTAGE: Object = Object {
    name: "outage",
    about: "It strikes calls that begin while it lasts. Time counts from the replica's start, on \
            its own clock.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::required(
            "from",
            Kind::Duration {
                min: Duration::ZERO,
                max: WEEK,
            },
            "When it begins",
        )
        .example("10s"),
        Field::required(
            "for",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: WEEK,
            },
            "How long it lasts",
        )
        .example("5s"),
        Field::optional(
            "every",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: WEEK,
            },
            "It comes again after so long, from one beginning to the next",
        )
        .example("1m"),
        Field::required(
            "kind",
            Kind::Either(&[STATUS, Kind::Formed(&OUTAGE_KIND)]),
            "A status that calls are refused with, or `stall` or `reset` (answers end half-way), \
             or `slow(FACTOR)`",
        )
        .example("503"),
        Field::optional("model", TEXT, "A slug or a family; without it every model")
            .example("gpt-5-4"),
    ],
};

static OUTAGE_KIND: Form = Form {
    what: "`stall`, `reset` or `slow(FACTOR)`",
    pattern: r"^(stall|reset|slow\([0-9.]+\))$",
    check: |text| super::super::meaning::parse_outage(text).map(|_| ()),
};

/// No wait of the replica takes longer, so a factor need not be larger.
pub(crate) const MOST_SLOW: f64 = HOUR.as_secs() as f64;

/// The paths of all plain settings, such as `account.wallet`.
#[cfg(test)]
pub(crate) fn paths() -> Vec<String> {
    fn below(object: &Object, above: &str, found: &mut Vec<String>) {
        for field in object.fields {
            let path = format!("{above}{}", field.key);
            match field.kind {
                Kind::Object(object) => below(object, &format!("{path}."), found),
                Kind::List { .. } | Kind::Named { .. } => {}
                Kind::Text { .. }
                | Kind::Formed(_)
                | Kind::Integer { .. }
                | Kind::Number { .. }
                | Kind::Truth
                | Kind::Duration { .. }
                | Kind::Rate
                | Kind::Level
                | Kind::Spread
                | Kind::Word(_)
                | Kind::Either(_)
                | Kind::SecretReference => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    below(&REPLICA, "", &mut found);
    found
}
