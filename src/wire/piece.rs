//! A piece of an answer's body.

use bytes::Bytes;

use crate::exchange::Nanos;

/// Bytes as one read of the network brought them, or fewer.
#[derive(Debug)]
pub struct Piece {
    /// `None`: the body is over.
    pub bytes: Option<Bytes>,
    /// When they were read; the clock is read once a read of the network.
    pub at: Nanos,
}
