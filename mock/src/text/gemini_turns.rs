//! The order of turns with function calls, as Gemini wants it: calls follow a user's turn, are
//! answered by as many responses in the next turn, and models of the third generation want back the
//! signature of what they thought before they called.

use serde_json::Value;

use super::Refusal;
use super::fields::invalid;

/// Parts of one kind in a turn.
fn parts<'a>(content: &'a Value, camel: &'a str, snake: &'a str) -> Vec<&'a Value> {
    let parts = match &content["parts"] {
        Value::Array(parts) => parts.as_slice(),
        one @ Value::Object(_) => std::slice::from_ref(one),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => &[],
    };
    let is_one = |part: &&Value| {
        [camel, snake]
            .iter()
            .any(|key| part.get(*key).is_some_and(|value| !value.is_null()))
    };
    parts.iter().filter(is_one).collect()
}

fn calls(content: &Value) -> Vec<&Value> {
    parts(content, "functionCall", "function_call")
}

fn responses(content: &Value) -> Vec<&Value> {
    parts(content, "functionResponse", "function_response")
}

/// Whether a person speaks here, so that a new turn of the conversation begins.
fn is_spoken(content: &Value) -> bool {
    content["role"] != "model" && responses(content).is_empty()
}

fn is_model(content: &Value) -> bool {
    content["role"] == "model"
}

pub(super) fn check(body: &Value, model: &str) -> Result<(), Refusal> {
    let contents = body["contents"].as_array().map_or(&[][..], Vec::as_slice);
    // A client may keep each chunk of a streamed turn as a content of its own.
    let (mut is_asked, mut called) = (false, 0);
    for (at, content) in contents.iter().enumerate() {
        let path = || format!("contents[{at}]");
        if is_model(content) {
            called += calls(content).len();
            if called > 0 && !is_asked {
                let message = "a function call turn must come right after a user turn or after a \
                               function response turn";
                return Err(invalid(path(), message));
            }
            continue;
        }
        let answered = responses(content).len();
        if answered != called && answered > 0 {
            let message = format!(
                "the number of function responses must equal the number of function calls of the \
                 turn before: found {answered} for {called}"
            );
            return Err(invalid(path(), message));
        }
        (is_asked, called) = (true, 0);
    }
    if model.starts_with("gemini-3") {
        signatures(contents)?;
    }
    Ok(())
}

/// Only what came after the last spoken turn is looked at; of parallel calls the first is signed.
fn signatures(contents: &[Value]) -> Result<(), Refusal> {
    let current = contents.iter().rposition(is_spoken).unwrap_or(0);
    let mut is_first = true;
    for (at, content) in contents.iter().enumerate().skip(current) {
        let is_signed = |call: &Value| {
            let keys = ["thoughtSignature", "thought_signature"];
            keys.iter().any(|key| call[*key].is_string())
        };
        let first = calls(content).first().copied().filter(|_| is_first);
        if first.is_some_and(|call| !is_signed(call)) {
            let message = "a function call in the current turn is missing its `thoughtSignature`";
            return Err(invalid(format!("contents[{at}]"), message));
        }
        is_first = !is_model(content) || (is_first && first.is_none());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(model: &str, contents: &Value) -> bool {
        check(&json!({"contents": contents}), model).is_ok()
    }

    #[test]
    fn calls_and_responses_take_turns() {
        let user = json!({"role": "user", "parts": [{"text": "x"}]});
        let call = json!({"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "AA=="});
        let called = json!({"role": "model", "parts": [call, {"functionCall": {"name": "g"}}]});
        let response = json!({"functionResponse": {"name": "f", "response": {}}});
        let both = json!({"role": "user", "parts": [response, response]});
        let one = json!({"role": "user", "parts": [response]});
        let thought = json!({"role": "model", "parts": {"text": "hm", "thought": true}});
        for model in ["gemini-2-5-flash", "gemini-3-flash"] {
            assert!(taken(model, &json!([user, called, both])));
            assert!(taken(
                model,
                &json!([user, thought, called, both, called, both])
            ));
            assert!(!taken(model, &json!([called, both])), "nobody asked");
            assert!(!taken(model, &json!([user, called, one])), "one is missing");
            assert!(!taken(model, &json!([user, one])), "nothing was called");
        }
    }

    #[test]
    fn newer_models_want_their_signatures_back_in_the_current_turn() {
        let user = json!({"role": "user", "parts": [{"text": "x"}]});
        let call = json!({"role": "model", "parts": [{"functionCall": {"name": "f"}}]});
        let response = json!({"parts": [{"functionResponse": {"name": "f", "response": {}}}]});
        let current = json!([user, call, response]);
        let past = json!([user, call, response, {"role": "model", "parts": [{"text": "y"}]}, user]);
        assert!(taken("gemini-2-5-flash", &current));
        assert!(!taken("gemini-3-1-pro", &current));
        assert!(taken("gemini-3-1-pro", &past));
    }
}
