//! What the judge says of recorded traffic. A test without recordings says so and is done.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use spikeproof::endpoint::Endpoint;
use spikeproof::judge::{Basis, Judge, Judgement, Memory, Progress, Shared, Unkept};
use spikeproof::protocol::{BodyEnd, Delivery};

pub(crate) use crate::recordings::Entry;
use crate::recordings::{Recording, entries, recording};

/// A recording that rightly breaks a rule; a line of `known.csv`. The id is the start of the
/// SHA-256 of the body.
#[derive(Debug, serde::Deserialize)]
struct Known {
    id: String,
    rule: String,
    reason: String,
}

fn known() -> Vec<Known> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/known.csv");
    let mut reader = csv::Reader::from_path(list).expect("the list is part of the repository");
    let rows = reader.deserialize::<Known>();
    rows.map(|row| row.expect("the list is well formed"))
        .collect()
}

/// How an entry was delivered, by the form that it is kept in. `None`: its framing is lost.
pub(crate) fn stream_or_body(entry: &Entry) -> Option<Delivery> {
    match entry["path"].rsplit_once('.')?.1 {
        "sse" => Some(Delivery::Sse),
        "json" => Some(Delivery::Unary),
        _ => None,
    }
}

/// Judges one recording, fed in pieces of odd sizes.
fn judge(entry: &Entry, endpoint: Endpoint, delivery: Delivery) -> Judgement {
    let all = Basis {
        reads_all: true,
        ..Basis::WIRE
    };
    let again = Basis {
        asks_again: true,
        ..Basis::WIRE
    };
    let [(told, once), (read, all), (_, again)] =
        [Basis::WIRE, all, again].map(|basis| judged(recording(entry, endpoint, delivery), basis));
    // Events that are known at sight are judged as if they were read.
    assert!(told == read && once == all, "{}", entry["id"]);
    let rules = |judgement: &Judgement| {
        let findings = judgement.findings.iter();
        findings
            .map(|finding| finding.rule.id)
            .collect::<BTreeSet<_>>()
    };
    // A rule that looks at each form once finds what it would find at each event.
    assert!(again.unkept != Unkept::default() || rules(&once) == rules(&again));
    once
}

thread_local! {
    static MEMORY: Shared = Memory::shared();
}

/// With the progress that each piece made.
fn judged(recording: Recording, basis: Basis) -> (Vec<Progress>, Judgement) {
    let Recording { asked, head, body } = recording;
    // What earlier recordings have shown must not matter.
    let memory = MEMORY.with(Rc::clone);
    let mut judge = Judge::knowing(&memory, basis, Arc::new(asked), head);
    let mut made = Vec::new();
    let mut rest = body.as_slice();
    for size in [1, 7, 2, 31, 3, 257, 5, 1021].into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(size.min(rest.len()));
        made.push(judge.bytes(piece));
        rest = after;
    }
    let (last, judgement) = judge.end(BodyEnd::Clean);
    made.push(last);
    (made, judgement)
}

/// Judges every entry and demands silence, but for what is known and for rules of framing where a
/// recording did not keep it.
#[expect(
    clippy::print_stdout,
    reason = "tells why a test that passed has shown little"
)]
pub(crate) fn demand_silence(
    protocols: &[&str],
    framing: &[&str],
    route: impl Fn(&Entry) -> Option<(Endpoint, Delivery)>,
) {
    let Some(entries) = entries(protocols) else {
        println!("no recordings here: only the rules' own samples were judged");
        return;
    };
    let (mut judged, mut alarms) = (0, Vec::new());
    let known = known();
    let of_these = |known: &&Known| entries.iter().any(|entry| entry["id"] == known.id);
    let mut stale: Vec<_> = known.iter().filter(of_these).collect();
    for entry in &entries {
        let Some((endpoint, delivery)) = route(entry) else {
            continue;
        };
        judged += 1;
        let id = entry["id"].as_str();
        let is_exact = entry["byte_exact"] == "true";
        for finding in judge(entry, endpoint, delivery).findings {
            let rule = finding.rule.id;
            let is_it = |known: &Known| known.id == id && known.rule == rule;
            if known.iter().any(is_it) {
                stale.retain(|known| !is_it(known));
                continue;
            }
            if !is_exact && framing.contains(&rule) {
                continue;
            }
            let fidelity = &entry["fidelity"];
            alarms.push(format!("{id} ({fidelity}) {rule}: {}", finding.message));
        }
    }
    assert!(judged > 10, "only {judged} recordings were judged");
    assert!(alarms.is_empty(), "{}\n{}", alarms.len(), alarms.join("\n"));
    let stale: Vec<_> = stale
        .iter()
        .map(|known| format!("{} {} ({})", known.id, known.rule, known.reason))
        .collect();
    assert!(stale.is_empty(), "no longer broken: {stale:?}");
}
