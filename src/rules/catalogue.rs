//! All rules, and finding one by its id.

use super::Rule;

/// Every family's list, in the order in which rules are asked and shown.
pub static FAMILIES: &[&[&Rule]] = &[
    super::anthropic_messages::RULES,
    super::openai_chat::RULES,
    super::openai_responses::RULES,
    super::gemini::RULES,
    super::openai_images::RULES,
    super::tasks::RULES,
    super::management::RULES,
    super::gateway::RULES,
    crate::billing::RULES,
];

/// Every rule, families in order.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// By id or by name, whatever the case.
pub fn find(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(name) || rule.name.eq_ignore_ascii_case(name))
}
