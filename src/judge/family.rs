//! A family of rules, sorted by when they look.

use super::finding::Evidence;
use super::locate;
use super::tally::Tally;
use super::topics::{Bits, Topics};
use crate::endpoint::Endpoint;
use crate::protocol::Event;
use crate::rules::{Check, Ended, Hooks, Opened, Rule, Transition, Verdict, Whole};

/// Picks the hooks of one kind out of a rule.
type Select<S> = fn(&'static Check) -> Option<&'static Hooks<S>>;

/// The rules that look at one moment, each with its place in the catalogue and what it does there.
type Lookers<F> = Vec<(usize, &'static Rule, F)>;

/// Places of those in a family that are asked of an event, in their order.
pub(super) type Asking = Box<[usize]>;

/// One that looks at events.
pub(super) type Looker<S> = (usize, &'static Rule, fn(&Transition<'_, S>) -> Verdict);

/// A family of rules, narrowed to one state and sorted by the moments at which they look. Made once
/// a process: most rules use one moment, and events are many.
pub(super) struct Family<S: 'static> {
    head: Lookers<fn(&Opened<'_>) -> Verdict>,
    event: Vec<Looker<S>>,
    topics: Topics,
    /// What each of them looks at.
    wanted: Vec<Bits>,
    /// Those that are asked of an event also when it is a repetition.
    repeat: Vec<Looker<S>>,
    end: Lookers<fn(&Ended<'_, S>) -> Verdict>,
    body: Lookers<fn(&Whole<'_, S>) -> Verdict>,
    refusal: Lookers<fn(&Whole<'_, S>) -> Verdict>,
}

impl<S> Family<S> {
    /// `first`: the place of the family's first rule in the catalogue.
    pub(super) fn new(rules: &'static [&'static Rule], first: usize, select: Select<S>) -> Self {
        let mut family = Self {
            head: Vec::new(),
            event: Vec::new(),
            topics: Topics::default(),
            wanted: Vec::new(),
            repeat: Vec::new(),
            end: Vec::new(),
            body: Vec::new(),
            refusal: Vec::new(),
        };
        for (index, rule) in rules.iter().enumerate() {
            let (index, rule) = (first + index, *rule);
            let Some(hooks) = select(&rule.check) else {
                continue;
            };
            family
                .head
                .extend(hooks.head.map(|check| (index, rule, check)));
            family
                .event
                .extend(hooks.event.map(|check| (index, rule, check)));
            if hooks.event.is_some() {
                family.wanted.push(family.topics.wanted(hooks.about));
            }
            let repeat = hooks.event.filter(|_| hooks.asked_of_repeats);
            family
                .repeat
                .extend(repeat.map(|check| (index, rule, check)));
            family
                .end
                .extend(hooks.end.map(|check| (index, rule, check)));
            family
                .body
                .extend(hooks.body.map(|check| (index, rule, check)));
            let refusal = hooks.refusal.map(|check| (index, rule, check));
            family.refusal.extend(refusal);
        }
        family
    }

    pub(super) fn head(&self, opened: &Opened<'_>, tally: &mut Tally) {
        for (index, rule, check) in &self.head {
            tally.take(*index, rule, check(opened), |_| Evidence::none());
        }
    }

    /// Which rules are asked of events like this one.
    pub(super) fn asking(&self, event: &Event<'_>) -> Asking {
        let topics = self.topics.of(event);
        let wanted = self.wanted.iter().enumerate();
        let asked = wanted.filter(|(_, wanted)| *wanted & topics != 0);
        asked.map(|(place, _)| place).collect()
    }

    /// `asking`: what [`Self::asking`] said of an event of this form, if that is remembered.
    pub(super) fn event(
        &self,
        transition: &Transition<'_, S>,
        asking: Option<&[usize]>,
        tally: &mut Tally,
    ) {
        #[cfg(debug_assertions)]
        self.prove_silent(transition, asking);
        if let Some(places) = asking {
            let lookers = places.iter().map(|place| &self.event[*place]);
            return Self::ask(lookers, transition, tally);
        }
        let topics = self.topics.of(transition.event);
        let lookers = self.event.iter().zip(&self.wanted);
        let lookers = lookers.filter(|(_, wanted)| **wanted & topics != 0);
        Self::ask(lookers.map(|(looker, _)| looker), transition, tally);
    }

    /// Asks what must be asked of an event that is like the one before but for its text.
    pub(super) fn repeat(&self, transition: &Transition<'_, S>, tally: &mut Tally) {
        Self::ask(self.repeat.iter(), transition, tally);
    }

    /// In every build for tests: who is not asked had nothing to say.
    #[cfg(debug_assertions)]
    fn prove_silent(&self, transition: &Transition<'_, S>, asking: Option<&[usize]>) {
        let own = self.asking(transition.event);
        let asking = asking.unwrap_or(&own);
        for (place, (_, rule, check)) in self.event.iter().enumerate() {
            if asking.binary_search(&place).is_err() {
                let said = check(transition);
                let id = rule.id;
                let event = transition.event.json();
                assert!(
                    said == Verdict::Silent,
                    "{id} speaks of {event:?}: {said:?}"
                );
            }
        }
    }

    /// The rules that look at events, and whether each is asked of those that repeat, too.
    #[cfg(test)]
    pub(super) fn on_events(&self) -> impl Iterator<Item = (&Looker<S>, bool)> {
        self.event.iter().map(|looker| {
            let mut repeat = self.repeat.iter();
            let is_asked = repeat.any(|asked| asked.0 == looker.0);
            (looker, is_asked)
        })
    }

    fn ask<'a>(
        lookers: impl Iterator<Item = &'a Looker<S>>,
        transition: &Transition<'_, S>,
        tally: &mut Tally,
    ) where
        S: 'static,
    {
        let frame = transition.event.frame;
        for (index, rule, check) in lookers {
            tally.take(*index, rule, check(transition), |blame| {
                let at = blame.at.clone();
                let at = at.or_else(|| locate::locate(&blame.message, frame.raw, &frame.data));
                Evidence::of(Some(frame.index), frame.offset, frame.raw, at)
            });
        }
    }

    pub(super) fn body(&self, whole: &Whole<'_, S>, tally: &mut Tally) {
        let is_refusal = whole.head.status >= 400;
        // What a redirect carries is neither an answer nor a refusal; its status is its fault.
        if (300..400).contains(&whole.head.status) {
            return;
        }
        let checks = if is_refusal {
            &self.refusal
        } else {
            &self.body
        };
        for (index, rule, check) in checks {
            tally.take(*index, rule, check(whole), |blame| {
                if tells_a_key(whole.asked.endpoint) {
                    return Evidence::none();
                }
                let at = blame.at.clone();
                let at = at.or_else(|| locate::locate(&blame.message, whole.raw, whole.raw));
                Evidence::of(None, 0, whole.raw, at)
            });
        }
    }

    pub(super) fn end(&self, ended: &Ended<'_, S>, last: &[u8], tally: &mut Tally) {
        let offset = ended.tail.bytes.saturating_sub(last.len() as u64);
        for (index, rule, check) in &self.end {
            tally.take(*index, rule, check(ended), |_| {
                Evidence::of(None, offset, last, None)
            });
        }
    }
}

/// Whether an answer of this route holds a key, which must not get into the results.
fn tells_a_key(endpoint: Endpoint) -> bool {
    matches!(endpoint, Endpoint::KeysCreate | Endpoint::KeysReveal)
}
