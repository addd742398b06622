//! Requests about tasks, in the reference dialect.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::endpoint::Endpoint;
use crate::protocol::{Asked, Auth, Credential, Delivery, Draft, prompt, url};
use crate::scenario::request::{TaskCall, TaskRoute};

/// Which params a submit carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Params {
    AsGiven,
    /// Those of another wish, for a re-used id.
    Changed,
}

/// Our own id of the task of a call: one for each seed.
pub fn out_task_id(seed: u64) -> String {
    format!("spikeproof-{seed:016x}")
}

/// The submit of a call.
pub fn submit(call: &TaskCall, seed: u64, params: Params) -> Draft {
    let mut wish = Map::new();
    let mut prompt = prompt::text(&call.prompt, seed);
    if params == Params::Changed {
        prompt.push_str(" Differently.");
    }
    wish.insert("prompt".to_owned(), json!(prompt));
    if let Some(seconds) = call.duration_seconds {
        wish.insert("duration_seconds".to_owned(), json!(seconds));
    }
    for (name, value) in [
        ("resolution", &call.resolution),
        ("aspect_ratio", &call.aspect_ratio),
        ("size", &call.size),
    ] {
        if let Some(value) = value {
            wish.insert(name.to_owned(), json!(value));
        }
    }
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(call.model));
    let (endpoint, path) = match call.route {
        TaskRoute::Videos => {
            body.append(&mut wish);
            (Endpoint::VideosGenerations, "/v1/videos/generations")
        }
        TaskRoute::Video | TaskRoute::Image => {
            body.insert("out_task_id".to_owned(), json!(out_task_id(seed)));
            body.insert("params".to_owned(), Value::Object(wish));
            (Endpoint::TasksSubmit, "/v1/tasks/submit")
        }
    };
    post(endpoint, path.to_owned(), Value::Object(body))
}

/// A look at a task by the gateway's id.
pub fn query(route: TaskRoute, task_id: &str) -> Draft {
    match route {
        TaskRoute::Video | TaskRoute::Image => post(
            Endpoint::TasksQuery,
            "/v1/tasks/query".to_owned(),
            json!({"task_id": task_id}),
        ),
        TaskRoute::Videos => get(
            Endpoint::VideosTasks,
            format!("/v1/videos/tasks/{}", url::segment(task_id)),
            Delivery::Unary,
        ),
    }
}

/// A look at a task by our own id.
pub fn query_by_out_task_id(seed: u64) -> Draft {
    let body = json!({"out_task_id": out_task_id(seed)});
    post(Endpoint::TasksQuery, "/v1/tasks/query".to_owned(), body)
}

/// A look at a task that never was.
pub fn query_unknown(route: TaskRoute, seed: u64) -> Draft {
    query(route, &format!("task_no_such_task_{seed:016x}"))
}

/// A look by two ids at once, which must be refused.
pub fn query_both(seed: u64) -> Draft {
    let id = format!("task_no_such_task_{seed:016x}");
    let body = json!({"task_id": id, "out_task_id": out_task_id(seed)});
    post(Endpoint::TasksQuery, "/v1/tasks/query".to_owned(), body)
}

/// A cancel by two ids at once, or by none, which must be refused.
pub fn cancel_both(seed: u64) -> Draft {
    let id = format!("task_no_such_task_{seed:016x}");
    cancel_by(json!({"task_id": id, "out_task_id": out_task_id(seed)}))
}

pub fn cancel_none() -> Draft {
    cancel_by(json!({}))
}

/// A cancel of a task that never was.
pub fn cancel_unknown(seed: u64) -> Draft {
    cancel(&format!("task_no_such_task_{seed:016x}"))
}

fn cancel_by(body: Value) -> Draft {
    post(Endpoint::TasksCancel, "/v1/tasks/cancel".to_owned(), body)
}

pub fn cancel(task_id: &str) -> Draft {
    let path = format!("/v1/tasks/cancel/{}", url::segment(task_id));
    Draft {
        method: "POST",
        headers: vec![("accept", "application/json".to_owned())],
        ..get(Endpoint::TasksCancel, path, Delivery::Unary)
    }
}

/// The stream of a task's states.
pub fn watch(task_id: &str) -> Draft {
    let path = format!("/v1/tasks/stream/{}", url::segment(task_id));
    get(Endpoint::TasksStream, path, Delivery::Sse)
}

fn post(endpoint: Endpoint, path: String, body: Value) -> Draft {
    Draft {
        method: "POST",
        path,
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json".to_owned()),
        ],
        body: Bytes::from(body.to_string()),
        auth: Credential::Key(Auth::Bearer),
        asked: crate::protocol::asked(endpoint, Delivery::Unary, Some(body.into())).into(),
    }
}

fn get(endpoint: Endpoint, path: String, delivery: Delivery) -> Draft {
    let accept = match delivery {
        Delivery::Sse => "text/event-stream",
        Delivery::Unary | Delivery::Array => "application/json",
    };
    Draft {
        method: "GET",
        path,
        headers: vec![("accept", accept.to_owned())],
        body: Bytes::new(),
        auth: Credential::Key(Auth::Bearer),
        asked: Asked::of(endpoint, delivery).into(),
    }
}
