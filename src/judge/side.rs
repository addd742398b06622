//! One protocol's rules and state during one answer, and the gateway's rules beside them.

use super::answer::Basis;
use super::unknown::Lookout;
use crate::json::Value;

use super::finding::{Evidence, Finding, RuleSet};
use super::locate;
use super::weights::Weights;
use crate::endpoint::{Endpoint, ProtocolId};
use crate::protocol::{Asked, BodyEnd, Event, Facts, Head, Meaning, Protocol};
use crate::rules::{
    Blame, Check, Ended, Hooks, Opened, Rule, Severity, Tail, Transition, Verdict, Whole,
};

/// Findings kept of one answer, of MUST rules and of others each; more are only counted. Apart, so
/// that many small oddities cannot hide a broken MUST that comes after them.
const KEPT: usize = 20;

/// Findings that are counted and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unkept {
    /// Of MUST rules.
    pub violations: u32,
    pub warnings: u32,
}

/// What rules have said of one answer.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) findings: Vec<Finding>,
    /// Findings beyond those kept.
    pub(super) unkept: Unkept,
    pub(super) spoke: RuleSet,
    pub(super) lookout: Lookout,
    weights: Weights,
    pub(super) asks_again: bool,
    broke_a_must: bool,
}

impl Tally {
    pub(super) fn on(basis: &Basis, protocol: ProtocolId) -> Self {
        Self {
            lookout: Lookout::on(protocol),
            weights: basis.weights,
            asks_again: basis.asks_again,
            ..Self::default()
        }
    }

    #[inline(always)]
    fn take(
        &mut self,
        index: usize,
        rule: &'static Rule,
        verdict: Verdict,
        evidence: impl FnOnce(&Blame) -> Evidence,
    ) {
        // Most rules are silent about most events.
        if matches!(verdict, Verdict::Silent) || self.weights.is_off(index) {
            return;
        }
        let blame = match verdict {
            Verdict::Silent => return,
            Verdict::Pass => return self.spoke.insert(index),
            Verdict::Fail(blame) => blame,
        };
        self.fail(index, rule, blame, evidence);
    }
}

impl Tally {
    #[cold]
    fn fail(
        &mut self,
        index: usize,
        rule: &'static Rule,
        blame: Blame,
        evidence: impl FnOnce(&Blame) -> Evidence,
    ) {
        self.spoke.insert(index);
        let severity = self.weights.severity(index, rule);
        let is_must = severity == Severity::Must;
        let alike = self
            .findings
            .iter()
            .filter(|kept| kept.is_must() == is_must);
        if alike.count() >= KEPT {
            self.unkept.count(is_must);
            return;
        }
        let evidence = evidence(&blame);
        let follows = self.broke_a_must;
        self.broke_a_must |= is_must;
        self.findings
            .push(Finding::new((rule, severity), blame, evidence, follows));
    }
}

impl Unkept {
    fn count(&mut self, is_must: bool) {
        let counter = if is_must {
            &mut self.violations
        } else {
            &mut self.warnings
        };
        *counter = counter.saturating_add(1);
    }
}

/// Picks the hooks of one kind out of a rule.
type Select<S> = fn(&'static Check) -> Option<&'static Hooks<S>>;

/// The rules that look at one moment, each with its place in the catalogue and what it does there.
type Lookers<F> = Vec<(usize, &'static Rule, F)>;

/// A family of rules, narrowed to one state and sorted by the moments at which they look. Made once
/// a process: most rules use one moment, and events are many.
pub(super) struct Family<S: 'static> {
    head: Lookers<fn(&Opened<'_>) -> Verdict>,
    event: Lookers<fn(&Transition<'_, S>) -> Verdict>,
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

    fn event(&self, transition: &Transition<'_, S>, tally: &mut Tally) {
        let frame = transition.event.frame;
        for (index, rule, check) in &self.event {
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

/// `type`, `code` or `status`, and the message, of any of the envelopes in use.
pub(super) fn told_error(body: &Value) -> Option<(String, String)> {
    let error = body.get(0).unwrap_or(body).get("error")?;
    let word = |key: &str| error.get(key).and_then(Value::as_str);
    let kind = word("code")
        .or_else(|| word("type"))
        .or_else(|| word("status"));
    let message = word("message").unwrap_or_default();
    Some((kind.unwrap_or_default().to_owned(), message.to_owned()))
}

/// A protocol at work on one answer.
pub(super) struct Side<P: Protocol> {
    family: &'static Family<P::State>,
    state: P::State,
}

/// What all sides can do, whatever their state.
pub(super) trait Reading: Send {
    fn head(&mut self, opened: &Opened<'_>, tally: &mut Tally);
    fn event(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning;
    fn body(&mut self, asked: &Asked, head: &Head, body: &Body<'_>, tally: &mut Tally);
    fn end(&mut self, asked: &Asked, head: &Head, close: &Close<'_>, tally: &mut Tally);
    fn facts(&self) -> Facts;
}

/// A whole body and how it ended.
pub(super) struct Body<'a> {
    pub(super) value: Result<&'a Value, &'a str>,
    pub(super) raw: &'a [u8],
    pub(super) end: BodyEnd,
}

/// A stream's end, with its last bytes as evidence.
pub(super) struct Close<'a> {
    pub(super) end: BodyEnd,
    pub(super) tail: Tail,
    pub(super) last: &'a [u8],
}

impl<P: Protocol> Side<P> {
    pub(super) fn new(family: &'static Family<P::State>) -> Self {
        Self {
            family,
            state: P::State::default(),
        }
    }
}

impl<P: Protocol> Reading for Side<P> {
    fn head(&mut self, opened: &Opened<'_>, tally: &mut Tally) {
        self.family.head(opened, tally);
    }

    fn event(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning {
        self.family.event(
            &Transition {
                asked,
                head,
                before: &self.state,
                event,
            },
            t,
        );
        // A standard reader hands nothing of a block that was not closed to its client.
        if event.frame.lines.closed {
            P::apply(&mut self.state, event)
        } else {
            Meaning::default()
        }
    }

    fn body(&mut self, asked: &Asked, head: &Head, body: &Body<'_>, tally: &mut Tally) {
        if head.is_success()
            && let Ok(value) = body.value
        {
            P::apply_body(&mut self.state, value);
        }
        let Body { value, raw, end } = *body;
        let whole = Whole {
            asked,
            head,
            state: &self.state,
            body: value,
            raw,
            end,
        };
        self.family.body(&whole, tally);
    }

    fn end(&mut self, asked: &Asked, head: &Head, close: &Close<'_>, tally: &mut Tally) {
        let Close { end, tail, last } = *close;
        self.family.end(
            &Ended {
                asked,
                head,
                state: &self.state,
                end,
                tail,
            },
            last,
            tally,
        );
    }

    fn facts(&self) -> Facts {
        P::facts(&self.state)
    }
}
