//! The head of a stream, beyond its media type.

use super::sample::TEXT;
use crate::protocol::Delivery;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

/// A stream with this head.
const fn headed(headers: &'static [(&'static str, &'static str)]) -> Sample {
    Sample::Answer {
        request: "/v1beta/models/{model}:streamGenerateContent?alt=sse\n",
        status: 200,
        headers,
        body: concat!(first!(), last!()),
    }
}

fn streamed<'a>(opened: &'a Opened<'_>, name: &str) -> Option<&'a str> {
    let is_stream = opened.asked.delivery == Delivery::Sse && opened.head.is_success();
    opened.head.header(name).filter(|_| is_stream)
}

pub(super) static CHARSET: Rule = Rule {
    id: "GEM-002",
    name: "gemini-stream-charset",
    severity: Severity::Should,
    source: "Recordings: every stream is `text/event-stream` without a parameter",
    explanation: "The service labels its streams `text/event-stream` and nothing more. Event \
                  streams are UTF-8 whatever the label says, and clients that compare the whole \
                  value take one with a charset for something else.",
    violations: &[headed(&[(
        "content-type",
        "text/event-stream; charset=utf-8",
    )])],
    conforming: &[TEXT],
    faults: &[r#"edit head content-type = "text/event-stream; charset=utf-8""#],
    check: Check::Gemini(Hooks {
        head: Some(|opened| {
            let label = streamed(opened, "content-type");
            let Some(label) = label.filter(|label| label.starts_with("text/event-stream")) else {
                return Verdict::Silent;
            };
            Verdict::when(label.trim() == "text/event-stream", || {
                format!(
                    "expected `text/event-stream` without parameters, found {}",
                    quoted(label)
                )
            })
        }),
        ..Hooks::NONE
    }),
};

pub(super) static DISPOSITION: Rule = Rule {
    id: "GEM-012",
    name: "gemini-stream-disposition",
    severity: Severity::Should,
    source: "Recordings: streams say `content-disposition: attachment`",
    explanation: "The service labels its streams `content-disposition: attachment`, so that a \
                  browser which is led to one does not show what a model wrote as a page of the \
                  host. Where the header is missing nothing is said: recordings lose it.",
    violations: &[headed(&[
        ("content-type", "text/event-stream"),
        ("content-disposition", "inline"),
    ])],
    conforming: &[headed(&[
        ("content-type", "text/event-stream"),
        ("content-disposition", "attachment"),
    ])],
    faults: &[r#"edit head content-disposition = "inline""#],
    check: Check::Gemini(Hooks {
        head: Some(|opened| match streamed(opened, "content-disposition") {
            None => Verdict::Silent,
            Some(told) => Verdict::when(told.trim_start().starts_with("attachment"), || {
                format!(
                    "expected `content-disposition: attachment`, found {}",
                    quoted(told)
                )
            }),
        }),
        ..Hooks::NONE
    }),
};
