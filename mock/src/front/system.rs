//! What a listener for many connections asks of the operating system.

use std::net::TcpListener;

use rustix::net::listen;
use rustix::process::{Resource, getrlimit, setrlimit};

/// Connections that may wait to be taken. The kernel has a limit of its own (`somaxconn`); the
/// usual 128 make a thousand clients that connect at once wait for a second.
const WAITING: i32 = 4096;

/// Lets this process open as many files as it may without asking anyone. Where that fails the
/// limit stays what it was, and connections beyond it are counted as failed accepts.
pub(crate) fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        let _failed = setrlimit(Resource::Nofile, limit);
    }
}

/// Lets more connections wait on a socket that listens already.
pub(crate) fn lengthen_queue(listener: &TcpListener) {
    // It works with the queue it has if not.
    let _failed = listen(listener, WAITING);
}
