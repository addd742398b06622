//! The status of an answer of which only the body was kept.

use serde_json::Value;

/// The status that a body's own words go with: 200, unless it is an error envelope.
///
/// Envelopes of the vendors: Google's has the status in it; in the others a type or a code stands
/// for one, as their pages list them.
pub(super) fn assumed(body: &[u8]) -> u16 {
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return 200;
    };
    let single = match document.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        Some(_) => return 200,
        None => &document,
    };
    let Some(error) = single.get("error").filter(|error| error.is_object()) else {
        return 200;
    };
    let is_answer = ["id", "object", "choices", "candidates", "output", "task_id"]
        .iter()
        .any(|key| single.get(key).is_some());
    if is_answer {
        return 200;
    }
    let numbered = error.get("code").and_then(Value::as_u64);
    let numbered = numbered.and_then(|code| u16::try_from(code).ok());
    if let Some(code @ 400..=599) = numbered {
        return code;
    }
    let word = |key: &str| error.get(key).and_then(Value::as_str);
    [word("code"), word("type")]
        .into_iter()
        .flatten()
        .find_map(of_word)
        .unwrap_or(400)
}

fn of_word(word: &str) -> Option<u16> {
    let status = match word {
        "authentication_error" | "invalid_api_key" => 401,
        "billing_error" => 402,
        "permission_error" | "permission_denied" => 403,
        "not_found_error" | "model_not_found" => 404,
        "request_too_large" => 413,
        "conflict_error" | "duplicate_out_task_id" => 409,
        "rate_limit_error" | "rate_limit_exceeded" | "insufficient_quota" => 429,
        "tokens" | "requests" | "concurrency_limit" => 429,
        "insufficient_balance" | "quota_exceeded" => 402,
        "task_not_found" | "not_found" => 404,
        "method_not_allowed" => 405,
        "api_error" | "server_error" | "internal_error" | "internal_server_error" => 500,
        "upstream_error" => 502,
        "service_unavailable_error" => 503,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    };
    Some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_envelope_is_taken_for_a_failure() {
        let cases = [
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":""}}"#,
                529,
            ),
            (
                r#"{"error":{"message":"","type":"invalid_request_error","code":null}}"#,
                400,
            ),
            (
                r#"{"error":{"message":"","type":"x","code":"model_not_found"}}"#,
                404,
            ),
            (
                r#"{"error":{"code":503,"message":"","status":"UNAVAILABLE"}}"#,
                503,
            ),
            (r#"[{"error":{"code":429,"message":"","status":"X"}}]"#, 429),
            (r#"{"error":{"code":70000,"message":""}}"#, 400),
            (
                r#"{"id":"resp_1","object":"response","error":{"code":"server_error"}}"#,
                200,
            ),
            (r#"{"id":"msg_1","error":null}"#, 200),
            (r#"[{"candidates":[]},{"error":{}}]"#, 200),
            ("no JSON", 200),
        ];
        for (body, wanted) in cases {
            assert_eq!(assumed(body.as_bytes()), wanted, "{body}");
        }
    }
}
