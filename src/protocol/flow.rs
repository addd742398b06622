//! What of a state goes on with each event.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::reads::{self, Parts};

/// A part of a state that each repetition of an event may change (`protocol::repeat`). Rules read
/// it like any other value, but one that does so must be asked of each event.
#[derive(Clone, Copy, Default)]
pub struct Flow<T>(T);

impl<T> Flow<T> {
    /// To change it without asking what it is.
    pub(crate) fn moved(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Default + PartialEq> Flow<T> {
    /// Whether anything has come, which is so for good once it is.
    pub(crate) fn has_begun(&self) -> bool {
        self.0 != T::default()
    }
}

impl<T> From<T> for Flow<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Flow<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        reads::note(Parts::FLOW);
        &self.0
    }
}

impl<T> DerefMut for Flow<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: PartialEq> PartialEq<T> for Flow<T> {
    fn eq(&self, other: &T) -> bool {
        **self == *other
    }
}

impl<T: PartialOrd> PartialOrd<T> for Flow<T> {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        (**self).partial_cmp(other)
    }
}

impl<T: fmt::Display> fmt::Display for Flow<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(out)
    }
}

/// Says nothing of what it holds: two states that differ in flows alone are written alike.
impl<T: fmt::Debug> fmt::Debug for Flow<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(test)]
        if SHOWN.get() {
            return self.0.fmt(out);
        }
        out.write_str("~")
    }
}

#[cfg(test)]
thread_local! {
    /// Flows are written out.
    static SHOWN: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether two states are alike, flows and all.
#[cfg(test)]
pub(crate) fn same<S: fmt::Debug>(one: &S, other: &S) -> bool {
    SHOWN.set(true);
    let is_same = format!("{one:?}") == format!("{other:?}");
    SHOWN.set(false);
    is_same
}
