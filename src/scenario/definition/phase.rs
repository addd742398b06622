//! A stretch of load.

use std::time::Duration;

use super::{Case, Choice, Field, FieldPresence, Kind, NAME, Object, Word, word};

/// A day: longer runs are made of several.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
const SHORTEST: Duration = Duration::from_millis(1);

const SPAN: Kind = Kind::Duration {
    min: SHORTEST,
    max: LONGEST,
};
const VUS: Kind = Kind::Integer {
    min: 1,
    max: 100_000,
};
const ITERATIONS: Kind = Kind::Integer {
    min: 1,
    max: 1_000_000_000,
};

pub(crate) static PHASE: Object = Object {
    name: "phase",
    about: "Phases follow one another; the next begins when the last call of this one has ended.",
    presence: FieldPresence::Each,
    fields: &[
        Field::required("name", Kind::Formed(&NAME), "Its name in reports; unique")
            .example("steady"),
        Field::optional(
            "mix",
            Kind::Named {
                item: &WEIGHT,
                of: "request",
                min: 1,
                max: 1000,
            },
            "Weights over requests. Absent: every request with weight 1",
        )
        .example("{ chat: 5, bad-model: 1 }"),
        Field::default(
            "record",
            Kind::Truth,
            "true",
            "Whether its latencies count; findings and money always do",
        ),
    ],
    choice: Some(Choice {
        key: "executor",
        about: "How arrivals are made",
        example: "constant-arrival-rate",
        cases: &[
            Case {
                word: "constant-vus",
                about: "`vus` callers, each starting its next call when its last one ended",
                fields: &[CALLERS, &[LASTS]],
            },
            Case {
                word: "shared-iterations",
                about: "`vus` callers share `iterations` calls",
                fields: &[CALLERS, COUNTED],
            },
            Case {
                word: "per-vu-iterations",
                about: "each of `vus` callers makes `iterations` calls",
                fields: &[CALLERS, COUNTED],
            },
            Case {
                word: "constant-arrival-rate",
                about: "calls are due at `rate`, whatever the target does",
                fields: &[ARRIVING, &[LASTS]],
            },
        ],
    }),
};

static WEIGHT: Kind = Kind::Integer {
    min: 1,
    max: 1_000_000,
};

const CALLERS: &[Field] = &[Field::required("vus", VUS, "Callers at the same time").example("4")];

const LASTS: Field =
    Field::required("duration", SPAN, "For how long calls are started").example("30s");

const COUNTED: &[Field] = &[
    Field::required(
        "iterations",
        ITERATIONS,
        "Calls: of all callers, or of each",
    )
    .example("100"),
    Field::default(
        "max_duration",
        SPAN,
        "10m",
        "No call is started after this long",
    ),
];

const ARRIVING: &[Field] = &[
    Field::required("rate", Kind::Rate, "How many calls are due").example("50/s"),
    Field::default(
        "arrivals",
        Kind::Word(ARRIVALS),
        "constant",
        "How they are spaced",
    ),
    Field::default(
        "max_in_flight",
        Kind::Integer {
            min: 1,
            max: 100_000,
        },
        "1000",
        "A call due while this many are in flight is dropped and counted",
    ),
];

const ARRIVALS: &[Word] = &[
    word("constant", "evenly"),
    word(
        "poisson",
        "exponential gaps with the same mean, as independent callers make them",
    ),
];
