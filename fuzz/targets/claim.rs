//! Any bytes as a claim file: loaded, linted and planned, or refused with messages that can be drawn.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use claimcheck::claim::{Profile, Suite, render};
use claimcheck::lint;
use claimcheck::run::{Plan, Settings};
use libfuzzer_sys::fuzz_target;

const PAPER: &str = "id: demo\ntitle: A demonstration\nauthors: [A. Author]\nyear: 2020\nabout: Small statements.\n";

/// A folder of this process in memory.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let shared = PathBuf::from("/dev/shm");
    let root = if shared.is_dir() { shared } else { std::env::temp_dir() };
    let folder = root.join(format!("claimcheck-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("demo")).expect("a folder for the claim");
    std::fs::write(folder.join("demo/paper.yaml"), PAPER).expect("a place for the paper");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    let file = FOLDER.join("demo/lemma-1.yaml");
    std::fs::write(&file, bytes).expect("a place for the claim");
    let (suite, mut problems) = Suite::load(&FOLDER);
    problems.extend(lint::run(&suite));
    for problem in problems.iter().take(8) {
        let text = suite.texts.get(&problem.file).map_or("", String::as_str);
        let _ = render(problem, text, true);
    }
    let settings = Settings { profile: Profile::Quick, seed: 1, budget: 1e-6 };
    let _ = Plan::new(&suite, settings);
});
