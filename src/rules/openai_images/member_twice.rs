//! Names are said once.

use super::{BODY, REQUEST, STREAM, STREAMED, body, stream};
use crate::protocol::openai_images::State;
use crate::rules::repeated::{self, unique};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAI-065",
    name: "images-member-twice",
    severity: Severity::Must,
    source: repeated::SOURCE,
    explanation: "No object has two members of one name. Parsers keep the first, the last or \
        raise, so that two clients draw two pictures from the same bytes.",
    violations: &[body(
        REQUEST,
        concat!(
            r#"{"created":1790000007,"created":1790000008,"data":[{"b64_json":""#,
            png!(),
            r#""}]}"#
        ),
    )],
    conforming: &[body(REQUEST, BODY), stream(STREAMED, STREAM)],
    faults: &[r#"edit bytes "\"size\":" "\"size\":\"1x1\",\"size\":""#],
    check: Check::OpenaiImages(Hooks {
        event: Some(|seen: &Transition<'_, State>| {
            let json = seen.event.json().filter(|_| seen.event.lines().closed);
            json.map_or(Verdict::Silent, unique)
        }),
        body: Some(|whole: &Whole<'_, State>| whole.body.map_or(Verdict::Silent, unique)),
        ..Hooks::NONE
    }),
};
