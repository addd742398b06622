//! Requests to the engine and their answers, played to the end in no time.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use spikeproof_mock::script::{FrameKind, Script, Step};
use spikeproof_mock::{CallToken, Delivered, Incoming};

use crate::money::micros;
use crate::promise::Opponent;
use crate::target::Target;

/// A request that was not sent yet.
pub(crate) struct Ask<'a> {
    target: &'a Target,
    incoming: Incoming,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(target: &'a Target, method: &str, place: &str) -> Self {
        let (path, query) = match place.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (place, None),
        };
        let incoming = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers: Vec::new(),
            body: Vec::new().into(),
        };
        Self { target, incoming }.bearer(&target.key())
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.incoming.body = body.to_string().into();
        self.header("content-type", "application/json")
    }

    pub(crate) fn raw(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.incoming.body = body.into().into();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.incoming
            .headers
            .push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes off the key that it would carry.
    pub(crate) fn without_key(mut self) -> Self {
        self.incoming
            .headers
            .retain(|(name, _)| name != "authorization");
        self
    }

    pub(crate) fn bearer(self, key: &str) -> Self {
        self.without_key()
            .header("authorization", &format!("Bearer {key}"))
    }

    /// The key in this header instead of the bearer.
    pub(crate) fn key_in(self, header: &str, key: &str) -> Self {
        self.without_key().header(header, key)
    }

    pub(crate) fn send(self) -> Answer {
        self.open().finish()
    }

    /// Lets it in and stops before anything is written.
    pub(crate) fn open(mut self) -> Open<'a> {
        if let Some(Opponent::Deaf(word)) = self.target.opponent() {
            deafen(&mut self.incoming, word);
        }
        let answered = self.target.engine.answer(&self.incoming);
        let Script {
            status,
            headers,
            steps,
        } = answered.script;
        Open {
            target: self.target,
            call: answered.call,
            steps: steps.into(),
            has_head: false,
            delivered: Delivered::default(),
            waited: Duration::ZERO,
            answer: Answer {
                status,
                headers,
                body: Vec::new(),
                frames: Vec::new(),
                is_whole: true,
                took: Duration::ZERO,
            },
        }
    }
}

/// The request as one reads it who does not know `word`.
fn deafen(incoming: &mut Incoming, word: &str) {
    const UNREAD: &str = "x-unread";
    for (name, _) in &mut incoming.headers {
        if name == word {
            UNREAD.clone_into(name);
        }
    }
    if let Some(query) = &mut incoming.query {
        *query = query.replace(&format!("{word}="), &format!("{UNREAD}="));
    }
    let body = String::from_utf8_lossy(&incoming.body);
    let deaf = body.replace(&format!("\"{word}\""), &format!("\"{UNREAD}\""));
    incoming.body = deaf.into_bytes().into();
}

/// A call that was let in. What is left of it is played by [`Open::finish`].
pub(crate) struct Open<'a> {
    target: &'a Target,
    call: CallToken,
    steps: VecDeque<Step>,
    has_head: bool,
    delivered: Delivered,
    waited: Duration,
    answer: Answer,
}

impl Open<'_> {
    pub(crate) fn status(&self) -> u16 {
        self.answer.status
    }

    /// Plays on until so many frames with payload were written.
    pub(crate) fn play(mut self, tokens: u64) -> Self {
        while self.delivered.tokens < tokens && self.step() {}
        self
    }

    /// Plays on until just before the first frame with payload.
    pub(crate) fn play_to_content(mut self) -> Self {
        let is_content =
            |step: &Step| matches!(step, Step::Frame(frame) if frame.kind == FrameKind::Token);
        while !self.steps.front().is_none_or(is_content) {
            self.step();
        }
        self
    }

    /// One step; false where nothing follows.
    fn step(&mut self) -> bool {
        let Some(step) = self.steps.pop_front() else {
            return false;
        };
        let engine = &self.target.engine;
        if !self.has_head && !step.is_lead_in() {
            engine.head(&self.call, &mut self.answer.headers);
            self.has_head = true;
        }
        match step {
            Step::Wait(wait) | Step::Work(wait) => {
                self.target.advance(wait);
                self.waited += wait;
            }
            Step::Head | Step::Slot => {}
            Step::Frame(frame) => {
                self.delivered.frames += 1;
                self.delivered.tokens += u64::from(frame.kind == FrameKind::Token);
                self.answer.body.extend_from_slice(&frame.bytes);
                self.answer.frames.push((frame.kind, self.waited));
            }
            Step::Settle => engine.settle(&self.call),
            Step::Continue => self.steps.extend(engine.proceed(&self.call)),
            Step::Stall | Step::Reset | Step::Close => {
                self.answer.is_whole = false;
                self.steps.clear();
            }
        }
        true
    }

    pub(crate) fn finish(mut self) -> Answer {
        // A task stream whose clock stands still would never end.
        let mut left = 100_000;
        while left > 0 && self.step() {
            left -= 1;
        }
        self.target.engine.finish(&self.call);
        self.answer.took = self.waited;
        match self.target.opponent() {
            Some(Opponent::Says(from, to)) => self.answer.say(from, to),
            Some(Opponent::Answers(from, to)) if self.answer.status == *from => {
                self.answer.status = *to;
            }
            Some(
                Opponent::Fault(_)
                | Opponent::Deaf(_)
                | Opponent::Answers(..)
                | Opponent::Frozen
                | Opponent::Set(..),
            )
            | None => {}
        }
        self.answer
    }

    /// The client goes now.
    pub(crate) fn leave(self) {
        self.target.engine.abandon(&self.call, self.delivered);
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// When each frame was due after the request.
    pub(crate) frames: Vec<(FrameKind, Duration)>,
    /// It ended as its script says, not by a stall or a reset.
    pub(crate) is_whole: bool,
    pub(crate) took: Duration,
}

impl Answer {
    fn say(&mut self, from: &str, to: &str) {
        for (name, value) in &mut self.headers {
            if name == from {
                to.clone_into(name);
            }
            *value = value.replace(from, to);
        }
        if let Ok(text) = std::str::from_utf8(&self.body) {
            self.body = text.replace(from, to).into_bytes();
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// A header with an amount in USD.
    pub(crate) fn micros(&self, name: &str) -> Result<i64, String> {
        let value = self.header(name).ok_or_else(|| format!("no `{name}`"))?;
        micros(value).ok_or_else(|| format!("`{name}` is `{value}`"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, null where it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The machine-readable word of a refusal: OpenAI's `code`, else Anthropic's `type`, else
    /// Google's `status`.
    pub(crate) fn word(&self) -> String {
        let error = &self.json()["error"];
        let words = [&error["code"], &error["status"], &error["type"]];
        let mut words = words.into_iter().filter_map(Value::as_str);
        words.next().unwrap_or_default().to_owned()
    }

    /// Status and word, for comparisons.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.word())
    }

    /// Events of a stream: name, if it has one, and data. What has no data, such as a comment that
    /// keeps the connection alive, is no event.
    pub(crate) fn events(&self) -> Vec<(Option<String>, String)> {
        let text = self.text().replace("\r\n", "\n");
        let field = |record: &str, name: &str| {
            let prefix = format!("{name}: ");
            let found = record.lines().find_map(|line| line.strip_prefix(&prefix));
            found.map(str::to_owned)
        };
        text.split("\n\n")
            .filter_map(|record| Some((field(record, "event"), field(record, "data")?)))
            .collect()
    }
}
