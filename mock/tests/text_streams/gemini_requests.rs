//! Gemini's requests of every kind.

use serde_json::{Value, json};

use crate::requests::{Case, WORDS, merged};

#[expect(clippy::too_many_lines, reason = "a table of cases")]
pub(crate) fn gemini() -> Vec<Case> {
    let tool = |name: &str| {
        json!({"name": name, "parameters": {"type": "OBJECT",
        "properties": {"city": {"type": "STRING"}, "days": {"type": "INTEGER"}}}})
    };
    let tools = |list: Value| json!([{"functionDeclarations": list}]);
    let thinks = json!({"thinkingConfig": {"includeThoughts": true}});
    let any = json!({"functionCallingConfig": {"mode": "ANY"}});
    let base = json!({"contents": [{"role": "user", "parts": [{"text": WORDS}]}]});
    merged(
        &base,
        vec![
            (
                "text",
                json!({"systemInstruction": {"parts": [{"text": "Be brief."}]}}),
            ),
            (
                "image",
                json!({"contents": [{"role": "user", "parts": [{"text": WORDS},
            {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}]}),
            ),
            ("thinking", json!({"generationConfig": thinks})),
            (
                "hidden thinking",
                json!({"generationConfig":
            {"thinkingConfig": {"thinkingBudget": -1}}}),
            ),
            (
                "refusal",
                json!({"contents": [{"parts": [{"text": "[[refuse]] this"}]}]}),
            ),
            (
                "thoughtful refusal of two",
                json!({"contents": [{"parts": [{"text": "[[refuse]] this"}]}],
                    "generationConfig": {"candidateCount": 2,
                        "thinkingConfig": {"includeThoughts": true}}}),
            ),
            ("tool", json!({"tools": tools(json!([tool("weather")]))})),
            (
                "two tools",
                json!({"tools": tools(json!([tool("weather"), {"name": "clock"}]))}),
            ),
            (
                "allowed tool",
                json!({"tools": tools(json!([tool("weather"), tool("wind")])),
            "toolConfig": {"functionCallingConfig": {"mode": "ANY",
                "allowedFunctionNames": ["wind"]}}}),
            ),
            (
                "no tool",
                json!({"tools": tools(json!([tool("weather")])),
            "tool_config": {"function_calling_config": {"mode": "NONE"}}}),
            ),
            (
                "thinking and tools",
                json!({"generationConfig": thinks,
            "tools": tools(json!([tool("weather"), tool("wind")]))}),
            ),
            (
                "stop",
                json!({"generationConfig": {"stopSequences": ["the "]}}),
            ),
            ("cut", json!({"generationConfig": {"maxOutputTokens": 17}})),
            (
                "cut tool",
                json!({"generationConfig": {"maxOutputTokens": 2}, "toolConfig": any,
            "tools": tools(json!([tool("weather")]))}),
            ),
            (
                "cut thinking",
                json!({"generationConfig": {"max_output_tokens": 5,
            "thinking_config": {"include_thoughts": true}}}),
            ),
            (
                "two candidates",
                json!({"generationConfig": {"candidateCount": 2}}),
            ),
            (
                "json",
                json!({"generationConfig": {"responseMimeType": "application/json",
            "responseSchema": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}}),
            ),
            (
                "one of",
                json!({"generationConfig": {"responseMimeType": "text/x.enum",
            "responseSchema": {"type": "STRING", "enum": ["rain", "sun", "\u{2744} snow"]}}}),
            ),
            (
                "history",
                json!({"contents": [{"role": "user", "parts": [{"text": WORDS}]},
            {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "weather",
                "response": {"sky": "rain"}}}]}]}),
            ),
        ],
    )
}
