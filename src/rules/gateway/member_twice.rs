//! Names are said once, in refusals of every route and in what has no protocol of a vendor's.

use super::{answer, is_ours};
use crate::endpoint::ProtocolId;
use crate::rules::repeated::unique;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "GW-178",
    name: "member-twice",
    severity: Severity::Must,
    source: "RFC 8259, section 4: names within an object should be unique",
    explanation: "No object has two members of one name. Parsers keep the first, the last or \
        raise, so that two clients read two answers from the same bytes: two balances, two tasks.",
    violations: &[
        answer(
            "/v1/tasks/query @gateway\n",
            200,
            r#"{"task_id":"task_1","status":"running","status":"failed"}"#,
        ),
        answer(
            "/v1/chat/completions @gateway\n",
            400,
            concat!(
                r#"{"error":{"message":"no","message":"yes","type":"invalid_request_error","#,
                r#""param":null,"code":"invalid_request"}}"#
            ),
        ),
    ],
    conforming: &[answer(
        "/v1/tasks/query @gateway\n",
        200,
        r#"{"task_id":"task_1","status":"running"}"#,
    )],
    faults: &[r#"edit bytes "\"message\":" "\"message\":\"no\",\"message\":""#],
    check: Check::Gateway(Hooks {
        body: Some(|whole: &Whole<'_, ()>| {
            let protocol = whole.asked.endpoint.protocol();
            let is_own = matches!(protocol, ProtocolId::Tasks | ProtocolId::Management);
            let body = whole
                .body
                .ok()
                .filter(|_| is_own && is_ours(whole.asked.get()));
            body.map_or(Verdict::Silent, unique)
        }),
        refusal: Some(|whole: &Whole<'_, ()>| {
            let body = whole.body.ok().filter(|_| is_ours(whole.asked.get()));
            body.map_or(Verdict::Silent, unique)
        }),
        ..Hooks::NONE
    }),
};
