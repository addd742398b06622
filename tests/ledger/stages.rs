//! What is driven, and the bugs that it shows.

/// What is driven, and how often.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) requests: &'static str,
    pub(crate) mix: &'static str,
    pub(crate) billing: &'static str,
    pub(crate) calls: u64,
    pub(crate) two_keys: bool,
    /// What goes wrong with or without the bug.
    pub(crate) failures: &'static [(&'static str, f64)],
    pub(crate) output_tokens: u64,
}

/// How the amount is held to the truth.
#[derive(Clone, Copy)]
pub(crate) enum Money {
    /// The sums of the verdict are what the ledger spent too much or too little.
    Spent,
    /// The check names the amount that is still held.
    Held,
    /// The first suspect's amount, in credits.
    Each(i64),
    /// No money moves, or none that the ledger would show.
    Nothing,
}

/// A bug, the check that finds it, the class that is named, the amount, a seed that strikes.
pub(crate) struct Bug(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) Money,
    pub(crate) u64,
);

pub(crate) const MONEY: Stage = Stage {
    name: "money",
    requests: "
  pictures: { call: openai.images, model: seedream-v4, n: 3, prompt: { text: A kite },
    response_format: url, keys: [main, second] }
  words: { call: anthropic.messages, model: claude-haiku-4-5, max_tokens: 16,
    prompt: { text: Hello }, keys: [second, main] }
  refused: { call: openai.images, model: seedream-v4, prompt: { text: \"[[refuse]]\" },
    expect: { status: 451 } }
  models: { call: models.get, model: claude-haiku-4-5, keys: [main, second] }",
    mix: "{ pictures: 2, words: 2, refused: 3 }",
    billing: "lambda: 500ms, settle_timeout: 9s",
    calls: 8_000,
    two_keys: true,
    failures: &[],
    output_tokens: 8,
};

pub(crate) const MONEY_BUGS: &[Bug] = &[
    Bug("bill-failed-call", "BIL-005", "refused", Money::Spent, 2),
    Bug("bill-twice", "BIL-006", "success", Money::Spent, 3),
    Bug("lose-charge", "BIL-005", "success", Money::Spent, 1),
    Bug("count-failed-call", "BIL-007", "refused", Money::Nothing, 4),
    Bug("row-missing", "BIL-006", "success", Money::Nothing, 1),
    Bug(
        "refund-after-failure",
        "BIL-014",
        "refused",
        Money::Nothing,
        1,
    ),
    Bug("hold-never-released", "BIL-015", "success", Money::Held, 5),
    Bug("slow-settle", "BIL-004", "success", Money::Nothing, 3),
    Bug(
        "bucket-counts-failures",
        "BIL-016",
        "refused",
        Money::Nothing,
        4,
    ),
    Bug("overcharge-percent", "BIL-008", "success", Money::Spent, 4),
    Bug("undercharge-percent", "BIL-008", "success", Money::Spent, 5),
    Bug("overcharge-micro", "BIL-008", "success", Money::Spent, 1),
    Bug("images-as-one", "BIL-008", "success", Money::Spent, 4),
    Bug("image-price-wrong", "BIL-008", "success", Money::Spent, 11),
    Bug("row-late", "BIL-006", "", Money::Nothing, 9),
    Bug("row-duplicated", "BIL-006", "success", Money::Nothing, 2),
    Bug("row-wrong-charge", "BIL-008", "success", Money::Each(1), 3),
    Bug("count-missing", "BIL-007", "success", Money::Nothing, 5),
    Bug("org-header-missing", "BIL-001", "", Money::Nothing, 3),
];

pub(crate) const FREE: Stage = Stage {
    name: "free endpoints",
    mix: "{ words: 1, models: 7 }",
    ..MONEY
};

pub(crate) const FREE_BUGS: &[Bug] = &[Bug(
    "bill-free-endpoint",
    "BIL-005",
    "free endpoint",
    Money::Spent,
    3,
)];

/// What may be charged in advance is more than what it costs in the end.
pub(crate) const WORDS: Stage = Stage {
    name: "words",
    mix: "{ words: 1 }",
    ..MONEY
};

pub(crate) const WORD_BUGS: &[Bug] = &[
    Bug("bill-at-submit", "BIL-014", "success", Money::Nothing, 1),
    Bug("row-wrong-tokens", "BIL-009", "success", Money::Nothing, 1),
];

/// What headers alone tell shows from a cent on, so each call costs more.
pub(crate) const PICTURES: Stage = Stage {
    name: "pictures",
    mix: "{ pictures: 1 }",
    ..MONEY
};

pub(crate) const PICTURE_BUGS: &[Bug] = &[
    Bug("charge-other-key", "BIL-005", "success", Money::Nothing, 1),
    Bug("bucket-stuck", "BIL-016", "success", Money::Nothing, 1),
    Bug("org-wallet-stuck", "BIL-010", "success", Money::Nothing, 3),
];

/// Little is charged, so that a cent in a header is more than all that is in flight.
pub(crate) const HEADERS: Stage = Stage {
    name: "headers",
    requests: "
  words: { call: anthropic.messages, model: claude-haiku-4-5, max_tokens: 16,
    prompt: { text: Hello } }
  refused: { call: openai.chat, model: claude-haiku-4-5, mistake: unknown-model }",
    mix: "{ words: 1, refused: 19 }",
    two_keys: false,
    ..MONEY
};

pub(crate) const HEADER_BUGS: &[Bug] = &[
    Bug("header-stale", "BIL-003", "", Money::Nothing, 3),
    Bug("header-other-key", "BIL-003", "", Money::Nothing, 2),
    Bug("header-off-by-one", "BIL-003", "", Money::Nothing, 1),
    Bug("quota-rises", "BIL-003", "", Money::Nothing, 1),
    Bug("decimals-vary", "BIL-001", "", Money::Nothing, 1),
    Bug("reset-in-past", "BIL-001", "", Money::Nothing, 1),
];

pub(crate) const STREAMS: Stage = Stage {
    name: "streams",
    requests: "
  late: { call: openai.chat, model: claude-haiku-4-5, stream: true,
    disconnect: { after_tokens: 2 }, max_tokens: 4000, prompt: { text: Hello } }
  early: { call: anthropic.messages, model: claude-haiku-4-5, stream: true,
    disconnect: { after: 10ms }, prompt: { text: Hello } }",
    mix: "{ late: 1, early: 1 }",
    billing: "lambda: 500ms, settle_timeout: 9s, policy: { disconnect-after-first-token: actual }",
    two_keys: false,
    output_tokens: 1_500,
    ..MONEY
};

pub(crate) const STREAM_BUGS: &[Bug] = &[
    Bug(
        "bill-partial-in-full",
        "BIL-013",
        "left after the first token",
        Money::Nothing,
        2,
    ),
    Bug(
        "bill-before-first-token",
        "BIL-013",
        "left before the first token",
        Money::Spent,
        2,
    ),
];

pub(crate) const BROKEN: Stage = Stage {
    name: "broken streams",
    requests: "
  broken: { call: anthropic.messages, model: claude-haiku-4-5, stream: true,
    max_tokens: 16, prompt: { text: Hello } }",
    mix: "{ broken: 1 }",
    two_keys: false,
    failures: &[("error-mid-stream", 0.5)],
    ..MONEY
};

pub(crate) const BROKEN_BUGS: &[Bug] = &[Bug(
    "bill-failed-stream",
    "BIL-013",
    "error after the stream began",
    Money::Spent,
    2,
)];

pub(crate) const fn tasks(name: &'static str, requests: &'static str) -> Stage {
    Stage {
        name,
        requests,
        mix: "{ clip: 1 }",
        two_keys: false,
        ..MONEY
    }
}

pub(crate) const DONE: Stage = tasks(
    "tasks that complete",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 400ms }",
);
pub(crate) const DONE_BUGS: &[Bug] = &[
    Bug(
        "bill-each-poll",
        "BIL-005",
        "task completed",
        Money::Spent,
        2,
    ),
    Bug(
        "task-above-told",
        "BIL-012",
        "task completed",
        Money::Each(10_000),
        5,
    ),
];

pub(crate) const FAILED: Stage = tasks(
    "tasks that fail",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 400ms,
    prompt: { text: \"[[fail]]\" } }",
);
pub(crate) const FAILED_BUGS: &[Bug] = &[Bug(
    "bill-failed-task",
    "BIL-005",
    "task failed",
    Money::Spent,
    1,
)];

pub(crate) const QUEUED: Stage = tasks(
    "tasks cancelled in the queue",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4,
    cancel: pending, poll_every: 20ms }",
);
pub(crate) const QUEUED_BUGS: &[Bug] = &[Bug(
    "bill-cancelled-task",
    "BIL-005",
    "task cancelled before it ran",
    Money::Spent,
    2,
)];

pub(crate) const STOPPED: Stage = tasks(
    "tasks cancelled while they run",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 8,
    cancel: running, poll_every: 200ms }",
);
pub(crate) const STOPPED_BUGS: &[Bug] = &[Bug(
    "bill-cancel-in-full",
    "BIL-012",
    "task cancelled while running",
    Money::Spent,
    2,
)];

pub(crate) const TWICE: Stage = tasks(
    "tasks submitted twice",
    "\n  clip: { call: tasks.video, model: sora-2, duration_seconds: 4,
    duplicate: same, poll_every: 400ms }",
);
pub(crate) const TWICE_BUGS: &[Bug] = &[Bug(
    "bill-duplicate-submit",
    "BIL-005",
    "task completed",
    Money::Spent,
    2,
)];

pub(crate) const ALL: [(&Stage, &[Bug]); 12] = [
    (&MONEY, MONEY_BUGS),
    (&FREE, FREE_BUGS),
    (&WORDS, WORD_BUGS),
    (&PICTURES, PICTURE_BUGS),
    (&HEADERS, HEADER_BUGS),
    (&STREAMS, STREAM_BUGS),
    (&BROKEN, BROKEN_BUGS),
    (&DONE, DONE_BUGS),
    (&FAILED, FAILED_BUGS),
    (&QUEUED, QUEUED_BUGS),
    (&STOPPED, STOPPED_BUGS),
    (&TWICE, TWICE_BUGS),
];
