//! What a question leaves no choice about: an answer is held to it alone, whatever others said.

use super::answer::{Heard, ToolCall};
use super::arguments::misfit;
use super::compare::ended;
use super::gap::{Aspect, Gap, Outcome};
use super::question::Question;
use super::rows::Asking;
use super::stops::{Content, Stop};

/// How an answer cannot be one to its question. The question's side comes first.
pub(super) fn forced(asking: &Asking<'_>, aspect: Aspect, heard: &Heard) -> Option<Gap> {
    let (question, answer) = (asking.question, heard.answer()?);
    match aspect {
        Aspect::Served | Aspect::Charge => None,
        Aspect::Text => {
            let stop = question.stop?;
            answer.text.contains(stop).then(|| {
                differs(
                    format!("stops at `{stop}`"),
                    format!("has `{stop}` in its text"),
                    "a stop sequence ends the text and is not part of it",
                    "the protocols' references on stop sequences",
                )
            })
        }
        Aspect::Tools => tools(question, &answer.calls),
        Aspect::Arguments => {
            let schema = question.schema()?.parameters;
            answer.calls.iter().find_map(|call| {
                let why = match &call.arguments {
                    Ok(arguments) => misfit(arguments, &schema)?,
                    Err(text) => format!("no JSON: `{text}`"),
                };
                Some(differs(
                    format!("gives the schema of `{}`", call.name),
                    why,
                    "arguments are a JSON object that fits the tool's schema",
                    "the protocols' references on tool calls",
                ))
            })
        }
        Aspect::Stop => stop(question, heard),
        Aspect::Usage => usage(asking, heard),
    }
}

fn differs(one: String, other: String, mapping: &str, source: &str) -> Gap {
    Gap {
        outcome: Outcome::Differs,
        one,
        other,
        mapping: mapping.to_owned(),
        source: source.to_owned(),
    }
}

fn tools(question: &Question, calls: &[ToolCall]) -> Option<Gap> {
    let name = question.schema()?.name;
    let gap = |other: String| {
        let source = "the protocols' references on the choice of tools";
        let mapping = "any, required and ANY force a call of an offered tool";
        Some(differs(
            format!("forces a call of `{name}`"),
            other,
            mapping,
            source,
        ))
    };
    match calls.iter().find(|call| call.name != name) {
        Some(call) => gap(format!("calls `{}`", call.name)),
        None if calls.is_empty() => gap("calls nothing".to_owned()),
        None => None,
    }
}

fn stop(question: &Question, heard: &Heard) -> Option<Gap> {
    let answer = heard.answer()?;
    let row = answer.means(heard.place.protocol)?;
    let said = || ended((heard.place, answer));
    if answer.content() == Content::Calls && !row.means.contains(&Stop::Calls) {
        let is_cut = row.means.iter().any(|stop| {
            matches!(
                stop,
                Stop::Limit | Stop::Refused | Stop::Paused | Stop::Failed
            )
        });
        return (!is_cut).then(|| {
            let mapping = "an answer that ends with calls says so";
            differs("forces a call".to_owned(), said(), mapping, row.source)
        });
    }
    // A text that fills its limit to the last token was cut there.
    let limit = question.limit?;
    let output = answer.counts?.output;
    let is_other = row
        .means
        .iter()
        .all(|stop| matches!(stop, Stop::End | Stop::Sequence));
    (output == u64::from(limit) && is_other).then(|| {
        let mapping = "an answer that was cut at the limit says so";
        let one = format!("allows {limit} tokens, all of which were used");
        differs(one, said(), mapping, row.source)
    })
}

fn usage(asking: &Asking<'_>, heard: &Heard) -> Option<Gap> {
    let answer = heard.answer()?;
    let Some(counts) = answer.counts else {
        let mapping = "every protocol tells the usage, asked as it was";
        let source = "the protocols' references on usage";
        return Some(differs(
            "asks for usage".to_owned(),
            "no usage".to_owned(),
            mapping,
            source,
        ));
    };
    let source = "the protocols' references on usage";
    if let Some(told) = counts.fault() {
        let mapping = "total = input + output, and parts are no larger than the whole";
        return Some(differs("has one sum".to_owned(), told, mapping, source));
    }
    let most = asking.question.most();
    // Vendors were seen to go a little beyond a limit.
    (counts.output > most).then(|| Gap {
        outcome: asking.varying(),
        ..differs(
            format!("allows {most} tokens of output"),
            counts.told(),
            "a limit on output holds",
            source,
        )
    })
}
