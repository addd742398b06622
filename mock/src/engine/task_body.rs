//! The objects in which tasks are told, under each reading of C-04, C-12, C-13 and C-14.

use serde_json::{Map, Value, json};

use super::Engine;
use super::assets::Asset;
use super::tasks::{Status, Task};
use crate::catalog::Kind;
use crate::contract::{CancelCost, CreditUnit, FirstStatus, TaskShape};
use crate::money;
use crate::picture::Sketch;
use crate::seed;

impl Engine {
    pub(super) fn status_word(&self, status: Status) -> &'static str {
        match status {
            Status::Pending => match self.config.contract.first_status {
                FirstStatus::Pending => "pending",
                FirstStatus::Queued => "queued",
            },
            Status::Running => "running",
            Status::Completed => "completed",
            Status::Failed => "failed",
            Status::Cancelled => "cancelled",
        }
    }

    fn credits(&self, micros: i64) -> Value {
        match self.config.contract.credit_unit {
            CreditUnit::Usd => money::usd(micros),
            CreditUnit::Micros => micros.into(),
        }
    }

    /// The object that query, cancel and the task stream give.
    pub(super) fn task_object(&self, task: &Task) -> Value {
        let status = task.status();
        let mut body = Map::new();
        body.insert("task_id".to_owned(), task.id.clone().into());
        if let Some(own) = &task.own_id {
            body.insert("out_task_id".to_owned(), own.clone().into());
        }
        body.insert("status".to_owned(), self.status_word(status).into());
        match status {
            Status::Pending | Status::Running => self.put_estimate(&mut body, task),
            Status::Completed => self.put_result(&mut body, task),
            Status::Failed => {
                body.insert("error".to_owned(), error(task));
                body.insert("credits_used".to_owned(), self.credits(0));
            }
            Status::Cancelled => {
                self.put_estimate(&mut body, task);
                if self.config.contract.cancel_cost == CancelCost::CreditsUsed {
                    body.insert("credits_used".to_owned(), self.credits(task.charged));
                }
            }
        }
        Value::Object(body)
    }

    /// What submit answers.
    pub(super) fn submitted_object(&self, task: &Task) -> Value {
        let mut body = self.task_object(task);
        body["submitted_at"] = task.created.iso().into();
        body
    }

    fn put_estimate(&self, body: &mut Map<String, Value>, task: &Task) {
        body.insert("estimated_credits".to_owned(), self.credits(task.estimate));
        let seconds = task.ends.since(task.created).as_secs().max(1);
        body.insert("estimated_seconds".to_owned(), seconds.into());
    }

    fn put_result(&self, body: &mut Map<String, Value>, task: &Task) {
        let urls = self.asset_urls(task);
        match self.config.contract.task_shape {
            TaskShape::Reference => {
                body.insert("credits_used".to_owned(), self.credits(task.charged));
                let kind = if task.seconds > 0 { "video" } else { "image" };
                let outputs: Vec<Value> = urls
                    .into_iter()
                    .map(|url| {
                        let mut output = json!({"type": kind, "url": url});
                        if task.seconds > 0 {
                            output["duration_seconds"] = task.seconds.into();
                        }
                        output
                    })
                    .collect();
                body.insert("output".to_owned(), outputs.into());
            }
            TaskShape::PerModel => {
                let result = match task.model.kind {
                    Kind::Video(_) | Kind::Text(_) => json!({
                        "video_url": urls.first(),
                        "duration_seconds": task.seconds,
                        "resolution": task.resolution,
                    }),
                    Kind::Image(_) => json!({"image_urls": urls, "size": task.resolution}),
                };
                body.insert("result".to_owned(), result);
                body.insert("credits".to_owned(), self.credits(task.charged));
                body.insert("completed_at".to_owned(), task.since().iso().into());
            }
            TaskShape::Videos => {
                self.put_urls(body, task, urls);
                body.insert("credits_used".to_owned(), self.credits(task.charged));
            }
        }
    }

    /// `result_url`, and `audio_url` where sound was asked for.
    fn put_urls(&self, body: &mut Map<String, Value>, task: &Task, urls: Vec<String>) {
        body.insert("result_url".to_owned(), urls.into_iter().next().into());
        if task.audio {
            let (seconds, seed) = (task.seconds, task.seed);
            let sound = Asset::Sound { seconds, seed };
            let url = self.asset_url(task.model, sound, task.since());
            body.insert("audio_url".to_owned(), url.into());
        }
    }

    fn asset_urls(&self, task: &Task) -> Vec<String> {
        let url = |asset| self.asset_url(task.model, asset, task.since());
        let (size, seconds, seed) = (task.size, task.seconds, task.seed);
        if seconds > 0 {
            return vec![url(Asset::Clip {
                seconds,
                size,
                seed,
            })];
        }
        let picture = |index| {
            url(Asset::Picture(Sketch {
                format: task.format,
                size,
                seed: seed::mix(seed ^ index),
                transparent: task.transparent,
            }))
        };
        (0..task.images).map(picture).collect()
    }

    /// The object of `GET /v1/videos/tasks/{id}`.
    pub(super) fn video_object(&self, task: &Task) -> Value {
        let mut body = Map::new();
        body.insert("task_id".to_owned(), task.id.clone().into());
        body.insert("status".to_owned(), self.status_word(task.status()).into());
        match task.status() {
            Status::Completed => self.put_urls(&mut body, task, self.asset_urls(task)),
            Status::Failed => {
                body.insert("error".to_owned(), error(task));
            }
            Status::Pending | Status::Running | Status::Cancelled => {}
        }
        Value::Object(body)
    }
}

fn error(task: &Task) -> Value {
    let (code, message) = task.fate.error();
    json!({"code": code, "message": message})
}
