//! What makes a run inconclusive, one reason at a time.

use std::time::Duration;

use super::tests::{concluded_as, frame, outcomes, samples, totals};
use super::{Frame, Shards, Totals};
use crate::drive::Event;
use crate::exchange::{CallKey, Exchange};
use crate::exit::Exit;
use crate::judge::Judgement;
use crate::outcome::{Failure, Outcome};
use crate::scenario::TemplateId;

fn well() -> Totals {
    let mut totals = totals("errors.unexpected == 0");
    outcomes(&mut totals, Outcome::Ok, 5);
    totals
}

/// The doubts that a run ends with, each by its word and what is said.
fn doubts(totals: &Totals, frame: &Frame) -> (Vec<(&'static str, String)>, Exit) {
    let (report, exit) = concluded_as(totals, frame, &Shards::Whole);
    let doubts = report.doubts.into_iter();
    (doubts.map(|row| (row.doubt, row.message)).collect(), exit)
}

/// Asserts that there is one doubt, of that word, and that it says so much.
fn alone(totals: &Totals, frame: &Frame, word: &str, says: &str) {
    let (doubts, exit) = doubts(totals, frame);
    assert_eq!(exit, Exit::Inconclusive, "{doubts:?}");
    assert_eq!(doubts.len(), 1, "{doubts:?}");
    assert_eq!(doubts[0].0, word);
    assert!(doubts[0].1.contains(says), "{doubts:?}");
}

#[test]
fn a_run_without_a_doubt_holds() {
    assert_eq!(doubts(&well(), &frame()), (Vec::new(), Exit::Held));
}

#[test]
fn what_this_machine_lacked_is_told_apart_from_what_was_dropped() {
    let mut totals = well();
    for number in 0..3 {
        let mut exchange = Exchange::example(Outcome::Dropped);
        exchange.call.number = number;
        exchange.failure = Some(Failure::Exhausted("Too many open files".to_owned()));
        totals.take(&mut Event::Exchanged(Box::new(exchange)));
    }
    let says = "3 requests could not be sent, for this machine's own reasons (Too many open files)";
    alone(&totals, &frame(), "exhausted", says);
    for number in 3..5 {
        totals.take(&mut Event::Dropped {
            call: CallKey { phase: 0, number },
            template: TemplateId(0),
        });
    }
    let (doubts, _) = doubts(&totals, &frame());
    let words: Vec<_> = doubts.iter().map(|(word, _)| *word).collect();
    assert_eq!(words, ["dropped", "exhausted"]);
    assert!(doubts[0].1.starts_with("2 calls were due"), "{doubts:?}");
}

#[test]
fn a_time_beyond_the_histogram_is_told() {
    let mut totals = well();
    samples(&mut totals, "e2e", [1_000, 7_200_000_000_000].into_iter());
    alone(
        &totals,
        &frame(),
        "clipped",
        "1 samples were longer than an hour",
    );
}

#[test]
fn a_wall_clock_that_moved_is_told() {
    let moved = Frame {
        wall_duration: Duration::from_secs(4),
        ..frame()
    };
    alone(&well(), &moved, "clock_jump", "moved 3.0 s");
    let drifted = Frame {
        wall_duration: Duration::from_millis(2_900),
        ..frame()
    };
    assert_eq!(doubts(&well(), &drifted).1, Exit::Held);
}

#[test]
fn a_body_that_was_not_read_whole_is_told() {
    let mut totals = well();
    let mut exchange = Exchange::example(Outcome::Ok);
    exchange.judgement = Some(Judgement {
        oversized: true,
        ..Judgement::example()
    });
    totals.take(&mut Event::Exchanged(Box::new(exchange)));
    alone(&totals, &frame(), "unread", "1 bodies were too long");
}

#[test]
fn a_file_that_could_not_be_written_is_told() {
    let full = Frame {
        unwritten: Some("cannot write `requests.csv`: no room".to_owned()),
        ..frame()
    };
    alone(
        &well(),
        &full,
        "not_recorded",
        "cannot write `requests.csv`: no room",
    );
}
