//! From a template to the conversation that carries it out.

use super::contract::Case;
use super::conversation::{Conversation, Outgoing};
use super::drafts;
use super::management::cycle;
use super::mistake;
use super::single::Single;
use super::step::Step;
use super::tasks::conversation::TaskConversation;
use crate::scenario::request::{Call, Template, UtilityCall};

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
