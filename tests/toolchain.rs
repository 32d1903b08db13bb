//! The oldest Rust that `Cargo.toml` names is enough for everything that is built: clippy holds our own code against it
//! (`incompatible_msrv`), this test the dependencies.

use std::process::Command;

use serde_json::Value;

/// `1.89` as (1, 89, 0).
fn version(text: &str) -> (u64, u64, u64) {
    let mut parts = text.split('.').map(|part| part.parse().expect("a version is numbers"));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

#[test]
fn no_dependency_asks_for_a_newer_compiler() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    if !output.status.success() {
        // Packages of other platforms and of features that are not built here are not fetched by a build.
        let reason = String::from_utf8_lossy(&output.stderr);
        return eprintln!("skipped: cargo can't list all packages without the network: {reason}");
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    assert!(packages.len() > 100, "only {} packages", packages.len());
    let own = version(env!("CARGO_PKG_RUST_VERSION"));
    let newer: Vec<String> = packages
        .iter()
        .filter_map(|package| Some((package, package["rust_version"].as_str()?)))
        .filter(|(_, wanted)| version(wanted) > own)
        .map(|(package, wanted)| format!("{} wants Rust {wanted}", package["name"]))
        .collect();
    assert_eq!(
        newer, [""; 0],
        "raise `rust-version` in Cargo.toml, README.md and scripts/check-tools.sh"
    );
}

#[test]
fn the_readme_and_the_check_of_tools_name_the_same_version() {
    let wanted = format!("{} or newer", env!("CARGO_PKG_RUST_VERSION").trim_end_matches(".0"));
    for text in [include_str!("../README.md"), include_str!("../scripts/check-tools.sh")] {
        assert!(text.contains(&wanted), "{wanted}");
    }
}
