//! Does breaking the program break a verdict? Each mutation of the catalogue is applied to a copy of
//! the sources, the copy is built and asked for its verdicts; one that nobody notices fails the test.
//!
//! The copy is built into the target folder of this test, whose dependencies it shares: a mutation
//! costs one incremental build of one crate. Its binary is called otherwise, so that the tested
//! program is never overwritten. An unchanged copy goes first and must pass: what fails afterwards
//! fails because of the mutation.

mod catalogue;
mod workshop;

use std::time::{Duration, Instant};

use catalogue::{CATALOGUE, Mutation, Notice};
use workshop::{Run, Workshop};

/// What a mutation came to.
struct Finding {
    name: &'static str,
    outcome: Result<String, String>,
    build: Duration,
    check: Duration,
}

#[test]
fn every_patch_fits_the_sources() {
    let misfits: Vec<String> = CATALOGUE.iter().flat_map(workshop::misfits).collect();
    assert!(misfits.is_empty(), "adapt tests/mutations/catalogue.rs:\n{}", misfits.join("\n"));
}

#[test]
fn every_mutation_is_noticed() {
    let start = Instant::now();
    let workshop = match Workshop::open() {
        Ok(workshop) => workshop,
        Err(reason) => {
            eprintln!("skipped: {reason}");
            return;
        }
    };
    unchanged_copy_passes(&workshop, start.elapsed());
    let findings: Vec<Finding> = CATALOGUE.iter().map(|it| examine(&workshop, it)).collect();
    let table: Vec<String> = findings.iter().map(Finding::line).collect();
    eprintln!("{}", table.join("\n"));
    let survivors: Vec<&str> =
        findings.iter().filter_map(|it| it.outcome.as_ref().err().map(String::as_str)).collect();
    assert!(survivors.is_empty(), "not noticed as they should be:\n{}", survivors.join("\n"));
}

/// The control of the control: with nothing changed all that notices mutations is content.
fn unchanged_copy_passes(workshop: &Workshop, build: Duration) {
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
    let check = start.elapsed();
    let outcome = Ok(format!("{} claims as expected", claims.len()));
    eprintln!("{}", Finding { name: "nothing", outcome, build, check }.line());
}

/// Applies one mutation and asks whoever should notice.
fn examine(workshop: &Workshop, mutation: &Mutation) -> Finding {
    let name = mutation.name;
    let start = Instant::now();
    workshop.restore().expect("the copy can be written");
    workshop.apply(mutation);
    let built = if mutation.is_code() { workshop.build() } else { Ok(()) };
    let build = start.elapsed();
    let outcome = match built {
        Err(output) => Err(format!("{name}: the mutated copy does not build:\n{output}")),
        Ok(()) => match mutation.notice {
            Notice::Fall(claim) => fall(workshop, name, claim),
            Notice::Lint(lint) => refused(&workshop.verify(&["arpit2019/lemma-2"]).0, name, lint),
            Notice::FailingTest { target, name: test } => {
                failing(&workshop.test(target, test), name, test)
            }
        },
    };
    Finding { name, outcome, build, check: start.elapsed() - build }
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
        let (build, check) = (self.build.as_secs_f64(), self.check.as_secs_f64());
        format!("{:<44} built in {build:5.1} s, checked in {check:5.1} s: {what}", self.name)
    }
}
