//! `claimcheck`: parse, dispatch, exit code.

fn main() {}
