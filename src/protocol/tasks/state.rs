//! What an answer has said of its task.

use crate::json::Value;

use crate::protocol::TaskFacts;

/// The last state of the task, and how the stream stands.
#[derive(Debug, Default)]
pub struct State {
    pub task: Option<TaskFacts>,
    /// States pushed, repetitions included.
    pub states: u32,
    /// A terminal status, an error or a whole body was seen.
    pub complete: bool,
    /// `[DONE]` was seen.
    pub done: bool,
    pub error: Option<(String, String)>,
    /// The caller's own id, as the first state that had it told it.
    pub own_id: Option<String>,
}

impl State {
    /// Folds in a task object; true when it (or an error) ends the stream.
    pub(super) fn take(&mut self, value: &Value) -> bool {
        if let Some(error) = value.get("error").filter(|error| error.is_object()) {
            let word = |key: &str| error.get(key).and_then(Value::as_str);
            let kind = word("code").or_else(|| word("type")).unwrap_or_default();
            let message = word("message").unwrap_or_default();
            // A failed task has an error too; then its status is there as well.
            if task_of(value).is_none() {
                self.error = Some((kind.to_owned(), message.to_owned()));
                self.complete = true;
                return true;
            }
        }
        let Some(mut task) = task_of(value) else {
            return false;
        };
        self.states += 1;
        if self.own_id.is_none() {
            self.own_id = own_id(value).and_then(Value::as_str).map(str::to_owned);
        }
        if let Some(before) = &self.task
            && task.task_id.is_empty()
        {
            task.task_id.clone_from(&before.task_id);
        }
        let over = Status::parse(&task.status).is_some_and(Status::is_terminal);
        let first = over && !self.complete;
        self.complete |= over;
        self.task = Some(task);
        first
    }
}

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Written `pending` or `queued`.
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    /// `None`: a word that no page knows.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "pending" | "queued" => Self::Pending,
            "running" => Self::Running,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }

    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// Whether the documents allow a later look to show `later`. Steps may go unseen between two
    /// looks, so a pending task may next be seen completed; one that is over never changes.
    pub fn may_become(self, later: Self) -> bool {
        match self {
            Self::Pending => true,
            Self::Running => later != Self::Pending,
            Self::Completed | Self::Failed | Self::Cancelled => later == self,
        }
    }
}

/// Reads a task in any dialect: at the top, or one level down in `task` or `data`. `None` when
/// there is neither an id nor a status.
pub fn task_of(value: &Value) -> Option<TaskFacts> {
    let inner = ["task", "data"]
        .iter()
        .filter_map(|key| value.get(key))
        .find(|inner| inner.get("status").is_some());
    let task = match value.get("status").or_else(|| value.get("task_id")) {
        Some(_) => value,
        None => inner?,
    };
    let text = |key: &str| task.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(TaskFacts {
        task_id: text("task_id").or_else(|| text("id")).unwrap_or_default(),
        status: text("status").unwrap_or_default(),
        credits_used: money(task, &["credits_used", "credits"]),
        estimated_credits: money(task, &["estimated_credits"]),
        urls: urls(task),
    })
}

/// The caller's own id of a task in any dialect.
pub fn own_id(value: &Value) -> Option<&Value> {
    let inner = ["task", "data"].iter().find_map(|key| value.get(key));
    let name = "out_task_id";
    value.get(name).or_else(|| inner?.get(name))
}

/// The text of an amount, every digit as it was written, never in exponent form.
fn money(task: &Value, names: &[&str]) -> Option<String> {
    let value = names.iter().find_map(|name| task.get(name))?;
    value.plain().map(String::from)
}

/// Assets of one task at most.
const MOST_URLS: usize = 64;

fn urls(task: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut take = |value: Option<&Value>| {
        if let Some(url) = value.and_then(Value::as_str)
            && found.len() < MOST_URLS
        {
            found.push(url.to_owned());
        }
    };
    let output = task.get("output").and_then(Value::as_array);
    for item in output.into_iter().flatten() {
        take(item.get("url"));
    }
    if let Some(result) = task.get("result") {
        for key in ["video_url", "image_url", "audio_url", "url"] {
            take(result.get(key));
        }
        let list = result.get("image_urls").and_then(Value::as_array);
        for url in list.into_iter().flatten() {
            take(Some(url));
        }
    }
    take(task.get("result_url"));
    take(task.get("audio_url"));
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_is_read_in_each_dialect() {
        let reference = json!({"task_id": "t", "status": "completed", "credits_used": 1.47,
            "output": [{"type": "video", "url": "https://a/1"}]});
        let per_model = json!({"task_id": "t", "status": "completed", "credits": 1.47,
            "result": {"video_url": "https://a/1", "duration_seconds": 8}});
        let pushed = json!({"type": "task.updated", "task": reference});
        let wanted = TaskFacts {
            task_id: "t".to_owned(),
            status: "completed".to_owned(),
            credits_used: Some("1.47".to_owned()),
            estimated_credits: None,
            urls: vec!["https://a/1".to_owned()],
        };
        for body in [reference, per_model, pushed] {
            let body = Value::from(body);
            assert_eq!(task_of(&body), Some(wanted.clone()), "{body}");
        }
        let videos = json!({"status": "completed", "result_url": "https://a/1"});
        let read = task_of(&videos.into()).unwrap();
        assert_eq!((read.task_id.as_str(), read.urls.len()), ("", 1));
        assert_eq!(task_of(&json!({"object": "list", "data": []}).into()), None);
    }

    #[test]
    fn amounts_keep_their_digits() {
        let of = |text: &str| {
            let body = format!(r#"{{"task_id":"t","status":"completed","credits_used":{text}}}"#);
            let body = crate::json::parse(body.as_bytes()).unwrap();
            task_of(&body).unwrap().credits_used.unwrap()
        };
        assert_eq!(of("0.000001"), "0.000001");
        assert_eq!(of("192.4"), "192.4");
        assert_eq!(of("1.50"), "1.50");
        assert_eq!(of("1.47e-3"), "0.00147");
        assert_eq!(of("999999999.999999"), "999999999.999999");
        assert_eq!(of("1470000"), "1470000");
        assert_eq!(of("\"1.50\""), "1.50");
    }

    proptest! {
        #[test]
        fn no_json_upsets_the_state(texts in prop::collection::vec(
            "\\{(\"(status|task_id|error|output|result|task|data)\":\
             (1|null|\"x\"|\\{\\}|\\[1\\]))?\\}",
            0..8,
        )) {
            let mut state = State::default();
            for text in texts {
                if let Ok(value) = crate::json::parse(text.as_bytes()) {
                    state.take(&value);
                }
            }
        }
    }
}
