//! In tests, who reads what a proof must know of: watched values, and flows of a state.

use std::cell::{Cell, RefCell};

use super::Value;

thread_local! {
    static READ: Cell<bool> = const { Cell::new(false) };
    static WATCHED: RefCell<Vec<*const Value>> = const { RefCell::new(Vec::new()) };
}

/// Watches these values, and no others, until the next call.
pub(crate) fn watch<'a>(values: impl Iterator<Item = &'a Value>) {
    WATCHED.set(values.map(std::ptr::from_ref).collect());
}

/// Something was read of which it must be known.
pub(crate) fn note() {
    READ.set(true);
}

/// The content of a value was read.
pub(super) fn note_value(value: &Value) {
    let is_watched = WATCHED.with_borrow(|watched| watched.contains(&std::ptr::from_ref(value)));
    if is_watched {
        note();
    }
}

/// Whether anything was read since this was asked last.
pub(crate) fn was_read() -> bool {
    READ.replace(false)
}
