//! Who reads what: noted while somebody watches.
//!
//! A rule is a function of what it reads. Of which parts of an answer, of its request and of the
//! state that is, a rule itself says nothing; it is seen when the rule is asked. Whoever wants to
//! know watches: then each read of a part leaves its mark. At all other times a read costs a look
//! at one flag. What is watched is a thread's own matter.

use std::cell::{Cell, RefCell};
use std::ops::{BitOr, Deref};

use crate::json::Value;

/// Parts that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts(u8);

impl Parts {
    pub const NONE: Self = Self(0);
    /// Of the request.
    pub const ASKED: Self = Self(1);
    /// Of that, the body as it was sent.
    pub const BODY: Self = Self(64);
    /// Status or headers.
    pub const HEAD: Self = Self(2);
    /// What the answer had said before.
    pub const STATE: Self = Self(4);
    /// Of that, what each repetition of an event changes (`protocol::flow`).
    pub const FLOW: Self = Self(8);
    /// The content of a watched value.
    pub const VALUE: Self = Self(16);
    /// Bytes as they came, and where.
    pub const RAW: Self = Self(32);

    pub const ALL_BUT_ASKED: Self = Self(!(Self::ASKED.0 | Self::BODY.0));

    /// Whether any of the others is among them.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Parts {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A value whose content is watched.
#[derive(Clone, Copy)]
struct Watched {
    value: *const Value,
    /// It may be empty, so that it must also be known who asks that.
    is_noise: bool,
}

thread_local! {
    static IS_ON: Cell<bool> = const { Cell::new(false) };
    static READ: Cell<Parts> = const { Cell::new(Parts::NONE) };
    /// Of an answer's headers, by their places; the last bit is for all from there on.
    static HEADERS: Cell<u64> = const { Cell::new(0) };
    static WATCHED: RefCell<Vec<Watched>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with these values watched, and no others. Of each: whether it may be empty.
pub fn watching<'a, T>(
    values: impl Iterator<Item = (&'a Value, bool)>,
    work: impl FnOnce() -> T,
) -> T {
    /// Also where a rule panics, as in tests.
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            IS_ON.set(false);
            WATCHED.take();
        }
    }
    let watched = values.map(|(value, is_noise)| Watched {
        value: std::ptr::from_ref(value),
        is_noise,
    });
    WATCHED.set(watched.collect());
    READ.set(Parts::NONE);
    IS_ON.set(true);
    let _off = Off;
    work()
}

/// What `work` reads, within [`watching`].
pub fn of<T>(work: impl FnOnce() -> T) -> (T, Parts) {
    READ.set(Parts::NONE);
    let done = work();
    (done, READ.get())
}

/// Of which headers `work` reads the values, within [`watching`]: a bit each.
pub fn headers_of<T>(work: impl FnOnce() -> T) -> (T, u64) {
    HEADERS.set(0);
    let done = work();
    (done, HEADERS.get())
}

/// The bit of a header.
pub fn header_bit(place: usize) -> u64 {
    1 << place.min(63)
}

/// The value of a header was read.
#[inline(always)]
pub fn note_header(place: usize) {
    if IS_ON.get() {
        HEADERS.set(HEADERS.get() | header_bit(place));
    }
}

/// Whether somebody watches: then nothing may be answered from memory.
#[inline(always)]
pub fn is_on() -> bool {
    IS_ON.get()
}

/// A part was read.
#[inline(always)]
pub fn note(parts: Parts) {
    if IS_ON.get() {
        READ.set(READ.get() | parts);
    }
}

/// The content of a value was read.
#[inline(always)]
pub fn note_value(value: &Value) {
    if IS_ON.get() {
        note_any(value, |_| true);
    }
}

/// It was asked whether a value is empty.
#[inline(always)]
pub fn note_noise(value: &Value) {
    if IS_ON.get() {
        note_any(value, |is_noise| is_noise);
    }
}

#[cold]
fn note_any(value: &Value, counts: fn(bool) -> bool) {
    let value = std::ptr::from_ref(value);
    let is_watched = WATCHED.with_borrow(|watched| {
        let mut watched = watched.iter();
        watched.any(|one| one.value == value && counts(one.is_noise))
    });
    if is_watched {
        note(Parts::VALUE);
    }
}

/// One of the parts, lent to whoever reads it.
#[derive(Debug)]
pub struct Part<'a, T: ?Sized, const PART: u8>(&'a T);

/// See [`Parts`].
pub type Request<'a> = Part<'a, crate::protocol::Asked, { Parts::ASKED.0 }>;
pub type Heading<'a> = Part<'a, crate::protocol::Head, { Parts::HEAD.0 }>;
pub type Before<'a, S> = Part<'a, S, { Parts::STATE.0 }>;
pub type Raw<'a, T> = Part<'a, T, { Parts::RAW.0 }>;

/// A value that notes who reads it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Noted<T, const PART: u8>(T);

/// The body of a request, where it is known.
pub type RequestBody = Noted<Option<Value>, { Parts::BODY.0 }>;

impl<T, const PART: u8> From<T> for Noted<T, PART> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T, const PART: u8> Deref for Noted<T, PART> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        note(Parts(PART));
        &self.0
    }
}

impl<'a, T: ?Sized, const PART: u8> Part<'a, T, PART> {
    pub fn of(part: &'a T) -> Self {
        Self(part)
    }

    /// All of it, for as long as it is there.
    #[inline(always)]
    pub fn get(self) -> &'a T {
        note(Parts(PART));
        self.0
    }
}

impl<T: ?Sized, const PART: u8> Clone for Part<'_, T, PART> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, const PART: u8> Copy for Part<'_, T, PART> {}

impl<T: ?Sized, const PART: u8> Deref for Part<'_, T, PART> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.get()
    }
}
