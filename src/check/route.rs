//! From an address to the documented route that it is of.

use crate::endpoint::Endpoint;

/// Where a request went, whatever stands before the documented path: base URLs have prefixes.
///
/// `url`: absolute, or a path. `method`: in capitals, or empty where it is unknown.
pub fn endpoint(method: &str, url: &str) -> Option<Endpoint> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => path,
    };
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let fits = |endpoint: &Endpoint, from: usize| {
        let wanted: Vec<_> = wanted(*endpoint).skip(from).collect();
        let is_method = method.is_empty() || endpoint.method().split(", ").any(|m| m == method);
        let skipped = parts.len().checked_sub(wanted.len());
        let both = skipped.map(|skipped| parts[skipped..].iter().zip(&wanted));
        is_method && both.is_some_and(|mut both| both.all(|(part, wanted)| is(part, wanted)))
    };
    let known = || Endpoint::ALL.iter().filter(|e| **e != Endpoint::Asset);
    // The longest first: `/api/v1/usage` ends like `/v1/usage`.
    let whole = known().filter(|endpoint| fits(endpoint, 0));
    let whole = whole.max_by_key(|endpoint| wanted(**endpoint).count());
    whole.or_else(|| unversioned(&parts, method)).copied()
}

/// Whether the query asks for events rather than an array; Gemini's way to say so.
pub fn asks_for_events(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair == "alt=sse")
}

fn wanted(endpoint: Endpoint) -> impl Iterator<Item = &'static str> {
    endpoint.path().split('/').filter(|part| !part.is_empty())
}

/// Other hosts write the text routes without `/v1`, or with names between it and the rest; and one
/// stored response is read by its id.
fn unversioned(parts: &[&str], method: &str) -> Option<&'static Endpoint> {
    match parts {
        [.., "responses", _] if matches!(method, "GET" | "") => Some(&Endpoint::Responses),
        [.., last] if last.ends_with(":generateContent") => Some(&Endpoint::GenerateContent),
        [.., last] if last.ends_with(":streamGenerateContent") => {
            Some(&Endpoint::StreamGenerateContent)
        }
        // Deletions and the questions of browsers have answers of their own.
        _ if !matches!(method, "POST" | "") => None,
        [.., "chat", "completions"] => Some(&Endpoint::ChatCompletions),
        [.., "responses"] => Some(&Endpoint::Responses),
        [.., "messages"] => Some(&Endpoint::Messages),
        [.., "images", "generations"] => Some(&Endpoint::ImagesGenerations),
        [.., "images", "edits"] => Some(&Endpoint::ImagesEdits),
        _ => None,
    }
}

fn is(part: &str, wanted: &str) -> bool {
    match wanted.split_once('}') {
        Some((_, suffix)) => part.len() > suffix.len() && part.ends_with(suffix),
        None => part == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_route_under_any_prefix() {
        let cases = [
            ("POST", "https://h/v1/messages", Some(Endpoint::Messages)),
            (
                "POST",
                "https://h/v1/messages?beta=true",
                Some(Endpoint::Messages),
            ),
            (
                "POST",
                "http://h:1/proxy/v1/chat/completions#x",
                Some(Endpoint::ChatCompletions),
            ),
            (
                "POST",
                "/openai/deployments/d/chat/completions",
                Some(Endpoint::ChatCompletions),
            ),
            (
                "POST",
                "/v1beta/models/gemini-3:generateContent",
                Some(Endpoint::GenerateContent),
            ),
            (
                "POST",
                "https://h/v1/projects/p/models/g:streamGenerateContent?alt=sse",
                Some(Endpoint::StreamGenerateContent),
            ),
            ("GET", "/v1/responses/resp_1", Some(Endpoint::Responses)),
            (
                "GET",
                "/v1/tasks/stream/task_1",
                Some(Endpoint::TasksStream),
            ),
            (
                "GET",
                "/api/v1/usage?group_by=key",
                Some(Endpoint::ApiUsage),
            ),
            ("GET", "/v1/usage", Some(Endpoint::Usage)),
            ("PUT", "/api/v1/me/webhooks", Some(Endpoint::Webhooks)),
            ("", "/v1/images/edits", Some(Endpoint::ImagesEdits)),
            ("GET", "/v1/messages", None),
            ("DELETE", "/v1/responses/resp_1", None),
            ("OPTIONS", "https://h/openai/responses", None),
            ("POST", "https://h/", None),
            ("POST", "https://h", None),
            ("GET", "https://h/favicon.ico", None),
        ];
        for (method, url, wanted) in cases {
            assert_eq!(endpoint(method, url), wanted, "{method} {url}");
        }
    }
}
