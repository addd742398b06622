//! All answers to one question, aspect by aspect: who agrees, and who does not.

use super::answer::{Came, Heard, Place};
use super::compare::compare;
use super::forced::forced;
use super::gap::{Aspect, Difference, Gap, Outcome, Side};
use super::question::Question;

/// How answers are compared.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub question: &'a Question,
    /// The target gives the same question the same answer, whatever the protocol.
    pub steady: bool,
}

impl Asking<'_> {
    /// What a difference is that a model may make by itself.
    pub(super) fn varying(&self) -> Outcome {
        if self.steady {
            Outcome::Differs
        } else {
            Outcome::Varies
        }
    }

    /// Whether a question is about an aspect.
    fn is_about(&self, aspect: Aspect) -> bool {
        let has_tool = self.question.tool.is_some();
        match aspect {
            Aspect::Served | Aspect::Stop | Aspect::Usage | Aspect::Charge => true,
            // Words beside a forced call are a model's own affair.
            Aspect::Text => self.steady || !has_tool,
            Aspect::Tools => self.steady || has_tool,
            Aspect::Arguments => has_tool,
        }
    }
}

/// One aspect of one question over all places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub aspect: Aspect,
    /// The worst of what was found.
    pub outcome: Outcome,
    /// Answers that were compared.
    pub compared: usize,
    pub differences: Vec<Difference>,
    /// Why something was not compared.
    pub notes: Vec<String>,
}

/// Compares the answers to one question in every aspect that is not skipped.
pub fn rows(asking: &Asking<'_>, heard: &[Heard], skipped: &[Aspect]) -> Vec<Row> {
    let aspects = Aspect::ALL.into_iter();
    let wanted = aspects.filter(|aspect| asking.is_about(*aspect) && !skipped.contains(aspect));
    wanted
        .map(|aspect| match aspect {
            Aspect::Served => served(heard),
            Aspect::Text
            | Aspect::Tools
            | Aspect::Arguments
            | Aspect::Stop
            | Aspect::Usage
            | Aspect::Charge => row(asking, aspect, heard),
        })
        .collect()
}

/// Statuses that say something about the request itself, and would again.
fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 401 | 402 | 403 | 408 | 409 | 425 | 429)
}

fn served(heard: &[Heard]) -> Row {
    let mut row = Row {
        aspect: Aspect::Served,
        outcome: Outcome::Same,
        compared: heard.len(),
        differences: Vec::new(),
        notes: Vec::new(),
    };
    let is_answered = |heard: &&Heard| heard.answer().is_some();
    let answered: Vec<_> = heard.iter().filter(is_answered).collect();
    for one in heard {
        let (place, form) = (one.place.protocol_name(), one.place.form());
        match &one.came {
            Came::Answer(_) => continue,
            Came::Unasked(why) => {
                row.compared -= 1;
                let note = format!("not asked of {place}: {why}");
                if !row.notes.contains(&note) {
                    row.notes.push(note);
                }
                continue;
            }
            Came::Refused { status, error } if is_final(*status) && !answered.is_empty() => {
                row.add(
                    &answered.iter().map(|one| one.place).collect::<Vec<_>>(),
                    &[],
                    one,
                    Gap {
                        outcome: Outcome::Differs,
                        one: "answered".to_owned(),
                        other: format!("status {status}: {error}"),
                        mapping: "a question that one protocol takes, all take".to_owned(),
                        source: "the gateway's pages on endpoints: any text model over any text \
                                 protocol"
                            .to_owned(),
                    },
                );
                continue;
            }
            Came::Refused { status, error } => {
                row.notes.push(format!(
                    "{place} ({form}) refused with status {status}: {error}"
                ));
            }
            Came::Failed(why) => row
                .notes
                .push(format!("{place} ({form}) gave no answer: {why}")),
        }
        row.outcome = row.outcome.max(Outcome::Unknown);
    }
    row
}

impl Row {
    /// Adds a difference; one that another place has in the same words gets that place.
    fn add(&mut self, one: &[Place], agreeing: &[Place], other: &Heard, gap: Gap) {
        self.outcome = self.outcome.max(gap.outcome);
        let known = self.differences.iter_mut().find(|known| {
            known.other.said == gap.other
                && known.one.said == gap.one
                && known.outcome == gap.outcome
                && known.mapping == gap.mapping
        });
        if let Some(known) = known {
            known.other.places.push(other.place);
            return;
        }
        self.differences.push(Difference {
            outcome: gap.outcome,
            one: Side {
                places: one.to_vec(),
                said: gap.one,
                agreeing: agreeing.to_vec(),
            },
            other: Side {
                places: vec![other.place],
                said: gap.other,
                agreeing: Vec::new(),
            },
            mapping: gap.mapping,
            source: gap.source,
        });
    }

    fn note(&mut self, note: String) {
        self.outcome = self.outcome.max(Outcome::Unknown);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

fn row(asking: &Asking<'_>, aspect: Aspect, heard: &[Heard]) -> Row {
    let answers: Vec<_> = heard.iter().filter(|one| one.answer().is_some()).collect();
    let mut row = Row {
        aspect,
        outcome: Outcome::Same,
        compared: answers.len(),
        differences: Vec::new(),
        notes: Vec::new(),
    };
    // An answer that is none to its question is no measure for the others.
    let mut sound = Vec::new();
    for one in answers {
        match forced(asking, aspect, one) {
            Some(gap) => row.add(&[], &[], one, gap),
            None => sound.push(one),
        }
    }
    let gap = |one: &Heard, other: &Heard| compare(asking, aspect, one, other);
    // The answer that most others agree with; the first of those where they are as many.
    let agreeing = |one: &Heard| {
        sound
            .iter()
            .filter(|other| gap(one, other).is_none())
            .count()
    };
    let mut measure: Option<(&Heard, usize)> = None;
    for one in &sound {
        let count = agreeing(one);
        if measure.is_none_or(|(_, most)| count > most) {
            measure = Some((one, count));
        }
    }
    let Some((measure, _)) = measure.filter(|_| row.compared > 1) else {
        if row.compared < 2 {
            row.note("fewer than two answers: nothing to compare".to_owned());
        }
        return row;
    };
    let others = sound.iter().filter(|other| other.place != measure.place);
    let others = others.filter(|other| gap(measure, other).is_none());
    let agreeing: Vec<_> = others.map(|other| other.place).collect();
    for other in &sound {
        match gap(measure, other) {
            None => {}
            Some(gap) if gap.outcome == Outcome::Unknown => row.note(gap.mapping),
            Some(gap) => row.add(&[measure.place], &agreeing, other, gap),
        }
    }
    row
}

#[cfg(test)]
mod tests;
