//! The head of an answer beside its values: what is there twice, and what nobody asked for.

use super::{answer, is_ours, short};
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

const MODELS: &str = "/v1/models @gateway\n";
const NO_MODELS: &str = r#"{"object":"list","data":[]}"#;

/// Headers that have one value, of those that a client of the gateway reads.
const SINGLE: [&str; 8] = [
    "content-type",
    "content-length",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-quota-remaining-credits",
    "x-org-quota-remaining-credits",
    "location",
];

pub(super) static TWICE: Rule = Rule {
    id: "GW-140",
    name: "header-twice",
    severity: Severity::Must,
    source: "RFC 9110, 5.2 and 5.3: only a header that is a list may be repeated",
    explanation: "Some clients take the first of two equal names, some the last, some join them \
        with a comma into a text that is no number any more. Send each of these headers once.",
    violations: &[Sample::Answer {
        request: MODELS,
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body: NO_MODELS,
    }],
    conforming: &[answer(MODELS, 200, NO_MODELS)],
    faults: &["header-doubled"],
    check: Check::Gateway(Hooks {
        head: Some(twice),
        ..Hooks::NONE
    }),
};

fn twice(opened: &Opened<'_>) -> Verdict {
    if !is_ours(opened.asked.get()) {
        return Verdict::Silent;
    }
    let times = |name: &str| {
        let names = opened.head.names();
        names.filter(|known| *known == name).count()
    };
    match SINGLE.into_iter().find(|name| times(name) > 1) {
        None => Verdict::Pass,
        Some(name) => Verdict::fail(format!(
            "expected the header `{name}` once, found it `{}` times",
            times(name)
        )),
    }
}

pub(super) static ENCODED: Rule = Rule {
    id: "GW-141",
    name: "encoding-not-asked-for",
    severity: Severity::Must,
    source: "RFC 9110, 8.4 and 12.5.3: without `accept-encoding` a body in an encoding is not for \
             this client",
    explanation: "A client that asked for no compression cannot be expected to undo it; it takes \
        the compressed bytes for the answer. Compress only what a request's `accept-encoding` \
        allows, and an event stream best never.",
    violations: &[Sample::Answer {
        request: MODELS,
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("content-encoding", "br"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body: NO_MODELS,
    }],
    conforming: &[answer(MODELS, 200, NO_MODELS)],
    faults: &["gzip-unasked"],
    check: Check::Gateway(Hooks {
        head: Some(encoded),
        ..Hooks::NONE
    }),
};

/// The harness never sends `accept-encoding`.
fn encoded(opened: &Opened<'_>) -> Verdict {
    if !is_ours(opened.asked.get()) {
        return Verdict::Silent;
    }
    let encoding = opened.head.header("content-encoding").unwrap_or("identity");
    Verdict::when(encoding.eq_ignore_ascii_case("identity"), || {
        let encoding = short(encoding);
        format!("expected a plain body, found it in `{encoding}`")
    })
}
