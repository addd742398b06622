//! `docs/faults.md`, made from the replica's table of faults and the catalogue's claims on it.

use std::fmt::Write as _;

use spikeproof_mock::text::Dialect;
use spikeproof_mock::{Fault, StreamFault, Trace};

use crate::rules::catalogue;

const INTRODUCTION: &str = "# Faults of the replica

<!-- Made from `mock/src/fault.rs` and `src/rules`: UPDATE_EXPECT=1 cargo test --test docs -->

Each is one thing that the replica does wrong on purpose, and nothing else: an edit of an answer
that was sound, or of what the ledger books for it. Whether one strikes a request follows from the
seed and the request.

Switch one on

- in a scenario: `replica: { faults: [stall=0.01, missing-terminator] }`;
- for a run or a replica of its own: `--fault NAME` or `--fault NAME=PROBABILITY`, repeatable;
- while it runs, for some requests or the next few: `POST /__replica/faults`, see
  [replica.md](replica.md);
- for one request: its header `x-replica-fault: NAME`, or `NAME,NAME`.

*Found by* names the rules and checks that must name it first (`spikeproof explain ID`). Where no
rule claims one, a run tells it by its outcome: a status that was not expected, a connection that
broke, a stream that ended too soon. Times are told by thresholds. What is *harmless* is allowed by
the documents and finds clients that are too strict.

";

const EDITS: &str = "## Edits

What no name is made for can be written out. An edit changes one thing in any answer, streamed or
not, sound or failed, and every other byte stays:

| edit | what it does |
| --- | --- |
| `edit EVENT PATH = JSON` | sets a member, or adds it |
| `edit EVENT PATH removed` | takes a member or an element away |
| `edit EVENT PATH named NAME` | gives a member another name |
| `edit EVENT PATH doubled` | an element of a list comes twice |
| `edit EVENT PATH plus NUMBER` | adds to a whole number |
| `edit EVENT PATH extended \"TEXT\"` | adds to the end of a text |
| `edit EVENT dropped`, `doubled` | an event is lost, or comes twice |
| `edit EVENT first`, `last`, `later` | an event moves to the start, to the end, behind the next |
| `edit EVENT broken` | the connection breaks behind an event |
| `edit EVENT called NAME` | the `event` line has another name |
| `edit EVENT padded N` | so many blanks more within the JSON |
| `edit head NAME = \"VALUE\"`, `edit head NAME removed` | a header |
| `edit status 299` | the status |
| `edit bytes \"FROM\" \"TO\"` | the first of these bytes within one event, or in the body |

`edit at /v1/tasks/cancel ...` strikes only answers to paths that begin so.

EVENT is the `type` of an event, or `*` for any event and for bodies; `#2`, `#last` or `#every`
behind it means others than the first that has PATH. PATH is a JSON pointer, in which `-` is the
last element. A probability follows ` @`: `edit message_start /message/role = \"user\" @0.01`. In
the header `x-replica-fault` an edit stands alone; the header may be repeated.

An edit changes what is said and nothing that is booked. Rules name edits of their own that they
must find (`spikeproof explain ID`).

";

/// The whole page.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (title, strikes) in sections() {
        let _ = writeln!(page, "## {title}\n");
        let _ = writeln!(
            page,
            "| name | what is seen | found by |\n| --- | --- | --- |"
        );
        for fault in Fault::all().filter(|fault| fault.strikes() == strikes) {
            let about = sentence(fault.about());
            let _ = writeln!(
                page,
                "| `{}` | {about} | {} |",
                fault.name(),
                found_by(fault)
            );
        }
        page.push('\n');
    }
    page.push_str(EDITS);
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// What faults strike, in the order of the table, each once.
fn sections() -> Vec<(String, &'static str)> {
    let mut all: Vec<&'static str> = Vec::new();
    for fault in Fault::all() {
        if !all.contains(&fault.strikes()) {
            all.push(fault.strikes());
        }
    }
    let title = |strikes: &'static str| (format!("What strikes {strikes}"), strikes);
    all.into_iter().map(title).collect()
}

/// With a capital and a full stop, as all of them.
fn sentence(about: &str) -> String {
    let mut chars = about.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    let text = format!("{}{}", first.unwrap_or_default(), chars.as_str());
    let text = text.replace('|', "\\|");
    if text.ends_with('.') {
        text
    } else {
        text + "."
    }
}

fn found_by(fault: Fault) -> String {
    let claims = catalogue::all().filter(|rule| rule.faults.contains(&fault.name()));
    let ids: Vec<&str> = claims.map(|rule| rule.id).collect();
    let mut told = if ids.is_empty() {
        match fault.trace() {
            Trace::Answer => "its outcome".to_owned(),
            Trace::Times => "thresholds on times".to_owned(),
            Trace::Money => "no check yet".to_owned(),
            Trace::Nothing => "nothing: harmless".to_owned(),
        }
    } else {
        ids.join(", ")
    };
    if let Fault::Stream(fault) = fault {
        told += &exceptions(fault);
    }
    told
}

/// Where a stream's fault is allowed after all, or cannot be seen.
fn exceptions(fault: StreamFault) -> String {
    let names = [
        (Dialect::AnthropicMessages, "Messages"),
        (Dialect::OpenaiChat, "Chat Completions"),
        (Dialect::OpenaiResponses, "Responses"),
        (Dialect::Gemini, "Gemini"),
    ];
    let of = |test: &dyn Fn(Dialect) -> bool| {
        let named = names.iter().filter(|(dialect, _)| test(*dialect));
        named.map(|(_, name)| *name).collect::<Vec<_>>()
    };
    let benign = of(&|dialect| fault.is_benign(dialect));
    let unseen = of(&|dialect| !fault.is_benign(dialect) && !fault.is_provable(dialect));
    let mut told = String::new();
    if !benign.is_empty() && benign.len() < names.len() {
        let _ = write!(told, "; harmless in {}", benign.join(" and "));
    }
    if !unseen.is_empty() {
        let _ = write!(told, "; not to be seen in {}", unseen.join(" and "));
    }
    told
}
