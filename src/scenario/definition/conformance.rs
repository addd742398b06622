//! What answers are held to.

use super::replica::READING;
use super::{Field, FieldPresence, Kind, Object, TEXT, Word, word};

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
