//! One answer's events, held against what is known.

use std::sync::Arc;

use crate::protocol::repeat::{Repeat, Spot};
use crate::protocol::{Asked, Event, Meaning};
use crate::wire::sse::Begin;

use super::known::{At, Events, Known, Place, is_fit};
use super::stencil::Run;
use super::{Knowledge, Lesson};
use crate::judge::unknown::Lookout;

/// Forms of one answer's events that are remembered without having been looked at.
const MOST_SEEN: usize = 64;

/// How far one answer is.
#[derive(Debug, Default)]
pub(in crate::judge) struct Recall {
    /// Which of its events may repeat each other.
    repeats: &'static [Repeat],
    /// Its number; 0: nothing is known, or asked.
    answer: u64,
    at: At,
    /// The first of the clean events in a row that repeat it, of which version of it, and how many
    /// they are.
    run: Run,
    version: u8,
    length: u32,
    /// Where its further repetitions put their text, and what each of them means.
    spot: Option<(Spot, Meaning)>,
    /// Events that are known, and what makes out their forms.
    seen: Vec<Seen>,
    keys: Vec<u8>,
    /// Of those, how many the lookout knows of.
    noted: usize,
    /// For the one in hand.
    key: Vec<u8>,
}

#[derive(Debug)]
struct Seen {
    place: Place,
    version: u8,
    key: std::ops::Range<usize>,
}

/// What an event in full is to the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::judge) enum Met {
    /// Nothing that is remembered.
    Other,
    /// One like it may be known from now on.
    Like(Place),
    /// The same, of which the rules are to be asked while they are watched.
    Lesson(Place),
}

/// Who sees an event that is known.
pub(in crate::judge) trait See {
    /// It is like one of an earlier answer. `None`: somebody found fault with it, and nothing was
    /// said yet.
    fn recalled(&mut self, event: &Event<'_>, lesson: &Lesson) -> Option<Meaning>;
    /// It repeats the one before it. With a spot, of further ones only the text need be told.
    fn repeated(&mut self, event: &Event<'_>) -> (Meaning, Option<Spot>);
    /// The text of a further repetition.
    fn said(&mut self, spot: Spot, text: &str);
    /// What was asked; whether the answer is over.
    fn moment(&self) -> (&Arc<Asked>, bool);
    fn lookout(&mut self) -> &mut Lookout;
}

impl Recall {
    /// Of the answer of this number.
    pub(in crate::judge) fn of(answer: u64, repeats: &'static [Repeat]) -> Self {
        Self {
            repeats,
            answer,
            ..Self::default()
        }
    }

    /// Whether anything may be known at sight.
    pub(in crate::judge) fn is_on(&self) -> bool {
        self.answer != 0
    }

    /// The length of a known event's block that `bytes` begin with, once it has been seen.
    pub(in crate::judge) fn claim(
        &mut self,
        known: &mut Knowledge,
        begin: Begin,
        bytes: &[u8],
        see: &mut impl See,
    ) -> Option<(usize, Meaning)> {
        if self.answer == 0 {
            return None;
        }
        let again = self.repeat(&mut known.events, begin, bytes, see);
        again.or_else(|| self.recall(&mut known.events, begin, bytes, see))
    }

    fn repeat(
        &mut self,
        events: &mut Events,
        begin: Begin,
        bytes: &[u8],
        see: &mut impl See,
    ) -> Option<(usize, Meaning)> {
        let At::Behind(place) = self.at else {
            return None;
        };
        let known = events.get(place).filter(|_| self.length > 1)?;
        if known.repeat.is_none() || known.version != self.version {
            return None;
        }
        if let Some((spot, meaning)) = self.spot
            && let Some((length, text)) = known.stencil.piece(bytes, &self.run)
        {
            #[cfg(test)]
            super::mutants::claim(begin.index);
            see.said(spot, &text);
            return Some((length, meaning));
        }
        let length = known.stencil.take_again(bytes, &self.run, self.answer)?;
        #[cfg(test)]
        super::mutants::claim(begin.index);
        let raw = &bytes[..length];
        let at = (begin.index, begin.offset);
        let (meaning, spot) = known.with_event(at, raw, false, |event, _| see.repeated(event));
        self.spot = spot.map(|spot| (spot, meaning));
        Some((length, meaning))
    }

    fn recall(
        &mut self,
        events: &mut Events,
        begin: Begin,
        bytes: &[u8],
        see: &mut impl See,
    ) -> Option<(usize, Meaning)> {
        let is_over = see.moment().1;
        for place in events.after(self.at) {
            let Some(known) = events.get(place) else {
                continue;
            };
            let lesson = known.lesson.as_ref();
            if lesson.is_none_or(|lesson| lesson.is_over != is_over) {
                continue;
            }
            let Some(length) = known.stencil.take(bytes, self.answer) else {
                continue;
            };
            let raw = &bytes[..length];
            // Some that are new to the memory are none to the lookout. Who is asked of them for
            // nothing says what was said before, or finds fault, and then all are asked.
            let is_new_form = !self.has_seen(place, known);
            let at = (begin.index, begin.offset);
            let meaning = known.with_event(at, raw, is_new_form, |event, lesson| {
                see.recalled(event, lesson?)
            })?;
            if is_new_form {
                let unknown = known.lesson.iter().map(|lesson| &lesson.unknown);
                unknown.for_each(|unknown| see.lookout().add(unknown));
                self.see(place, known.version);
            }
            self.step(place, known, raw, is_new_form);
            if self.at != At::Behind(place) {
                events.follow(self.at, place);
            }
            self.at = At::Behind(place);
            return Some((length, meaning));
        }
        None
    }

    /// Whether the answer had an event of this form before; its key is at hand from then on.
    fn has_seen(&mut self, place: Place, known: &Known) -> bool {
        self.key.clear();
        known.stencil.add_key(&mut self.key);
        let mut seen = self.seen.iter();
        let same = |seen: &Seen| (seen.place, seen.version) == (place, known.version);
        seen.any(|seen| same(seen) && self.keys[seen.key.clone()] == *self.key)
    }

    fn see(&mut self, place: Place, version: u8) {
        if self.seen.len() < MOST_SEEN {
            let begin = self.keys.len();
            self.keys.extend_from_slice(&self.key);
            let key = begin..self.keys.len();
            self.seen.push(Seen {
                place,
                version,
                key,
            });
        }
    }

    /// Counts a clean event, whose block was taken last.
    fn step(&mut self, place: Place, known: &Known, raw: &[u8], is_new_form: bool) {
        let is_next = self.at == At::Behind(place) && self.version == known.version;
        let goes_on = is_next && !is_new_form && known.stencil.goes_on(raw, &self.run);
        if goes_on {
            self.length += 1;
            return;
        }
        (self.length, self.version, self.spot) = (1, known.version, None);
        if known.repeat.is_some() {
            known.stencil.begin(raw, &mut self.run);
        }
    }

    /// Before an event is read in full: what was known at sight is no news to the lookout.
    pub(in crate::judge) fn note_forms(&mut self, known: &mut Knowledge, lookout: &mut Lookout) {
        for seen in &self.seen[self.noted..] {
            let known = known.events.get(seen.place);
            let Some(known) = known.filter(|known| known.version == seen.version) else {
                continue;
            };
            if let Some(form) = known.stencil.form_of(&self.keys[seen.key.clone()]) {
                lookout.note(form);
            }
        }
        self.noted = self.seen.len();
    }

    /// Meets an event that is read in full, before the state takes it in.
    pub(in crate::judge) fn meet(&mut self, known: &mut Knowledge, event: &Event<'_>) -> Met {
        if self.answer == 0 || !is_fit(event.frame()) {
            return Met::Other;
        }
        let frame = event.frame();
        let place = match known.events.find(event) {
            None => return Met::Other,
            Some(Ok(place)) => place,
            Some(Err(skeleton)) => {
                if !known.events.has_room() || !known.claim(frame.raw.len()) {
                    return Met::Other;
                }
                let added = known.events.add(event, skeleton, self.repeats, self.answer);
                return added.map_or(Met::Other, Met::Like);
            }
        };
        let answer = self.answer;
        let (Some(known), Some(json)) = (known.events.get(place), event.json()) else {
            return Met::Other;
        };
        let fits =
            |known: &mut Known| known.stencil.take(frame.raw, answer) == Some(frame.raw.len());
        if !known.is_vain && !fits(known) {
            known.widen(frame, json);
        }
        let is_elsewhere = std::mem::replace(&mut known.answer, answer) != answer;
        if known.is_vain || !fits(known) {
            return Met::Like(place);
        }
        // An answer that comes once teaches nothing.
        if known.lesson.is_none() && is_elsewhere {
            Met::Lesson(place)
        } else {
            Met::Like(place)
        }
    }

    /// After an event that was read in full. `is_clean`: no rule failed.
    pub(in crate::judge) fn met(
        &mut self,
        known: &mut Knowledge,
        met: Met,
        event: &Event<'_>,
        is_clean: bool,
        lesson: Option<Lesson>,
    ) {
        let place = match met {
            Met::Other => {
                (self.at, self.length, self.spot) = (At::Other, 0, None);
                return;
            }
            Met::Like(place) | Met::Lesson(place) => place,
        };
        known.events.follow(self.at, place);
        let Some(known) = known.events.get(place) else {
            return;
        };
        if matches!(met, Met::Lesson(_)) {
            known.tried();
            known.lesson = lesson.filter(|_| is_clean);
        }
        let raw = event.frame().raw;
        let fits = !known.is_vain && known.stencil.take(raw, self.answer) == Some(raw.len());
        if fits && !self.has_seen(place, known) {
            // The lookout knows of it already.
            self.see(place, known.version);
            self.noted = self.seen.len();
        }
        if fits && is_clean {
            self.step(place, known, raw, event.is_new_form);
        } else {
            (self.length, self.spot) = (0, None);
        }
        self.at = At::Behind(place);
    }

    /// The values in the holes of an event that teaches, and whether they may be empty.
    pub(in crate::judge) fn holes(known: &mut Knowledge, place: Place) -> Vec<(Vec<usize>, bool)> {
        let known = known.events.get(place);
        let ways = known.iter().flat_map(|known| known.stencil.ways());
        ways.map(|(way, is_noise)| (way.to_vec(), is_noise))
            .collect()
    }

    /// What a block repeats, if it repeats the one before it.
    #[cfg(test)]
    pub(super) fn repetition<'a>(
        &mut self,
        known: &'a mut Knowledge,
        raw: &[u8],
    ) -> Option<&'a super::stencil::Stencil> {
        let At::Behind(place) = self.at else {
            return None;
        };
        let known = known.events.get(place).filter(|_| self.length > 1)?;
        known.repeat?;
        let length = known.stencil.take_again(raw, &self.run, self.answer);
        (length == Some(raw.len())).then_some(&known.stencil)
    }
}
