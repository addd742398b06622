//! Whether the model that answers can be the one that was asked for.

/// Makers' families: a name has one, or nothing is said of it.
const FAMILIES: [&str; 9] = [
    "gemini", "gemma", "claude", "gpt", "deepseek", "kimi", "glm", "minimax", "doubao",
];
/// Of which a name has one, or nothing is said.
const SIZES: [&str; 7] = ["pro", "flash", "mini", "nano", "opus", "sonnet", "haiku"];

/// Whether the names are of another family, or of another size. An alias, a date and a path before
/// the name make no difference.
pub(crate) fn differs(wanted: &str, found: &str) -> bool {
    let word = |model: &str, words: &[&'static str]| {
        let name = model.rsplit('/').next().unwrap_or(model);
        let parts: Vec<&str> = name.split(['-', '.', '_', ':']).collect();
        words.iter().find(|word| parts.contains(*word)).copied()
    };
    let differ = |words: &[&'static str]| match (word(wanted, words), word(found, words)) {
        (Some(wanted), Some(found)) => wanted != found,
        (Some(_) | None, None) | (None, Some(_)) => false,
    };
    differ(&FAMILIES) || differ(&SIZES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_behind_an_alias_is_the_same_model_and_one_of_another_maker_is_not() {
        for (wanted, found) in [
            ("gpt-4o", "gpt-4o-2024-08-06"),
            ("gpt-4-vision-preview", "gpt-4-1106-vision-preview"),
            ("chatgpt-4o-latest", "gpt-4o-2024-08-06"),
            ("gemini-2.5-flash", "models/gemini-2.5-flash-001"),
            ("o3-mini", "o3-mini-2025-01-31"),
            ("my-alias", "claude-sonnet-4-6"),
        ] {
            assert!(!differs(wanted, found), "{wanted} {found}");
        }
        for (wanted, found) in [
            ("gpt-5-4", "claude-sonnet-4-6"),
            ("gpt-5-4-mini", "gpt-5-4-nano"),
            ("claude-opus-4-6", "claude-haiku-4-5"),
        ] {
            assert!(differs(wanted, found), "{wanted} {found}");
        }
    }
}
