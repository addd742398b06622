//! Values without parts: numbers, durations, words, texts.

use super::super::definition::{FieldPresence, Kind, Word};
use super::super::fault::{Fault, listed, quoted};
use super::super::key;
use super::super::record::{Item, Value};
use super::super::spread;
use super::super::tree::{Content, Node, Resolved, Scalar};
use super::Reader;
use crate::suggest::nearest;
use crate::units::{DURATION_FORM, Rate, parse_duration, render_duration};

/// More text than any prompt that a scenario should carry itself.
const MOST_TEXT: usize = 200_000;

impl Reader<'_> {
    pub(super) fn read_scalar(&mut self, kind: Kind, node: &Node) -> Option<Item> {
        let Content::Scalar(scalar) = &node.content else {
            return self.unexpected(kind, node);
        };
        match parse(kind, node, scalar) {
            Ok(value) => {
                let verbatim = self.verbatim(node, scalar);
                Some(Item {
                    place: node.place,
                    verbatim,
                    value,
                })
            }
            Err(fault) => {
                let from = scalar.variables.iter().map(|name| format!("`${{{name}}}`"));
                let from: Vec<String> = from.collect();
                self.faults.push(match from.as_slice() {
                    [] => fault,
                    names => fault.note(format!("the value comes from {}", names.join(", "))),
                });
                None
            }
        }
    }

    /// The column (from 1) from which on the text stands in the file as it is read.
    fn verbatim(&self, node: &Node, scalar: &Scalar) -> Option<usize> {
        let line = self.text_lines.get(node.place.line.checked_sub(1)?)?;
        [0, 1]
            .into_iter()
            .map(|quote| node.place.column + quote)
            .find(|column| {
                line.char_indices()
                    .nth(column - 1)
                    .is_some_and(|(at, _)| line[at..].starts_with(&scalar.text))
            })
    }
}

/// Whether the value has the YAML type of this kind, right or wrong.
pub(super) fn is_of_type(kind: Kind, node: &Node) -> bool {
    match (kind, &node.content) {
        (Kind::List { .. }, content) => matches!(content, Content::List(_)),
        (Kind::Named { .. } | Kind::Object(_), content) => matches!(content, Content::Map(_)),
        (Kind::Either(kinds), _) => kinds.iter().any(|kind| is_of_type(*kind, node)),
        // Whatever is no file may be a key: it must not get as far as a message on its type.
        (Kind::SecretReference, Content::Scalar(scalar)) => resolve(scalar) != Resolved::Nothing,
        (Kind::SecretReference, _) => !key::is_reference(node),
        (_, Content::List(_) | Content::Map(_)) => false,
        (kind, Content::Scalar(scalar)) => match (kind, resolve(scalar)) {
            (Kind::Truth, resolved) => matches!(resolved, Resolved::Truth(_)),
            (Kind::Integer { .. } | Kind::Number { .. }, resolved) => {
                matches!(resolved, Resolved::Integer(_) | Resolved::Number(_))
            }
            (_, resolved) => resolved == Resolved::Text,
        },
    }
}

/// In quotes a value is text, unless a variable is in it: between `{` and `}` YAML itself requires
/// the quotes then.
fn resolve(scalar: &Scalar) -> Resolved {
    if scalar.variables.is_empty() {
        scalar.read()
    } else {
        scalar.read_unquoted()
    }
}

fn parse(kind: Kind, node: &Node, scalar: &Scalar) -> Result<Value, Fault> {
    let resolved = resolve(scalar);
    if matches!(kind, Kind::Text { .. } | Kind::Formed(_) | Kind::Word(_)) {
        let text = as_text(scalar, resolved).ok_or_else(|| expected(kind, node))?;
        return parse_text(kind, node, text);
    }
    match resolved {
        Resolved::Text => parse_quantity(kind, node, &scalar.text),
        Resolved::Nothing | Resolved::Truth(_) | Resolved::Integer(_) | Resolved::Number(_) => {
            parse_number(kind, node, scalar, resolved)
        }
    }
}

fn parse_text(kind: Kind, node: &Node, text: String) -> Result<Value, Fault> {
    if let Kind::Word(words) = kind {
        let word = words.iter().find(|word| word.word == text);
        return word
            .map(|word| Value::Word(word.word))
            .ok_or_else(|| unexpected_word(words, node, &text));
    }
    if let Kind::Formed(form) = kind
        && let Err(reason) = (form.check)(&text)
    {
        let fault = expected(kind, node);
        return Err(if reason.is_empty() {
            fault
        } else {
            fault.note(reason)
        });
    }
    let count = text.chars().count();
    if let Kind::Text { least } = kind
        && count < least
    {
        return Err(Fault::new(node.place, "the text is empty"));
    }
    if count > MOST_TEXT {
        let message = format!("the text has {count} characters, at most {MOST_TEXT} are allowed");
        return Err(Fault::new(node.place, message));
    }
    Ok(Value::Text(text))
}

/// Quantities that YAML takes for text.
fn parse_quantity(kind: Kind, node: &Node, text: &str) -> Result<Value, Fault> {
    let unexpected = || expected(kind, node);
    if let Kind::Duration { min, max } = kind {
        let duration = parse_duration(text).map_err(|_| unexpected())?;
        if (min..=max).contains(&duration) {
            return Ok(Value::Duration(duration));
        }
        return Err(out_of_range(
            node,
            &render_duration(min),
            &render_duration(max),
        ));
    }
    if matches!(kind, Kind::Rate) {
        let rate = Rate::parse(text).map(Value::Rate);
        return rate.map_err(|error| unexpected().note(error.to_string()));
    }
    if matches!(kind, Kind::Level) {
        let level = Rate::parse_level(text).map(Value::Level);
        return level.map_err(|error| unexpected().note(error.to_string()));
    }
    if matches!(kind, Kind::Spread) {
        let spread = spread::parse(text).map(Value::Spread);
        return spread.map_err(|reason| unexpected().note(reason));
    }
    Err(unexpected())
}

fn parse_number(
    kind: Kind,
    node: &Node,
    scalar: &Scalar,
    resolved: Resolved,
) -> Result<Value, Fault> {
    match (kind, resolved) {
        (Kind::Truth, Resolved::Truth(truth)) => Ok(Value::Truth(truth)),
        (Kind::Integer { min, max }, Resolved::Integer(integer)) => {
            if (min..=max).contains(&integer) {
                return Ok(Value::Integer(integer));
            }
            Err(out_of_range(node, &min.to_string(), &max.to_string()))
        }
        (Kind::Integer { min, max }, Resolved::Number(number))
            if number < 0.0 || number > max as f64 =>
        {
            Err(out_of_range(node, &min.to_string(), &max.to_string()))
        }
        (Kind::Number { min, max, decimals }, Resolved::Integer(_) | Resolved::Number(_)) => {
            let number: f64 = scalar.text.parse().map_err(|_| expected(kind, node))?;
            number_in(node, number, min, max, decimals)
        }
        (_, _) => Err(expected(kind, node)),
    }
}

/// A quoted or filled-in value is text whatever it looks like.
fn as_text(scalar: &Scalar, resolved: Resolved) -> Option<String> {
    let is_text = resolved == Resolved::Text || !scalar.plain || !scalar.variables.is_empty();
    is_text.then(|| scalar.text.clone())
}

fn number_in(node: &Node, number: f64, min: f64, max: f64, decimals: u32) -> Result<Value, Fault> {
    if !(min..=max).contains(&number) {
        return Err(out_of_range(node, &min.to_string(), &max.to_string()));
    }
    let scaled = number * f64::from(10_u32.saturating_pow(decimals));
    if (scaled - scaled.round()).abs() > 1e-6 {
        let message = format!("{} has more than {decimals} decimals", node.found());
        return Err(Fault::new(node.place, message));
    }
    Ok(Value::Number(number))
}

fn out_of_range(node: &Node, min: &str, max: &str) -> Fault {
    Fault::new(
        node.place,
        format!("{} is out of range, from `{min}` to `{max}`", node.found()),
    )
}

fn unexpected_word(words: &'static [Word], node: &Node, text: &str) -> Fault {
    let fault = expected(Kind::Word(words), node);
    match nearest(text, words.iter().map(|word| word.word)) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => fault,
    }
}

/// The value is not of this kind at all.
pub(super) fn expected(kind: Kind, node: &Node) -> Fault {
    let fault = Fault::new(
        node.place,
        format!("expected {}, found {}", describe(kind), node.found()),
    );
    let Content::Scalar(scalar) = &node.content else {
        return fault;
    };
    let quoted_anyway = !scalar.plain && scalar.variables.is_empty();
    match (kind, scalar.read_unquoted()) {
        (
            Kind::Integer { .. } | Kind::Number { .. },
            Resolved::Integer(_) | Resolved::Number(_),
        )
        | (Kind::Truth, Resolved::Truth(_))
            if quoted_anyway =>
        {
            fault.help("in quotes it is text: leave them out")
        }
        (Kind::Text { .. } | Kind::Formed(_) | Kind::Word(_), resolved)
            if scalar.plain && !matches!(resolved, Resolved::Text | Resolved::Nothing) =>
        {
            fault.help("put it in quotes to make it text")
        }
        (Kind::List { .. }, Resolved::Text) if !scalar.text.is_empty() => {
            let one = quoted(&scalar.text);
            fault.help(format!(
                "a list of one is written `[{}]`",
                one.trim_matches('`')
            ))
        }
        (Kind::Object(object), Resolved::Text) if object.presence == FieldPresence::ExactlyOne => {
            let examples = object
                .fields
                .iter()
                .map(|f| format!("`{{ {}: {} }}`", f.key, f.example));
            fault.help(format!(
                "write {}",
                examples.collect::<Vec<_>>().join(" or ")
            ))
        }
        (Kind::Spread | Kind::Duration { .. }, Resolved::Integer(_) | Resolved::Number(_)) => fault
            .help(format!(
                "a duration has a unit: `{0}s` or `{0}ms`",
                scalar.text
            )),
        (Kind::Rate | Kind::Level, Resolved::Integer(_) | Resolved::Number(_)) => fault.help(
            format!("a rate has a unit: `{0}/s` or `{0}/m`", scalar.text),
        ),
        (Kind::Truth, _) => match scalar.text.to_lowercase().as_str() {
            "yes" | "on" | "y" => fault.help("write `true`"),
            "no" | "off" | "n" => fault.help("write `false`"),
            _ => fault,
        },
        (_, _) => fault,
    }
}

/// The kind in words, for "expected ...".
pub(crate) fn describe(kind: Kind) -> String {
    match kind {
        Kind::Text { .. } => "text".to_owned(),
        Kind::Formed(form) => form.what.to_owned(),
        Kind::Integer { .. } => "a whole number".to_owned(),
        Kind::Number { .. } => "a number".to_owned(),
        Kind::Truth => "`true` or `false`".to_owned(),
        Kind::Duration { .. } => DURATION_FORM.to_owned(),
        Kind::Rate => Rate::FORM.to_owned(),
        Kind::Level => Rate::LEVEL_FORM.to_owned(),
        Kind::Spread => spread::FORM.to_owned(),
        Kind::Word(words) => {
            let words: Vec<&str> = words.iter().map(|word| word.word).collect();
            if words.len() > 12 {
                "a known word".to_owned()
            } else {
                listed(&words, "or")
            }
        }
        Kind::List { of, .. } => format!("a list ({of} each)"),
        Kind::Named { of, .. } => format!("a mapping with names (a {of} each)"),
        Kind::Object(object) => format!("a mapping ({})", object.name),
        Kind::Either(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind| describe(*kind)).collect();
            kinds.join(", or ")
        }
        Kind::SecretReference => "`${VAR}`".to_owned(),
    }
}
