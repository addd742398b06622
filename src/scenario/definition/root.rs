//! The scenario itself.

use core::net::IpAddr;

use super::billing::BILLING;
use super::conformance::CONFORMANCE;
use super::replica::REPLICA;
use super::setting::{BUDGET, KEY_FILE};
use super::{Field, FieldPresence, Form, Kind, NAME, Object, TEXT, Word, phase, request, word};
use crate::scenario::target;

pub(crate) static SCENARIO: Object = Object {
    name: "scenario",
    about: "The whole file: one YAML mapping.",
    presence: FieldPresence::Each,
    choice: None,
    fields: &[
        Field::required("name", Kind::Formed(&NAME), "What reports call the run").example("smoke"),
        Field::default(
            "about",
            Kind::Text { least: 0 },
            "\"\"",
            "What it is for, in a sentence or two",
        ),
        Field::default(
            "target",
            Kind::Formed(&TARGET),
            "replica",
            "`replica`, the bundled stand-in started in the same process, or a base URL without \
             path",
        )
        .example("https://gateway.example"),
        Field::optional(
            "key",
            Kind::Either(&[Kind::SecretReference, Kind::Object(&KEY_FILE)]),
            "Where the API key comes from: never the key itself. Absent: the variable \
             `BYTESPIKE_API_KEY`, or the replica's own key",
        )
        .example("${BYTESPIKE_API_KEY:}"),
        Field::optional(
            "keys",
            Kind::Named {
                item: &Kind::Either(&[Kind::SecretReference, Kind::Object(&KEY_FILE)]),
                of: "key",
                min: 1,
                max: 31,
            },
            "Further keys by names of their own, for the `keys` of requests; `main` is the one of \
             `key`. The replica makes those that its own `keys` do not name. A key is tried and \
             its balance is read before the load, unless each request that names it expects 401 \
             or 403 alone",
        )
        .example("{ second: \"${SECOND_KEY:}\" }"),
        Field::default(
            "seed",
            Kind::Integer {
                min: 0,
                max: u64::MAX,
            },
            "1",
            "Seeds the plan, the prompts and the replica: the same seed, the same run",
        ),
        Field::default(
            "http",
            Kind::Word(HTTP),
            "agreed",
            "Which HTTP is spoken with the target",
        ),
        Field::default(
            "source_addresses",
            Kind::List {
                item: &Kind::Formed(&ADDRESS),
                of: "address",
                min: 0,
                max: 1000,
            },
            "[]",
            "Addresses of this machine that connections come from, in turns; each allows some \
             28,000 connections to the target. None: what the system chooses",
        )
        .example("[127.0.0.2, 127.0.0.3]"),
        Field::required(
            "requests",
            REQUESTS,
            "The kinds of call, by a name of their own",
        ),
        Field::required(
            "phases",
            Kind::List {
                item: &Kind::Object(&phase::PHASE),
                of: "phase",
                min: 1,
                max: 100,
            },
            "Stretches of load, one after the other",
        ),
        Field::default(
            "replica",
            Kind::Object(&REPLICA),
            "{}",
            "How the bundled replica behaves; ignored, with a note, when the target is live",
        ),
        Field::default(
            "conformance",
            Kind::Object(&CONFORMANCE),
            "{}",
            "What answers are held to",
        ),
        Field::default(
            "billing",
            Kind::Object(&BILLING),
            "{}",
            "How money is audited",
        ),
        Field::optional(
            "budget",
            Kind::Object(&BUDGET),
            "What the run may use up; required when the target is live",
        ),
        Field::default(
            "thresholds",
            Kind::List {
                item: &TEXT,
                of: "threshold",
                min: 0,
                max: 1000,
            },
            "[]",
            "Limits that decide the verdict, in the form of the section on thresholds",
        )
        .example("[\"ttft.p99 < 800ms {request=chat}\"]"),
    ],
};

const REQUESTS: Kind = Kind::Named {
    item: &Kind::Object(&request::REQUEST),
    of: "request",
    min: 1,
    max: 1000,
};

const HTTP: &[Word] = &[
    word(
        "agreed",
        "HTTP/1.1 without TLS; over TLS what both sides can, HTTP/2 first, where the calls that \
         begin before it is known open a connection each",
    ),
    word("http1", "HTTP/1.1, over TLS too"),
    word(
        "http2",
        "HTTP/2 from the first byte, without TLS too; the bundled replica does not speak it",
    ),
];

static ADDRESS: Form = Form {
    what: "an address such as `127.0.0.2` or `::1`",
    pattern: "^[0-9A-Fa-f:.]+$",
    check: |text| {
        text.parse::<IpAddr>()
            .map(|_| ())
            .map_err(|_| "expected an IPv4 or IPv6 address".to_owned())
    },
};

static TARGET: Form = Form {
    what: "`replica`, or a base URL such as `https://gateway.example`",
    pattern: "^(replica|https?://[^/?#@]+/?)$",
    check: |text| {
        target::Target::parse(text)
            .map(|_| ())
            .map_err(|error| error.to_string())
    },
};
