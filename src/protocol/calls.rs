//! From a template to the conversation that carries it out.

use super::contract::Case;
use super::conversation::{Conversation, Outgoing};
use super::drafts;
use super::management::cycle;
use super::mistake;
use super::session::Session;
use super::single::Single;
use super::step::Step;
use super::tasks::conversation::TaskConversation;
use crate::scenario::request::{Call, NextTurn, Prompt, Template, TurnWait, UtilityCall};
use crate::scenario::trace::TraceRow;

/// The conversation of one call. All that it sends follows from the template, the seed and the
/// answers, byte for byte.
///
/// A call with a mistake sends its first request only, spoiled.
pub fn conversation(template: &Template, seed: u64) -> Box<dyn Conversation> {
    let expect = template.expect.as_ref().map(|expect| &*expect.status);
    if let Some(mistake) = template.mistake {
        let (step, draft) = mistake::draft(&template.call, mistake, seed);
        let outgoing = Outgoing::of(step, Case::Mistake(mistake), draft).deciding(expect);
        return Box::new(Single::new(outgoing));
    }
    let first = || {
        let draft = drafts::first(&template.call, seed);
        Outgoing::of(Step::Call, Case::Healthy, draft).deciding(expect)
    };
    match &template.call {
        Call::Text(call) if !template.turns.is_empty() => {
            Box::new(Session::new(call, &template.turns, seed, expect))
        }
        Call::Text(_) => Box::new(Single::new(first())),
        Call::Images(call) if call.download => Box::new(Single::with_downloads(first())),
        Call::Images(_) => Box::new(Single::new(first())),
        Call::Task(call) => Box::new(TaskConversation::new(call.clone(), seed, expect)),
        Call::Utility(UtilityCall::WebhooksCycle) => {
            Box::new(cycle::WebhooksCycle::new(first(), seed))
        }
        Call::Utility(UtilityCall::KeysCycle) => Box::new(cycle::KeysCycle::new(first())),
        Call::Utility(_) => Box::new(Single::new(first())),
    }
}

/// The one request of a call that is the same whatever the seed. `None`: it is drawn from it, or
/// there are several.
pub fn fixed(template: &Template) -> Option<Outgoing> {
    let Call::Text(call) = &template.call else {
        return None;
    };
    let is_drawn = matches!(call.prompt, Prompt::Tokens(_));
    if is_drawn || template.mistake.is_some() || !template.turns.is_empty() {
        return None;
    }
    Some(conversation(template, 0).first())
}

/// The template with the lengths, the turns and the times of a trace's rows, replayed so many times
/// as fast. A row counts the input of its whole request, so what a turn adds is what the turns
/// before it leave of that.
pub fn replayed(template: &Template, rows: &[TraceRow], speed: f64) -> Template {
    let mut template = template.clone();
    let (Call::Text(call), Some((first, rest))) = (&mut template.call, rows.split_first()) else {
        return template;
    };
    call.prompt = Prompt::Tokens(first.input_tokens.max(1));
    call.max_tokens = Some(first.output_tokens.max(1));
    let mut before = first.input_tokens.saturating_add(first.output_tokens);
    template.turns.clear();
    for row in rest {
        let own = row.input_tokens.saturating_sub(before).max(1);
        before = before.saturating_add(own).saturating_add(row.output_tokens);
        template.turns.push(NextTurn {
            prompt: Prompt::Tokens(own),
            max_tokens: Some(row.output_tokens.max(1)),
            wait: TurnWait::Since((row.at - first.at).div_f64(speed)),
        });
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, Source, Vocabulary, variables};

    /// Every text protocol, streamed and not, each with all that a request can carry.
    fn templates(prompt: &str) -> Vec<Template> {
        let mut lines = String::new();
        for (call, model) in [
            ("anthropic.messages", "claude-sonnet-4-6"),
            ("openai.chat", "gpt-5-4"),
            ("openai.responses", "gpt-5-4"),
            ("gemini.generate", "gemini-3-flash"),
        ] {
            for stream in [true, false] {
                let name = format!("{}-{stream}", call.replace('.', "-"));
                lines += &format!(
                    "  {name}: {{ call: {call}, model: {model}, stream: {stream}, \
                     prompt: {prompt}, max_tokens: 64, tools: [weather, time], image: true, \
                     system: Be brief. }}\n"
                );
            }
        }
        let text = format!(
            "name: each\nrequests:\n{lines}phases:\n  - {{ name: all, executor: \
             shared-iterations, vus: 1, iterations: 8 }}\n"
        );
        let source = Source::new("each.yaml", text);
        let scenario = Scenario::parse(&source, &variables([]), &Vocabulary::default());
        scenario
            .unwrap_or_else(|faults| panic!("{}", faults.render(false)))
            .requests
    }

    #[test]
    fn what_is_held_to_be_the_same_for_all_seeds_is_the_same() {
        for template in templates("{ text: What is a kite? }") {
            let fixed = fixed(&template).expect("its prompt is written out");
            for seed in [1, 2, u64::MAX] {
                let first = conversation(&template, seed).first();
                assert_eq!(first, fixed, "{}", template.name);
            }
        }
        for template in templates("{ tokens: 40 }") {
            assert_eq!(fixed(&template), None);
            let body = |seed| conversation(&template, seed).first().draft.body;
            assert_ne!(body(1), body(2), "{}", template.name);
        }
    }
}
