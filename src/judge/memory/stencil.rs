//! One document as a stencil: all of its bytes but a few must be the same again.

use std::borrow::Cow;
use std::ops::Range;

use crate::json::{self, Place, Value, is_free, place, scalar_places, scalars};
use crate::protocol::repeat::{Hole, Repeat};

/// Places that may differ; a document with more of them is not worth comparing.
const MOST_HOLES: usize = 24;
/// Digits of a whole number that are told by themselves alone.
const MOST_DIGITS: usize = 18;
/// Nobody's.
const NOBODY: u64 = 0;

/// A document that others are compared with, and what was read of it.
#[derive(Debug)]
pub(super) struct Stencil {
    /// All of its block, or body.
    raw: Vec<u8>,
    /// Where the document lies in it.
    data: Range<usize>,
    /// In the order of the wire.
    cuts: Vec<Cut>,
    /// What was read, with the texts of whoever was compared last.
    value: Value,
    /// The answer that it was.
    owner: u64,
    /// Where the contents of the cuts lay in it.
    found: Vec<Range<usize>>,
}

/// A hole, where documents differ.
#[derive(Debug, Clone)]
struct Cut {
    /// In the stencil's bytes.
    bytes: Range<usize>,
    fills: Fills,
    /// The way to the value that it fills.
    way: Vec<usize>,
    /// Events of one run differ here; else it is only answers that do.
    is_within: bool,
    /// What stands here is part of a document's form (`json::form`).
    is_of_form: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fills {
    /// A string, not empty.
    Text,
    /// A string that may be empty.
    Noise,
    /// A whole number above nought.
    Number,
    /// Up to so many spaces.
    Padding(usize),
}

/// A document that fits, for the run of its repetitions.
#[derive(Debug, Default)]
pub(super) struct Run {
    raw: Vec<u8>,
    /// Where the contents of the stencil's cuts lie in it.
    found: Vec<Range<usize>>,
}

impl Stencil {
    /// Fits this document alone, and such as differ where `repeat` says.
    pub(super) fn new(raw: &[u8], data: Range<usize>, value: Value) -> Self {
        Self {
            raw: raw.to_vec(),
            data,
            cuts: Vec::new(),
            value,
            owner: NOBODY,
            found: Vec::new(),
        }
    }

    /// Cuts the holes of a kind of repetition. False: it has none of these texts, or it is not
    /// plain where; nothing is cut then.
    pub(super) fn cut(&mut self, repeat: &Repeat) -> bool {
        let data = &self.raw[self.data.clone()];
        let mut cuts = Vec::new();
        for hole in repeat.holes {
            let (fills, pointer) = match *hole {
                Hole::Padding(most) => {
                    let Some(spaces) = padding(data) else {
                        return false;
                    };
                    cuts.push(self.within(spaces, Fills::Padding(most), Vec::new()));
                    continue;
                }
                Hole::Text(pointer) => (Fills::Text, pointer),
                Hole::Noise(pointer) => (Fills::Noise, pointer),
                Hole::Number(pointer) => (Fills::Number, pointer),
            };
            if self.value.pointer(pointer).is_none() {
                continue;
            }
            let Some(Place { bytes, steps }) = place(data, &self.value, pointer) else {
                return false;
            };
            cuts.push(self.within(bytes, fills, steps));
        }
        let has_text = cuts.iter().any(|cut| cut.fills == Fills::Text);
        has_text && self.fits_itself_with(cuts)
    }

    fn within(&self, bytes: Range<usize>, fills: Fills, way: Vec<usize>) -> Cut {
        Cut {
            bytes: bytes.start + self.data.start..bytes.end + self.data.start,
            fills,
            way,
            is_within: true,
            is_of_form: false,
        }
    }

    /// Takes these holes if it is still a repetition of itself, with the same value read again.
    fn fits_itself_with(&mut self, mut cuts: Vec<Cut>) -> bool {
        cuts.sort_by_key(|cut| cut.bytes.start);
        let mut pairs = cuts.windows(2);
        let is_apart = pairs.all(|pair| pair[0].bytes.end < pair[1].bytes.start);
        if !is_apart || cuts.len() > MOST_HOLES {
            return false;
        }
        let before = std::mem::replace(&mut self.cuts, cuts);
        let (raw, value) = (self.raw.clone(), self.value.clone());
        if self.take(&raw, NOBODY) == Some(raw.len()) && self.value == value {
            return true;
        }
        self.cuts = before;
        self.value = value;
        false
    }

    /// Takes the place of the document before, with further holes where the two differ. They have
    /// the same skeleton. False: it cannot, and it fits neither of them from now on.
    pub(super) fn widen(&mut self, raw: &[u8], data: Range<usize>, value: Value) -> bool {
        let mut wider = Self::new(raw, data, value);
        let places = scalar_places(&wider.raw[wider.data.clone()]);
        let old_places = scalar_places(&self.raw[self.data.clone()]);
        let scalars = named_scalars(&wider.value);
        if places.len() != scalars.len() || old_places.len() != places.len() {
            return false;
        }
        let (old_data, data) = (&self.raw[self.data.clone()], &raw[wider.data.clone()]);
        let mut cuts = Vec::new();
        for (at, (name, way, scalar)) in scalars.iter().enumerate() {
            let bytes = wider.data.start + places[at].start..wider.data.start + places[at].end;
            let mut known = self.cuts.iter();
            if let Some(known) = known.find(|cut| !cut.is_padding() && cut.way == *way) {
                cuts.push(Cut {
                    bytes,
                    ..known.clone()
                });
                continue;
            }
            let (old, new) = (&old_data[old_places[at].clone()], &data[places[at].clone()]);
            if old == new {
                continue;
            }
            let fills = match scalar {
                Value::String(_) => Fills::Text,
                Value::Number(_) if is_whole(old) && is_whole(new) => Fills::Number,
                Value::Number(_) | Value::Null | Value::Bool(_) => return false,
                Value::Array(_) | Value::Object(_) => return false,
            };
            cuts.push(Cut {
                bytes,
                fills,
                way: way.clone(),
                is_within: false,
                is_of_form: fills == Fills::Text && !is_free(name),
            });
        }
        if let Some(known) = self.cuts.iter().find(|cut| cut.is_padding()) {
            let Some(spaces) = padding(data) else {
                return false;
            };
            let bytes = wider.data.start + spaces.start..wider.data.start + spaces.end;
            cuts.push(Cut {
                bytes,
                ..known.clone()
            });
        }
        drop(scalars);
        if !wider.fits_itself_with(cuts) || wider.take(&self.raw, NOBODY) != Some(self.raw.len()) {
            return false;
        }
        let raw = wider.raw.clone();
        let is_restored = wider.take(&raw, NOBODY).is_some();
        *self = wider;
        is_restored
    }

    /// How long the document's block is that `bytes` begin with, if it fits; the value is then what
    /// would be read of it, and `owner`'s.
    pub(super) fn take(&mut self, bytes: &[u8], owner: u64) -> Option<usize> {
        self.owner = NOBODY;
        self.found.clear();
        let (value, found) = (&mut self.value, &mut self.found);
        let holes = self.cuts.iter().map(|cut| (cut, &cut.bytes));
        let length = length_of(&self.raw, holes, bytes, |cut, at| {
            let length = cut.read(value, &bytes[at..])?;
            found.push(at..at + length);
            Some(length)
        })?;
        self.owner = owner;
        Some(length)
    }

    /// The same of a repetition of `run`, which `owner`'s answer had before: where answers differ
    /// it must be the same.
    pub(super) fn take_again(&mut self, bytes: &[u8], run: &Run, owner: u64) -> Option<usize> {
        if std::mem::replace(&mut self.owner, NOBODY) != owner {
            let among = self.cuts.iter().zip(&run.found);
            for (cut, found) in among.filter(|(cut, _)| !cut.is_within) {
                cut.read(&mut self.value, &run.raw[found.start..])?;
            }
        }
        let value = &mut self.value;
        let holes = within(&self.cuts, run);
        let length = length_of(&run.raw, holes, bytes, |cut, at| {
            cut.read(value, &bytes[at..])
        })?;
        self.owner = owner;
        Some(length)
    }

    /// The same of one that says a single text: how long it is, and that text. The value is left as
    /// it is. `None`: it does not fit, or is not so plain.
    pub(super) fn piece<'a>(&self, bytes: &'a [u8], run: &Run) -> Option<(usize, Cow<'a, str>)> {
        let mut said = None;
        let holes = within(&self.cuts, run);
        let length = length_of(&run.raw, holes, bytes, |cut, at| match cut.fills {
            Fills::Text if said.is_none() => {
                let (text, length) = json::text(&bytes[at..])?;
                said = Some(text).filter(|text| !text.is_empty());
                said.as_ref().map(|_| length)
            }
            Fills::Noise => json::ascii(&bytes[at..]),
            Fills::Text | Fills::Number | Fills::Padding(_) => None,
        })?;
        Some((length, said?))
    }

    /// Begins a run with `bytes`, which were taken last.
    pub(super) fn begin(&self, bytes: &[u8], run: &mut Run) {
        run.raw.clear();
        run.raw.extend_from_slice(bytes);
        run.found.clone_from(&self.found);
    }

    /// Whether `bytes`, which were taken last, go on with a run.
    pub(super) fn goes_on(&self, bytes: &[u8], run: &Run) -> bool {
        let mut among = self.cuts.iter().zip(self.found.iter().zip(&run.found));
        self.found.len() == run.found.len()
            && among.all(|(cut, (found, before))| {
                cut.is_within || bytes[found.clone()] == run.raw[before.clone()]
            })
    }

    /// Adds to a key what two documents that fit must have in common to have the same form.
    pub(super) fn add_key(&self, key: &mut Vec<u8>) {
        for cut in self.cuts.iter().filter(|cut| cut.is_of_form) {
            let text = self.value.at(&cut.way).and_then(Value::as_str);
            let text = text.unwrap_or_default();
            key.extend_from_slice(&(text.len() as u64).to_ne_bytes());
            key.extend_from_slice(text.as_bytes());
        }
    }

    /// The number of the form of a document that fits and has this key.
    pub(super) fn form_of(&mut self, mut key: &[u8]) -> Option<u64> {
        self.owner = NOBODY;
        for cut in self.cuts.iter().filter(|cut| cut.is_of_form) {
            let (length, rest) = key.split_first_chunk::<8>()?;
            let length = usize::try_from(u64::from_ne_bytes(*length)).ok()?;
            let (text, rest) = rest.split_at_checked(length)?;
            *self.value.at_mut(&cut.way)? = std::str::from_utf8(text).ok()?.into();
            key = rest;
        }
        key.is_empty().then(|| json::form(&self.value))
    }

    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// Lends the value out; it must be given back.
    pub(super) fn lend(&mut self) -> Value {
        std::mem::take(&mut self.value)
    }

    pub(super) fn give_back(&mut self, value: Value) {
        self.value = value;
    }

    /// Where the document lies in a block of this length.
    pub(super) fn data_in(&self, length: usize) -> Range<usize> {
        self.data.start..length - (self.raw.len() - self.data.end)
    }

    /// The ways to the values in holes, and whether these may be empty.
    pub(super) fn ways(&self) -> impl Iterator<Item = (&[usize], bool)> {
        let cuts = self.cuts.iter().filter(|cut| !cut.is_padding());
        cuts.map(|cut| (cut.way.as_slice(), cut.fills == Fills::Noise))
    }

    /// The same of those in which events of one run differ.
    #[cfg(test)]
    pub(super) fn ways_within(&self) -> impl Iterator<Item = (&[usize], bool)> {
        let cuts = self.cuts.iter();
        let cuts = cuts.filter(|cut| cut.is_within && !cut.is_padding());
        cuts.map(|cut| (cut.way.as_slice(), cut.fills == Fills::Noise))
    }
}

impl Cut {
    fn is_padding(&self) -> bool {
        matches!(self.fills, Fills::Padding(_))
    }

    /// Reads what fills the hole, which `rest` begins with, and says how long it is.
    fn read(&self, value: &mut Value, rest: &[u8]) -> Option<usize> {
        match self.fills {
            // Asked first: the value is never left empty.
            Fills::Text if rest.first() == Some(&b'"') => None,
            Fills::Text => value.at_mut(&self.way)?.reread_text(rest),
            Fills::Noise => value.at_mut(&self.way)?.reread_text(rest),
            Fills::Number => value.at_mut(&self.way)?.reread_number(rest),
            Fills::Padding(most) => {
                let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
                (spaces <= most).then_some(spaces)
            }
        }
    }
}

/// The holes in which events of one run differ, and where they lie in it.
fn within<'a>(cuts: &'a [Cut], run: &'a Run) -> impl Iterator<Item = (&'a Cut, &'a Range<usize>)> {
    let holes = cuts.iter().zip(&run.found);
    holes.filter(|(cut, _)| cut.is_within)
}

/// How long the block is that `bytes` begin with, if it is `raw` but for what fills its holes. Each
/// is read from where it begins, and says how long it is.
#[inline]
fn length_of<'a>(
    raw: &[u8],
    holes: impl Iterator<Item = (&'a Cut, &'a Range<usize>)>,
    bytes: &[u8],
    mut read: impl FnMut(&Cut, usize) -> Option<usize>,
) -> Option<usize> {
    let (mut at, mut from) = (0, 0);
    for (cut, hole) in holes {
        let before = &raw[from..hole.start];
        if !bytes.get(at..)?.starts_with(before) {
            return None;
        }
        at += before.len();
        from = hole.end;
        at += read(cut, at)?;
    }
    let after = &raw[from..];
    let fits = bytes.get(at..)?.starts_with(after);
    fits.then_some(at + after.len())
}

/// Each scalar with the name that it stands under, through lists.
fn named_scalars(value: &Value) -> Vec<(&str, Vec<usize>, &Value)> {
    let named = |(way, scalar): (Vec<usize>, _)| {
        let (mut name, mut inner) = ("", value);
        for step in &way {
            if let Some((own, _)) = inner.as_object().and_then(|it| it.iter().nth(*step)) {
                name = own;
            }
            inner = inner.at(&[*step]).unwrap_or(inner);
        }
        (name, way, scalar)
    };
    scalars(value).into_iter().map(named).collect()
}

fn is_whole(number: &[u8]) -> bool {
    number.iter().all(u8::is_ascii_digit) && number[0] != b'0' && number.len() <= MOST_DIGITS
}

/// The spaces before the last brace of an object.
fn padding(data: &[u8]) -> Option<Range<usize>> {
    let end = data.iter().rposition(|byte| *byte == b'}')?;
    let spaces = data[..end].iter().rev();
    let count = spaces.take_while(|byte| **byte == b' ').count();
    Some(end - count..end)
}
