//! The experiments, one measurement a file. The list is written by `build.rs`: adding a file adds
//! an experiment, named after the file with `-` for `_`.

include!(concat!(env!("OUT_DIR"), "/experiments.rs"));

/// The experiment of that name, if there is one.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name)
}
