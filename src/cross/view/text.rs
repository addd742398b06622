//! For people: a line a question, then each difference with who said what, and a sum at the end.

use std::fmt::Write as _;

use crate::check::frame::harmless;
use crate::cross::answer::name;
use crate::cross::{
    Aspect, Difference, ModelReport, Outcome, Place, QuestionReport, Report, Routing, Row, Side,
};
use crate::exit::Exit;

/// The whole text, with a line break at its end.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for model in &report.models {
        let _ = one(report, model, &mut out);
    }
    let _ = sum(report, &mut out);
    out
}

fn one(report: &Report, model: &ModelReport, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{} on {}", harmless(&model.model), report.target)?;
    for (protocol, routing) in &model.routing {
        if let Routing::NotRouted(why) = routing {
            writeln!(
                out,
                "  not routed over {}: {}",
                name(*protocol),
                harmless(why)
            )?;
        }
    }
    for asked in &model.questions {
        writeln!(out, "  {:<8} {}", asked.question.name, line(asked))?;
    }
    for (questions, aspect, difference) in differences(model) {
        shown(&questions, aspect, difference, out)?;
    }
    for (questions, aspect, notes) in unknowns(model) {
        writeln!(
            out,
            "\n  {questions}: {} is not all compared",
            aspect.name()
        )?;
        for note in notes {
            writeln!(out, "    = {}", harmless(note))?;
        }
    }
    for (rule, questions, side) in broken(model) {
        writeln!(out, "\n  {questions}: MUST {}", harmless(rule))?;
        writeln!(out, "    in what {} said", side.who())?;
    }
    writeln!(out)
}

/// What several questions have shown alike, once, with their names.
fn grouped<T: PartialEq>(
    all: impl Iterator<Item = (&'static str, T)>,
) -> impl Iterator<Item = (String, T)> {
    let mut groups: Vec<(Vec<&str>, T)> = Vec::new();
    for (question, what) in all {
        match groups.iter_mut().find(|(_, known)| *known == what) {
            Some((questions, _)) if questions.contains(&question) => {}
            Some((questions, _)) => questions.push(question),
            None => groups.push((vec![question], what)),
        }
    }
    groups
        .into_iter()
        .map(|(questions, what)| (questions.join(", "), what))
}

/// Rules that were broken, each once, with the questions and the places.
fn broken(model: &ModelReport) -> impl Iterator<Item = (&str, String, Side)> {
    let mut rules: Vec<(&str, Vec<&str>, Vec<Place>)> = Vec::new();
    for (question, place, rule) in model.broken() {
        let known = rules.iter().position(|(known, ..)| *known == rule);
        let at = known.unwrap_or_else(|| {
            rules.push((rule, Vec::new(), Vec::new()));
            rules.len() - 1
        });
        let (_, questions, places) = &mut rules[at];
        if !questions.contains(&question.name) {
            questions.push(question.name);
        }
        if !places.contains(&place) {
            places.push(place);
        }
    }
    rules.into_iter().map(|(rule, questions, places)| {
        let side = Side {
            places,
            said: String::new(),
            agreeing: Vec::new(),
        };
        (rule, questions.join(", "), side)
    })
}

fn rows(model: &ModelReport) -> impl Iterator<Item = (&'static str, &Row)> {
    model.questions.iter().flat_map(|asked| {
        let rows = asked.rows.iter();
        rows.map(move |row| (asked.question.name, row))
    })
}

fn differences(model: &ModelReport) -> impl Iterator<Item = (String, Aspect, &Difference)> {
    let all = rows(model).flat_map(|(question, row)| {
        let differences = row.differences.iter();
        differences.map(move |difference| (question, (row.aspect, difference)))
    });
    grouped(all).map(|(questions, (aspect, difference))| (questions, aspect, difference))
}

fn unknowns(model: &ModelReport) -> impl Iterator<Item = (String, Aspect, &[String])> {
    let all = rows(model)
        .filter(|(_, row)| row.outcome != Outcome::Same && !row.notes.is_empty())
        .map(|(question, row)| (question, (row.aspect, row.notes.as_slice())));
    grouped(all).map(|(questions, (aspect, notes))| (questions, aspect, notes))
}

/// `served same · text VARIES · stop same`.
fn line(asked: &QuestionReport) -> String {
    let told = asked.rows.iter().map(|row| {
        let outcome = match row.outcome {
            Outcome::Same | Outcome::Unknown => row.outcome.name().to_owned(),
            Outcome::Varies | Outcome::Differs => row.outcome.name().to_uppercase(),
        };
        format!("{} {outcome}", row.aspect.name())
    });
    told.collect::<Vec<_>>().join(" · ")
}

fn shown(
    questions: &str,
    aspect: Aspect,
    difference: &Difference,
    out: &mut String,
) -> std::fmt::Result {
    let outcome = difference.outcome.name();
    writeln!(out, "\n  {questions}: {} {outcome}", aspect.name())?;
    side(&difference.one, out)?;
    side(&difference.other, out)?;
    writeln!(out, "    = by: {}", harmless(&difference.mapping))?;
    writeln!(out, "    = source: {}", difference.source)
}

fn side(side: &Side, out: &mut String) -> std::fmt::Result {
    let verb = if side.places.is_empty() { "" } else { " said" };
    writeln!(out, "    {}{verb}: {}", side.who(), harmless(&side.said))?;
    match side.others() {
        Some(others) => writeln!(out, "      and so, in their words: {others}"),
        None => Ok(()),
    }
}

fn sum(report: &Report, out: &mut String) -> std::fmt::Result {
    let exit = report.exit();
    let counts = [
        Outcome::Differs,
        Outcome::Varies,
        Outcome::Unknown,
        Outcome::Same,
    ];
    let counts = counts.map(|outcome| format!("{} {}", report.count(outcome), outcome.name()));
    if exit == Exit::Inconclusive {
        for model in report.models.iter().filter(|model| !model.is_cross()) {
            writeln!(
                out,
                "{}: fewer than two protocols lead to it, so that nothing is compared across",
                harmless(&model.model)
            )?;
        }
    }
    if report.count(Outcome::Varies) > 0 {
        writeln!(
            out,
            "what varies is no fault: a model may answer otherwise each time. --skip leaves an \
             aspect out,\n--temperature 0 makes it rarer, --steady says that it must not happen"
        )?;
    }
    let verdict = report.verdict().to_uppercase();
    writeln!(
        out,
        "{verdict} (exit {}): {}",
        exit.code(),
        counts.join(", ")
    )
}
