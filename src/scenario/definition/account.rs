//! The account of the bundled replica: its money and limits, keys, groups, prices, and how much of
//! the past it keeps.

use std::time::Duration;

use super::replica::WEEK;
use super::{Field, FieldPresence, Kind, Object, TEXT, Word, word};

/// USD, exact to the micro-USD.
const USD: Kind = Kind::Number {
    min: 0.0,
    max: 1_000_000_000.0,
    decimals: 6,
};

/// The most that the cap of a key may be.
const CAP: Kind = Kind::Number {
    min: 0.0,
    max: 1_000_000.0,
    decimals: 6,
};

pub(super) static ACCOUNT: Object = Object {
    name: "account",
    about: "The account of the ready-made key. Amounts in USD; a limit of 0 is none.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional("wallet", USD, "Topped up at the start").example("25.00"),
        Field::optional("quota", USD, "What the key may spend in its life").example("10"),
        Field::optional("rate_limit_5h", USD, "What it may spend in any 5 hours").example("0.5"),
        Field::optional("rate_limit_1d", USD, "What it may spend in any day"),
        Field::optional("rate_limit_7d", USD, "What it may spend in any 7 days"),
        Field::optional(
            "tier",
            Kind::Word(TIERS),
            "Caps calls in flight and, under C-29, messages; without it neither is capped",
        ),
        Field::optional(
            "concurrency",
            Kind::Integer {
                min: 1,
                max: 1_000_000,
            },
            "Calls that may be in flight, instead of the tier's",
        )
        .example("50"),
        Field::optional(
            "messages_12h",
            COUNT,
            "Messages in any 12 hours, instead of the tier's; with the contract \
             `C-29: messages-too` only",
        )
        .example("500"),
        Field::optional(
            "account_reads",
            COUNT,
            "Reads of `/api/v1/me/account` in any minute with one key, 600 unless told otherwise",
        ),
        Field::optional(
            "decimals",
            Kind::Integer { min: 0, max: 6 },
            "Digits after the point in the headers",
        )
        .example("6"),
        Field::optional(
            "rounding",
            Kind::Word(ROUNDINGS),
            "How the headers lose the digits that they do not show",
        ),
        Field::optional(
            "unlimited",
            Kind::Word(UNLIMITED),
            "What the headers of a key without caps say",
        ),
        Field::optional(
            "low_balance",
            USD,
            "The balance is flagged as low where no more is left, 5 unless told otherwise",
        ),
        Field::optional(
            "org",
            Kind::Truth,
            "Whether the key belongs to an organisation",
        ),
        Field::optional(
            "org_wallet",
            USD,
            "Of the organisation at the start; without it as much as the account's. Calls of its \
             keys are charged to both",
        ),
        Field::optional(
            "org_cache",
            Kind::Duration {
                min: Duration::ZERO,
                max: WEEK,
            },
            "How old the organisation's balance may be that its header shows and its calls are \
             admitted by",
        )
        .example("30s"),
        Field::optional(
            "org_paused",
            Kind::Truth,
            "Whether the organisation is paused: its keys get 403 from the account route",
        ),
    ],
};

const COUNT: Kind = Kind::Integer {
    min: 0,
    max: 1_000_000,
};

const TIERS: &[Word] = &[
    word("free", "5 calls in flight"),
    word("pro", "25, and 500 messages"),
    word("max", "100, and 5000 messages"),
    word("enterprise", "500"),
];

const ROUNDINGS: &[Word] = &[
    word("down", "towards less"),
    word("nearest", "to the nearest, halves away from zero"),
    word("up", "towards more"),
];

const UNLIMITED: &[Word] = &[
    word("wallet", "what was ever credited, and what is left of it"),
    word("zero", "`0.00`"),
    word("absent", "the headers are not sent"),
];

pub(super) static KEY: Object = Object {
    name: "replica key",
    about: "Amounts in USD; a cap of 0, or none, is no cap.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional("name", TEXT, "For people").example("small"),
        Field::optional(
            "group",
            Kind::Integer { min: 1, max: 103 },
            "Number of its routing group: 1 `claude-default`, 2 `gemini-default`, 3 `default` \
             (unless told otherwise), from 4 those of `groups`",
        )
        .example("4"),
        Field::optional(
            "secret",
            TEXT,
            "What clients send, 1 to 256 visible ASCII characters; without it one is made from \
             the seed. Never one of a live gateway",
        )
        .example("a-key-for-tests"),
        Field::optional("quota", CAP, "What it may spend in its life").example("0.05"),
        Field::optional("rate_limit_5h", CAP, "What it may spend in any 5 hours"),
        Field::optional("rate_limit_1d", CAP, "What it may spend in any day"),
        Field::optional("rate_limit_7d", CAP, "What it may spend in any 7 days"),
        Field::optional(
            "expires_in",
            Kind::Duration {
                min: Duration::from_millis(1),
                max: WEEK,
            },
            "From the start; without it never",
        )
        .example("1h"),
        Field::optional(
            "ip_whitelist",
            ADDRESSES,
            "Addresses, or ranges such as `10.0.0.0/8`, that it is let in from; without it all",
        )
        .example("[127.0.0.1, \"fd00::/8\"]"),
        Field::optional(
            "ip_blacklist",
            ADDRESSES,
            "Those that it is not let in from; wins over the other list",
        ),
        Field::optional("org", Kind::Truth, "Whether it belongs to the organisation"),
    ],
};

const ADDRESSES: Kind = Kind::List {
    item: &TEXT,
    of: "address",
    min: 0,
    max: 100,
};

pub(super) static GROUP: Object = Object {
    name: "group",
    about: "A routing group: which models its keys reach.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::required("name", TEXT, "For people").example("fast"),
        Field::optional(
            "reaches",
            Kind::List {
                item: &TEXT,
                of: "model or family",
                min: 0,
                max: 100,
            },
            "Slugs and families; without it every model",
        )
        .example("[gpt-5-4, gemini]"),
        Field::optional(
            "exclusive",
            Kind::Truth,
            "Whether it is hidden, and takes no keys unless granted",
        ),
        Field::optional(
            "granted",
            Kind::Truth,
            "Whether the account may use it though it is exclusive",
        ),
    ],
};

pub(super) static PRICES: Object = Object {
    name: "prices",
    about: "The gateway's list of prices holds for what is left out.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional(
            "rates",
            Kind::Named {
                item: &Kind::Object(&RATES),
                of: "model",
                min: 0,
                max: 100,
            },
            "Rates of single models, by slug",
        )
        .example("{ gpt-5-4: { input: 2.50, output: 15 } }"),
        Field::optional(
            "rounding",
            Kind::Word(ROUNDINGS),
            "How a charge loses what is less than a micro-USD",
        ),
        Field::optional(
            "rounded_per",
            Kind::Word(&[
                word("call", "once, over the sum"),
                word("component", "input, output and both sides of a cache each"),
            ]),
            "What the price of text is rounded over",
        ),
        Field::optional(
            "clip_step",
            USD,
            "A clip costs a multiple of it, 0.01 unless told otherwise; 0 is no step",
        )
        .example("0.05"),
    ],
};

static RATES: Object = Object {
    name: "rates",
    about: "USD. What is left out is as in the gateway's list.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional("input", CAP, "A million tokens of input").example("2.50"),
        Field::optional("output", CAP, "A million tokens of output").example("15"),
        Field::optional("cache_read", CAP, "A million tokens read from a cache"),
        Field::optional("cache_write", CAP, "A million tokens written to a cache"),
        Field::optional("image", CAP, "A picture").example("0.04"),
        Field::optional("second", CAP, "A second of a clip").example("0.10"),
    ],
};

pub(super) static RETENTION: Object = Object {
    name: "retention",
    about: "How much is kept; the oldest is forgotten first, and sums over all calls stay exact. \
            `spikeproof replica` keeps little, so that its memory stays flat; the replica that a \
            run starts keeps much, so that the audit finds every row.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::optional(
            "rows",
            KEPT,
            "Rows of usage: 10000 alone, 200000 in a run, unless told otherwise",
        )
        .example("50000"),
        Field::optional(
            "tallies",
            KEPT,
            "Sums by second, model and key: 5000 alone, 100000 in a run",
        ),
        Field::optional(
            "transactions",
            KEPT,
            "Transactions: 10000 alone, 100000 in a run",
        ),
        Field::optional(
            "tasks",
            KEPT,
            "Tasks that are over: 2000 alone, 100000 in a run. A submission that finds no room \
             is 503",
        ),
    ],
};

const KEPT: Kind = Kind::Integer {
    min: 1,
    max: 10_000_000,
};
