//! Settings beside the load: the money audit, the budget, the key's file.

use std::time::Duration;

use super::replica::READING;
use super::{Field, FieldPresence, Kind, Object, TEXT, Word, word};

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

pub(crate) static CONFORMANCE: Object = Object {
    name: "conformance",
    about: "What answers are held to.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::default(
            "profile",
            Kind::Word(PROFILES),
            "gateway",
            "Whose promises hold",
        ),
        Field::optional(
            "contract",
            Kind::Named {
                item: &READING,
                of: "switch",
                min: 0,
                max: 100,
            },
            "The reading that is right where the gateway's documents contradict each other; \
             without one, every documented reading passes. See [conformance.md](conformance.md)",
        )
        .example("{ C-06: done }"),
        Field::optional(
            "rules",
            Kind::Named {
                item: &Kind::Object(&SET_RULE),
                of: "rule",
                min: 0,
                max: 1000,
            },
            "Rules, by id, that weigh other than the catalogue says",
        )
        .example("{ ANT-041: { set: warn, reason: \"known, ticket 12\" } }"),
    ],
};

const PROFILES: &[Word] = &[
    word(
        "gateway",
        "the protocols, and the gateway's own promises: quota headers, error envelopes",
    ),
    word("native", "the vendors' protocols alone"),
];

static SET_RULE: Object = Object {
    name: "rule setting",
    about: "What a rule is set to, and why.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::required(
            "set",
            Kind::Word(RULE_SETTINGS),
            "How much a break of it weighs",
        )
        .example("warn"),
        Field::required("reason", TEXT, "Why; reports repeat it").example("\"known, ticket 12\""),
    ],
};

const RULE_SETTINGS: &[Word] = &[
    word("error", "whoever breaks it fails"),
    word("warn", "a break is told and fails nobody"),
    word("off", "it is not asked"),
];

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
