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

/// The page `docs/rules.md`.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Rules\n\n\
         <!-- Made from `src/rules`: UPDATE_EXPECT=1 cargo test --test docs -->\n\n\
         `spikeproof explain ID` shows a rule in full, with texts that break and keep it. MUST\n\
         fails a run, SHOULD and NOTE are reported.\n\n\
         | id | severity | name | source |\n| --- | --- | --- | --- |\n",
    );
    for rule in all() {
        let source = rule.source.replace('|', "\\|");
        let (id, severity, name) = (rule.id, rule.severity.name(), rule.name);
        page += &format!("| {id} | {severity} | {name} | {source} |\n");
    }
    page
}
