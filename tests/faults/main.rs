//! The rules against the replica, answer by answer and without a socket.

mod healthy;
mod play;
mod settings;
