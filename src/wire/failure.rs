//! Why no answer came, in words, without addresses that may hold a key.

use std::error::Error;

use crate::outcome::Failure;

pub(super) fn connect_failure(error: &(dyn Error + 'static)) -> Failure {
    if is_ours(error) {
        Failure::Exhausted(told(error))
    } else {
        Failure::Connect(told(error))
    }
}

/// A connection that stood, broke; so many requests had been answered on it before.
pub(super) fn failure_of_use(error: &(dyn Error + 'static), answered: u64) -> Failure {
    let told = told(error);
    if is_ours(error) {
        Failure::Exhausted(told)
    } else if answered == 0 {
        Failure::Broken(told)
    } else {
        Failure::Broken(format!(
            "{told} (on a connection that had been used before, {answered} times; not sent again, \
             since bytes of it were out)"
        ))
    }
}

/// Whether this machine has run out of descriptors, ports, buffers or memory: no target can cause
/// that, and none must be blamed for it.
pub(super) fn is_ours(error: &(dyn Error + 'static)) -> bool {
    use rustix::io::Errno;
    const OURS: [Errno; 5] = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::ADDRNOTAVAIL,
        Errno::NOBUFS,
        Errno::NOMEM,
    ];
    let mut cause = Some(error);
    while let Some(error) = cause {
        let code = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::raw_os_error);
        if code.is_some_and(|code| OURS.iter().any(|ours| ours.raw_os_error() == code)) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The innermost cause: the outer ones repeat the address, which may hold a key.
pub(super) fn told(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::eq(cause, error) && cause.is::<reqwest::Error>() {
        "the HTTP client gave up".to_owned()
    } else {
        cause.to_string()
    }
}
