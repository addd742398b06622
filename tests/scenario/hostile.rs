//! No text makes the parser panic, hang or show a key.

use proptest::prelude::*;

use crate::parse;

const GOOD: &str = include_str!("good/design.yaml");

/// Texts of what means something to YAML.
const YAML_SIGNS: &str = "[-a-z0-9:{}\\[\\],&*!|>'\"%#@`\\\\\n\t $<=.]{0,200}";

/// What a fault must be for its reader: a place within the text, in order.
fn check(text: &str) -> Result<(), TestCaseError> {
    let Err(faults) = parse("hostile.yaml", text) else {
        return Ok(());
    };
    prop_assert!(!faults.diagnostics().is_empty());
    let places: Vec<_> = faults
        .diagnostics()
        .iter()
        .filter_map(|fault| fault.place)
        .collect();
    prop_assert!(places.is_sorted());
    for place in places {
        prop_assert!(place.line >= 1 && place.column >= 1);
        prop_assert!(
            place.line <= text.split('\n').count() + 1,
            "{place:?} in {text:?}"
        );
    }
    faults.render(true);
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_a_scenario_or_has_faults(text in prop_oneof!["\\PC{0,200}", YAML_SIGNS]) {
        check(&text)?;
    }

    #[test]
    fn any_damage_to_a_good_scenario_is_told(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..30, "[-a-z0-9:{}\\[\\],&*!|>'\"#$\n\t ]{0,6}"),
            1..5,
        ),
    ) {
        let mut chars: Vec<char> = GOOD.chars().collect();
        for (at, length, with) in edits {
            let start = at.index(chars.len() + 1);
            let end = (start + length).min(chars.len());
            chars.splice(start..end, with.chars());
        }
        let text: String = chars.into_iter().collect();
        check(&text)?;
    }

    #[test]
    fn swapped_lines_of_a_good_scenario_are_told(first in 0_usize..27, second in 0_usize..27) {
        let mut lines: Vec<&str> = GOOD.lines().collect();
        lines.swap(first, second);
        check(&lines.join("\n"))?;
    }

    #[test]
    fn a_key_in_the_file_is_never_shown(
        line in 0_usize..27,
        form in 0_usize..10,
        damage in prop::option::of((any::<prop::sample::Index>(), "[:{}\\[\\]'\"\n ]{1,2}")),
    ) {
        let key = "hunter2hunter2";
        let forms = [
            format!("key: {key}"), format!("key: '{key}'"), format!("key: [{key}]"),
            format!("key: {{ {key} }}"), format!("key: ${{X:{key}}}"), format!("key: !k {key}"),
            format!("key: |\n  {key}"), format!("\"key\": {key} # {key}"),
            format!("key: {{ file: [{key}] }}"), format!("key:\n  - {key}"),
        ];
        let mut lines: Vec<&str> = GOOD.lines().filter(|line| !line.starts_with("key:")).collect();
        lines.insert(line.min(lines.len()), &forms[form]);
        let mut text = lines.join("\n");
        // Damage elsewhere makes other faults, whose lines are shown.
        if let Some((at, with)) = damage {
            let at = at.index(text.len());
            let near = text.find("key").map_or(0, |key| key.saturating_sub(1));
            if text.is_char_boundary(at) && !(near..near + 60).contains(&at) {
                text.insert_str(at, &with);
            }
        }
        if let Err(faults) = parse("hostile.yaml", &text) {
            let shown = faults.render(false);
            prop_assert!(!shown.contains(key), "{shown}");
        }
    }
}

#[test]
fn absurd_files_are_refused() {
    let aliases = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)
    });
    for text in [
        "[".repeat(1 << 20),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "x".repeat((1 << 20) + 1),
        "a: 1\n".repeat(200_000),
        "- a\n".repeat(200_000),
        format!("name: {}", "x".repeat(1 << 19)),
        format!("name: {}", "${A}".repeat(1 << 17)),
        "'".repeat(1 << 18),
        format!("a: [{}", "[],".repeat(1 << 17)),
        format!("a: [{}]", "a: b,".repeat(1 << 17)),
        format!("key: {}", "sk-a://".repeat(1 << 17)),
        "? ".repeat(100_000),
        "&a ".repeat(1000),
        "a: &a [*a]".to_owned(),
        "<<: {<<: {<<: 1}}".to_owned(),
        "\u{feff}name: a".to_owned(),
        "\0".to_owned(),
        "%YAML 9.9\n---\na: b".to_owned(),
        "--- a\n--- b".to_owned(),
        aliases,
    ] {
        assert!(parse("absurd.yaml", &text).is_err());
    }
}
