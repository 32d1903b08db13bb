//! The build script's reading of who leans on whom: a measurement's key must change with the code
//! under it, and with no other.

#[allow(dead_code, reason = "the build script uses all of it")]
#[path = "../build/sources.rs"]
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sources::Sources;

fn house(files: &[(&str, &str)]) -> Sources {
    let files: BTreeMap<PathBuf, String> = files
        .iter()
        .map(|(path, text)| (Path::new("src").join(path), (*text).to_string()))
        .collect();
    Sources::of(Path::new("src"), files)
}

fn closure(sources: &Sources, root: &str) -> BTreeSet<String> {
    let found = sources.closure(&[Path::new("src").join(root)]);
    found.iter().map(|path| path.strip_prefix("src").unwrap().display().to_string()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

#[test]
fn paths_and_trees_are_followed() {
    let sources = house(&[
        ("lib.rs", "pub mod a; pub mod b; pub mod c;"),
        ("a.rs", "use crate::{b::{one, two::X}, c};"),
        ("b/mod.rs", "pub mod one; pub mod two; pub mod three;"),
        ("b/one.rs", "fn f() { super::three::g() }"),
        ("b/two.rs", "pub struct X;"),
        ("b/three.rs", ""),
        ("c.rs", "// crate::b::unseen"),
        ("d.rs", ""),
    ]);
    assert_eq!(
        closure(&sources, "a.rs"),
        set(&["a.rs", "b/one.rs", "b/two.rs", "b/three.rs", "c.rs"])
    );
    assert_eq!(closure(&sources, "c.rs"), set(&["c.rs"]));
}

/// A name handed on by its folder leads to the file where it stands, and private rooms belong to
/// the folder.
#[test]
fn folders_hand_names_on() {
    let sources = house(&[
        ("a.rs", "use crate::b::{self, X};"),
        ("b/mod.rs", "mod hidden;\npub mod apart;\npub use two::X; mod two;"),
        ("b/hidden.rs", "impl super::X { fn f() {} }"),
        ("b/two.rs", "pub struct X;"),
        ("b/apart.rs", ""),
    ]);
    assert_eq!(closure(&sources, "a.rs"), set(&["a.rs", "b/mod.rs", "b/hidden.rs", "b/two.rs"]));
}

/// Methods can be called without naming the file they stand in; implementing a trait for a type of
/// one's own does not make the trait lean on it.
#[test]
fn methods_elsewhere_belong_to_the_type() {
    let sources = house(&[
        ("a.rs", "use crate::law::Law;"),
        ("law.rs", "pub struct Law;"),
        ("more.rs", "use crate::law::Law; use crate::shown::Shown; impl<F: Fn(u8) -> u8> Law { }"),
        ("shown.rs", "pub trait Shown {}"),
        ("mine.rs", "struct Mine<'a>(&'a str); impl<'a> crate::shown::Shown for Mine<'a> {}"),
        ("theirs.rs", "impl crate::shown::Shown for crate::law::Law {}"),
    ]);
    assert_eq!(
        closure(&sources, "a.rs"),
        set(&["a.rs", "law.rs", "more.rs", "shown.rs", "theirs.rs"])
    );
    assert_eq!(closure(&sources, "shown.rs"), set(&["shown.rs"]));
}

/// A trait's methods can't be called where the trait is not in reach; those of foreign traits and of
/// foreign types can wherever the other half is.
#[test]
fn methods_of_traits_need_the_trait() {
    let sources = house(&[
        ("law.rs", "pub struct Law;"),
        ("shown.rs", "pub trait Shown {}"),
        ("theirs.rs", "impl crate::shown::Shown for crate::law::Law {}"),
        ("foreign.rs", "impl std::fmt::Display for crate::law::Law {}"),
        ("number.rs", "impl crate::shown::Shown for f64 {}"),
        ("bound.rs", "impl<F: for<'a> Fn(&'a u8)> crate::law::Law { fn f(_: F) {} }"),
        ("one.rs", "use crate::law::Law;"),
        ("both.rs", "use crate::law::Law; use crate::shown::Shown;"),
    ]);
    let one = ["one.rs", "law.rs", "foreign.rs", "bound.rs"];
    assert_eq!(closure(&sources, "one.rs"), set(&one));
    let both =
        ["both.rs", "law.rs", "foreign.rs", "bound.rs", "shown.rs", "theirs.rs", "number.rs"];
    assert_eq!(closure(&sources, "both.rs"), set(&both));
}

#[test]
fn rooms_of_tests_change_no_measurement() {
    let sources = house(&[
        ("a.rs", "mod inner;\n#[cfg(test)]\nmod tests;"),
        ("a/inner.rs", ""),
        ("a/tests.rs", ""),
    ]);
    assert_eq!(closure(&sources, "a.rs"), set(&["a.rs", "a/inner.rs"]));
}

#[test]
fn strings_and_characters_name_nothing() {
    let text =
        r###"fn f<'a>() { ('"', "\" crate::b", r#"" crate::b"#, '\'', b'"'); crate::c::g() }"###;
    let sources = house(&[("a.rs", text), ("b.rs", ""), ("c.rs", "")]);
    assert_eq!(closure(&sources, "a.rs"), set(&["a.rs", "c.rs"]));
}

/// In this house: an experiment's key knows its models, and no other experiment's.
#[test]
fn experiments_lean_on_their_models_alone() {
    let sources = Sources::read(Path::new("src"));
    let found = closure(&sources, "experiments/subspace/wendel.rs");
    assert!(found.contains("models/subspace/kernel.rs"), "{found:?}");
    assert!(found.contains("random/draws.rs"), "{found:?}");
    assert!(!found.iter().any(|path| path.starts_with("models/relu/")), "{found:?}");
    let above = ["cli/", "run/", "report/", "claim/", "lint/"];
    for path in &found {
        assert!(!above.iter().any(|room| path.starts_with(room)), "{path} in {found:?}");
    }
    let net = closure(&sources, "training/torch/autoencoder.rs");
    for room in ["formula/", "measure/", "stats/", "experiments/"] {
        assert!(!net.iter().any(|path| path.starts_with(room)), "{room} in {net:?}");
    }
    let core = sources.closure(&sources::rust_files(Path::new("src/measure")));
    assert!(core.contains(Path::new("src/formula/eval.rs")));
    assert!(!core.iter().any(|path| path.starts_with("src/experiments")), "{core:?}");
}
