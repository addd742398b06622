//! Judging captured traffic offline: bytes of any origin in, rows of findings out.
//!
//! No file is read here and nothing is sent; `cli::check` brings the bytes. A [`Capture`] is one
//! answer with all that is known of it. What is not known is guessed from the content and said so,
//! or left open, and then the rules that would need it stay silent. The rules themselves are run by
//! the same judge that looks on while a load runs.

pub mod form;
pub(crate) mod frame;
pub mod guess;
pub mod har;
mod judging;
pub mod message;
pub mod route;
mod row;
mod status;
pub mod view;

use serde_json::Value;

use crate::contract::{Contract, Profile};
use crate::endpoint::{Endpoint, ProtocolId};
use crate::judge::Weights;
use crate::protocol::{Asked, BodyEnd, Delivery};
pub use form::Form;
pub use judging::{Unjudged, is_too_much, judge};
pub use row::{FileRow, FindingRow, Verdict};

/// One captured answer and what is known of it.
#[derive(Debug, Clone, Default)]
pub struct Capture {
    /// Where in its file it stood, from 1; `None`: the file is the body.
    pub entry: Option<u64>,
    /// The request in a few words: `POST /v1/messages`.
    pub about: Option<String>,
    pub body: Vec<u8>,
    /// `None`: to be found out from the bytes.
    pub form: Option<Form>,
    pub status: Option<u16>,
    /// Names in lower case. `None`: unknown, not none.
    pub headers: Option<Vec<(String, String)>>,
    /// Those are all that came: one that is not among them was not sent.
    pub has_all_headers: bool,
    pub request: Option<Value>,
    /// Path and query, without a key.
    pub target: Option<String>,
    pub endpoint: Option<Endpoint>,
    pub protocol: Option<ProtocolId>,
    pub delivery: Option<Delivery>,
    /// The body was put together again, so that nothing between its documents can be judged.
    pub reframed: bool,
    /// The body is not all there, so its end cannot be judged.
    pub end: Option<BodyEnd>,
    /// All that was asked, from a recording of ours.
    pub asked: Option<Box<Asked>>,
    /// What rules weighed when it was judged first.
    pub weights: Weights,
    /// What a reader should know of it.
    pub notes: Vec<String>,
}

/// What the user has said about all captures; it goes before what they say themselves.
#[derive(Debug, Clone)]
pub struct Settings {
    pub protocol: Option<ProtocolId>,
    pub delivery: Option<Delivery>,
    pub status: Option<u16>,
    pub request: Option<Value>,
    /// `None`: the gateway's for recordings of a run, else native.
    pub profile: Option<Profile>,
    /// The readings of the gateway's documents that it is held to.
    pub contract: Contract,
    /// What rules weigh, and those that are not asked.
    pub weights: Weights,
    /// Whether a SHOULD counts like a MUST.
    pub strict: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            protocol: None,
            delivery: None,
            status: None,
            request: None,
            profile: None,
            contract: Contract::ANY,
            weights: Weights::CATALOGUE,
            strict: false,
        }
    }
}
