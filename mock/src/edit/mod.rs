//! Edits: faults that are written out instead of named, one change of what an answer says.
//!
//! `edit message_start /message/role = "user"` finds the first event of that type which has such
//! a member and gives it another value; everything else stays as it was. So a rule of which no
//! ready-made fault is known can be tried on live answers. [`parse`] has the grammar, [`apply`]
//! does what is written.

mod apply;
mod parse;

use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

pub(crate) use self::apply::{Progress, steps};
use crate::script::Script;

/// What every edit begins with.
pub(crate) const WORD: &str = "edit ";
/// Different edits of one process: each is kept until its end.
const MOST: usize = 10_000;
/// Characters of one edit.
const LONGEST: usize = 4_000;

/// An edit as it was written. Two of the same text are the same.
#[derive(Debug, Clone, Copy)]
pub struct Edit(&'static Written);

#[derive(Debug)]
struct Written {
    text: String,
    /// The beginning of the paths whose answers it strikes. None: all.
    at: Option<String>,
    kind: Kind,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Status(u16),
    /// None takes it away.
    Header(String, Option<String>),
    /// The first of these bytes within one frame.
    Bytes(String, String),
    Event(Selector, EventChange),
    Member(Selector, Vec<String>, Change),
}

/// Which events, or the whole body.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Selector {
    /// The event's `type`; None: any event, or a whole body.
    name: Option<String>,
    which: Which,
}

/// Of those that have what is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Counts from 1.
    Nth(u32),
    Last,
    Every,
}

/// What becomes of an event as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
enum EventChange {
    Dropped,
    Doubled,
    First,
    Last,
    /// Changes places with the event after it.
    Later,
    /// The connection breaks behind it; what is booked stays.
    Broken,
    /// The name that its `event` line gives it.
    Called(String),
    /// So many blanks more within its JSON, where they mean nothing.
    Padded(usize),
}

/// What becomes of a member.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    /// Is added where it is not there, if there is an object or a list to add it to.
    Set(Value),
    Removed,
    Named(String),
    /// An element of a list comes twice.
    Doubled,
    /// Added to a whole number.
    Plus(i64),
    /// Added to the end of a text.
    Extended(String),
}

/// Every edit that this process has read. A fault is small and copied about; what it says stays.
static KNOWN: Mutex<Vec<&'static Written>> = Mutex::new(Vec::new());

/// Edits an answer as a whole; its frames are left alone where more of them are to come.
pub(crate) fn script(edits: &[Edit], script: &mut Script, has_more: bool) {
    for edit in edits {
        edit.head(&mut script.status, &mut script.headers);
        if !has_more {
            steps(*edit, &mut script.steps, &mut Progress::default(), true);
        }
    }
}

impl Edit {
    /// Reads an edit, with the word that begins it.
    ///
    /// # Errors
    /// What was expected, in words for whoever wrote it.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.chars().nth(LONGEST).is_some() {
            return Err(format!("an edit has at most {LONGEST} characters"));
        }
        let (at, kind) = parse::edit(text)?;
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = known.iter().find(|written| written.text == text) {
            return Ok(Self(written));
        }
        if known.len() >= MOST {
            return Err(format!("{MOST} different edits were read already"));
        }
        let written = Written {
            text: text.to_owned(),
            at,
            kind,
        };
        let written: &'static Written = Box::leak(Box::new(written));
        known.push(written);
        Ok(Self(written))
    }

    /// Whether it strikes the answer to a request of that path.
    pub(crate) fn strikes(self, path: &str) -> bool {
        let at = self.0.at.as_deref();
        at.is_none_or(|beginning| path.starts_with(beginning))
    }

    /// What it does to status and headers.
    fn head(self, status: &mut u16, headers: &mut Vec<(String, String)>) {
        match &self.0.kind {
            Kind::Status(other) => *status = *other,
            Kind::Header(name, None) => headers.retain(|(known, _)| known != name),
            Kind::Header(name, Some(_)) => {
                if !headers.iter().any(|(known, _)| known == name) {
                    headers.push((name.clone(), String::new()));
                }
                self.keep_head(headers);
            }
            Kind::Bytes(..) | Kind::Event(..) | Kind::Member(..) => {}
        }
    }

    /// What it set, set again where that was overwritten since.
    pub(crate) fn keep_head(self, headers: &mut [(String, String)]) {
        if let Kind::Header(name, Some(value)) = &self.0.kind
            && let Some(header) = headers.iter_mut().find(|(known, _)| known == name)
        {
            header.1.clone_from(value);
        }
    }

    /// As it was written.
    #[must_use]
    pub fn text(self) -> &'static str {
        &self.0.text
    }
}

impl PartialEq for Edit {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Edit {}

impl Hash for Edit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}
