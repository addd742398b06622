//! The rules against the replica, answer by answer and without a socket.

mod blame;
mod bodies;
mod edits;
mod healthy;
mod incoming;
mod play;
mod readings;
mod settings;
