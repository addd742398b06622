//! Ids of tool calls look like the vendor's.

use crate::json::Value;

use super::moment::{Body, OPENS, opened, type_of};
use super::sample::{CALLING, CALLING_WHOLE, stream, whole};
use super::server_tools::{blocks, first_wrong};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-081",
    name: "tool-id-prefix",
    severity: Severity::Should,
    source: "Recordings: `toolu_`, `srvtoolu_` and `mcptoolu_`, by the kind of the block",
    explanation: "The id of a tool call begins with `toolu_`, that of the service's own tools with \
                  `srvtoolu_` or `mcptoolu_`. Callers tell by it which calls are theirs to run; an \
                  id of another vendor's shape comes from a translation that was left half done.",
    violations: &[
        stream(concat!(
            start!(),
            call!(0, "call_1"),
            end!("tool_use", 5),
            stop!()
        )),
        whole(saying!(
            r#"[{"type":"tool_use","id":"call_1","name":"get_time","input":{}}]"#,
            "tool_use"
        )),
    ],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit content_block_start /content_block/id = "call_1""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(|step| opened(step).map_or(Verdict::Silent, prefix)),
        body: Some(|whole: &Body<'_>| first_wrong(blocks(whole).map(prefix))),
        ..Hooks::NONE
    }),
};

fn prefix(block: &Value) -> Verdict {
    let wanted = match type_of(block) {
        "tool_use" => "toolu_",
        "server_tool_use" => "srvtoolu_",
        "mcp_tool_use" => "mcptoolu_",
        _ => return Verdict::Silent,
    };
    // No id at all is for another rule.
    let id = block.get("id").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() {
        return Verdict::Silent;
    }
    Verdict::when(id.starts_with(wanted), || {
        format!(
            "expected an id that begins with `{wanted}`, found {}",
            quoted(id)
        )
    })
}
