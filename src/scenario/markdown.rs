//! `docs/scenario.md`, made from the tables of `definition`. A test holds the file to this text.

use std::fmt::Write as _;

use super::definition::{Case, Field, Kind, Object, Presence, SCENARIO, Word};
use super::spread;
use crate::threshold::{FIGURES, Known, METRICS, Unit};
use crate::units::{DURATION_FORM, Rate, render_duration};

const INTRODUCTION: &str = r#"# The scenario file

<!-- Made from `src/scenario/definition`: UPDATE_EXPECT=1 cargo test --test scenario -->

A scenario says what is called, how often, and what must hold. It is one YAML document of at most
1 MiB. A key that is not listed here is a fault, and all faults of a file are told at once.

```yaml
name: first
target: replica
requests:
  chat: { call: openai.chat, model: gpt-5-4, stream: true, prompt: { tokens: 200 } }
  bad-model: { call: openai.chat, model: no-such-model, expect: { status: [400, 403, 404] } }
phases:
  - name: steady
    executor: constant-arrival-rate
    rate: 20/s
    duration: 30s
    mix: { chat: 9, bad-model: 1 }
thresholds:
  - conformance.violations == 0
  - ttft.p99 < 800ms {request=chat}
```

## Values

- **Variables.** `${VAR}` in a value is filled in from the environment and must be set;
  `${VAR:default}` need not be. `$${` stands for `${` itself. Keys are left as they are. What is
  filled in is read as what the key wants: `rate: ${RATE:50/s}` and `vus: ${VUS:4}` work. Between
  `{` and `}` YAML itself wants quotes around it: `{ vus: "${VUS:4}" }`. A variable named like a
  secret (`...KEY`, `...SECRET...`, `...PASSWORD`) is for `key` only, because any other value may be
  shown.
- **The key** is never in the file. `key: ${VAR}` names the variable that holds it, `${VAR:}` one
  that may be unset, `key: { file: PATH }` a file. Lines that may hold a key are hidden in messages.
- **Sharing.** Anchors (`&name`), aliases (`*name`) and merge keys (`<<: *name`) work. Tags do not.
"#;

/// The whole page.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let _ = writeln!(
        page,
        "- **Duration:** {DURATION_FORM}; units `ns us ms s m h`."
    );
    let _ = writeln!(page, "- **Rate:** {}.", Rate::FORM);
    let _ = writeln!(
        page,
        "- **Spread:** {}.
  A log-normal is given by its median and the standard deviation of its \
         logarithm.
  Between `{{` and `}}` it stands in quotes, for its commas.",
        spread::FORM
    );
    let mut waiting = vec![&SCENARIO];
    let mut told: Vec<&str> = Vec::new();
    while !waiting.is_empty() {
        let object = waiting.remove(0);
        if told.contains(&object.name) {
            continue;
        }
        told.push(object.name);
        push_object(&mut page, object);
        let cases = object.cases().iter().flat_map(|case| case.fields.iter());
        let fields = object
            .fields
            .iter()
            .chain(cases.flat_map(|group| group.iter()));
        fields.for_each(|field| push_objects_of(field.kind, &mut waiting));
    }
    push_thresholds(&mut page);
    page
}

fn push_objects_of(kind: Kind, waiting: &mut Vec<&'static Object>) {
    match kind {
        Kind::Object(object) => waiting.push(object),
        Kind::List { item, .. } | Kind::Named { item, .. } => push_objects_of(*item, waiting),
        Kind::Either(kinds) => kinds
            .iter()
            .for_each(|kind| push_objects_of(*kind, waiting)),
        Kind::Text { .. }
        | Kind::Formed(_)
        | Kind::Integer { .. }
        | Kind::Number { .. }
        | Kind::Truth
        | Kind::Duration { .. }
        | Kind::Rate
        | Kind::Level
        | Kind::Spread
        | Kind::Word(_)
        | Kind::SecretReference => {}
    }
}

fn push_object(page: &mut String, object: &'static Object) {
    let _ = writeln!(page, "\n## {}\n\n{}\n", title(object.name), object.about);
    match &object.choice {
        None => push_fields(page, object.fields.iter()),
        Some(choice) => {
            let _ = writeln!(
                page,
                "| `{}` | {} |\n| --- | --- |",
                choice.key, choice.about
            );
            for case in choice.cases {
                let _ = writeln!(page, "| `{}` | {} |", case.word, case.about);
            }
            let _ = writeln!(page, "\nKeys of every {}:\n", object.name);
            push_fields(page, object.fields.iter());
            for case in choice.cases {
                push_case(page, case);
            }
        }
    }
}

fn push_case(page: &mut String, case: &'static Case) {
    let fields = case.fields.iter().flat_map(|group| group.iter());
    let _ = writeln!(page, "\n### `{}`\n", case.word);
    push_fields(page, fields);
}

fn push_fields(page: &mut String, fields: impl Iterator<Item = &'static Field>) {
    let _ = writeln!(
        page,
        "| key | value | default | |\n| --- | --- | --- | --- |"
    );
    for field in fields {
        let default = match field.presence {
            Presence::Required => "required".to_owned(),
            Presence::Optional => "none".to_owned(),
            Presence::Default(text) => format!("`{text}`"),
        };
        let mut about = field.about.to_owned();
        if !field.example.is_empty() {
            let _ = write!(about, ". Example: `{}`", field.example);
        }
        for word in words_of(field.kind) {
            let _ = write!(about, "<br>`{}`: {}", word.word, word.about);
        }
        let value = value_of(field.kind);
        let _ = writeln!(
            page,
            "| `{}` | {value} | {default} | {} |",
            field.key,
            escaped(&about)
        );
    }
}

fn words_of(kind: Kind) -> &'static [Word] {
    match kind {
        Kind::Word(words) => words,
        Kind::List { item, .. } => words_of(*item),
        Kind::Either(kinds) => kinds
            .iter()
            .map(|kind| words_of(*kind))
            .find(|w| !w.is_empty())
            .unwrap_or(&[]),
        Kind::Text { .. }
        | Kind::Formed(_)
        | Kind::Integer { .. }
        | Kind::Number { .. }
        | Kind::Truth
        | Kind::Duration { .. }
        | Kind::Rate
        | Kind::Level
        | Kind::Spread
        | Kind::Named { .. }
        | Kind::Object(_)
        | Kind::SecretReference => &[],
    }
}

/// The kind in a table's cell.
fn value_of(kind: Kind) -> String {
    match kind {
        Kind::Text { .. } => "text".to_owned(),
        Kind::Formed(form) => escaped(form.what),
        Kind::Integer { min, max } if max == u64::MAX => format!("whole number from {min}"),
        Kind::Integer { min, max } => format!("whole number, {min} to {max}"),
        Kind::Number { min, max, .. } => format!("number, {min} to {max}"),
        Kind::Truth => "`true`, `false`".to_owned(),
        Kind::Duration { min, max } => {
            format!(
                "duration, {} to {}",
                render_duration(min),
                render_duration(max)
            )
        }
        Kind::Rate => "rate".to_owned(),
        Kind::Level => "rate, or `0/s`".to_owned(),
        Kind::Spread => "spread".to_owned(),
        Kind::Word(words) => {
            let words: Vec<String> = words
                .iter()
                .map(|word| format!("`{}`", word.word))
                .collect();
            words.join(", ")
        }
        Kind::List { item, min, max, .. } => {
            format!("list of {min} to {max}: {}", value_of(*item))
        }
        Kind::Named { item, of, min, max } => {
            format!("{min} to {max} by name of the {of}: {}", value_of(*item))
        }
        Kind::Object(object) => {
            format!("[{}](#{})", object.name, object.name.replace(' ', "-"))
        }
        Kind::Either(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind| value_of(*kind)).collect();
            kinds.join("; or ")
        }
        Kind::SecretReference => "`${VAR}`".to_owned(),
    }
}

fn push_thresholds(page: &mut String) {
    page.push_str(
        "\n## Thresholds\n\n\
         `SUBJECT OP LIMIT`, with an `OP` of `<`, `<=`, `==`, `>=` or `>`, and perhaps\n\
         ` {request=NAME}`, ` {phase=NAME}` or ` {request=NAME, phase=NAME}` behind it, for the\n\
         calls of one request or phase only; figures other than errors and requests are of the\n\
         whole run. One threshold that does not hold fails the run.\n\n\
         Metrics have a statistic: `count`, `min`, `mean`, `max`, or a percentile such as `p50`,\n\
         `p99` or `p99.9`. The limit of a `count` is a whole number.\n\n",
    );
    push_known(page, "metric", METRICS);
    page.push_str("\nFigures have none:\n\n");
    push_known(page, "figure", FIGURES);
}

fn push_known(page: &mut String, what: &str, all: &[Known]) {
    let _ = writeln!(page, "| {what} | limit | |\n| --- | --- | --- |");
    for known in all {
        let units: Vec<&str> = known.units.iter().map(|unit: &Unit| unit.form()).collect();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            known.name,
            units.join(", or "),
            known.about
        );
    }
}

fn title(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), chars.as_str())
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
