//! Faults: every answer that one has struck is found, and blamed first on a rule that says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use spikeproof::endpoint::ProtocolId;
use spikeproof::rules::{Check, Rule, catalogue};
use spikeproof::scenario::Template;
use spikeproof_mock::text::Dialect;
use spikeproof_mock::{Fault, Trace};

use crate::play::{Answer, call, replica};
use crate::settings::{others, protocol, text};

/// A fault's place in a stream follows from the seed. Each seed asks 81 streams.
const SEEDS: u64 = 5;
/// Faults that have no place to choose need fewer.
const FEW_SEEDS: u64 = 2;

/// What only a whole run's money tells, and what is no fault to a reader.
const NOT_IN_ONE_ANSWER: [&str; 46] = [
    "slow-first-byte",
    "long-gap",
    "buffered-stream",
    "long-line",
    "header-other-key",
    "header-stale",
    "bill-failed-call",
    "bill-twice",
    "lose-charge",
    "bill-free-endpoint",
    "count-failed-call",
    "row-missing",
    "refund-after-failure",
    "bill-cancelled-task",
    "bill-each-poll",
    "hold-never-released",
    "slow-settle",
    "bill-at-submit",
    "charge-other-key",
    "bucket-stuck",
    "bucket-counts-failures",
    "org-wallet-stuck",
    "overcharge-percent",
    "undercharge-percent",
    "overcharge-micro",
    "images-as-one",
    "image-price-wrong",
    "row-late",
    "row-duplicated",
    "row-wrong-tokens",
    "row-wrong-charge",
    "count-missing",
    "bill-failed-stream",
    "bill-partial-in-full",
    "bill-before-first-token",
    "bill-duplicate-submit",
    "bill-failed-task",
    "bill-cancel-in-full",
    "task-above-told",
    "header-off-by-one",
    "quota-rises",
    "decimals-vary",
    "reset-in-past",
    "org-header-missing",
    "split-bytes",
    "task-fails",
];

/// What an answer is blamed on: the first finding of all, and the first MUST, which is what a
/// report shows as the root cause. A SHOULD may come before the MUST that it brings about.
pub(crate) type Causes = (&'static str, &'static str);

/// What became of one fault.
#[derive(Default)]
struct Blamed {
    /// By protocol, with an answer that shows it.
    causes: BTreeMap<(ProtocolId, Causes), String>,
    /// Struck answers that nothing was found in.
    missed: BTreeMap<ProtocolId, Vec<String>>,
    found: bool,
}

/// By the fault's name. Made once: two tests look at it from two sides.
static BLAMED: LazyLock<BTreeMap<&'static str, Blamed>> = LazyLock::new(|| {
    let faults = Fault::all().filter(|fault| !NOT_IN_ONE_ANSWER.contains(&fault.name()));
    let (mut one, mut other) = (Vec::new(), Vec::new());
    // In turn, since those of streams cost the most.
    for (fault, number) in faults.zip(0..) {
        if number % 2 == 0 {
            one.push(fault);
        } else {
            other.push(fault);
        }
    }
    let all = |faults: Vec<Fault>| {
        let each = faults
            .into_iter()
            .map(|fault| (fault.name(), blamed(fault)));
        each.collect::<BTreeMap<_, _>>()
    };
    std::thread::scope(|scope| {
        let one = scope.spawn(|| all(one));
        let mut found = all(other);
        found.extend(one.join().expect("it does not panic"));
        found
    })
});

fn blamed(fault: Fault) -> Blamed {
    let mut blamed = Blamed::default();
    let is_streamed = |template: &Template| template.name.contains('.');
    if matches!(fault, Fault::Stream(_)) {
        let templates = text().into_iter().chain(others());
        let templates: Vec<_> = templates.filter(is_streamed).collect();
        blamed.try_all(fault, &templates, SEEDS);
    } else {
        let templates: Vec<_> = text().into_iter().chain(others()).collect();
        blamed.try_all(fault, &templates, FEW_SEEDS);
    }
    blamed
}

impl Blamed {
    fn try_all(&mut self, fault: Fault, templates: &[Template], seeds: u64) {
        for template in templates {
            let protocol = protocol(template);
            for seed in 0..seeds {
                let struck = call(&replica(seed, Some(fault)), template, seed);
                let what = format!("`{}` seed {seed}", template.name);
                if let Some((causes, message)) = causes(&struck) {
                    let told = format!("{what}: {message}");
                    self.causes.entry((protocol, causes)).or_insert(told);
                    self.found = true;
                } else if struck.iter().any(|answer| answer.is_unexpected) {
                    self.found = true;
                } else {
                    let sound = call(&replica(seed, None), template, seed);
                    let bodies = |answers: &[Answer]| -> Vec<Vec<u8>> {
                        answers.iter().map(|answer| answer.body.clone()).collect()
                    };
                    if bodies(&sound) != bodies(&struck) {
                        self.missed.entry(protocol).or_default().push(what);
                    }
                }
            }
        }
    }
}

/// Of the first answer in which something was found, with the words of the root cause.
pub(crate) fn causes(answers: &[Answer]) -> Option<(Causes, &str)> {
    let mut findings = answers.iter().map(|answer| &answer.judgement.findings);
    let findings = findings.find(|findings| !findings.is_empty())?;
    let first = findings.first()?;
    let must = findings.iter().find(|finding| finding.is_must());
    let root = must.unwrap_or(first);
    Some(((first.rule.id, root.rule.id), &root.message))
}

/// Rules that one answer can break.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    catalogue::all().filter(|rule| !matches!(rule.check, Check::Audit))
}

/// Whether a rule speaks about answers of this protocol.
pub(crate) fn speaks_of(rule: &Rule, protocol: ProtocolId) -> bool {
    let family = match rule.check {
        Check::AnthropicMessages(_) => ProtocolId::AnthropicMessages,
        Check::OpenaiChat(_) => ProtocolId::OpenaiChat,
        Check::OpenaiResponses(_) => ProtocolId::OpenaiResponses,
        Check::Gemini(_) => ProtocolId::Gemini,
        Check::OpenaiImages(_) => ProtocolId::OpenaiImages,
        Check::Tasks(_) => ProtocolId::Tasks,
        Check::Management(_) => ProtocolId::Management,
        Check::Gateway(_) => return true,
        Check::Audit => return false,
    };
    family == protocol
}

pub(crate) fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_names_faults_that_exist() {
    let names = catalogue::all().flat_map(|rule| rule.faults.iter().map(|name| (rule.id, *name)));
    let unknown = names.filter(|(_, name)| Fault::parse(name).is_none());
    none(
        &unknown
            .map(|(id, name)| format!("{id}: {name}"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_fault_that_a_rule_says_it_finds_is_blamed_on_it_first() {
    let mut wrong = Vec::new();
    for rule in rules() {
        // Edits are tried one by one: `edits.rs`.
        let named = rule.faults.iter().filter(|name| !name.starts_with("edit "));
        for name in named {
            let causes = BLAMED.get(name).map(|blamed| &blamed.causes);
            let mut causes = causes.into_iter().flat_map(BTreeMap::keys);
            let is_kept = causes.any(|(protocol, (first, root))| {
                [first, root].contains(&&rule.id) && speaks_of(rule, *protocol)
            });
            if !is_kept {
                wrong.push(format!(
                    "{name}: {} {} never comes first",
                    rule.id, rule.name
                ));
            }
        }
    }
    none(&wrong);
}

#[test]
fn no_fault_is_blamed_first_on_a_rule_that_does_not_claim_it() {
    let mut wrong = Vec::new();
    for (name, blamed) in &*BLAMED {
        let claiming: Vec<_> = rules().filter(|rule| rule.faults.contains(name)).collect();
        for ((protocol, (first, root)), told) in &blamed.causes {
            let is_claimed_there = claiming.iter().any(|rule| speaks_of(rule, *protocol));
            let is_claimed = claiming
                .iter()
                .any(|rule| [first, root].contains(&&rule.id));
            if is_claimed_there && !is_claimed {
                let rule = catalogue::find(root).expect("it spoke");
                wrong.push(format!("{name}: {root} {} comes first, {told}", rule.name));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_answer_that_a_fault_has_struck_is_found() {
    let mut wrong = Vec::new();
    for (name, blamed) in &*BLAMED {
        if !blamed.found {
            wrong.push(format!("{name} is found nowhere"));
        }
        for (protocol, missed) in &blamed.missed {
            if is_provable(name, *protocol) {
                let shown = missed[..missed.len().min(3)].join(", ");
                let (count, protocol) = (missed.len(), protocol.name());
                wrong.push(format!(
                    "{name} is missed {count} times in {protocol}: {shown}"
                ));
            }
        }
    }
    none(&wrong);
}

/// What breaks no rule of streams of pictures and tasks, whose readers skip comments and events
/// that they do not know.
const HARMLESS: [(&str, ProtocolId); 6] = [
    ("comment-frame", ProtocolId::OpenaiImages),
    ("keepalive-frame", ProtocolId::OpenaiImages),
    ("comment-frame", ProtocolId::Tasks),
    ("keepalive-frame", ProtocolId::Tasks),
    // Legal, and no page shows the line ends of a task's stream.
    ("crlf", ProtocolId::Tasks),
    // A stream that is opened later begins with a later state as well.
    ("drop-first-event", ProtocolId::Tasks),
];

/// Whether a reader of the stream can tell at all.
fn is_provable(name: &str, protocol: ProtocolId) -> bool {
    if HARMLESS.contains(&(name, protocol)) {
        return false;
    }
    // Edits may have no route at all, so that a 404 there is as expected.
    if name == "upstream-404" && protocol == ProtocolId::OpenaiImages {
        return false;
    }
    let Some(Fault::Stream(fault)) = Fault::parse(name) else {
        return true;
    };
    let dialect = match protocol {
        ProtocolId::AnthropicMessages => Dialect::AnthropicMessages,
        ProtocolId::OpenaiChat => Dialect::OpenaiChat,
        ProtocolId::OpenaiResponses => Dialect::OpenaiResponses,
        ProtocolId::Gemini => Dialect::Gemini,
        ProtocolId::OpenaiImages | ProtocolId::Tasks | ProtocolId::Management => return true,
    };
    fault.is_provable(dialect)
}

/// The list above must not outlive its reasons, and the page of faults repeats them.
#[test]
fn the_faults_that_are_left_out_are_those_that_one_answer_does_not_give_away() {
    let left_out: BTreeSet<_> = NOT_IN_ONE_ANSWER.into_iter().collect();
    let others = Fault::all().filter(|fault| fault.trace() != Trace::Answer);
    assert_eq!(left_out, others.map(Fault::name).collect());
}
