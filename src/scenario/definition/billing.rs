//! The money audit.

use std::time::Duration;

use super::{Field, FieldPresence, Kind, Object, TEXT, Word, word};

const MOST: Duration = Duration::from_secs(3600);

pub(crate) static BILLING: Object = Object {
    name: "billing",
    about: "Whether each call was charged what the documents promise.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::default("audit", Kind::Word(AUDITS), "full", "How much is checked"),
        Field::default(
            "checks",
            Kind::List {
                item: &Kind::Word(CHECKS),
                of: "check",
                min: 0,
                max: 16,
            },
            "[]",
            "The only checks that are made; none named: all",
        )
        .example("[BIL-002, BIL-006]"),
        Field::default(
            "policy",
            Kind::Object(&POLICY),
            "{}",
            "What is right for calls that do not end well, where vendors differ",
        )
        .example("{ disconnect-after-first-token: actual }"),
        Field::default(
            "probes",
            Kind::Either(&[
                PROBES,
                Kind::Named {
                    item: &PROBES,
                    of: "class",
                    min: 1,
                    max: 100,
                },
            ]),
            "5",
            "Failing calls of each kind, sent when all else is quiet, to see that they are free; 0 \
             leaves them out. By class: a `mistake`, the name of a request that must be refused, \
             `free` for what costs nothing, and `each` for all others (5 unless told otherwise)",
        )
        .example("{ each: 3, unknown-model: 20, free: 0 }"),
        Field::default(
            "settle_timeout",
            Kind::Duration {
                min: Duration::ZERO,
                max: MOST,
            },
            "10s",
            "How long to wait at most until charges are applied",
        ),
        Field::optional(
            "lambda",
            Kind::Duration {
                min: Duration::ZERO,
                max: MOST,
            },
            "How long after an answer its charge and its row may come at the latest: a promise, so \
             that what comes later is a finding. Absent: nobody promised anything, and the longest \
             that was seen is reported",
        )
        .example("2s"),
        Field::default(
            "confirm",
            Kind::Truth,
            "false",
            "Sends suspects of a wrong charge again, alone, and says whether that reproduced it; \
             and a few calls that succeed, which cost what they cost",
        ),
        Field::optional(
            "prices",
            TEXT,
            "Path of a file with the target's price list, in the form of the built-in one, from \
             where the command runs. Absent: what the public pages said",
        )
        .example("./prices.yaml"),
    ],
};

const PROBES: Kind = Kind::Integer { min: 0, max: 100 };

const AUDITS: &[Word] = &[
    word("full", "every check that the evidence allows"),
    word(
        "headers",
        "headers only: nothing but the scenario's own requests is sent",
    ),
    word("off", "none"),
];

const CHECKS: &[Word] = &[
    word("BIL-001", "headers of every answer"),
    word("BIL-002", "failures alone move nothing"),
    word("BIL-003", "the balance never rises"),
    word("BIL-004", "balances between their bounds, under load"),
    word("BIL-005", "one sum in all books"),
    word("BIL-006", "rows and requests, one to one"),
    word("BIL-007", "calls counted"),
    word("BIL-008", "prices"),
    word("BIL-009", "tokens"),
    word("BIL-010", "the organisation's wallet"),
    word("BIL-011", "free endpoints"),
    word("BIL-012", "tasks"),
    word("BIL-013", "answers that broke off"),
    word("BIL-014", "no refunds"),
    word("BIL-015", "holds"),
    word("BIL-016", "spend buckets"),
];

const RIGHT: Kind = Kind::Word(&[
    word("free", "nothing is charged"),
    word("actual", "what was delivered"),
    word("full", "what all of it would have cost"),
    word("unspecified", "recorded, not judged"),
]);

pub(crate) static POLICY: Object = Object {
    name: "policy",
    about: "What calls of a kind may be charged. Absent: what the documents say.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional(
            "client-error",
            RIGHT,
            "Refused for the client's own fault; documented: free",
        ),
        Field::optional("refused", RIGHT, "Any other refusal; documented: free"),
        Field::optional(
            "rate-limited",
            RIGHT,
            "429 for a spend bucket; documented: free",
        ),
        Field::optional(
            "concurrency-limited",
            RIGHT,
            "429 for too many calls in flight; documented: free",
        ),
        Field::optional(
            "upstream-error",
            RIGHT,
            "Status 500 and above; documented: free",
        ),
        Field::optional(
            "blocked",
            RIGHT,
            "A success that says that the prompt was refused; documented: free",
        ),
        Field::optional(
            "stream-error",
            RIGHT,
            "An error inside a stream that began with 200; documented: free",
        ),
        Field::optional(
            "cut-short",
            RIGHT,
            "An answer that ended early, or whose connection broke; documents disagree (C-10)",
        ),
        Field::optional(
            "timeout",
            RIGHT,
            "An answer that did not end in our time; the documents leave it open (C-10)",
        ),
        Field::optional(
            "disconnect-before-first-token",
            RIGHT,
            "Left by us before the first token; documented: free",
        ),
        Field::optional(
            "disconnect-after-first-token",
            RIGHT,
            "Left by us after the first token; the documents disagree (C-10)",
        ),
        Field::optional("task-failed", RIGHT, "A task that failed; documented: free"),
        Field::optional(
            "task-cancelled-pending",
            RIGHT,
            "A task cancelled before it ran; documented: free",
        ),
        Field::optional(
            "task-cancelled-running",
            RIGHT,
            "A task cancelled while it ran; documented: what the cancel's answer says",
        ),
    ],
};
