//! A healthy replica: no rule of any severity has anything to say.

use spikeproof::endpoint::ProtocolId;
use spikeproof::scenario::Template;

use crate::play::{call, replica};
use crate::settings::{others, protocol, text};

fn gives_no_finding(templates: &[Template], seeds: u64) {
    assert!(!templates.is_empty());
    for seed in 0..seeds {
        for template in templates {
            for answer in call(&replica(seed, None), template, seed) {
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
    gives_no_finding(&of(ProtocolId::AnthropicMessages), 200);
}

#[test]
fn healthy_chat_completions_break_no_rule() {
    gives_no_finding(&of(ProtocolId::OpenaiChat), 200);
}

#[test]
fn healthy_responses_break_no_rule() {
    gives_no_finding(&of(ProtocolId::OpenaiResponses), 200);
}

#[test]
fn healthy_gemini_answers_break_no_rule() {
    gives_no_finding(&of(ProtocolId::Gemini), 200);
}

#[test]
fn healthy_images_tasks_reads_and_refusals_break_no_rule() {
    gives_no_finding(&others(), 25);
}
