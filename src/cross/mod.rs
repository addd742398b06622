//! One question over several protocols: what each of them said, in one neutral form, and where
//! they differ.
//!
//! A gateway that translates has as many answers to a question as it has protocols. What they may
//! differ in is written down as data: [`STOPS`] says what each protocol's words for an end mean,
//! [`COUNTS`] what its members count. An answer is read as a client reads it and compared by those
//! tables. What a model may say otherwise each time is told apart from what must be equal: see
//! [`Aspect::weighs`]. Pure: whoever asks hands in the bytes and gets back rows.

mod answer;
mod arguments;
mod charge;
mod compare;
mod counts;
mod forced;
mod gap;
pub mod page;
mod question;
mod read;
mod report;
mod rows;
mod stops;
pub mod view;

pub use answer::{Answer, Came, Heard, Place, ToolCall};
pub use charge::{Charge, Charged};
pub use counts::{COUNTS, Counted, Counting, Counts};
pub use gap::{Aspect, Difference, Gap, Outcome, Side};
pub use question::{QUESTIONS, Question, Words};
pub use read::{Body, Listener, read};
pub use report::{ModelReport, QuestionReport, Report, Routing, is_no_route};
pub use rows::{Asking, Row, rows};
pub use stops::{Content, STOPS, Stop, Stopping};
