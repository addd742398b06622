//! Calls of one request, and what an answer with URLs adds to it: one download each.

use std::collections::VecDeque;

use bytes::Bytes;

use super::contract::Case;
use super::conversation::{Answered, Conversation, Outgoing};
use super::step::Step;
use super::{Asked, Credential, Delivery, Draft, url};
use crate::endpoint::Endpoint;
use crate::json::Value;

/// Downloads of one answer at most; no request that can be written asks for more.
const MOST_DOWNLOADS: usize = 64;

/// One request, and the URLs in its answer where they are wanted.
pub struct Single {
    /// `None` once it was asked for.
    first: Option<Outgoing>,
    downloads: bool,
    queue: VecDeque<String>,
}

impl Single {
    pub fn new(first: Outgoing) -> Self {
        Self {
            first: Some(first),
            downloads: false,
            queue: VecDeque::new(),
        }
    }

    /// Fetches each `data[].url` of a successful answer.
    pub fn with_downloads(first: Outgoing) -> Self {
        Self {
            downloads: true,
            ..Self::new(first)
        }
    }
}

impl Conversation for Single {
    fn first(&mut self) -> Outgoing {
        self.first
            .take()
            .expect("a call is begun once, by whoever makes it")
    }

    fn next(&mut self, answered: &Answered<'_>) -> Option<Outgoing> {
        if self.downloads && answered.step == Step::Call && answered.head.is_success() {
            let data = answered.body.and_then(|body| body.get("data"));
            let items = data.and_then(Value::as_array).into_iter().flatten();
            self.queue = items
                .filter_map(|item| item.get("url")?.as_str())
                .filter(|url| url::parts(url).is_some())
                .map(str::to_owned)
                .take(MOST_DOWNLOADS)
                .collect();
        }
        next_download(&mut self.queue)
    }
}

/// The request for the next of some URLs.
pub(super) fn next_download(queue: &mut VecDeque<String>) -> Option<Outgoing> {
    let url = queue.pop_front()?;
    let draft = Draft {
        method: "GET",
        path: url,
        headers: Vec::new(),
        body: Bytes::new(),
        auth: Credential::Absent,
        asked: Asked::of(Endpoint::Asset, Delivery::Unary).into(),
    };
    Some(Outgoing::of(Step::Download, Case::Healthy, draft))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::{Facts, Head};

    fn first() -> Outgoing {
        let draft = Draft {
            method: "POST",
            path: "/v1/images/generations".to_owned(),
            headers: Vec::new(),
            body: Bytes::from_static(b"{}"),
            auth: Credential::Key(super::super::Auth::Bearer),
            asked: Asked::of(Endpoint::ImagesGenerations, Delivery::Unary).into(),
        };
        Outgoing::of(Step::Call, Case::Healthy, draft)
    }

    fn paths(mut call: Single, status: u16) -> Vec<String> {
        let body = Value::from(
            json!({"data": [{"url": "http://a/1.png"}, {"url": "rel"}, {"b64_json": ""},
            {"url": "http://a/2.png"}]}),
        );
        let head = Head {
            status,
            headers: Vec::new(),
        };
        let facts = Facts::default();
        let mut step = call.first().step;
        let mut paths = Vec::new();
        while let Some(next) = call.next(&Answered {
            step,
            head: &head,
            facts: &facts,
            body: (step == Step::Call).then_some(&body),
            said: None,
        }) {
            assert_eq!(next.draft.auth, Credential::Absent);
            assert!(!next.bills && !next.decides);
            step = next.step;
            paths.push(next.draft.path);
        }
        paths
    }

    #[test]
    fn absolute_urls_of_a_success_are_fetched_once_each_without_the_key() {
        let wanted = ["http://a/1.png".to_owned(), "http://a/2.png".to_owned()];
        assert_eq!(paths(Single::with_downloads(first()), 200), wanted);
        assert_eq!(
            paths(Single::with_downloads(first()), 400),
            Vec::<String>::new()
        );
        assert_eq!(paths(Single::new(first()), 200), Vec::<String>::new());
    }
}
