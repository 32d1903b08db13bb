//! A copy of the sources that holds all mistakes behind switches: built once, asked with one of them on.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::catalogue::{CATALOGUE, Mutation, Patch};

/// The repository.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// What the copy is made of. Of the tests only those that notice mutations.
const PARTS: [&str; 9] = [
    "src",
    "claims",
    "templates",
    "benches",
    "tests/calibration.rs",
    "build",
    "build.rs",
    "Cargo.toml",
    "Cargo.lock",
];
/// Name of the copy's binary.
const BINARY: &str = "claimcheck-mutant";

/// The environment variable that turns one mutation on, by its place in the catalogue.
const SWITCH: &str = "CLAIMCHECK_MUTATION";
/// What the copy's library reads it with.
const READER: &str = r#"
/// Is this the mistake that was asked for?
pub fn mutated(number: usize) -> bool {
    static ASKED: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    let read = || std::env::var("SWITCH").ok()?.parse().ok();
    *ASKED.get_or_init(read) == Some(number)
}
"#;

/// What Cargo says if a dependency would have to be fetched.
const OFFLINE: &str = "--offline was specified";
/// What is said if there is no Cargo.
const NO_CARGO: &str = "can't be started";

/// What a program did.
pub struct Run {
    /// Exit code; `None` if it was killed.
    pub code: Option<i32>,
    /// Everything it printed.
    pub output: String,
}

/// A claim whose verdict is not as expected.
#[derive(Debug)]
pub struct Fallen {
    /// The claim.
    pub id: String,
    verdict: String,
    /// First assertion that fell, if it was one.
    assertion: Option<String>,
}

impl fmt::Display for Fallen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.assertion.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
        write!(f, "{} is {}{at}", self.id, self.verdict)
    }
}

/// The copy, where it is built, and the mistake that is made.
pub struct Workshop {
    folder: PathBuf,
    target: PathBuf,
    made: Option<usize>,
}

impl Workshop {
    /// Makes the copy and builds it.
    ///
    /// # Errors
    /// Why nothing can be built here, in words.
    pub fn open() -> Result<Self, String> {
        // Cargo's scratch folder for tests lies in the target folder, whatever that is called.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("no target folder")?;
        let folder = target.join("mutations").join("source");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let workshop = Self { folder, target: target.to_path_buf(), made: None };
        workshop.write(None).map_err(|error| format!("the sources can't be copied: {error}"))?;
        match workshop.build() {
            Err(output) if output.contains(OFFLINE) || output.contains(NO_CARGO) => {
                let end = output.lines().last().unwrap_or_default();
                Err(format!("a copy of the sources can't be built here: {end}"))
            }
            Err(output) => panic!("the unchanged copy does not build:\n{output}"),
            Ok(()) => Ok(workshop),
        }
    }

    /// Makes the copy: the sources with their switches, and of the files that the program reads one
    /// mutation's. Files that are equal already keep their times, so that only what changed is built.
    fn write(&self, mutation: Option<&Mutation>) -> io::Result<()> {
        let wanted = files(Path::new(ROOT))?;
        for file in files(&self.folder)?.difference(&wanted) {
            fs::remove_file(self.folder.join(file))?;
        }
        for file in &wanted {
            let content = content(file, mutation)?;
            let place = self.folder.join(file);
            if fs::read(&place).ok().as_ref() != Some(&content) {
                fs::create_dir_all(place.parent().unwrap_or(&self.folder))?;
                fs::write(&place, content)?;
            }
        }
        Ok(())
    }

    /// Makes this mistake and no other.
    pub fn make(&mut self, mutation: &Mutation) {
        self.made = CATALOGUE.iter().position(|it| it.name == mutation.name);
        self.write(Some(mutation)).expect("the copy can be written");
    }

    /// Builds the copy.
    ///
    /// # Errors
    /// What the compiler said.
    fn build(&self) -> Result<(), String> {
        // An integration test brings the binary with it, with the very features of the outer build.
        let run = self.run(self.cargo("test").args(["--no-run", "--test", "calibration"]));
        if run.code == Some(0) { Ok(()) } else { Err(run.output) }
    }

    /// Runs one of the copy's tests.
    pub fn test(&self, target: &str, name: &str) -> Run {
        self.run(self.cargo("test").args(["--test", target, "--", "--exact", name]))
    }

    /// The copy's verdicts at the quick profile: the run, and the claims that are not as expected.
    pub fn verify(&self, claims: &[&str]) -> (Run, Vec<Fallen>) {
        let out = tempfile::tempdir().expect("a temporary folder");
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        let binary = self.target.join(profile).join(BINARY);
        let mut command = Command::new(binary);
        command.arg("verify").args(claims).args(["--profile", "quick", "--quiet", "--out"]);
        // Mutants are one program: what one of them found in order is not so for the next.
        command.env("XDG_CACHE_HOME", out.path().join("cache"));
        let run = self.run(command.arg(out.path()));
        let fallen = fs::read(out.path().join("results.json")).map(|text| fallen(&text));
        (run, fallen.unwrap_or_default())
    }

    fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args([subcommand, "--offline", "--locked"]);
        if subcommand == "test" && !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        cargo.env("CARGO_TARGET_DIR", &self.target);
        cargo
    }

    fn run(&self, command: &mut Command) -> Run {
        match self.made {
            Some(number) => command.env(SWITCH, number.to_string()),
            None => command.env_remove(SWITCH),
        };
        match command.current_dir(&self.folder).output() {
            Ok(done) => {
                let text =
                    [done.stdout, done.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
                Run { code: done.status.code(), output: text.concat() }
            }
            Err(error) => {
                let program = command.get_program().display();
                Run { code: None, output: format!("{program} can't be started: {error}") }
            }
        }
    }
}

/// Where patches of a mutation do not fit the sources, in words.
pub fn misfits(mutation: &Mutation) -> Vec<String> {
    let misfit = |patch: &Patch| {
        let text = fs::read_to_string(Path::new(ROOT).join(patch.file)).unwrap_or_default();
        let count = text.matches(patch.from).count();
        let (name, file, from) = (mutation.name, patch.file, patch.from);
        (count != 1).then(|| format!("{name}: `{from}` occurs {count} times in {file}, not once"))
    };
    mutation.patches.iter().filter_map(misfit).collect()
}

/// What the copy of a file holds.
fn content(file: &Path, mutation: Option<&Mutation>) -> io::Result<Vec<u8>> {
    let bytes = fs::read(Path::new(ROOT).join(file))?;
    let here = |patch: &&Patch| Path::new(patch.file) == file;
    let switched = CATALOGUE.iter().enumerate().flat_map(|(number, it)| {
        let code = it.patches.iter().filter(|patch| patch.is_code()).filter(here);
        code.map(move |patch| (patch, switch(number, patch)))
    });
    let read = mutation.into_iter().flat_map(|it| it.patches);
    let read = read.filter(|patch| !patch.is_code()).filter(here);
    let mut changes: Vec<(&Patch, String)> = switched.collect();
    changes.extend(read.map(|patch| (patch, patch.to.to_string())));
    if changes.is_empty() && file != Path::new("Cargo.toml") && file != Path::new("src/lib.rs") {
        return Ok(bytes);
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    for (patch, with) in changes {
        assert_eq!(text.matches(patch.from).count(), 1, "{}: `{}`", patch.file, patch.from);
        text = text.replacen(patch.from, &with, 1);
    }
    if file == Path::new("Cargo.toml") {
        text = renamed(&text);
    } else if file == Path::new("src/lib.rs") {
        text.push_str(&READER.replace("SWITCH", SWITCH));
    }
    Ok(text.into_bytes())
}

/// An expression that is the mistake if it is asked for.
fn switch(number: usize, Patch { from, to, .. }: &Patch) -> String {
    format!("(if crate::mutated({number}) {{ {to} }} else {{ {from} }})")
}

/// The manifest with another name for the binary: the copy must not overwrite the tested program.
fn renamed(manifest: &str) -> String {
    let renamed = manifest
        .replacen("default-run = \"claimcheck\"", &format!("default-run = \"{BINARY}\""), 1)
        .replacen("[[bin]]\nname = \"claimcheck\"", &format!("[[bin]]\nname = \"{BINARY}\""), 1);
    assert_eq!(renamed.matches(BINARY).count(), 2, "the manifest names its binary otherwise");
    renamed
}

/// The files of the copy, relative to `root`.
fn files(root: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut open: Vec<PathBuf> = PARTS.iter().map(PathBuf::from).collect();
    let mut found = BTreeSet::new();
    while let Some(path) = open.pop() {
        let full = root.join(&path);
        if full.is_dir() {
            for entry in fs::read_dir(&full)? {
                open.push(path.join(entry?.file_name()));
            }
        } else if full.is_file() {
            found.insert(path);
        }
    }
    Ok(found)
}

/// The claims of a `results.json` that are not as expected.
fn fallen(results: &[u8]) -> Vec<Fallen> {
    let results: serde_json::Value = serde_json::from_slice(results).unwrap_or_default();
    let claims = results["claims"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let unexpected = claims.iter().filter(|claim| claim["as_expected"] != true);
    unexpected
        .map(|claim| {
            let assertions = claim["assertions"].as_array().map(Vec::as_slice).unwrap_or_default();
            let first = assertions.iter().find(|it| it["verdict"] == "refuted");
            let assertion = first.map(|it| text(&it["name"]));
            Fallen { id: text(&claim["id"]), verdict: text(&claim["verdict"]), assertion }
        })
        .collect()
}
