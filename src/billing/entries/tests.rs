//! What is put away is what stays, and what cannot be is noted.

use proptest::prelude::*;

use super::*;
use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::sorted::{Sorter, Stamp};
use crate::billing::spill::shelf::short;
use crate::exchange::Nanos;
use crate::scenario::TemplateId;

fn entry(number: u64) -> Entry {
    let small = |by: u64| u16::try_from(number.wrapping_mul(by) % 60_000).unwrap();
    let classes: Vec<_> = (0..u8::MAX).map_while(Class::of_number).collect();
    let class = classes[usize::from(small(1)) % classes.len()];
    let mut entry = Entry::new(class, Nanos(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    if number.is_multiple_of(2) {
        let quota = -i64::from(small(7));
        entry = entry.seen(entry.sent, Some(Credits(quota)));
    }
    if number.is_multiple_of(3) {
        entry = entry.ended(entry.sent).of_cache().charged(Credits(3));
    }
    (entry.id, entry.call) = (!number, u32::from(small(11)));
    (entry.input, entry.output) = (u32::from(small(13)), u32::from(small(17)));
    (entry.template, entry.phase) = (TemplateId(small(19)), small(23));
    (entry.ordinal, entry.units) = (small(29), small(31));
    entry.key = u8::try_from(number % 200).unwrap();
    entry
}

#[test]
fn what_is_put_away_is_what_stays() {
    for count in 0..20 {
        let all: Vec<_> = (0..count).map(entry).collect();
        let (spill, fails) = short();
        let mut entries = Entries::spilling(spill);
        entries.extend(all.iter().copied());
        assert_eq!(fails.bytes.get(), all.len() / 3 * 3 * 64, "{count}");
        assert_eq!(entries.last.len(), all.len() % 3, "no more stays than that");
        assert_eq!(entries.len(), all.len());
        for first in 0..all.len() + 2 {
            let rest: Vec<_> = entries.starting_at(first).collect();
            assert_eq!(rest, all.get(first..).unwrap_or_default());
            assert_eq!(entries.get(first), all.get(first).copied());
        }
        assert_eq!(
            entries.gathered().map(|all| all.to_vec()),
            Some(all.clone())
        );
        entries.push(entry(99));
        assert_eq!(entries.get(all.len()), Some(entry(99)));
        assert_eq!((entries.unwritten(), entries.unread()), (None, None));
    }
}

#[test]
fn every_class_is_put_away() {
    let all: Vec<_> = (0..u8::MAX).map_while(Class::of_number).collect();
    for (class, number) in all.iter().zip(0..) {
        assert_eq!(class.number(), number);
        let word = serde_json::to_string(class).unwrap();
        assert_eq!(serde_json::from_str::<Class>(&word).unwrap(), *class);
    }
    // Whoever adds one gets told here that it has no number.
    let nonsense = serde_json::from_str::<Class>("\"nonsense\"").unwrap_err();
    let nonsense = nonsense.to_string();
    let words = nonsense.split('`').skip(3).step_by(2);
    for word in words.filter(|word| *word != "mistake") {
        let class: Class = serde_json::from_str(&format!("\"{word}\"")).unwrap();
        assert!(all.contains(&class), "{word}");
    }
    let word = "{\"mistake\":\"nonsense\"}";
    let nonsense = serde_json::from_str::<Class>(word).unwrap_err().to_string();
    let words: Vec<_> = nonsense.split('`').skip(3).step_by(2).collect();
    assert!(words.len() > 10, "{nonsense}");
    for word in words {
        let word = format!("{{\"mistake\":\"{word}\"}}");
        let class: Class = serde_json::from_str(&word).unwrap();
        assert!(all.contains(&class), "{word}");
    }
}

#[test]
fn what_a_full_place_does_not_take_stays_in_memory() {
    for taken in 0..5 {
        let (spill, fails) = short();
        fails.appends.set(Some(taken));
        let all: Vec<_> = (0..14).map(entry).collect();
        let mut entries = Entries::spilling(spill);
        entries.extend(all.iter().copied());
        assert_eq!(entries.iter().collect::<Vec<_>>(), all);
        assert_eq!(entries.get(4), Some(all[4]));
        assert_eq!(entries.unwritten().is_some(), taken < 4);
        assert_eq!(entries.unread(), None);
    }
}

#[test]
fn what_cannot_be_read_is_noted_and_not_made_up() {
    let (spill, fails) = short();
    let mut entries = Entries::spilling(spill);
    entries.extend((0..14).map(entry));
    fails.reads.set(Some(2));
    let (all, why) = entries
        .spill()
        .watched(|| entries.iter().collect::<Vec<_>>());
    assert_eq!(all, (0..6).map(entry).collect::<Vec<_>>());
    assert!(why.is_some_and(|why| why.contains("no such shelf")));
    let (one, why) = entries.spill().watched(|| entries.get(4));
    assert_eq!((one, why.is_some()), (None, true));
    let (one, why) = entries.spill().watched(|| entries.get(13));
    assert_eq!((one, why), (Some(entry(13)), None), "that one is in memory");
    assert!(entries.gathered().is_none());
    fails.reads.set(None);
    assert_eq!(entries.iter().count(), 14);
    assert!(entries.unread().is_some(), "once is enough");
}

proptest! {
    #[test]
    fn stamps_come_in_order_wherever_they_were(
        moments in prop::collection::vec((0_u64..40, -5_i64..5), 0..120),
        taken in prop::option::of(0_usize..6),
    ) {
        let stamps = moments.iter().enumerate();
        let stamps = stamps.map(|(index, (at, credits))| Stamp::new(Nanos(*at), index, *credits));
        let (spill, fails) = short();
        fails.appends.set(taken);
        let mut sorter = Sorter::new(&spill);
        stamps.clone().for_each(|stamp| sorter.push(stamp));
        let sorted = sorter.sorted();
        let mut expected: Vec<_> = stamps.collect();
        expected.sort_unstable();
        prop_assert_eq!(sorted.len(), expected.len());
        for _ in 0..2 {
            prop_assert_eq!(&sorted.iter().collect::<Vec<_>>(), &expected);
        }
        if taken.is_none() {
            // Twelve of them are a run.
            prop_assert_eq!(fails.bytes.get(), expected.len() / 12 * 12 * 20);
            fails.reads.set(Some(0));
            let (read, why) = spill.watched(|| sorted.iter().count());
            prop_assert_eq!(read, expected.len() % 12);
            prop_assert_eq!(why.is_some(), expected.len() >= 12);
        }
    }
}
