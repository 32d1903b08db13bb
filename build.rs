//! Writes the registry of experiments from the files in `src/experiments`, and for each the hash of
//! all sources that can change its measurements, so that unchanged measurements are reused and
//! changed ones are not.

#[path = "build/sources.rs"]
mod sources;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sources::{Sources, rust_files};

/// Where the experiments are, in folders by subject.
const EXPERIMENTS: &str = "src/experiments";
/// What takes part in every measurement: these files and all that they lean on.
const CORE: &str = "src/measure";
/// The nets that can be trained, a file each.
const NETS: &str = "src/training/torch";

fn main() {
    let sources = Sources::read(Path::new("src"));
    let experiments = rust_files(Path::new(EXPERIMENTS)).into_iter();
    let experiments: Vec<_> =
        experiments.filter_map(|path| Some((experiment_name(&path)?, path))).collect();
    let mut registry = String::new();
    let mut entries = Vec::new();
    for (stem, path) in &experiments {
        let full = env::current_dir().unwrap().join(path);
        writeln!(registry, "#[path = {full:?}]\npub mod {stem};").unwrap();
        let source = fs::read_to_string(path).unwrap();
        let entry = format!(
            "    Entry {{ name: {:?}, file: {:?}, docs: {:?}, source: {:?}, definition: &{stem}::EXPERIMENT }},",
            stem.replace('_', "-"),
            path.to_str().unwrap(),
            module_docs(&source),
            sources.hash(std::slice::from_ref(path)),
        );
        entries.push((stem, entry));
    }
    entries.sort();
    let entries: Vec<String> = entries.into_iter().map(|(_, entry)| entry).collect();
    writeln!(
        registry,
        "use crate::experiment::Entry;\n\
         /// Every experiment, sorted by name.\n\
         pub static ALL: &[Entry] = &[\n{}\n];",
        entries.join("\n")
    )
    .unwrap();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::write(out.join("experiments.rs"), registry).unwrap();
    fs::write(out.join("training_sources.rs"), training_sources(&sources)).unwrap();

    // Where libtorch is, said by torch-sys: programs and tests find it there without LD_LIBRARY_PATH.
    if let Some(folder) = env::var_os("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", PathBuf::from(folder).display());
    }
    println!("cargo:rustc-env=CLAIMCHECK_CORE_HASH={}", sources.hash(&rust_files(Path::new(CORE))));
    println!(
        "cargo:rustc-env=CLAIMCHECK_SOURCES_HASH={}",
        sources.hash(&rust_files(Path::new("src")))
    );
    println!("cargo:rustc-env=CLAIMCHECK_LIBTORCH={}", libtorch());
    println!("cargo:rustc-env=CLAIMCHECK_COMMIT={}", commit());
    for place in ["build.rs", "build", "src", ".git/HEAD", ".git/refs/heads"] {
        println!("cargo:rerun-if-changed={place}");
    }
}

/// Name of the experiment that a file is: `subject/name.rs`, or `subject/name/mod.rs` where it has
/// several rooms; nothing for the other rooms and for the list itself.
fn experiment_name(path: &Path) -> Option<String> {
    let inner = path.strip_prefix(EXPERIMENTS).unwrap().with_extension("");
    let parts: Vec<&str> = inner.iter().map(|part| part.to_str().unwrap()).collect();
    match parts[..] {
        [_, name] | [_, name, "mod"] => Some(name.to_string()),
        _ => None,
    }
}

/// For each net the hash of all sources that can change its training, so that finished runs are reused.
fn training_sources(sources: &Sources) -> String {
    let nets = rust_files(Path::new(NETS)).into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        format!("    ({name:?}, {:?}),\n", sources.hash(std::slice::from_ref(&path)))
    });
    let nets: String = nets.collect();
    format!(
        "/// Files of nets and the hashes of their sources.\nconst TRAINING_SOURCES: &[(&str, &str)] = &[\n{nets}];\n"
    )
}

/// Version of the libtorch that is linked, as its folder says; `2.11` if it does not (tch accepts no other).
fn libtorch() -> String {
    let folder = env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from);
    let version =
        folder.and_then(|lib| fs::read_to_string(lib.parent()?.join("build-version")).ok());
    version.map_or_else(|| "2.11".into(), |version| version.trim().into())
}

/// The `//!` lines at the head of a file, without their markers.
fn module_docs(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
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
