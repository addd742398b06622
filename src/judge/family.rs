//! A family of rules, sorted by when they look.

use super::finding::Evidence;
use super::locate;
use super::memory::{Asks, HeadTaught, Kin, Taught};
use super::tally::Tally;
use super::topics::{Bits, Topics};
use super::weights::Weights;
use crate::endpoint::Endpoint;
use crate::protocol::Event;
use crate::reads::{self, Parts};
use crate::rules::{Check, Ended, Hooks, Opened, Rule, Transition, Verdict, Whole};

/// Picks the hooks of one kind out of a rule.
type Select<S> = fn(&'static Check) -> Option<&'static Hooks<S>>;

/// The rules that look at one moment, each with its place in the catalogue and what it does there.
type Lookers<F> = Vec<(usize, &'static Rule, F)>;

/// Places of those in a family that are asked of an event, in their order.
pub(super) type Asking = Box<[usize]>;

/// One that looks at events.
pub(super) type Looker<S> = (usize, &'static Rule, fn(&Transition<'_, S>) -> Verdict);

/// One that looks at whole bodies.
type BodyLooker<S> = (usize, &'static Rule, fn(&Whole<'_, S>) -> Verdict);

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
    body: Vec<BodyLooker<S>>,
    refusal: Vec<BodyLooker<S>>,
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

    /// Asks the rules of a head while what they read is watched. `None`: one fails.
    pub(super) fn teach_head(&self, opened: &Opened<'_>, weights: &Weights) -> Option<HeadTaught> {
        let mut taught = HeadTaught::default();
        for (place, (index, _, check)) in self.head.iter().enumerate() {
            let ((verdict, headers), read) = reads::of(|| reads::headers_of(|| check(opened)));
            match verdict {
                _ if weights.is_off(*index) => continue,
                Verdict::Fail(_) => return None,
                Verdict::Pass => taught.passed.insert(*index),
                Verdict::Silent => {}
            }
            taught.add(place, headers, read);
        }
        Some(taught)
    }

    /// Asks those of a head that is known who read one of these headers, or the request where that
    /// is another.
    pub(super) fn recalled_head(
        &self,
        opened: &Opened<'_>,
        taught: &HeadTaught,
        (changed, kin): (u64, Kin),
        tally: &mut Tally,
    ) {
        let mut passed = taught.passed;
        for (place, must_ask) in taught.each(changed, kin) {
            let (index, rule, check) = self.head[place];
            if must_ask {
                passed.clear(index);
                tally.take(index, rule, check(opened), |_| Evidence::none());
                continue;
            }
            #[cfg(debug_assertions)]
            {
                let expected = if taught.passed.contains(index) {
                    Verdict::Pass
                } else {
                    Verdict::Silent
                };
                assert_eq!(check(opened), expected, "{} of {:?}", rule.id, opened.head);
            }
        }
        tally.spoke.merge(&passed);
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

    /// Asks what must be asked of an event that is like the one before but for its text. Says
    /// whether there is anybody to ask.
    pub(super) fn repeat(&self, transition: &Transition<'_, S>, tally: &mut Tally) -> bool {
        Self::ask(self.repeat.iter(), transition, tally);
        !self.repeat.is_empty()
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

    /// Asks the rules while what they read is watched. `None`: one fails. `weights`: what a rule
    /// that is off says does not count.
    pub(super) fn teach(
        &self,
        transition: &Transition<'_, S>,
        weights: &Weights,
    ) -> Option<Taught> {
        let topics = self.topics.of(transition.event);
        let wanted = self.wanted.iter().enumerate();
        let asked = wanted.filter(|(_, wanted)| *wanted & topics != 0);
        let lookers = asked.map(|(place, _)| {
            let (index, _, check) = self.event[place];
            (place, index, reads::of(|| check(transition)))
        });
        taught(lookers, weights)
    }

    /// Asks those of an event that is known who must be asked. False: somebody fails; then nothing
    /// was said.
    pub(super) fn recalled(
        &self,
        transition: &Transition<'_, S>,
        asks: &Asks,
        tally: &mut Tally,
    ) -> bool {
        let mut passed = asks.passed;
        for place in &asks.places {
            let (index, _, check) = self.event[*place];
            match check(transition) {
                Verdict::Silent => {}
                _ if tally.weights.is_off(index) => {}
                Verdict::Pass => passed.insert(index),
                Verdict::Fail(_) => return false,
            }
        }
        tally.spoke.merge(&passed);
        true
    }

    /// What all rules say of an event: for the proof that those who are not asked would say what
    /// they said before.
    #[cfg(debug_assertions)]
    pub(super) fn prove_recalled(
        &self,
        transition: &Transition<'_, S>,
        asks: &Asks,
        weights: &Weights,
    ) {
        let topics = self.topics.of(transition.event);
        for (place, (index, rule, check)) in self.event.iter().enumerate() {
            let is_asked = self.wanted[place] & topics != 0;
            if asks.places.contains(&place) || weights.is_off(*index) {
                continue;
            }
            let expected = if is_asked && asks.passed.contains(*index) {
                Verdict::Pass
            } else {
                Verdict::Silent
            };
            let (id, event) = (rule.id, transition.event.json());
            assert_eq!(check(transition), expected, "{id} of {event:?}");
        }
    }

    fn of_bodies(&self, status: u16) -> &[BodyLooker<S>] {
        // What a redirect carries is neither an answer nor a refusal; its status is its fault.
        match status {
            300..400 => &[],
            400.. => &self.refusal,
            _ => &self.body,
        }
    }

    /// As [`Self::teach`], of a whole body.
    pub(super) fn teach_body(&self, whole: &Whole<'_, S>, weights: &Weights) -> Option<Taught> {
        let lookers = self.of_bodies(whole.head.status).iter().enumerate();
        let lookers =
            lookers.map(|(place, (index, _, check))| (place, *index, reads::of(|| check(whole))));
        taught(lookers, weights)
    }

    /// Asks those of a body that is known who must be asked.
    pub(super) fn recalled_body(&self, whole: &Whole<'_, S>, asks: &Asks, tally: &mut Tally) {
        #[cfg(debug_assertions)]
        self.prove_recalled_body(whole, asks, &tally.weights);
        tally.spoke.merge(&asks.passed);
        let all = self.of_bodies(whole.head.status);
        Self::ask_body(asks.places.iter().map(|place| &all[*place]), whole, tally);
    }

    #[cfg(debug_assertions)]
    fn prove_recalled_body(&self, whole: &Whole<'_, S>, asks: &Asks, weights: &Weights) {
        let all = self.of_bodies(whole.head.status).iter().enumerate();
        for (place, (index, rule, check)) in all {
            if asks.places.contains(&place) || weights.is_off(*index) {
                continue;
            }
            let expected = if asks.passed.contains(*index) {
                Verdict::Pass
            } else {
                Verdict::Silent
            };
            assert_eq!(check(whole), expected, "{} of {:?}", rule.id, whole.body);
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
        let frame = transition.event.frame();
        for (index, rule, check) in lookers {
            tally.take(*index, rule, check(transition), |blame| {
                let at = blame.at.clone();
                let at = at.or_else(|| locate::locate(&blame.message, frame.raw, &frame.data));
                Evidence::of(Some(frame.index), frame.offset, frame.raw, at)
            });
        }
    }

    pub(super) fn body(&self, whole: &Whole<'_, S>, tally: &mut Tally) {
        Self::ask_body(self.of_bodies(whole.head.status).iter(), whole, tally);
    }

    fn ask_body<'a>(
        lookers: impl Iterator<Item = &'a BodyLooker<S>>,
        whole: &Whole<'_, S>,
        tally: &mut Tally,
    ) where
        S: 'static,
    {
        for (index, rule, check) in lookers {
            tally.take(*index, rule, check(whole), |blame| {
                if tells_a_key(whole.asked.endpoint) {
                    return Evidence::none();
                }
                let (at, raw) = (blame.at.clone(), whole.raw.get());
                let at = at.or_else(|| locate::locate(&blame.message, raw, raw));
                Evidence::of(None, 0, raw, at)
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

/// What was learnt of rules, each with its place in the family and in the catalogue, what it said
/// and what it read. Whoever reads more than the request is asked each time.
fn taught(
    lookers: impl Iterator<Item = (usize, usize, (Verdict, Parts))>,
    weights: &Weights,
) -> Option<Taught> {
    let mut taught = Taught::default();
    for (place, index, (verdict, read)) in lookers {
        if weights.is_off(index) {
            continue;
        }
        if matches!(verdict, Verdict::Fail(_)) {
            return None;
        }
        let reads_more = read.has(Parts::ALL_BUT_ASKED);
        for (asks, must_ask) in [
            (&mut taught.same, reads_more),
            (&mut taught.alike, reads_more || read.has(Parts::BODY)),
            (
                &mut taught.other,
                reads_more || read.has(Parts::ASKED | Parts::BODY),
            ),
        ] {
            if must_ask {
                asks.places.push(place);
            } else if verdict == Verdict::Pass {
                asks.passed.insert(index);
            }
        }
    }
    Some(taught)
}

/// Whether an answer of this route holds a key, which must not get into the results.
fn tells_a_key(endpoint: Endpoint) -> bool {
    matches!(endpoint, Endpoint::KeysCreate | Endpoint::KeysReveal)
}
