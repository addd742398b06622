//! The check itself: preflight, routes, questions, comparisons.

use super::Prepared;
use super::asking::Interview;
use super::money::Till;
use crate::cli::output::{error, talk};
use crate::cross::{
    Asking, Came, Charged, Heard, ModelReport, Place, Question, QuestionReport, Report, Routing,
    is_no_route, rows,
};
use crate::exit::Exit;
use crate::outcome::Outcome;
use crate::scenario::request::{Delivery, TextProtocol, UtilityCall};

pub(super) async fn carried_out(prepared: &Prepared) -> Result<Report, Exit> {
    let mut interview = Interview::new(prepared)?;
    preflight(&mut interview, &prepared.base).await?;
    let mut till = Till::open(&mut interview, prepared).await;
    let mut report = Report {
        target: prepared.name.clone(),
        seed: prepared.seed,
        steady: prepared.steady,
        named: prepared.named,
        models: Vec::new(),
        cut_short: false,
    };
    for model in &prepared.models {
        if !prepared.quiet {
            talk(format_args!("asking {model}"));
        }
        let mut asker = Asker {
            prepared,
            model,
            interview: &mut interview,
            till: &mut till,
        };
        report.models.push(asker.model().await);
    }
    till.refine(&mut report);
    compare(prepared, &mut report);
    report.cut_short = interview.is_over_budget();
    Ok(report)
}

/// One free request, so that a target that cannot be used is told in one line and at once.
async fn preflight(interview: &mut Interview, base: &str) -> Result<(), Exit> {
    let list = UtilityCall::ModelsList {
        capability: None,
        family: None,
    };
    let exchange = interview.free(list).await;
    let failure = || {
        let failure = exchange.failure.as_ref();
        failure.map(ToString::to_string).unwrap_or_default()
    };
    let unusable = match (exchange.outcome, exchange.status()) {
        (Outcome::ConnectFailed | Outcome::Broken | Outcome::TimedOut, _) => failure(),
        (_, Some(status @ (401 | 403))) => format!(
            "it refused the key (status {status}); the key comes from --key-env, --key-file or \
             BYTESPIKE_API_KEY, in this order"
        ),
        (_, Some(status @ 500..)) => format!("its model list answers with status {status}"),
        _ => return Ok(()),
    };
    error(format_args!("the target {base} cannot be used: {unusable}"));
    Err(Exit::Target)
}

/// Asks one model everything.
struct Asker<'a> {
    prepared: &'a Prepared,
    model: &'a str,
    interview: &'a mut Interview,
    till: &'a mut Till,
}

impl Asker<'_> {
    async fn model(&mut self) -> ModelReport {
        let mut routing = Vec::new();
        let mut known: Vec<Heard> = Vec::new();
        let prepared = self.prepared;
        // Asked of the first question that the protocol can put.
        for protocol in prepared.protocols.iter().copied() {
            let place = Place {
                protocol,
                delivery: Delivery::Unary,
            };
            let first = prepared.questions.first();
            let Some(first) = first else { continue };
            let heard = self.ask(first, place).await;
            routing.push((protocol, routed(&heard)));
            known.push(heard);
        }
        let is_routed = |protocol: TextProtocol| {
            let mut routing = routing.iter();
            routing.any(|(known, routing)| *known == protocol && *routing == Routing::Routed)
        };
        let protocols: Vec<_> = prepared
            .protocols
            .iter()
            .copied()
            .filter(|protocol| is_routed(*protocol))
            .collect();
        let mut questions = Vec::new();
        for (at, question) in prepared.questions.iter().enumerate() {
            let mut all = Vec::new();
            for place in protocols.iter().flat_map(|protocol| Place::all(*protocol)) {
                let before = known.iter().position(|heard| heard.place == place);
                let heard = match before.filter(|_| at == 0) {
                    Some(before) => known.swap_remove(before),
                    None => self.ask(question, place).await,
                };
                all.push(heard);
            }
            questions.push(QuestionReport {
                question,
                heard: all,
                rows: Vec::new(),
            });
        }
        ModelReport {
            model: self.model.to_owned(),
            routing,
            questions,
        }
    }

    async fn ask(&mut self, question: &Question, place: Place) -> Heard {
        let call = match question.call(place, self.model, &self.prepared.words) {
            Ok(call) => call,
            Err(why) => {
                return Heard {
                    place,
                    came: Came::Unasked(why),
                    broken: Vec::new(),
                    charged: Charged::Untold("not asked".to_owned()),
                };
            }
        };
        let (came, broken) = self.interview.ask(call).await;
        let charged = self.till.charged(self.interview).await;
        Heard {
            place,
            came,
            broken,
            charged,
        }
    }
}

fn routed(heard: &Heard) -> Routing {
    match &heard.came {
        Came::Refused { status, error } if is_no_route(*status, error) => {
            Routing::NotRouted(format!("status {status}: {error}"))
        }
        Came::Answer(_) | Came::Refused { .. } | Came::Failed(_) | Came::Unasked(_) => {
            Routing::Routed
        }
    }
}

fn compare(prepared: &Prepared, report: &mut Report) {
    for asked in report
        .models
        .iter_mut()
        .flat_map(|model| &mut model.questions)
    {
        let asking = Asking {
            question: asked.question,
            steady: prepared.steady,
        };
        asked.rows = rows(&asking, &asked.heard, &prepared.skipped);
    }
}
