//! A bare connection to a listening replica, for what only a connection shows: what comes first,
//! and leaving.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use spikeproof_mock::Replica;

/// A request that was sent, and what was read of its answer.
pub(crate) struct Line {
    socket: TcpStream,
    read: String,
}

impl Line {
    /// Posts with the ready-made key.
    pub(crate) fn post(replica: &Replica, place: &str, body: &Value) -> Result<Self, String> {
        let (key, body) = (replica.key(), body.to_string());
        let head = format!(
            "POST {place} HTTP/1.1\r\nhost: replica\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let connected = TcpStream::connect(replica.address());
        let mut socket = connected.map_err(|error| error.to_string())?;
        // A replica that never answers is a failure, not a test without an end.
        let bounded = socket.set_read_timeout(Some(Duration::from_secs(30)));
        bounded.map_err(|error| error.to_string())?;
        let sent = socket.write_all((head + &body).as_bytes());
        sent.map_err(|error| error.to_string())?;
        let read = String::new();
        Ok(Self { socket, read })
    }

    /// Everything so far, read until `wanted` is part of it.
    pub(crate) fn read_to(&mut self, wanted: &str) -> Result<String, String> {
        let mut buffer = [0; 4096];
        while !self.read.contains(wanted) {
            let length = self
                .socket
                .read(&mut buffer)
                .map_err(|error| error.to_string())?;
            if length == 0 {
                return Err(format!("ended before `{wanted}`: {}", self.read));
            }
            self.read
                .push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
        Ok(self.read.clone())
    }
}

/// Looks until the replica knows that no call is under way.
pub(crate) fn wait_for_rest(replica: &Replica) {
    while replica.engine().ledger().in_flight > 0 {
        std::thread::yield_now();
    }
}
