//! The recording of a run: exchanges kept in full, so that they can be looked at, repeated and
//! judged again.
//!
//! One file, `recording.jsonl`: a JSON object a line, written whole as exchanges end, so that a
//! run that is killed leaves whole lines. The first line is a [`Header`], each further one
//! `{"exchange": …}` with an [`Entry`], the last one `{"end": …}` with what was [`LeftOut`]; a run
//! that was killed has no last line. Times are nanoseconds since the run's start. Nothing that
//! lets anybody in is in it: keys go in at the wire and are not part of a request here, and what
//! answers repeat or hand out is overwritten, byte for byte, so that places stay.
//!
//! What is kept: of each request and rule the first [`ALIKE`] exchanges that broke it, and of each
//! request, step and status the first few without a finding. What a stream says is kept while it is
//! in flight, since nobody knows yet what comes: up to [`PER_ANSWER`] bytes of one and
//! [`IN_FLIGHT`] of all together, in this order of arrival; the rest is counted, not kept.

pub mod curl;
mod entry;
mod keep;
mod mask;
mod read;
mod select;
mod write;

pub use entry::{Answered, Body, Entry, Header, LeftOut, Line, Sent, Times};
pub use keep::{Budget, Keep, Kept, Raw};
pub use mask::mask;
pub use read::{Read, read};
pub use select::{Reason, Selection};
pub use write::{KeepBody, Reference, Summary, Writer};

/// The form of the file. Changes whenever a reader of the old form would be misled.
pub const SCHEMA: &str = "spikeproof/recording/1";

/// Exchanges kept of one request that broke the same rule.
pub const ALIKE: u32 = 20;
/// Exchanges kept without a finding of one request, step and status, unless `run` is told other.
pub const SAMPLE: u32 = 2;
/// Bytes of an answer that are kept.
pub const PER_ANSWER: usize = 1 << 20;
/// Pieces of an answer whose times are kept; further ones count to the last.
pub const PIECES: usize = 4096;
/// Bytes of a request that are kept.
pub const PER_REQUEST: usize = 1 << 20;
/// Bytes of all answers in flight, and of those that wait to be written.
pub const IN_FLIGHT: usize = 64 << 20;
/// Bytes of a recording and of the request bodies beside it.
pub const IN_ALL: u64 = 64 << 20;
/// Of those, for exchanges without a finding.
pub const FOR_SAMPLES: u64 = IN_ALL / 4;
