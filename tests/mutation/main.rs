//! Proof of the catalogue by mutation: valid answers, thousands of seeded edits of each kind, and
//! of each edit the question whether any rule finds it.
//!
//! An edit that leaves every event as a client reads it is no change (`meaning.rs`). One that does
//! change the meaning must be found, unless `explained.rs` says why nobody can or need not. The
//! answers come from the replica, and from recordings where those lie beside the repository.
//!
//! `MUTANTS=400000 cargo test --test mutation -- --nocapture` tries more and says how many of each
//! kind survive; `MUTATION_SEED` starts elsewhere; with `UPDATE_EXPECT=1` the survivors that a rule
//! should find and none does are written to `open.txt`, whose lines are there to be made fewer.

#[path = "../faults/bodies.rs"]
mod bodies;
#[path = "../faults/incoming.rs"]
mod incoming;
#[path = "../faults/play.rs"]
mod play;
#[path = "../corpus/recordings.rs"]
mod recordings;
#[path = "../faults/settings.rs"]
mod settings;

mod edits;
mod explained;
mod explained_gemini;
mod explained_messages;
mod explained_responses;
mod heads;
mod meaning;
mod members;
mod order;
mod samples;
mod sweep;
mod values;
