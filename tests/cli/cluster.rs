//! Runs cut into tasks: what they cost, scripts for a cluster, lost tasks, and the merge.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use claimcheck::run::journal::Memory;
use serde_json::Value;

use crate::determinism::slow;
use crate::harness::{Ran, Suite, assert_same_files, fingerprint};

const QUICK: [&str; 2] = ["--profile", "quick"];

fn plan(suite: &Suite, more: &[&str]) -> Value {
    let all = [&["plan", "--format", "json"][..], more].concat();
    serde_json::from_str(&suite.run(&all).expect(0, &[]).out).unwrap()
}

fn whole(suite: &Suite) -> String {
    suite.run(&[&["verify", "--quiet", "--out", "whole"][..], &QUICK].concat()).expect(0, &[]);
    fingerprint(&suite.results("whole"))
}

#[test]
fn a_plan_adds_up_and_says_what_it_rests_on() {
    let suite = slow(4);
    whole(&suite);
    let quick = [&QUICK[..], &["--from", "whole"]].concat();
    let recorded = plan(&suite, &quick);
    assert_eq!(recorded["total"]["recorded"], 1.0, "every measurement was recorded");
    let sum = |what: &str| -> f64 {
        recorded["claims"]
            .as_object()
            .unwrap()
            .values()
            .map(|line| line[what].as_f64().unwrap())
            .sum()
    };
    for what in ["cpu_seconds", "measurements"] {
        let total = recorded["total"][what].as_f64().unwrap();
        assert!((sum(what) - total).abs() < 1e-9 && total > 0.0);
        assert_eq!(recorded["papers"]["demo"][what], recorded["total"][what]);
    }
    let seconds: f64 = Memory::read(&suite.path("whole/journal.jsonl"))
        .unwrap()
        .into_entries()
        .iter()
        .map(|entry| entry.answers.seconds)
        .sum();
    let planned = recorded["total"]["cpu_seconds"].as_f64().unwrap();
    assert!((planned / seconds - 1.0).abs() < 0.01, "{planned} planned, {seconds} recorded");
    assert!(recorded["total"]["memory"].as_f64().unwrap() > 0.0);
    // Nothing of the standard profile was run, so nothing is known of the error there.
    assert_eq!(recorded["error_left_out"], Value::Null);

    // A claim with ten times the trials takes about ten times as long, by the experiment's own pace.
    let text = suite.read("claims/demo/lemma-4.yaml");
    suite.file("claims/demo/lemma-4.yaml", text.replace("trials: 2000", "trials: 20000"));
    let larger = plan(&suite, &quick);
    let seconds = |plan: &Value| plan["claims"]["demo/lemma-4"]["cpu_seconds"].as_f64().unwrap();
    let ratio = seconds(&larger) / seconds(&recorded);
    assert!((2.0..50.0).contains(&ratio), "{ratio}");
    // An experiment that nobody ran is a guess, and said to be one.
    let unknown = plan(&suite, &["--from", "nowhere"]);
    assert_eq!(unknown["records"], 0);
    assert_eq!(unknown["total"]["guessed"], 1.0);

    suite.run(&["verify", "--quiet", "--out", "out"]).expect(0, &[]);
    let text = suite.run(&["plan", "--from", "whole", "out", "--profile", "paper"]);
    text.expect(0, &["demo/lemma-2", "standard from quick alone", "within a factor"]);
    suite.run(&["plan", "demo/lemma-9*"]).expect(4, &["no claim matches"]);
}

/// Runs a task's script as Slurm would.
fn task(suite: &Suite, round: u32, number: u32) -> Ran {
    let script = suite.path(&format!("cluster/round-{round}/cpu-1g.sh"));
    let mut command = std::process::Command::new("sh");
    command.arg(script).env("SLURM_ARRAY_TASK_ID", number.to_string());
    Ran::of(command.output().unwrap())
}

/// The program with a stand-in for `squeue` that knows these tasks.
fn with_queue(suite: &Suite, answer: &str, arguments: &[&str]) -> Ran {
    let script = suite.path("bin/squeue");
    suite.file("bin/squeue", format!("#!/bin/sh\n{answer}\n"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).unwrap();
    let path = format!("{}:{}", suite.path("bin").display(), std::env::var("PATH").unwrap());
    Ran::of(suite.command(arguments).env("PATH", path).output().unwrap())
}

fn part(suite: &Suite, round: u32, number: u32) -> BTreeSet<String> {
    let text = suite.read(&format!("cluster/round-{round}/parts/cpu-1g-{number}.txt"));
    text.lines().map(str::to_string).collect()
}

#[test]
fn a_lost_task_is_found_and_nothing_finished_is_done_again() {
    let suite = slow(4);
    let expected = whole(&suite);
    let write = ["slurm", "--out", "cluster", "--tasks", "4", "--threads", "1"];
    suite.run(&[&write[..], &QUICK].concat()).expect(0, &["cpu-1g", "4 tasks", "submit.sh"]);
    let parts: Vec<BTreeSet<String>> = (1..=4).map(|number| part(&suite, 1, number)).collect();
    let all: BTreeSet<&String> = parts.iter().flatten().collect();
    assert_eq!(all.len(), parts.iter().map(BTreeSet::len).sum::<usize>(), "no key is in two tasks");
    suite.run(&["slurm", "--merge", "--out", "cluster"]).expect(5, &["nothing to join"]);

    for number in [1, 2, 4] {
        task(&suite, 1, number).expect(0, &["of a part"]);
    }
    // A task that is queued again measures nothing anew.
    task(&suite, 1, 1)
        .expect(0, &[&format!("{0} measurements of a part, {0} of them known", parts[0].len())]);
    suite.run(&["slurm", "--merge", "--out", "cluster"]).expect(5, &["a shard is missing"]);
    assert!(!suite.path("cluster/report/results.json").exists());

    suite.file("cluster/round-1/jobs.txt", "17 cpu-1g\n");
    let again = ["slurm", "--resubmit", "--out", "cluster", "--threads", "1"];
    with_queue(&suite, "echo 3", &again).expect(0, &["0 to submit", "nothing is lost"]);
    with_queue(&suite, "echo no controller >&2; exit 1", &again).expect(70, &["no controller"]);
    let gone = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1";
    with_queue(&suite, gone, &again).expect(0, &[&format!("{} to submit", parts[2].len())]);
    assert_eq!(part(&suite, 2, 1), parts[2]);
    task(&suite, 2, 1).expect(0, &[]);
    suite.run(&["slurm", "--merge", "--out", "cluster"]).expect(0, &["report: cluster/report"]);
    assert_eq!(fingerprint(&suite.results("cluster/report")), expected);
    assert_same_files(&suite.path("whole/data"), &suite.path("cluster/report/data"), &[]);
    // Every measurement was taken once.
    let work = std::fs::read_dir(suite.path("cluster/work")).unwrap();
    let folders: Vec<PathBuf> = work.map(|entry| entry.unwrap().path()).collect();
    let taken: usize = folders
        .iter()
        .map(|folder| Memory::read(&folder.join("journal.jsonl")).unwrap().len())
        .sum();
    assert_eq!(taken, all.len());
    with_queue(&suite, gone, &again).expect(0, &["0 to submit", "--merge"]);
}

#[test]
fn earlier_runs_are_taken_over_and_foreign_parts_refused() {
    let suite = slow(3);
    let expected = whole(&suite);
    suite
        .run(&[&["slurm", "--out", "cluster", "--from", "whole"][..], &QUICK].concat())
        .expect(0, &["0 to submit"]);
    suite.run(&["slurm", "--merge", "--out", "cluster"]).expect(0, &[]);
    assert_eq!(fingerprint(&suite.results("cluster/report")), expected);
    suite
        .run(&["slurm", "--out", "cluster", "--profile", "paper"])
        .expect(2, &["holds a run of other claims, profile or seed"]);
    suite.run(&["slurm", "--resubmit", "--out", "none"]).expect(2, &["no run to resubmit"]);
    suite.run(&["slurm", "--out", "new", "demo/none"]).expect(4, &["no claim matches"]);
    suite
        .file("part.txt", "00000000000000000000000000000000\n")
        .run(&["verify", "--part", "part.txt", "--out", "out", "--quiet"])
        .expect(2, &["1 of the part's 1 measurements are not in this plan"]);
    suite.run(&["verify", "--part", "missing.txt"]).expect(2, &["missing.txt"]);
    assert!(!suite.path("out/results.json").exists());
}

#[test]
fn scripts_ask_for_what_was_said() {
    let suite = slow(1);
    suite.file("site.txt", "#SBATCH --account=lab\nmodule load gcc\n");
    let options = ["--threads", "3", "--time-factor", "4", "--header", "site.txt", "--seed", "7"];
    suite.run(&[&["slurm", "--out", "it's here"][..], &QUICK, &options].concat()).expect(0, &[]);
    let script = suite.read("it's here/round-1/cpu-1g.sh");
    for line in [
        "#SBATCH --array=1-1",
        "#SBATCH --cpus-per-task=3",
        "#SBATCH --mem=1024M",
        "#SBATCH --requeue",
        "#SBATCH --account=lab\nmodule load gcc\nset -eu",
        "--seed 7 --threads 3",
        r"it'\''s here/round-1/parts'/cpu-1g-",
    ] {
        assert!(script.contains(line), "{line} is not in\n{script}");
    }
    let ran = std::process::Command::new("sh")
        .arg(suite.path("it's here/round-1/cpu-1g.sh"))
        .env("SLURM_ARRAY_TASK_ID", "1")
        .output()
        .unwrap();
    Ran::of(ran).expect(0, &["of a part"]);
    suite.run(&["slurm", "--merge", "--out", "it's here"]).expect(0, &[]);
}
