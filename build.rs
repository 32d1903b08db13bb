//! Writes the registry of experiments from the files in `src/experiments`, and hashes the sources
//! that can change a measurement, so that unchanged measurements are reused and changed ones are not.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Folders and files whose code takes part in every measurement.
const CORE: [&str; 8] = [
    "src/measure",
    "src/experiment",
    "src/formula",
    "src/maths",
    "src/models",
    "src/random",
    "src/stats",
    "src/data",
];

fn main() {
    let experiments = rust_files(Path::new("src/experiments"))
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name != "mod.rs"))
        .collect::<Vec<_>>();
    let mut registry = String::new();
    let mut entries = String::new();
    for path in &experiments {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let full = env::current_dir().unwrap().join(path);
        writeln!(registry, "#[path = {full:?}]\npub mod {stem};").unwrap();
        let source = fs::read_to_string(path).unwrap();
        writeln!(
            entries,
            "    Entry {{ name: {:?}, file: {:?}, docs: {:?}, source: {:?}, definition: &{stem}::EXPERIMENT }},",
            stem.replace('_', "-"),
            path.to_str().unwrap(),
            module_docs(&source),
            hash(std::slice::from_ref(path)),
        )
        .unwrap();
    }
    writeln!(
        registry,
        "use crate::experiment::Entry;\n\
         /// Every experiment, sorted by name.\n\
         pub static ALL: &[Entry] = &[\n{entries}];"
    )
    .unwrap();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::write(out.join("experiments.rs"), registry).unwrap();

    let core: Vec<PathBuf> = CORE.iter().flat_map(|place| rust_files(Path::new(place))).collect();
    println!("cargo:rustc-env=CLAIMCHECK_CORE_HASH={}", hash(&core));
    println!("cargo:rustc-env=CLAIMCHECK_COMMIT={}", commit());
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-changed=.git/refs/heads");
}

/// All Rust files under a place (or the place itself, if it is a file), sorted.
fn rust_files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_path_buf()];
    }
    let Ok(folder) = fs::read_dir(place) else { return Vec::new() };
    let mut files: Vec<PathBuf> = folder
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { rust_files(&path) } else { vec![path] }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

/// The `//!` lines at the head of a file, without their markers.
fn module_docs(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Hash of the files' paths and contents, 16 hexadecimal digits.
fn hash(files: &[PathBuf]) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(file.to_string_lossy().as_bytes());
        hasher.update(&fs::read(file).unwrap());
    }
    hasher.finalize().to_hex()[..16].to_string()
}

/// Short name of the commit that is built, `unknown` outside a repository.
fn commit() -> String {
    std::process::Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string())
        .unwrap_or_else(|| "unknown".into())
}
