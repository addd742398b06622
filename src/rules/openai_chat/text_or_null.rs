//! Members of a message that are text or null.

use crate::json::Value;

use crate::rules::Verdict;
use crate::rules::quoting::quoted_value;

/// Judges one member of a delta or message; silent where it is not there.
pub(super) fn judge(message: Option<&Value>, key: &str) -> Verdict {
    let Some(found) = message.and_then(|message| message.get(key)) else {
        return Verdict::Silent;
    };
    Verdict::when(found.is_string() || found.is_null(), || {
        format!(
            "expected a string or null as `{key}`, found {}",
            quoted_value(Some(found))
        )
    })
}
