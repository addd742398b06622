//! Token counts and their sums.

use crate::json::Value;

use super::order::{Kind, kind};
use super::{BODY, REQUEST, STREAM, STREAMED, body, stream};
use crate::protocol::openai_images::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A body with one image and this usage.
macro_rules! used {
    ($usage:expr) => {
        concat!(
            r#"{"created":1790000007,"data":[{"b64_json":""#,
            png!(),
            r#""}],"usage":"#,
            $usage,
            "}"
        )
    };
}

/// `None`: there is no usage to speak about.
type Fault = Option<Result<(), String>>;

fn judge(whole: &Whole<'_, State>, check: fn(&Value) -> Fault) -> Verdict {
    let usage = whole.body.ok().and_then(|body| body.get("usage"));
    verdict(usage.filter(|usage| !usage.is_null()).and_then(check))
}

fn verdict(fault: Fault) -> Verdict {
    match fault {
        None => Verdict::Silent,
        Some(Ok(())) => Verdict::Pass,
        Some(Err(fault)) => Verdict::fail(fault),
    }
}

fn count(usage: &Value, path: &[&str]) -> Option<u64> {
    let mut value = usage;
    for key in path {
        value = value.get(key)?;
    }
    value.as_u64()
}

/// `usage` has its four members.
pub(super) static SHAPE: Rule = Rule {
    id: "OAI-016",
    name: "images-usage-shape",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImageGenUsage: required members",
    explanation: "Cost tracking adds up these counts and fails on a missing one. Send \
        `input_tokens`, `output_tokens`, `total_tokens` and `input_tokens_details` as whole \
        numbers.",
    violations: &[
        body(
            REQUEST,
            used!(concat!(
                r#"{"total_tokens":131.5,"input_tokens":11,"output_tokens":120,"#,
                r#""input_tokens_details":{"text_tokens":11,"image_tokens":0}}"#
            )),
        ),
        body(
            REQUEST,
            used!(r#"{"total_tokens":131,"input_tokens":11,"output_tokens":120}"#),
        ),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &["edit * /usage/input_tokens removed"],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| judge(whole, shape)),
        ..Hooks::NONE
    }),
};

fn shape(usage: &Value) -> Fault {
    let paths: [&[&str]; 5] = [
        &["input_tokens"],
        &["output_tokens"],
        &["total_tokens"],
        &["input_tokens_details", "text_tokens"],
        &["input_tokens_details", "image_tokens"],
    ];
    // Older answers do not split the output; where it is split it has both parts.
    let parts: [&[&str]; 2] = [
        &["output_tokens_details", "text_tokens"],
        &["output_tokens_details", "image_tokens"],
    ];
    let is_split = usage.get("output_tokens_details").is_some();
    let parts = parts.into_iter().filter(|_| is_split);
    let mut paths = paths.into_iter().chain(parts);
    let missing = paths.find(|path| count(usage, path).is_none());
    Some(match missing {
        None => Ok(()),
        Some(path) => Err(format!(
            "expected a whole number in `usage.{}`",
            path.join(".")
        )),
    })
}

/// Input and output make the total.
pub(super) static TOTAL: Rule = Rule {
    id: "OAI-017",
    name: "images-usage-total",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImageGenUsage; recorded answers agree",
    explanation: "Bills are checked against `total_tokens`; a total that is not the sum makes \
        every check fail. Send input plus output.",
    violations: &[body(
        REQUEST,
        used!(concat!(
            r#"{"total_tokens":132,"input_tokens":11,"output_tokens":120,"#,
            r#""input_tokens_details":{"text_tokens":11,"image_tokens":0}}"#
        )),
    )],
    conforming: &[body(REQUEST, BODY)],
    faults: &["edit * /usage/total_tokens plus 1"],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| judge(whole, total)),
        ..Hooks::NONE
    }),
};

fn total(usage: &Value) -> Fault {
    let input = count(usage, &["input_tokens"])?;
    let output = count(usage, &["output_tokens"])?;
    let total = count(usage, &["total_tokens"])?;
    let sum = input.saturating_add(output);
    Some(same("usage.total_tokens", sum, total))
}

fn same(name: &str, wanted: u64, found: u64) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    Err(format!(
        "expected `{name}` to be the sum `{wanted}`, found `{found}`"
    ))
}

/// The parts of the input make the input.
pub(super) static INPUT_PARTS: Rule = Rule {
    id: "OAI-018",
    name: "images-usage-input-parts",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImageGenUsage; recorded answers agree",
    explanation: "Text and image tokens of the input are priced apart, so their sum must be the \
        input. Count every input token as one or the other.",
    violations: &[body(
        REQUEST,
        used!(concat!(
            r#"{"total_tokens":131,"input_tokens":11,"output_tokens":120,"#,
            r#""input_tokens_details":{"text_tokens":4,"image_tokens":0}}"#
        )),
    )],
    conforming: &[body(REQUEST, BODY)],
    faults: &["edit * /usage/input_tokens_details/text_tokens plus 1"],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| judge(whole, input_parts)),
        ..Hooks::NONE
    }),
};

fn input_parts(usage: &Value) -> Fault {
    parts(usage, "input_tokens", "input_tokens_details")
}

fn parts(usage: &Value, whole: &str, details: &str) -> Fault {
    let wanted = count(usage, &[whole])?;
    let text = count(usage, &[details, "text_tokens"])?;
    let image = count(usage, &[details, "image_tokens"])?;
    let sum = text.saturating_add(image);
    if sum == wanted {
        return Some(Ok(()));
    }
    Some(Err(format!(
        "expected `usage.{details}` to add up to `{wanted}`, found `{sum}`"
    )))
}

/// The parts of the output make the output.
pub(super) static OUTPUT_PARTS: Rule = Rule {
    id: "OAI-019",
    name: "images-usage-output-parts",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImageGenUsage; recorded answers agree",
    explanation: "Text and image tokens of the output are priced apart. Where \
        `output_tokens_details` is sent, its two parts must make the output.",
    violations: &[body(
        REQUEST,
        used!(concat!(
            r#"{"total_tokens":131,"input_tokens":11,"output_tokens":120,"#,
            r#""input_tokens_details":{"text_tokens":11,"image_tokens":0},"#,
            r#""output_tokens_details":{"image_tokens":100,"text_tokens":0}}"#
        )),
    )],
    conforming: &[body(
        REQUEST,
        used!(concat!(
            r#"{"total_tokens":131,"input_tokens":11,"output_tokens":120,"#,
            r#""input_tokens_details":{"text_tokens":11,"image_tokens":0},"#,
            r#""output_tokens_details":{"image_tokens":120,"text_tokens":0}}"#
        )),
    )],
    faults: &["edit * /usage/output_tokens_details/text_tokens plus 1"],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| judge(whole, output_parts)),
        ..Hooks::NONE
    }),
};

fn output_parts(usage: &Value) -> Fault {
    parts(usage, "output_tokens", "output_tokens_details")
}

/// The same four for the usage at the end of a stream.
pub(super) static STREAMED_USAGE: Rule = Rule {
    id: "OAI-040",
    name: "images-stream-usage",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImagesUsage of the completed event",
    explanation: "The completed event is the only place where a stream tells what it cost, so its \
        counts must be there and add up as those of a plain answer do.",
    violations: &[
        stream(
            STREAMED,
            completed!(
                png!(),
                concat!(
                    r#"{"total_tokens":132,"input_tokens":11,"output_tokens":120,"#,
                    r#""input_tokens_details":{"text_tokens":11,"image_tokens":0}}"#
                )
            ),
        ),
        stream(STREAMED, completed!(png!(), r#"{"total_tokens":131}"#)),
    ],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["wrong-usage"],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            if kind(transition) != Kind::Completed {
                return Verdict::Silent;
            }
            let value = transition.event.json();
            let Some(usage) = value.and_then(|value| value.get("usage")) else {
                return Verdict::Silent;
            };
            let faults = [
                shape(usage),
                total(usage),
                input_parts(usage),
                output_parts(usage),
            ];
            let first = faults.into_iter().flatten().find(Result::is_err);
            verdict(Some(first.unwrap_or(Ok(()))))
        }),
        ..Hooks::NONE
    }),
};
