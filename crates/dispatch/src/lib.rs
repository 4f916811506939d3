//! What the dispatcher does outside the database: starting workers and looking after them.

pub mod launcher;
