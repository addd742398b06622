//! A healthy replica: no rule of any severity has anything to say.
//!
//! `HEALTHY_SEEDS=2000 cargo test --test faults healthy` tries that many seeds of each request, and
//! with `HEALTHY_FIRST` begins at another one.

use spikeproof::endpoint::ProtocolId;
use spikeproof::scenario::Template;

use crate::play::{call, replica};
use crate::settings::{others, protocol, text};

/// Of each text request; in both forms, and for some twice.
const SEEDS: u64 = 100;

fn from_environment(name: &str, usual: u64) -> u64 {
    let told = std::env::vars().find(|(key, _)| key == name);
    told.map_or(usual, |(_, value)| value.parse().expect("a whole number"))
}

fn gives_no_finding(templates: &[Template], usual: u64) {
    assert!(!templates.is_empty());
    let first = from_environment("HEALTHY_FIRST", 0);
    for seed in first..first + from_environment("HEALTHY_SEEDS", usual) {
        for template in templates {
            let engine = replica(seed, None);
            let mut answers = call(&engine, template, seed);
            if template.name.contains("cache") {
                // The second time it is read.
                answers.extend(call(&engine, template, seed));
            }
            for answer in answers {
                let findings = &answer.judgement.findings;
                let told: Vec<_> = findings
                    .iter()
                    .map(|finding| (finding.rule.id, &finding.message))
                    .collect();
                let body = String::from_utf8_lossy(&answer.body);
                let (route, status) = (answer.asked.endpoint.path(), answer.head.status);
                let what = format!("`{}` seed {seed} {:?}", template.name, answer.step);
                let what = format!("{what} ({route}, {status})");
                assert!(told.is_empty(), "{what}: {told:?}\n{body}");
                assert!(!answer.is_unexpected, "{what} is not as expected\n{body}");
            }
        }
    }
}

fn of(wanted: ProtocolId) -> Vec<Template> {
    let templates = text().into_iter();
    templates
        .filter(|template| protocol(template) == wanted)
        .collect()
}

#[test]
fn healthy_messages_break_no_rule() {
    gives_no_finding(&of(ProtocolId::AnthropicMessages), SEEDS);
}

#[test]
fn healthy_chat_completions_break_no_rule() {
    gives_no_finding(&of(ProtocolId::OpenaiChat), SEEDS);
}

#[test]
fn healthy_responses_break_no_rule() {
    gives_no_finding(&of(ProtocolId::OpenaiResponses), SEEDS);
}

#[test]
fn healthy_gemini_answers_break_no_rule() {
    gives_no_finding(&of(ProtocolId::Gemini), SEEDS);
}

#[test]
fn healthy_images_tasks_reads_and_refusals_break_no_rule() {
    gives_no_finding(&others(), 25);
}

/// Or the sweeps above would prove nothing about answers from a cache.
#[test]
fn a_prompt_that_is_asked_again_is_read_from_the_cache() {
    let templates = text();
    let cached = templates.iter().filter(|one| one.name.contains("cache"));
    for template in cached {
        let engine = replica(1, None);
        let read = || {
            call(&engine, template, 1)[0]
                .judgement
                .facts
                .usage
                .map(|usage| usage.cached)
        };
        assert_eq!(read(), Some(0), "{}", template.name);
        assert!(read() >= Some(256), "{}", template.name);
    }
}
