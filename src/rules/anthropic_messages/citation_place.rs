//! Where a citation says that it is from.

use super::moment::{Body, Step, delta};
use super::sample::{stream, whole};
use super::server_tools::{blocks, first_wrong};
use crate::json::Value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Topic, Verdict};

const CITED: Topic = Topic::Member("citation");

/// A whole text with these citations.
macro_rules! cited {
    ($($citations:literal),+) => {
        message!(
            r#""content":[{"type":"text","text":"Hi","citations":["#,
            $($citations),+,
            r#"]}],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5}"#
        )
    };
}

/// A streamed text with these citations.
macro_rules! citing {
    ($($citation:expr),+) => {
        concat!(
            start!(),
            open!(0, r#"{"type":"text","text":"","citations":[]}"#),
            $(delta!(0, r#"{"type":"citations_delta","citation":"#, $citation, "}")),+,
            say!(0),
            close!(0),
            bye!()
        )
    };
}

macro_rules! of_characters {
    ($from:literal, $to:literal) => {
        concat!(
            r#"{"type":"char_location","cited_text":"aé","document_index":0,"#,
            r#""document_title":null,"start_char_index":"#,
            $from,
            r#","end_char_index":"#,
            $to,
            "}"
        )
    };
}

const PAGES: Sample = whole(cited!(
    r#"{"type":"page_location","cited_text":"a","document_index":0,"#,
    r#""document_title":null,"start_page_number":3,"end_page_number":4}"#
));

pub(super) static SPAN: Rule = Rule {
    id: "ANT-132",
    name: "citation-span",
    severity: Severity::Should,
    source: "Anthropic documentation, Citations: the end of a place is exclusive",
    explanation: "The place of a citation ends behind its start, and one in characters is as long \
                  as the text that it cites. Clients that mark the place in the document mark \
                  another, or nothing.",
    violations: &[
        stream(citing!(of_characters!(4, 5))),
        whole(cited!(
            r#"{"type":"page_location","cited_text":"a","document_index":0,"#,
            r#""document_title":null,"start_page_number":3,"end_page_number":3}"#
        )),
    ],
    conforming: &[stream(citing!(of_characters!(4, 6))), PAGES],
    faults: &["edit content_block_delta /delta/citation/end_char_index plus 1"],
    check: Check::AnthropicMessages(Hooks {
        about: &[CITED],
        event: Some(|step: &Step<'_>| streamed(step).map_or(Verdict::Silent, spans)),
        body: Some(|whole: &Body<'_>| {
            let each = blocks(whole).map(|block| first_wrong(cited(block).iter().map(spans)));
            first_wrong(each)
        }),
        ..Hooks::NONE
    }),
};

/// Names of both ends of a place.
const ENDS: [(&str, &str); 3] = [
    ("start_char_index", "end_char_index"),
    ("start_page_number", "end_page_number"),
    ("start_block_index", "end_block_index"),
];

fn spans(citation: &Value) -> Verdict {
    let number = |key: &str| citation.get(key).and_then(Value::as_u64);
    let mut ends = ENDS
        .iter()
        .filter_map(|(start, end)| Some((*end, number(start)?, number(end)?)));
    let Some((key, start, end)) = ends.next() else {
        return Verdict::Silent;
    };
    if end <= start {
        return Verdict::fail(format!("expected `{key}` above `{start}`, found `{end}`"));
    }
    let text = citation.get("cited_text").and_then(Value::as_str);
    let Some(text) = text.filter(|_| key == "end_char_index") else {
        return Verdict::Pass;
    };
    let expected = start.saturating_add(text.chars().count() as u64);
    Verdict::when(end == expected, || {
        format!("expected `{key}` at the end of the cited text, `{expected}`, found `{end}`")
    })
}

pub(super) static REPEATED: Rule = Rule {
    id: "ANT-131",
    name: "citation-repeated",
    severity: Severity::Note,
    source: "Recordings: no block names one source twice in a row",
    explanation: "The citations of a text differ. One that comes twice is most likely an event \
                  that was sent again, and readers see two footnotes for one source.",
    violations: &[
        stream(citing!(of_characters!(4, 6), of_characters!(4, 6))),
        whole(cited!(
            r#"{"type":"later","cited_text":"a"},"#,
            r#"{"type":"later","cited_text":"a"}"#
        )),
    ],
    conforming: &[
        stream(citing!(of_characters!(4, 6), of_characters!(6, 8))),
        whole(cited!(
            r#"{"type":"later","cited_text":"a"},"#,
            r#"{"type":"later","cited_text":"b"}"#
        )),
    ],
    faults: &["edit content_block_delta doubled"],
    check: Check::AnthropicMessages(Hooks {
        about: &[CITED],
        event: Some(|step: &Step<'_>| {
            let open = step.before.open.as_ref();
            let before = open.and_then(|open| open.last_citation.as_ref());
            match (streamed(step), before) {
                (Some(citation), Some(before)) => differ(before, citation),
                _ => Verdict::Silent,
            }
        }),
        body: Some(|whole: &Body<'_>| {
            first_wrong(blocks(whole).map(|block| {
                let pairs = cited(block).windows(2);
                first_wrong(pairs.map(|pair| differ(&pair[0], &pair[1])))
            }))
        }),
        ..Hooks::NONE
    }),
};

fn differ(before: &Value, citation: &Value) -> Verdict {
    Verdict::when(before != citation, || {
        "expected another citation than the one before, found the same".to_owned()
    })
}

fn streamed<'a>(step: &'a Step<'_>) -> Option<&'a Value> {
    match delta(step)? {
        ("citations_delta", delta) => delta.get("citation"),
        _ => None,
    }
}

fn cited(block: &Value) -> &[Value] {
    let citations = block.get("citations").and_then(Value::as_array);
    citations.map_or(&[], Vec::as_slice)
}
