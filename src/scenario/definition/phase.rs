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
/// A wait that may be none.
const WAIT: Kind = Kind::Duration {
    min: Duration::ZERO,
    max: LONGEST,
};
const MOST_VUS: u64 = 100_000;
const VUS: Kind = Kind::Integer {
    min: 1,
    max: MOST_VUS,
};
const VUS_OR_NONE: Kind = Kind::Integer {
    min: 0,
    max: MOST_VUS,
};
const ITERATIONS: Kind = Kind::Integer {
    min: 1,
    max: 1_000_000_000,
};

pub(crate) static PHASE: Object = Object {
    name: "phase",
    about: "Phases follow one another: each begins when the last call of those before it has \
            ended, or with `with` at the same time as one of them.",
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
        Field::optional(
            "with",
            Kind::Formed(&NAME),
            "Begins when this phase begins, and runs beside it: the phase just before, or one that \
             already runs beside that. Absent: begins when all phases before have ended",
        )
        .example("steady"),
        Field::default("delay", WAIT, "0s", "Begins so much later than it would").example("10s"),
        Field::optional(
            "graceful_stop",
            WAIT,
            "Calls still going on so long after the last may begin are cut off, and counted as \
             such. Absent: each ends by itself, at its `timeout` at the latest",
        )
        .example("30s"),
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
                fields: &[CALLERS, &[LASTS], THINKING],
            },
            Case {
                word: "ramping-vus",
                about: "the same, while the number of callers goes from stage to stage",
                fields: &[RAMPING_CALLERS, THINKING],
            },
            Case {
                word: "shared-iterations",
                about: "`vus` callers share `iterations` calls",
                fields: &[CALLERS, COUNTED, THINKING],
            },
            Case {
                word: "per-vu-iterations",
                about: "each of `vus` callers makes `iterations` calls",
                fields: &[CALLERS, COUNTED, THINKING],
            },
            Case {
                word: "constant-arrival-rate",
                about: "calls are due at `rate`, whatever the target does",
                fields: &[RATE, &[LASTS], ARRIVING],
            },
            Case {
                word: "ramping-arrival-rate",
                about: "the same, at a rate that goes from stage to stage",
                fields: &[RAMPING_RATE, ARRIVING],
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

const THINKING: &[Field] = &[Field::optional(
    "think_time",
    Kind::Spread,
    "How long a caller waits after a call before it starts its next. Absent: not at all",
)
.example("\"lognormal(4s, 0.6)\"")];

static RATE_STAGE: Object = Object {
    name: "rate stage",
    about: "In a straight line to a rate.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::required("target", Kind::Level, "How many calls are due at its end").example("50/s"),
        STAGE_LASTS,
    ],
};

static VUS_STAGE: Object = Object {
    name: "vus stage",
    about: "In a straight line to a number of callers. One more is there once the line has risen \
            by a whole one, one fewer once it has fallen by one.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::required("target", VUS_OR_NONE, "Callers at its end").example("20"),
        STAGE_LASTS,
    ],
};

static RATE_STAGES: Kind = Kind::Object(&RATE_STAGE);
static VUS_STAGES: Kind = Kind::Object(&VUS_STAGE);

const STAGE_LASTS: Field =
    Field::required("duration", WAIT, "How long it takes; `0s` is a jump").example("30s");

/// Stages of one phase at most.
const MOST_STAGES: usize = 1000;

const RAMPING_CALLERS: &[Field] = &[
    Field::default("start_vus", VUS_OR_NONE, "1", "Callers at the beginning"),
    Field::required(
        "stages",
        Kind::List {
            item: &VUS_STAGES,
            of: "stage",
            min: 1,
            max: MOST_STAGES,
        },
        "How the number goes on",
    )
    .example("[{ target: 20, duration: 30s }, { target: 0, duration: 10s }]"),
    Field::optional(
        "graceful_ramp_down",
        WAIT,
        "The call of a caller that must go is cut off so long after, and counted as such. Absent: \
         it ends by itself",
    )
    .example("30s"),
];

const RAMPING_RATE: &[Field] = &[
    Field::default(
        "start_rate",
        Kind::Level,
        "0/s",
        "How many calls are due at the beginning",
    ),
    Field::required(
        "stages",
        Kind::List {
            item: &RATE_STAGES,
            of: "stage",
            min: 1,
            max: MOST_STAGES,
        },
        "How the rate goes on",
    )
    .example("[{ target: 50/s, duration: 30s }, { target: 50/s, duration: 2m }]"),
];

const RATE: &[Field] =
    &[Field::required("rate", Kind::Rate, "How many calls are due").example("50/s")];

const ARRIVING: &[Field] = &[
    Field::default(
        "arrivals",
        Kind::Word(ARRIVALS),
        "constant",
        "How they are spaced",
    ),
    Field::optional(
        "cv",
        Kind::Number {
            min: 0.05,
            max: 10.0,
            decimals: 3,
        },
        "With `arrivals: gamma`: the standard deviation of the gaps over their mean. 1 is Poisson, \
         more comes in bursts, less is more even",
    )
    .example("2"),
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
    word(
        "gamma",
        "gamma gaps with the same mean, as bursty as `cv` says",
    ),
];
