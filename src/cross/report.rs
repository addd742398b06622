//! All that a cross check has found, and what it comes to.

use super::answer::{Heard, Place};
use super::gap::Outcome;
use super::question::Question;
use super::rows::Row;
use crate::exit::Exit;
use crate::scenario::request::TextProtocol;

/// Whether a model can be reached over a protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routing {
    Routed,
    /// What the target said.
    NotRouted(String),
}

/// One question and what came of it.
#[derive(Debug)]
pub struct QuestionReport {
    pub question: &'static Question,
    pub heard: Vec<Heard>,
    pub rows: Vec<Row>,
}

#[derive(Debug)]
pub struct ModelReport {
    pub model: String,
    pub routing: Vec<(TextProtocol, Routing)>,
    pub questions: Vec<QuestionReport>,
}

#[derive(Debug)]
pub struct Report {
    /// `replica` or a base URL.
    pub target: String,
    pub seed: u64,
    /// The target gives the same question the same answer.
    pub steady: bool,
    /// Protocols that the user named: not to be routed is then no detail.
    pub named: bool,
    pub models: Vec<ModelReport>,
    /// The budget ran out before all was asked.
    pub cut_short: bool,
}

/// What a refusal of the first question says: that the model is not to be had over this protocol.
pub fn is_no_route(status: u16, error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    let is_of_models = ["model", "not_found", "not found", "unsupported"]
        .iter()
        .any(|word| error.contains(word));
    matches!(status, 400 | 403 | 404) && is_of_models
}

impl ModelReport {
    pub fn routed(&self) -> usize {
        let routed = self.routing.iter();
        routed
            .filter(|(_, routing)| *routing == Routing::Routed)
            .count()
    }

    /// Answers that broke a MUST rule of their own protocol.
    pub fn broken(&self) -> impl Iterator<Item = (&'static Question, Place, &str)> {
        self.questions.iter().flat_map(|asked| {
            asked.heard.iter().flat_map(move |heard| {
                let broken = heard.broken.iter();
                broken.map(move |rule| (asked.question, heard.place, rule.as_str()))
            })
        })
    }

    /// Whether what was found of this model can vouch for more than one protocol.
    pub fn is_cross(&self) -> bool {
        self.routed() > 1
    }
}

impl Report {
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        let questions = self.models.iter().flat_map(|model| &model.questions);
        questions.flat_map(|question| &question.rows)
    }

    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows().filter(|row| row.outcome == outcome).count()
    }

    pub fn exit(&self) -> Exit {
        let is_broken = self
            .models
            .iter()
            .any(|model| model.broken().next().is_some());
        if is_broken || self.count(Outcome::Differs) > 0 {
            return Exit::Failed;
        }
        if self.cut_short {
            return Exit::Budget;
        }
        let is_whole = self.models.iter().all(|model| {
            model.is_cross() && (!self.named || model.routed() == model.routing.len())
        });
        let is_open = self.count(Outcome::Varies) + self.count(Outcome::Unknown) > 0;
        if is_open || !is_whole {
            Exit::Inconclusive
        } else {
            Exit::Held
        }
    }

    /// `pass`, `fail` or `inconclusive`.
    pub fn verdict(&self) -> &'static str {
        match self.exit() {
            Exit::Held => "pass",
            Exit::Failed => "fail",
            Exit::Usage
            | Exit::Target
            | Exit::Inconclusive
            | Exit::Budget
            | Exit::Bug
            | Exit::Interrupted
            | Exit::Terminated => "inconclusive",
        }
    }
}
