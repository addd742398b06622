//! In tests, who reads what a proof must know of: watched values, and flows of a state.

use std::cell::{Cell, RefCell};

use super::Value;

thread_local! {
    static READ: Cell<bool> = const { Cell::new(false) };
    /// Of each, whether it may be empty.
    static WATCHED: RefCell<Vec<(*const Value, bool)>> = const { RefCell::new(Vec::new()) };
}

/// Watches these values, and no others, until the next call. Of each: whether it may be empty, so
/// that it must also be known who asks that.
pub(crate) fn watch<'a>(values: impl Iterator<Item = (&'a Value, bool)>) {
    WATCHED.set(
        values
            .map(|(value, is_noise)| (std::ptr::from_ref(value), is_noise))
            .collect(),
    );
}

/// Something was read of which it must be known.
pub(crate) fn note() {
    READ.set(true);
}

/// The content of a value was read.
pub(super) fn note_value(value: &Value) {
    note_any(value, |_| true);
}

/// It was asked whether a value is empty.
pub(super) fn note_noise(value: &Value) {
    note_any(value, |is_noise| is_noise);
}

fn note_any(value: &Value, counts: fn(bool) -> bool) {
    let value = std::ptr::from_ref(value);
    let is_watched = WATCHED.with_borrow(|watched| {
        let mut watched = watched.iter();
        watched.any(|(one, is_noise)| *one == value && counts(*is_noise))
    });
    if is_watched {
        note();
    }
}

/// Whether anything was read since this was asked last.
pub(crate) fn was_read() -> bool {
    READ.replace(false)
}
