//! The `keybound` command.

fn main() {}
