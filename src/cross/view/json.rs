//! For programs: one document with every answer and every comparison.

use serde_json::{Value, json};

use crate::cross::answer::name;
use crate::cross::{
    Answer, Came, Charged, Counts, Difference, Heard, ModelReport, Outcome, Place, QuestionReport,
    Report, Routing, Row, Side,
};

/// Changes whenever a reader of the old form would be misled.
const SCHEMA: &str = "spikeproof/cross/1";

/// The document, with a line break at its end.
pub fn render(report: &Report) -> String {
    let models: Vec<_> = report.models.iter().map(model).collect();
    let document = json!({
        "schema": SCHEMA,
        "spikeproof": env!("CARGO_PKG_VERSION"),
        "target": report.target,
        "seed": report.seed,
        "steady": report.steady,
        "verdict": report.verdict(),
        "exit": report.exit().code(),
        "same": report.count(Outcome::Same),
        "not_compared": report.count(Outcome::Unknown),
        "varies": report.count(Outcome::Varies),
        "differs": report.count(Outcome::Differs),
        "models": models,
    });
    format!("{document:#}\n")
}

fn model(model: &ModelReport) -> Value {
    let protocols: Vec<_> = model
        .routing
        .iter()
        .map(|(protocol, routing)| match routing {
            Routing::Routed => json!({"protocol": name(*protocol), "routed": true}),
            Routing::NotRouted(why) => {
                json!({"protocol": name(*protocol), "routed": false, "why": why})
            }
        })
        .collect();
    let questions: Vec<_> = model.questions.iter().map(question).collect();
    json!({"model": model.model, "protocols": protocols, "questions": questions})
}

fn question(asked: &QuestionReport) -> Value {
    let answers: Vec<_> = asked.heard.iter().map(heard).collect();
    let comparisons: Vec<_> = asked.rows.iter().map(row).collect();
    json!({"question": asked.question.name, "answers": answers, "comparisons": comparisons})
}

fn heard(heard: &Heard) -> Value {
    let mut value = json!({
        "protocol": heard.place.protocol_name(),
        "form": heard.place.form(),
    });
    match &heard.came {
        Came::Answer(answer) => answered(answer, heard, &mut value),
        Came::Refused { status, error } => {
            value["status"] = json!(status);
            value["error"] = json!(error);
        }
        Came::Failed(why) => value["failure"] = json!(why),
        Came::Unasked(why) => value["unasked"] = json!(why),
    }
    if !heard.broken.is_empty() {
        value["broken"] = json!(heard.broken);
    }
    if let Charged::Told(charges) = &heard.charged {
        let charges = charges.iter().map(|charge| {
            json!({
                "source": charge.source,
                "credits": charge.credits,
                "quantum": charge.quantum,
            })
        });
        value["charges"] = charges.collect();
    }
    value
}

fn answered(answer: &Answer, heard: &Heard, value: &mut Value) {
    value["text"] = json!(answer.text);
    if !answer.refusal.is_empty() {
        value["refusal"] = json!(answer.refusal);
    }
    let calls = answer.calls.iter().map(|call| match &call.arguments {
        Ok(arguments) => json!({"name": call.name, "arguments": Value::from(arguments)}),
        Err(text) => json!({"name": call.name, "no_json": text}),
    });
    value["calls"] = calls.collect();
    if let Some(said) = &answer.stop {
        let means = answer.means(heard.place.protocol);
        value["stop"] = json!({"said": said, "means": means.map(|row| row.told())});
    }
    value["usage"] = answer.counts.as_ref().map_or(Value::Null, usage);
}

fn usage(counts: &Counts) -> Value {
    json!({
        "input": counts.input,
        "cache_read": counts.cache_read,
        "cache_written": counts.cache_written,
        "output": counts.output,
        "reasoning": counts.reasoning,
    })
}

fn row(row: &Row) -> Value {
    let differences: Vec<_> = row.differences.iter().map(difference).collect();
    json!({
        "aspect": row.aspect.name(),
        "outcome": row.outcome.name(),
        "compared": row.compared,
        "differences": differences,
        "notes": row.notes,
    })
}

fn difference(difference: &Difference) -> Value {
    json!({
        "outcome": difference.outcome.name(),
        "one": side(&difference.one),
        "other": side(&difference.other),
        "mapping": difference.mapping,
        "source": difference.source,
    })
}

fn side(side: &Side) -> Value {
    json!({
        "places": places(&side.places),
        "said": side.said,
        "agreeing": places(&side.agreeing),
    })
}

fn places(places: &[Place]) -> Value {
    let places = places.iter();
    places
        .map(|place| json!({"protocol": place.protocol_name(), "form": place.form()}))
        .collect()
}
