//! The audit's checks as items of the catalogue.

mod books;
mod rows;

pub(super) use books::{BUCKET, HOLDS, INTERVAL, ORG, TRANSACTIONS};
pub(super) use rows::{ARITHMETIC, BIJECTION, STREAM_FAILURE, TASKS, TOKENS};

use crate::rules::{Check, Rule, Sample, Severity};

pub static RULES: &[&Rule] = &[
    &ENVELOPE,
    &QUIESCENT_INVARIANCE,
    &ORDER,
    &INTERVAL,
    &CONSERVATION,
    &BIJECTION,
    &COUNTS,
    &ARITHMETIC,
    &TOKENS,
    &ORG,
    &FREE_ENDPOINTS,
    &TASKS,
    &STREAM_FAILURE,
    &TRANSACTIONS,
    &HOLDS,
    &BUCKET,
];

pub(super) static ENVELOPE: Rule = Rule {
    id: "BIL-001",
    name: "envelope-broken",
    severity: Severity::Must,
    source: "gateway quickstart, credits and billing, rate limits: headers on every response",
    explanation: "Every answer, success or not, carries the key's rate limit, what remains of \
                  it, when it resets and the remaining quota; each value parses, nothing remains \
                  beyond its limit, the reset lies within the next seven days and the number of \
                  decimals stays the same. A client that budgets by these headers is blind \
                  without them.",
    violations: &[
        Sample::History("answer limit=50.00 remaining=60.00 reset=+60 quota=10.00"),
        Sample::History("answer limit=50.00 remaining=40.00 reset=+60"),
        Sample::History("answer limit=50.00 remaining=40.00 reset=-60 quota=10.00"),
        Sample::History(
            "answer limit=50.00 remaining=40.00 reset=+60 quota=10.00\n\
             answer limit=50.00 remaining=40.00 reset=+60 quota=10.000",
        ),
    ],
    conforming: &[Sample::History(
        "answer limit=50.00 remaining=40.00 reset=+60 quota=10.00",
    )],
    faults: &[
        "header-missing",
        "header-not-decimal",
        "ratelimit-headers-missing",
        "remaining-above-limit",
        "org-header-missing",
        "reset-in-past",
        "decimals-vary",
    ],
    check: Check::Audit,
};

pub(super) static QUIESCENT_INVARIANCE: Rule = Rule {
    id: "BIL-002",
    name: "failure-billed",
    severity: Severity::Must,
    source: "gateway error handling and errors reference: a non-2xx never bills, no exceptions",
    explanation: "With nothing else in flight, a burst of one kind of failure leaves the quota \
                  header, the account, the usage count and the transactions as they were. Each \
                  kind is tried alone, so that what moved names its cause.",
    violations: &[
        Sample::History("books calls=5 used=1.00\nprobe unknown-model 3 calls=6 used=1.00"),
        Sample::History("books quota=9.00\nprobe malformed-json 3 quota=8.99"),
        Sample::History("books transactions=1\nprobe no-key 3 transactions=2"),
    ],
    conforming: &[Sample::History(
        "books calls=5 used=1.00 quota=9.00\nprobe unknown-model 3 calls=5 used=1.00 quota=9.00",
    )],
    faults: &[
        "bill-failed-call",
        "count-failed-call",
        "refund-after-failure",
    ],
    check: Check::Audit,
};

pub(super) static ORDER: Rule = Rule {
    id: "BIL-003",
    name: "balance-rose",
    severity: Severity::Must,
    source: "gateway credits and billing: the quota header is what remains; only a top-up raises \
             it",
    explanation: "When one answer's head had arrived before another request was sent, the second \
                  answer cannot show more quota than the first: a balance only falls while \
                  nobody tops it up. A rise means a stale cache, a refund of something that \
                  should never have been charged, or two ledgers.",
    violations: &[Sample::History(
        "answer at=1..2 quota=10.00\nanswer at=3..4 quota=10.01",
    )],
    conforming: &[Sample::History(
        "answer at=1..2 quota=10.00\nanswer at=3..6 quota=9.00\nanswer at=4..5 quota=10.00",
    )],
    faults: &[
        "header-stale",
        "header-off-by-one",
        "header-other-key",
        "quota-rises",
    ],
    check: Check::Audit,
};

pub(super) static CONSERVATION: Rule = Rule {
    id: "BIL-005",
    name: "books-disagree",
    severity: Severity::Must,
    source: "gateway credits and billing, account and usage endpoints: one charge, seen everywhere",
    explanation: "Once all charges are applied, the fall of the quota header, the growth of the \
                  account's lifetime spend and the growth of the usage buckets' total are the \
                  same sum, each within what its decimals can show.",
    violations: &[Sample::History(
        "books used=1.000000 spent=5.000000\ncall ok\nbooks used=1.000100 spent=5.000200",
    )],
    conforming: &[Sample::History(
        "books used=1.000000 spent=5.000000 quota=9.99\ncall ok\n\
         books used=1.000100 spent=5.000100 quota=9.99",
    )],
    faults: &[
        "lose-charge",
        "bill-cancelled-task",
        "bill-each-poll",
        "charge-other-key",
        "bill-duplicate-submit",
        "bill-failed-task",
    ],
    check: Check::Audit,
};

pub(super) static COUNTS: Rule = Rule {
    id: "BIL-007",
    name: "call-count-wrong",
    severity: Severity::Must,
    source: "gateway usage endpoint: one counted call for each billed request and no other",
    explanation: "The usage buckets' call_count grows by exactly the number of billable \
                  successes of the run. More means that a failure was counted or a call billed \
                  twice, less that a charge was lost. Calls whose billing the documents leave \
                  open widen the range.",
    violations: &[
        Sample::History("books calls=5\ncall ok id=a\nbooks calls=7\nrow id=a credits=0.000001"),
        Sample::History("books calls=5\ncall ok\ncall ok\nbooks calls=6"),
    ],
    conforming: &[Sample::History(
        "books calls=5\ncall ok\ncall refused\nbooks calls=6",
    )],
    faults: &["bill-twice", "count-missing"],
    check: Check::Audit,
};

pub(super) static FREE_ENDPOINTS: Rule = Rule {
    id: "BIL-011",
    name: "free-endpoint-billed",
    severity: Severity::Must,
    source: "gateway credits and billing: models, usage, account, query and cancel cost nothing",
    explanation: "With nothing else in flight, a burst of requests to the endpoints that are \
                  free leaves every book as it was.",
    violations: &[Sample::History(
        "books quota=9.00\nprobe free endpoint 3 quota=8.99",
    )],
    conforming: &[Sample::History(
        "books quota=9.00\nprobe free endpoint 3 quota=9.00",
    )],
    faults: &["bill-free-endpoint"],
    check: Check::Audit,
};
