//! Command line: one file a subcommand.

/// Writes a line to standard error. A closed pipe (`2>&1 | head`) or a full disk must not turn a
/// message into a panic.
macro_rules! tell {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($part)*);
    }};
}

mod catalogue;
mod choice;
mod diff;
mod doctor;
mod exit;
mod graph;
mod lint;
mod list;
mod new;
mod plan;
mod report;
mod schema;
mod show;
mod slurm;
mod suite;
mod verify;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;

/// Verifies what scientific papers claim.
///
/// A claim file joins an experiment (what is measured) with assertions (what is concluded). `verify`
/// runs claims, holds each verdict against the file's expectation, and writes a report.
#[derive(Parser)]
#[command(name = "claimcheck", version, after_help = exit::HELP)]
struct Cli {
    /// Folder of claim files.
    #[arg(long, global = true, default_value = "claims", value_name = "FOLDER")]
    claims: PathBuf,
    /// When to colour messages.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
    #[command(subcommand)]
    command: Command,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    Verify(verify::Args),
    Lint(lint::Args),
    List(list::Args),
    Show(show::Args),
    Explain(show::ExplainArgs),
    New(new::Args),
    Watch(watch::Args),
    Report(report::Args),
    Plan(plan::Args),
    Slurm(slurm::Args),
    Diff(diff::Args),
    Graph(graph::Args),
    Schema(schema::Args),
    Doctor(doctor::Args),
}

/// What every subcommand knows.
struct Global {
    claims: PathBuf,
    colour: bool,
}

/// Parses the command line, runs the subcommand, returns the exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let help = !error.use_stderr();
            // A closed pipe (`claimcheck --help | head`) is no failure.
            let _ = error.print();
            return if help { Exit::Ok.into() } else { Exit::Usage.into() };
        }
    };
    let colour = match cli.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            std::io::IsTerminal::is_terminal(&std::io::stderr())
                && std::env::var_os("NO_COLOR").is_none()
        }
    };
    let global = Global { claims: cli.claims, colour };
    let done = match cli.command {
        Command::Verify(args) => verify::run(&global, args),
        Command::Lint(args) => lint::run(&global, &args),
        Command::List(args) => list::run(&global, &args),
        Command::Show(args) => show::run(&global, &args),
        Command::Explain(args) => show::explain(&args),
        Command::New(args) => new::run(&global, &args),
        Command::Report(args) => report::run(&global, &args),
        Command::Plan(args) => plan::run(&global, &args),
        Command::Slurm(args) => slurm::run(&global, &args),
        Command::Watch(args) => watch::run(&global, &args),
        Command::Diff(args) => diff::run(&global, &args),
        Command::Graph(args) => graph::run(&global, &args),
        Command::Schema(args) => schema::run(&args),
        Command::Doctor(args) => doctor::run(&global, &args),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(error) if is_broken_pipe(&error) => Exit::Ok.into(),
        Err(error) => {
            tell!("error: {error:#}");
            Exit::Internal.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
    };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}

/// What the person typed, for the report.
fn command_line() -> String {
    let words = std::env::args_os().skip(1);
    words.fold("claimcheck".into(), |line, word| line + " " + &word.to_string_lossy())
}

/// Writes to standard output; a closed pipe is an error that [`main`] forgives.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
