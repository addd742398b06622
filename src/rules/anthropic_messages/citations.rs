//! Citations of sources in a text.

use crate::json::Value;

use super::moment::{Body, CLOSES, DELTAS, Step, delta, object, of_type, type_of};
use super::sample::{GREETING_WHOLE, stream, whole};
use super::tables::CITATION;
use crate::protocol::anthropic_messages::BlockKind;
use crate::rules::members::wrong_value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

/// A citation as a delta.
macro_rules! cite {
    () => {
        delta!(
            0,
            r#"{"type":"citations_delta","citation":{"type":"char_location","cited_text":"a","#,
            r#""document_index":0,"document_title":null,"start_char_index":0,"#,
            r#""end_char_index":1}}"#
        )
    };
}

/// A text block that announces citations, with these deltas.
macro_rules! citing {
    ($($delta:expr),+) => {
        concat!(
            start!(),
            open!(0, r#"{"type":"text","text":"","citations":[]}"#),
            $($delta),+,
            close!(0),
            bye!()
        )
    };
}

const CITING: Sample = stream(citing!(cite!(), say!(0)));

/// The open block of a `citations_delta` and its citation.
fn citation<'a>(step: &'a Step<'_>) -> Option<Option<&'a Value>> {
    let (kind, delta) = delta(step)?;
    (kind == "citations_delta").then_some(delta.get("citation"))
}

pub(super) static SHAPE: Rule = Rule {
    id: "ANT-077",
    name: "citation-shape",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages streaming, `citations_delta`",
    explanation: "A citation is an object with its `type`, and those of the documented types have \
                  the `cited_text` and the place that it is from. Clients that show a source read \
                  them; typed ones raise.",
    violations: &[
        stream(citing!(
            delta!(0, r#"{"type":"citations_delta","citation":"page 3"}"#),
            say!(0)
        )),
        stream(citing!(
            delta!(
                0,
                r#"{"type":"citations_delta","citation":{"type":"page_location"}}"#
            ),
            say!(0)
        )),
    ],
    conforming: &[CITING],
    faults: &["edit content_block_delta /delta/citation removed"],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(|step| {
            let Some(citation) = citation(step) else {
                return Verdict::Silent;
            };
            match citation.map(|citation| wrong_value(citation, &CITATION)) {
                Some(None) => Verdict::Pass,
                Some(Some(told)) => Verdict::fail(told),
                None => Verdict::fail("expected a `citation`, found none"),
            }
        }),
        ..Hooks::NONE
    }),
};

pub(super) static ANNOUNCED: Rule = Rule {
    id: "ANT-078",
    name: "citation-not-announced",
    severity: Severity::Note,
    source: "Recordings: a text block mostly starts with `citations` if and only if some follow",
    explanation: "A text block that will have citations starts with `\"citations\": []`, and no \
                  other has any. Clients make room for sources by it; one that appends to a list \
                  that is not there raises.",
    violations: &[
        stream(concat!(
            start!(),
            open_text!(0),
            cite!(),
            say!(0),
            close!(0),
            bye!()
        )),
        stream(citing!(say!(0))),
    ],
    conforming: &[CITING],
    faults: &["edit content_block_start /content_block/citations removed"],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS, CLOSES],
        event: Some(announced),
        ..Hooks::NONE
    }),
};

fn announced(step: &Step<'_>) -> Verdict {
    let open = step.before.open.as_ref();
    let Some(open) = open.filter(|open| open.kind == BlockKind::Text) else {
        return Verdict::Silent;
    };
    if citation(step).is_some() {
        return Verdict::when(open.announces_citations, || {
            "expected `citations` at the start of the block, found a citation without".to_owned()
        });
    }
    let closes = of_type(step, "content_block_stop").is_some();
    // A text that was cut before its first word has cited nothing yet.
    if !closes || !open.announces_citations || !open.has_text {
        return Verdict::Silent;
    }
    Verdict::when(open.citations > 0, || {
        "expected a citation in a block that announced some, found none".to_owned()
    })
}

pub(super) static FIRST: Rule = Rule {
    id: "ANT-079",
    name: "late-citation",
    severity: Severity::Should,
    source: "Recordings: the citations of a block come before its text",
    explanation: "Within a text block the citations come first: they hold for the whole of the \
                  text, which can then be shown with its sources from the first word on.",
    violations: &[stream(citing!(say!(0), cite!()))],
    conforming: &[CITING],
    faults: &["edit content_block_delta later"],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(|step| {
            let open = step.before.open.as_ref();
            let (Some(_), Some(open)) = (citation(step), open) else {
                return Verdict::Silent;
            };
            Verdict::when(!open.has_text, || {
                "expected the citations before the text, found one after it".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

pub(super) static EMPTY: Rule = Rule {
    id: "ANT-126",
    name: "empty-citations",
    severity: Severity::Should,
    source: "Recordings: whole text blocks have no `citations`, or null, or some",
    explanation: "A text block of a whole message has no `citations`, or null, or a list with at \
                  least one. The empty list is how a streamed block begins; in a whole one it says \
                  that sources were used, and names none.",
    violations: &[whole(saying!(
        r#"[{"type":"text","text":"Hi","citations":[]}]"#,
        "end_turn"
    ))],
    conforming: &[
        GREETING_WHOLE,
        whole(saying!(
            r#"[{"type":"text","text":"Hi","citations":[{"type":"x"}]}]"#,
            "end_turn"
        )),
    ],
    faults: &["edit message /content/0/citations = []"],
    check: Check::AnthropicMessages(Hooks {
        body: Some(|whole: &Body<'_>| {
            let blocks = object(whole).and_then(|body| body.get("content")?.as_array());
            let texts = blocks.into_iter().flatten();
            let mut texts = texts.filter(|block| type_of(block) == "text").peekable();
            if texts.peek().is_none() {
                return Verdict::Silent;
            }
            let is_empty = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
            let wrong = texts.any(|text| text.get("citations").is_some_and(is_empty));
            Verdict::when(!wrong, || {
                "expected no `citations`, or some, found an empty list".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};
