//! Settings beside the load: the replica, the money audit, the budget, the key's file.

use std::time::Duration;

use super::{Field, FieldPresence, Form, Kind, Object, TEXT, Word, word};

pub(crate) static KEY_FILE: Object = Object {
    name: "key file",
    about: "The key is the first line of a file.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[Field::required(
        "file",
        TEXT,
        "Path of the file, from where the command runs",
    )
    .example("./gateway.key")],
};

pub(crate) static REPLICA: Object = Object {
    name: "replica",
    about: "Times are drawn anew for each call, from the scenario's seed. What is left out is the \
            replica's own choice.",
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
        Field::default(
            "prompt_cache",
            Kind::Truth,
            "true",
            "Keeps prefixes of prompts, as the vendors do: what is read of them costs less",
        ),
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
             to 1",
        )
        .example("[missing-done, stall=0.01]"),
    ],
};

/// Names are checked against the replica's list later.
static FAULT: Form = Form {
    what: "`NAME` or `NAME=PROBABILITY`",
    pattern: "^[^=]+(=[0-9.]+%?)?$",
    check: |text| super::super::meaning::parse_fault(text).map(|_| ()),
};

pub(crate) static BILLING: Object = Object {
    name: "billing",
    about: "Whether each call was charged what the documents promise.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::default("audit", Kind::Word(AUDITS), "full", "How much is checked"),
        Field::default(
            "probes",
            Kind::Integer { min: 0, max: 100 },
            "5",
            "Failing calls of each kind, sent when all else is quiet, to see that they are free; 0 \
             leaves them out",
        ),
        Field::default(
            "settle_timeout",
            Kind::Duration {
                min: Duration::ZERO,
                max: Duration::from_secs(3600),
            },
            "10s",
            "How long to wait at most until charges are applied",
        ),
    ],
};

const AUDITS: &[Word] = &[
    word("full", "every check that the evidence allows"),
    word(
        "headers",
        "headers only: nothing but the scenario's own requests is sent",
    ),
    word("off", "none"),
];

pub(crate) static BUDGET: Object = Object {
    name: "budget",
    about: "The run stops, and says so, before it would use up more.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[Field::required(
        "requests",
        Kind::Integer {
            min: 1,
            max: 1_000_000_000,
        },
        "Requests sent, of every kind",
    )
    .example("10000")],
};
