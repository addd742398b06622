//! The head of an answer beside its values: what is there twice, and what nobody asked for.

use super::{answer, is_ours, short};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::protocol::Delivery;
use crate::rules::quoting::quoted;
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

const REFUSED: &str = r#"{"error":{"code":429,"message":"No.","status":"RESOURCE_EXHAUSTED"}}"#;

/// A refusal that says when to come back.
macro_rules! come_back {
    ($when:literal) => {
        Sample::Answer {
            request: "/v1beta/models/{model}:generateContent\n",
            status: 429,
            headers: &[
                ("content-type", "application/json; charset=UTF-8"),
                ("retry-after", $when),
            ],
            body: REFUSED,
        }
    };
}

pub(super) static RETRY_AFTER: Rule = Rule {
    id: "GW-186",
    name: "retry-after-no-time",
    severity: Severity::Should,
    source: "RFC 9110, 10.2.3: a number of seconds or a date",
    explanation: "`retry-after`, where it is sent, is whole seconds or a date. Clients wait as \
        long as it says; from a word they learn nothing and come back at once. (Messages and Chat \
        have rules of their own.)",
    violations: &[come_back!("soon"), come_back!("-3")],
    conforming: &[
        come_back!("12"),
        come_back!("Mon, 21 Sep 2026 14:13:20 GMT"),
    ],
    faults: &[r#"edit head retry-after = "soon""#],
    check: Check::Gateway(Hooks {
        head: Some(retry_after),
        ..Hooks::NONE
    }),
};

fn retry_after(opened: &Opened<'_>) -> Verdict {
    let endpoint = opened.asked.endpoint;
    let has_own = matches!(endpoint, Endpoint::Messages | Endpoint::ChatCompletions);
    let Some(told) = opened.head.header("retry-after").filter(|_| !has_own) else {
        return Verdict::Silent;
    };
    let seconds = told.parse::<f64>();
    let is_time = seconds.is_ok_and(|number| number.is_finite() && number >= 0.0);
    Verdict::when(is_time || told.ends_with(" GMT"), || {
        format!(
            "expected `retry-after` in seconds or a date, found {}",
            quoted(told)
        )
    })
}

/// A stream of chat under this label.
macro_rules! streamed_as {
    ($label:literal) => {
        Sample::Answer {
            request: "/v1/chat/completions\n",
            status: 200,
            headers: &[("content-type", $label)],
            body: concat!(
                r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","#,
                r#""created":1790000000,"model":"m","choices":[{"index":0,"#,
                r#""delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
                "\n\n",
                r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","#,
                r#""created":1790000000,"model":"m","choices":[{"index":0,"#,
                r#""delta":{"content":"Hi"},"finish_reason":null}]}"#,
                "\n\n",
                r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","#,
                r#""created":1790000000,"model":"m","choices":[{"index":0,"delta":{},"#,
                r#""finish_reason":"stop"}]}"#,
                "\n\ndata: [DONE]\n\n"
            ),
        }
    };
}

pub(super) static CHARSET: Rule = Rule {
    id: "GW-187",
    name: "stream-charset",
    severity: Severity::Should,
    source: "WHATWG HTML, server-sent events: event streams are UTF-8, and a charset that is given \
             says so",
    explanation: "An event stream is UTF-8, and where its label has a charset it is that one. \
        Generic HTTP libraries decode by the label, and every character that is not ASCII comes \
        out wrong. (Messages and Gemini have rules of their own.)",
    violations: &[streamed_as!("text/event-stream; charset=iso-8859-1")],
    conforming: &[streamed_as!("text/event-stream; charset=utf-8")],
    faults: &[r#"edit head content-type = "text/event-stream; charset=iso-8859-1""#],
    check: Check::Gateway(Hooks {
        head: Some(charset),
        ..Hooks::NONE
    }),
};

fn charset(opened: &Opened<'_>) -> Verdict {
    let protocol = opened.asked.endpoint.protocol();
    let has_own = matches!(protocol, ProtocolId::AnthropicMessages | ProtocolId::Gemini);
    let is_stream = opened.asked.delivery == Delivery::Sse && opened.head.is_success();
    let is_labelled = opened.head.media_type().as_deref() == Some("text/event-stream");
    let label = opened.head.header("content-type");
    let Some(label) = label.filter(|_| is_stream && is_labelled && !has_own) else {
        return Verdict::Silent;
    };
    let lower = label.to_ascii_lowercase();
    let mut parameters = lower.split(';').skip(1).map(str::trim);
    let charset = parameters.find_map(|parameter| parameter.strip_prefix("charset="));
    let Some(charset) = charset else {
        return Verdict::Silent;
    };
    Verdict::when(
        matches!(charset.trim_matches('"'), "utf-8" | "utf8"),
        || {
            format!(
                "expected the charset `utf-8` of an event stream, found {}",
                quoted(label)
            )
        },
    )
}
