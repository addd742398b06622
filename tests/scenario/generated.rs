//! Texts that are made from the tables and committed.
