//! The `spikeproof` command as its users meet it: a process with its two streams, its exit code
//! and the files that it leaves. Every process is ended by the test that started it, every folder
//! is of its own, and every port is one that the system picked.

mod audit_doubts;
mod confirm;
mod cross;
mod faults;
mod held_to;
mod ledger_faults;
mod machine;
mod phases;
mod program;
mod rare_faults;
mod recording;
mod refusals;
mod repetition;
mod replay;
mod replica;
mod results;
mod run;
mod secrecy;
mod sessions;
mod shards;
mod slow;
mod stopping;
mod targets;
mod tls;
mod unknown;
