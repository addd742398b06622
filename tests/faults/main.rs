//! The rules against the replica, answer by answer and without a socket.

mod blame;
mod healthy;
mod play;
mod settings;
