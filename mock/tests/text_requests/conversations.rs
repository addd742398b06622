//! Messages requests with a past: calls and results, thoughts, pictures, cache marks.

use serde_json::{Value, json};
use spikeproof_mock::text::Dialect;

use crate::check;

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_conversation_with_claude_must_hold_together() {
    let base = json!({"model": "claude-sonnet-4-5", "max_tokens": 4000,
        "messages": [{"role": "user", "content": "x"}]});
    let user = |content: Value| json!({"role": "user", "content": content});
    let says = |content: Value| json!({"role": "assistant", "content": content});
    let turns = |turns: &[Value]| json!({"messages": turns});
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}});
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": "y"});
    let marked = |ttl: &str| {
        let mark = json!({"type": "ephemeral", "ttl": ttl});
        json!({"type": "text", "text": "x", "cache_control": mark})
    };
    let picture = |source: Value| turns(&[user(json!([{"type": "image", "source": source}]))]);
    check(
        Dialect::AnthropicMessages,
        &base,
        &[
            (
                turns(&[user(json!("x")), says(json!([call])), user(json!([result]))]),
                "accepted",
            ),
            (turns(&[user(json!([result]))]), "invalid messages.0"),
            (
                turns(&[
                    user(json!("x")),
                    says(json!([call])),
                    user(json!([result])),
                    user(json!([result])),
                ]),
                "invalid messages.3",
            ),
            (turns(&[user(json!(""))]), "invalid messages.0"),
            (turns(&[user(json!("x")), says(json!(""))]), "accepted"),
            (
                turns(&[user(json!("x")), says(json!("")), user(json!("y"))]),
                "invalid messages.1",
            ),
            (
                turns(&[
                    user(json!("x")),
                    says(json!([{"type": "thinking", "thinking": "hm"}])),
                ]),
                "missing messages.1.content.0.signature",
            ),
            (
                json!({"model": "claude-sonnet-4-6",
                    "messages": [user(json!("x")), says(json!("y"))]}),
                "invalid messages.1",
            ),
            (
                picture(json!({"type": "base64", "media_type": "image/png", "data": "no!"})),
                "invalid messages.0.content.0.source.data",
            ),
            (
                picture(json!({"type": "base64", "media_type": "image/tiff", "data": "AAAA"})),
                "invalid messages.0.content.0.source.media_type",
            ),
            (
                picture(json!({"type": "url", "url": "file:///etc/passwd"})),
                "invalid messages.0.content.0.source.url",
            ),
            (
                json!({"thinking": {"type": "enabled", "budget_tokens": 1024},
                    "temperature": 0.5}),
                "invalid temperature",
            ),
            (
                json!({"output_config": {"format": {"type": "json_schema"}}}),
                "missing output_config.format.schema",
            ),
            (
                turns(&[user(json!([marked("1h"), marked("5m")]))]),
                "accepted",
            ),
            (
                turns(&[user(json!([marked("5m"), marked("1h")]))]),
                "invalid messages.0.content.1.cache_control.ttl",
            ),
            (
                turns(&[user(json!([marked("2h")]))]),
                "invalid messages.0.content.0.cache_control.ttl",
            ),
            (
                turns(&[user(json!(vec![marked("5m"); 5]))]),
                "invalid cache_control",
            ),
            (
                json!({"system": [{"type": "text", "text": "x", "cache_control": {}}]}),
                "missing system.0.cache_control.type",
            ),
        ],
    );
}
