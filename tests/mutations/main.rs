//! Does breaking the program break a verdict? A copy of the sources holds every mutation of the catalogue
//! behind a switch, is built once, and is asked for its verdicts with one switch on at a time; a mutation
//! that nobody notices fails the test.
//!
//! The copy is built into the target folder of this test, whose dependencies it shares. Its binary is
//! called otherwise, so that the tested program is never overwritten. All switches off goes first and
//! must pass: what fails afterwards fails because of the mutation.

mod catalogue;
mod workshop;

use std::time::{Duration, Instant};

use catalogue::{CATALOGUE, Mutation, Notice};
use workshop::{Run, Workshop};

/// What a mutation came to.
struct Finding {
    name: &'static str,
    outcome: Result<String, String>,
    time: Duration,
}

#[test]
fn every_patch_fits_the_sources() {
    let misfits: Vec<String> = CATALOGUE.iter().flat_map(workshop::misfits).collect();
    assert!(misfits.is_empty(), "adapt tests/mutations/catalogue.rs:\n{}", misfits.join("\n"));
}

#[test]
fn every_mutation_is_noticed() {
    let start = Instant::now();
    let mut workshop = match Workshop::open() {
        Ok(workshop) => workshop,
        Err(reason) => {
            eprintln!("skipped: {reason}");
            return;
        }
    };
    eprintln!("built in {:.1} s", start.elapsed().as_secs_f64());
    unchanged_copy_passes(&workshop);
    let findings: Vec<Finding> = CATALOGUE.iter().map(|it| examine(&mut workshop, it)).collect();
    let table: Vec<String> = findings.iter().map(Finding::line).collect();
    eprintln!("{}", table.join("\n"));
    let survivors: Vec<&str> =
        findings.iter().filter_map(|it| it.outcome.as_ref().err().map(String::as_str)).collect();
    assert!(survivors.is_empty(), "not noticed as they should be:\n{}", survivors.join("\n"));
}

/// The control of the control: with all switches off all that notices mutations is content.
fn unchanged_copy_passes(workshop: &Workshop) {
    let start = Instant::now();
    let mut claims: Vec<&str> = Vec::new();
    for mutation in CATALOGUE {
        match mutation.notice {
            Notice::Fall(claim) if !claims.contains(&claim) => claims.push(claim),
            Notice::Fall(_) | Notice::Lint(_) => {}
            Notice::FailingTest { target, name } => {
                let run = workshop.test(target, name);
                assert!(run.code == Some(0), "{name} fails unchanged:\n{}", run.output);
            }
        }
    }
    let (run, fallen) = workshop.verify(&claims);
    assert!(
        run.code == Some(0) && fallen.is_empty(),
        "the unchanged copy exits with {:?}, fallen: {fallen:?}\n{}",
        run.code,
        run.output
    );
    let outcome = Ok(format!("{} claims as expected", claims.len()));
    eprintln!("{}", Finding { name: "nothing", outcome, time: start.elapsed() }.line());
}

/// Makes one mistake and asks whoever should notice.
fn examine(workshop: &mut Workshop, mutation: &Mutation) -> Finding {
    let name = mutation.name;
    let start = Instant::now();
    workshop.make(mutation);
    let outcome = match mutation.notice {
        Notice::Fall(claim) => fall(workshop, name, claim),
        Notice::Lint(lint) => refused(&workshop.verify(&["arpit2019/lemma-2"]).0, name, lint),
        Notice::FailingTest { target, name: test } => {
            failing(&workshop.test(target, test), name, test)
        }
    };
    Finding { name, outcome, time: start.elapsed() }
}

/// The claim must fall, and the program say so by its exit code.
fn fall(workshop: &Workshop, name: &str, claim: &str) -> Result<String, String> {
    let (Run { code, output }, fallen) = workshop.verify(&[claim]);
    match fallen.iter().find(|it| it.id == claim) {
        Some(it) if code == Some(1) => Ok(it.to_string()),
        _ => Err(format!("{name}: {claim} stands, exit code {code:?}\n{output}")),
    }
}

/// The lint must name what is wrong, and nothing may run.
fn refused(run: &Run, name: &str, lint: &str) -> Result<String, String> {
    let told = run.output.contains(&format!("error[{lint}]"));
    match run.code == Some(2) && told {
        true => Ok(format!("lint {lint} refuses the claim files")),
        false => Err(format!("{name}: no {lint}, exit code {:?}\n{}", run.code, run.output)),
    }
}

/// The test must run and fail.
fn failing(run: &Run, name: &str, test: &str) -> Result<String, String> {
    let failed = run.code != Some(0) && run.output.contains("test result: FAILED");
    match failed {
        true => Ok(format!("test {test} fails")),
        false => Err(format!("{name}: test {test} passes\n{}", run.output)),
    }
}

impl Finding {
    fn line(&self) -> String {
        let (Ok(what) | Err(what)) = &self.outcome;
        let what = what.lines().next().unwrap_or_default();
        format!("{:<44} checked in {:5.1} s: {what}", self.name, self.time.as_secs_f64())
    }
}
