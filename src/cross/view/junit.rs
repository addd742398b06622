//! For CI: JUnit's XML, a suite a model, a case a question and aspect.

use std::fmt::Write as _;

use crate::check::view::escaped;
use crate::cross::{Difference, ModelReport, Outcome, Report, Row};

/// The document, with a line break at its end.
pub fn render(report: &Report) -> String {
    let mut suites = String::new();
    let mut sums = [0; 3];
    for model in &report.models {
        for (sum, count) in sums.iter_mut().zip(suite(model, &mut suites)) {
            *sum += count;
        }
    }
    let [tests, failures, skipped] = sums;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"spikeproof cross\" \
         tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n{suites}\
         </testsuites>\n"
    )
}

/// Adds a model; cases, failures and skipped cases of it.
fn suite(model: &ModelReport, out: &mut String) -> [usize; 3] {
    let name = escaped(&model.model);
    let mut cases = String::new();
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for asked in &model.questions {
        for row in &asked.rows {
            tests += 1;
            failures += usize::from(row.outcome == Outcome::Differs);
            skipped += usize::from(matches!(row.outcome, Outcome::Unknown | Outcome::Varies));
            case(&name, asked.question.name, row, &mut cases);
        }
    }
    for (question, place, rule) in model.broken() {
        tests += 1;
        failures += 1;
        let of = format!("{} ({})", place.protocol_name(), place.form());
        let case = escaped(&format!("{}: rules of {of}", question.name));
        let rule = escaped(rule);
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{name}\" name=\"{case}\" time=\"0\">\n      \
             <failure message=\"{rule}\" type=\"MUST\">{rule}</failure>\n    </testcase>"
        );
    }
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" \
         skipped=\"{skipped}\" time=\"0\">\n{cases}  </testsuite>"
    );
    [tests, failures, skipped]
}

fn case(model: &str, question: &str, row: &Row, out: &mut String) {
    let name = escaped(&format!("{question}: {}", row.aspect.name()));
    let mut told: Vec<_> = row.differences.iter().map(told).collect();
    told.extend(row.notes.iter().cloned());
    let told = escaped(&told.join("\n"));
    let inside = match row.outcome {
        Outcome::Same => {
            let _ = writeln!(
                out,
                "    <testcase classname=\"{model}\" name=\"{name}\" time=\"0\"/>"
            );
            return;
        }
        Outcome::Unknown | Outcome::Varies => {
            format!("<skipped message=\"{}: {told}\"/>", row.outcome.name())
        }
        Outcome::Differs => {
            format!("<failure message=\"differs\" type=\"differs\">{told}</failure>")
        }
    };
    let _ = writeln!(
        out,
        "    <testcase classname=\"{model}\" name=\"{name}\" time=\"0\">\n      {inside}\n    \
         </testcase>"
    );
}

fn told(difference: &Difference) -> String {
    let (one, other) = (&difference.one, &difference.other);
    format!(
        "{}: {}; {}: {} (by: {}; source: {})",
        one.who(),
        one.said,
        other.who(),
        other.said,
        difference.mapping,
        difference.source
    )
}
