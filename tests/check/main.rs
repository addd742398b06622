//! `check` as its users meet it: a process with files, two streams and an exit code; and, below it,
//! the library on bytes that nobody would send on purpose.

mod broken;
mod corpus;
mod formats;
mod hostile;
mod inputs;
mod labels;
mod large;
mod program;
