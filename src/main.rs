//! `claimcheck`: parse, dispatch, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    claimcheck::cli::main()
}
