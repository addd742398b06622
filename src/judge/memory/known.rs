//! The events of one protocol's answers, and which of them follows which.

use crate::json::{self, Value};
use crate::protocol::Event;
use crate::protocol::repeat::Repeat;
use crate::reads;
use crate::wire::frame::{Frame, Lines};

use super::stencil::Stencil;
use super::{Lesson, MOST_TRIES};

/// Kinds of events that are known of one protocol.
const MOST_EVENTS: usize = 256;
/// Of what follows an event, how many are tried.
const MOST_NEXT: usize = 4;

/// The place of an event among those that are known.
pub(super) type Place = u16;

#[derive(Debug, Default)]
pub(super) struct Events {
    known: Vec<Known>,
    /// What answers begin with.
    first: Next,
    /// What follows an event that is not known.
    after_others: Next,
}

/// What came after something, the latest first.
#[derive(Debug, Default, Clone, Copy)]
struct Next {
    places: [Place; MOST_NEXT],
    count: usize,
}

/// One event.
#[derive(Debug)]
pub(super) struct Known {
    skeleton: u64,
    name: Option<String>,
    lines: Lines,
    kind: u64,
    pub(super) stencil: Stencil,
    /// It may be repeated within an answer.
    pub(super) repeat: Option<&'static Repeat>,
    pub(super) lesson: Option<Lesson>,
    next: Next,
    /// The answer that it was in when it was met last.
    pub(super) answer: u64,
    /// Counts the times that its holes have changed.
    pub(super) version: u8,
    /// Times that it was found to differ elsewhere, or that somebody found fault with it.
    tries: u8,
    /// It is no longer compared.
    pub(super) is_vain: bool,
}

/// Where an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum At {
    #[default]
    Start,
    /// Behind an event that is known.
    Behind(Place),
    /// Behind another one.
    Other,
}

/// Whether a block may be compared with others: closed, one line of data, its lines ended so that
/// what follows does not matter.
pub(super) fn is_fit(frame: &Frame<'_>) -> bool {
    let lines = &frame.lines;
    let is_odd = lines.bom || lines.oversized || lines.not_utf8 || lines.cr > 0;
    let is_plain = lines.closed && lines.data == 1 && !is_odd;
    is_plain && frame.raw.ends_with(b"\n")
}

/// Where the data of a block lies in it. `None`: it is not there in one piece.
pub(super) fn data_of(frame: &Frame<'_>) -> Option<std::ops::Range<usize>> {
    let data = frame.data.as_ref();
    let begin = (data.as_ptr() as usize).checked_sub(frame.raw.as_ptr() as usize)?;
    let range = begin..begin + data.len();
    (frame.raw.get(range.clone()) == Some(data)).then_some(range)
}

impl Events {
    pub(super) fn get(&mut self, place: Place) -> Option<&mut Known> {
        self.known.get_mut(usize::from(place))
    }

    /// What may come next, the likeliest first.
    pub(super) fn after(&self, at: At) -> impl Iterator<Item = Place> + use<> {
        let next = match at {
            At::Start => self.first,
            At::Other => self.after_others,
            At::Behind(place) => self.known[usize::from(place)].next,
        };
        next.places.into_iter().take(next.count)
    }

    /// Takes note of what came after what.
    pub(super) fn follow(&mut self, at: At, place: Place) {
        let next = match at {
            At::Start => &mut self.first,
            At::Other => &mut self.after_others,
            At::Behind(place) => &mut self.known[usize::from(place)].next,
        };
        next.put_first(place);
    }

    /// The one that an event is, as far as its build tells, or how it is built. `None`: it is no
    /// JSON.
    pub(super) fn find(&self, event: &Event<'_>) -> Option<Result<Place, u64>> {
        let skeleton = json::skeleton(event.json()?);
        let found = self.known.iter().position(|known| {
            let is_built_so = known.skeleton == skeleton && known.lines == *event.lines();
            is_built_so && known.name.as_deref() == event.name()
        });
        let place = found.and_then(|place| Place::try_from(place).ok());
        Some(place.ok_or(skeleton))
    }

    pub(super) fn has_room(&self) -> bool {
        self.known.len() < MOST_EVENTS
    }

    /// Adds an event that fits and is known by nothing yet.
    pub(super) fn add(
        &mut self,
        event: &Event<'_>,
        skeleton: u64,
        repeats: &'static [Repeat],
        answer: u64,
    ) -> Option<Place> {
        let (frame, json) = (event.frame(), event.json()?);
        let mut stencil = Stencil::new(frame.raw, data_of(frame)?, json.clone());
        let repeat = kind_of(repeats, event, json).filter(|repeat| stencil.cut(repeat));
        let place = Place::try_from(self.known.len()).ok()?;
        self.known.push(Known {
            skeleton,
            name: event.name().map(str::to_owned),
            lines: *event.lines(),
            kind: event.kind(),
            stencil,
            repeat,
            lesson: None,
            next: Next::default(),
            answer,
            version: 0,
            tries: 0,
            is_vain: false,
        });
        Some(place)
    }
}

/// The kind of repetition that an event may be.
fn kind_of(repeats: &'static [Repeat], event: &Event<'_>, json: &Value) -> Option<&'static Repeat> {
    let mut repeats = repeats.iter().filter(|_| json.is_object());
    repeats.find(|repeat| {
        let is_of = repeat.of.is_none_or(|name| event.is_of(name));
        is_of && (repeat.fits)(json)
    })
}

impl Known {
    /// Takes in that a document of the same build does not fit: from now on it does, and what it is
    /// differs in more places.
    pub(super) fn widen(&mut self, frame: &Frame<'_>, json: &Value) {
        self.version = self.version.saturating_add(1);
        self.lesson = None;
        let data = data_of(frame);
        let fits = data.is_some_and(|data| self.stencil.widen(frame.raw, data, json.clone()));
        self.tried();
        self.is_vain |= !fits;
        // Whether it may be repeated must not rest on what answers differ in.
        let Some(repeat) = self.repeat.filter(|_| fits) else {
            return;
        };
        let value = self.stencil.value();
        let holes = self.stencil.ways();
        let holes = holes.filter_map(|(way, is_noise)| Some((value.at(way)?, is_noise)));
        let (still_fits, read) = reads::watching(holes, || reads::of(|| (repeat.fits)(value)));
        if !still_fits || read.has(reads::Parts::VALUE) {
            self.repeat = None;
        }
    }

    /// Counts an attempt at knowing more of it.
    pub(super) fn tried(&mut self) {
        self.tries += 1;
        self.is_vain |= self.tries > MOST_TRIES;
    }

    /// The block at hand, as an event whose data was taken last.
    pub(super) fn with_event<T>(
        &mut self,
        (index, offset): (u32, u64),
        raw: &[u8],
        is_new_form: bool,
        see: impl FnOnce(&Event<'_>, Option<&Lesson>) -> T,
    ) -> T {
        let frame = Frame {
            index,
            offset,
            raw,
            name: self.name.as_deref().map(Into::into),
            data: raw[self.stencil.data_in(raw.len())].into(),
            lines: self.lines,
        };
        let event = Event::again(&frame, self.stencil.lend(), self.kind, is_new_form);
        let told = see(&event, self.lesson.as_ref());
        self.stencil.give_back(event.into_json());
        told
    }
}

impl Next {
    fn put_first(&mut self, place: Place) {
        let known = &self.places[..self.count];
        let at = known.iter().position(|known| *known == place);
        let at = at.unwrap_or_else(|| {
            self.count = MOST_NEXT.min(self.count + 1);
            self.count - 1
        });
        self.places[..=at].rotate_right(1);
        self.places[0] = place;
    }
}
