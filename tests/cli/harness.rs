//! A folder with claim files and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The paper that claims of tests belong to.
pub const PAPER: &str = "id: demo\ntitle: A demonstration\nauthors: [A. Author]\nyear: 2020\nabout: Small statements.\n";

/// A folder with `claims/demo/paper.yaml` and whatever a test adds.
pub struct Suite {
    folder: TempDir,
}

/// What a run of the program came to.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// From a finished process; the program never panics.
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        let ran =
            Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked"), "a panic:\n{}", ran.err);
        ran
    }

    /// Checks the exit code and that messages hold every part.
    #[track_caller]
    pub fn expect(&self, code: i32, parts: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        for part in parts {
            let found = self.err.contains(part) || self.out.contains(part);
            assert!(found, "`{part}` is missing in\n{}\n{}", self.out, self.err);
        }
        self
    }
}

impl Suite {
    /// A folder with a paper and no claims.
    pub fn new() -> Self {
        let suite = Self { folder: tempfile::tempdir().unwrap() };
        suite.file("claims/demo/paper.yaml", PAPER);
        suite
    }

    /// A suite of one claim, `demo/lemma-1`.
    pub fn of(checks: &str) -> Self {
        let suite = Self::new();
        suite.claim("lemma-1", checks);
        suite
    }

    /// Path of a file of the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file.
    pub fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Writes the claim `demo/<slug>`: its head, then `rest` (from `checks:` on, or more).
    pub fn claim(&self, slug: &str, rest: &str) -> &Self {
        let head = format!(
            "id: demo/{slug}\nkind: lemma\ntitle: A statement\nsource: {{section: \"1\"}}\nstatement: It is so.\n"
        );
        self.file(&format!("claims/demo/{slug}.yaml"), head + rest)
    }

    /// The program, ready to be run in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("claimcheck"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env_remove("RUST_BACKTRACE");
        command
    }

    /// Runs the program to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits for a started program.
    pub fn finish(&self, child: Child) -> Ran {
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Verifies everything into `out` at the quick profile and gives the results.
    #[track_caller]
    pub fn verify(&self, code: i32, arguments: &[&str]) -> Value {
        let mut all = vec!["verify", "--quiet", "--profile", "quick", "--out", "out"];
        all.extend(arguments);
        self.run(&all).expect(code, &[]);
        self.results("out")
    }

    /// Results in an output folder.
    #[track_caller]
    pub fn results(&self, out: &str) -> Value {
        serde_json::from_str(&self.read(&format!("{out}/results.json"))).unwrap()
    }
}

/// The result of one claim.
#[track_caller]
pub fn claim<'a>(results: &'a Value, id: &str) -> &'a Value {
    let claims = results["claims"].as_array().unwrap();
    claims
        .iter()
        .find(|claim| claim["id"] == id)
        .unwrap_or_else(|| panic!("no {id} in {results:#}"))
}

/// An entry of a list by its name.
#[track_caller]
pub fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|entry| entry["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list:#}"))
}

/// Results as text without what may differ between two runs of the same suite: the machine, the
/// clock, the command, and what was reused.
pub fn fingerprint(results: &Value) -> String {
    let mut results = results.clone();
    let run = results["run"].as_object_mut().unwrap();
    for key in ["commit", "threads", "cpu", "isa", "os", "started", "seconds", "reused", "command"]
    {
        assert!(run.remove(key).is_some(), "the run has no `{key}`");
    }
    for claim in results["claims"].as_array_mut().unwrap() {
        claim.as_object_mut().unwrap().remove("seconds").unwrap();
    }
    serde_json::to_string_pretty(&results).unwrap()
}

/// Whether two folders hold the same files with the same bytes, but for those named.
#[track_caller]
pub fn assert_same_files(a: &Path, b: &Path, but: &[&str]) {
    let list = |root: &Path| -> Vec<PathBuf> {
        let mut open = vec![root.to_path_buf()];
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => open.push(path),
                    false => found.push(path.strip_prefix(root).unwrap().to_path_buf()),
                }
            }
        }
        found.retain(|path| !but.iter().any(|name| path.ends_with(name)));
        found.sort();
        found
    };
    assert_eq!(list(a), list(b));
    for path in list(a) {
        assert_eq!(
            std::fs::read(a.join(&path)).unwrap(),
            std::fs::read(b.join(&path)).unwrap(),
            "{path:?}"
        );
    }
}
