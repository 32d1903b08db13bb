//! A whole folder of claims, loaded with every error of every file at once.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::diagnostic::{Diagnostic, Severity};
use super::model::{Claim, Paper};
use super::schema::{check, claim_schema, paper_schema};
use super::tree::{MAX_BYTES, Node, Step};

/// A claim with the file that it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the file says.
    pub claim: Claim,
    /// The file's checks as JSON, for overlays.
    pub raw: Value,
    /// The file.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
    /// Its tree, with positions.
    pub tree: Node,
}

impl Loaded {
    /// A message about the node at a path.
    pub fn report(
        &self,
        code: &'static str,
        severity: Severity,
        path: &[Step],
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Diagnostic {
        let span = self.tree.locate(path);
        self.report_span(code, severity, span, message, hint)
    }

    /// A message about a part of the formula at a path; `part` are bytes within the formula.
    pub fn report_formula(
        &self,
        code: &'static str,
        path: &[Step],
        part: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Diagnostic {
        let node = self.tree.locate(path);
        let quoted = self.text[node.clone()].starts_with(['"', '\'']);
        let start = (node.start + usize::from(quoted) + part.start).min(node.end);
        let end = (start + part.len().max(1)).min(node.end.max(start));
        self.report_span(code, Severity::Error, start..end, message, hint)
    }

    /// A message about some bytes of the file.
    pub fn report_span(
        &self,
        code: &'static str,
        severity: Severity,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(code, severity, &self.file, &self.text, span, message, hint)
    }
}

/// A paper with its file.
#[derive(Clone, Debug)]
pub struct LoadedPaper {
    /// What `paper.yaml` says.
    pub paper: Paper,
    /// The file.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

/// Everything under the claims folder.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The folder.
    pub root: PathBuf,
    /// Papers by id.
    pub papers: BTreeMap<String, LoadedPaper>,
    /// Claims in their papers' order.
    pub claims: Vec<Loaded>,
    /// Text of every file read, for drawing messages.
    pub texts: HashMap<PathBuf, String>,
}

impl Suite {
    /// Loads `<root>/<paper>/*.yaml`. Files with errors are left out of the suite and named in the
    /// diagnostics.
    pub fn load(root: &Path) -> (Self, Vec<Diagnostic>) {
        let mut suite = Self { root: root.to_path_buf(), ..Self::default() };
        let mut problems = Vec::new();
        for file in yaml_files(root, &mut problems) {
            suite.load_file(&file, &mut problems);
        }
        suite.sort();
        (suite, problems)
    }

    fn load_file(&mut self, file: &Path, problems: &mut Vec<Diagnostic>) {
        let Some(text) = read(file, problems) else { return };
        self.texts.insert(file.to_path_buf(), text.clone());
        let is_paper = file.file_name().is_some_and(|name| name == "paper.yaml");
        let schema = if is_paper { paper_schema() } else { claim_schema() };
        let tree = match Node::parse(&text) {
            Ok(tree) => tree,
            Err((span, message, hint)) => {
                let error = Severity::Error;
                problems.push(Diagnostic::new("syntax", error, file, &text, span, message, hint));
                return;
            }
        };
        let findings = check(&tree, schema);
        if !findings.is_empty() {
            problems.extend(findings.into_iter().map(|(span, message, hint)| {
                Diagnostic::new("schema", Severity::Error, file, &text, span, message, hint)
            }));
            return;
        }
        if let Err(message) = self.decode(file, &text, tree, is_paper) {
            let error = Severity::Error;
            problems.push(Diagnostic::new("schema", error, file, &text, 0..1, message, ""));
        }
    }

    fn decode(
        &mut self,
        file: &Path,
        text: &str,
        tree: Node,
        is_paper: bool,
    ) -> Result<(), String> {
        let value = tree.to_value();
        let (file, text) = (file.to_path_buf(), text.to_string());
        if is_paper {
            let paper: Paper = serde_yaml::from_value(value).map_err(|error| error.to_string())?;
            let folder = folder_name(&file);
            self.papers.insert(folder, LoadedPaper { paper, file, text });
        } else {
            let raw: Value = serde_yaml::from_value(value.clone()).map_err(|e| e.to_string())?;
            let claim: Claim = serde_yaml::from_value(value).map_err(|error| error.to_string())?;
            self.claims.push(Loaded { claim, raw, file, text, tree });
        }
        Ok(())
    }

    /// Papers by id; within a paper the order that `paper.yaml` names, then by id.
    fn sort(&mut self) {
        let rank = |claim: &Loaded| {
            let folder = folder_name(&claim.file);
            let slug = claim.claim.id.split_once('/').map_or("", |(_, slug)| slug);
            let order = self.papers.get(&folder).map(|paper| paper.paper.order.as_slice());
            let place = order.unwrap_or_default().iter().position(|name| name == slug);
            (folder, place.unwrap_or(usize::MAX), claim.claim.id.clone())
        };
        let mut keyed: Vec<_> =
            self.claims.iter().map(|claim| (rank(claim), claim.clone())).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        self.claims = keyed.into_iter().map(|(_, claim)| claim).collect();
    }

    /// The claim of that id.
    pub fn claim(&self, id: &str) -> Option<&Loaded> {
        self.claims.iter().find(|loaded| loaded.claim.id == id)
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.claims.iter().map(|loaded| loaded.claim.id.as_str())
    }
}

/// Name of the folder that a file lies in.
pub fn folder_name(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name);
    folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read(file: &Path, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let problem = |message: String, hint: &str| {
        Diagnostic::new("syntax", Severity::Error, file, "", 0..0, message, hint)
    };
    match fs::metadata(file) {
        Ok(data) if data.len() > MAX_BYTES as u64 => {
            let message = format!("the file has {} bytes, more than {MAX_BYTES}", data.len());
            problems.push(problem(message, "split the claim"));
            return None;
        }
        _ => {}
    }
    match fs::read(file).map(String::from_utf8) {
        Ok(Ok(text)) => Some(text),
        Ok(Err(_)) => {
            problems.push(problem("the file is not UTF-8".into(), "save it as UTF-8"));
            None
        }
        Err(error) => {
            problems.push(problem(format!("can't read the file: {error}"), ""));
            None
        }
    }
}

/// The YAML files one folder deep, sorted; anything that looks like a claim elsewhere is a problem.
fn yaml_files(root: &Path, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let list = |folder: &Path| -> std::io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        Ok(paths)
    };
    let folders = match list(root) {
        Ok(folders) => folders,
        Err(error) => {
            let message = format!("can't read the claims folder: {error}");
            let hint = "run from the repository's root, or name the folder with `--claims`";
            problems.push(Diagnostic::new(
                "syntax",
                Severity::Error,
                root,
                "",
                0..0,
                message,
                hint,
            ));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for path in folders {
        if !path.is_dir() {
            problems.extend(misplaced(&path));
            continue;
        }
        match list(&path) {
            Ok(files) => found.extend(files),
            Err(error) => {
                let message = format!("can't read the folder: {error}");
                problems.push(Diagnostic::new(
                    "syntax",
                    Severity::Error,
                    &path,
                    "",
                    0..0,
                    message,
                    "",
                ));
            }
        }
    }
    let (files, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|path| extension(path) == "yaml" && !path.is_dir());
    problems.extend(others.iter().filter_map(|path| misplaced(path)));
    files
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// A file that looks like a claim and would not be read: silence would hide it from every verdict.
fn misplaced(path: &Path) -> Option<Diagnostic> {
    let (what, hint) = match extension(path) {
        "yml" => ("a file of this name is not read", "call it `.yaml`"),
        "yaml" if !path.is_dir() => {
            ("a file at this place is not read", "claims lie at `<paper>/<slug>.yaml`")
        }
        _ if path.is_dir() => {
            ("a folder at this place is not read", "claims lie at `<paper>/<slug>.yaml`")
        }
        _ => return None,
    };
    Some(Diagnostic::new("syntax", Severity::Error, path, "", 0..0, what, hint))
}
