//! `cache_control` in a Messages request: where it may stand, and in which order.

use serde_json::Value;

use super::Refusal;
use super::fields::{Fields, invalid};

const MOST: usize = 4;

/// Checks every mark of the request: on itself, on tools, on blocks of instructions and messages.
pub(super) fn check(body: &Value) -> Result<(), Refusal> {
    let mut places: Vec<(String, &Value)> = Vec::new();
    let blocks = |value: &'_ Value| 0..value.as_array().map_or(0, Vec::len);
    for at in blocks(&body["tools"]) {
        places.extend(marked(format!("tools.{at}"), &body["tools"][at]));
    }
    for at in blocks(&body["system"]) {
        places.extend(marked(format!("system.{at}"), &body["system"][at]));
    }
    for message in blocks(&body["messages"]) {
        let content = &body["messages"][message]["content"];
        for at in blocks(content) {
            let path = format!("messages.{message}.content.{at}");
            places.extend(marked(path, &content[at]));
        }
    }
    let own = marked(String::new(), body);
    let count = places.len() + usize::from(own.is_some());
    if count > MOST {
        let message = format!(
            "A maximum of {MOST} blocks with cache_control may be provided. Found {count}."
        );
        return Err(invalid("cache_control", message));
    }
    let mut has_short = false;
    for (path, holder) in places.into_iter().chain(own) {
        let is_hour = mark(&path, holder)?;
        if is_hour && has_short {
            let message = "a ttl='1h' cache_control block must not come after a ttl='5m' \
                           cache_control block";
            return Err(invalid(format!("{path}.cache_control.ttl"), message));
        }
        has_short |= !is_hour;
    }
    Ok(())
}

fn marked(path: String, holder: &Value) -> Option<(String, &Value)> {
    let mark = holder.get("cache_control")?;
    (!mark.is_null()).then_some((path, holder))
}

/// Whether it is one for an hour.
fn mark(path: &str, holder: &Value) -> Result<bool, Refusal> {
    let kind = holder["type"].as_str().unwrap_or_default();
    if ["thinking", "redacted_thinking"].contains(&kind) {
        let message = "cache_control cannot be set for thinking blocks";
        return Err(invalid(format!("{path}.cache_control"), message));
    }
    let fields = Fields::of(holder, path)?;
    let Some(mark) = fields.object("cache_control")? else {
        return Ok(false);
    };
    if mark.word("type", &["ephemeral"])?.is_none() {
        return Err(mark.missing("type"));
    }
    Ok(mark.word("ttl", &["5m", "1h"])? == Some("1h"))
}
