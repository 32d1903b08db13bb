//! The report as a whole: whatever the results hold, its files are sound.

mod report_fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use claimcheck::report;
use report_fixture::tags::tags;

fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, at: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

fn written() -> (tempfile::TempDir, BTreeMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    report::write(&report_fixture::rich(), folder.path()).unwrap();
    let files = files(folder.path());
    (folder, files)
}

fn pages(files: &BTreeMap<String, Vec<u8>>) -> Vec<(String, String)> {
    let pages = files.iter().filter(|(name, _)| name.ends_with(".html"));
    pages.map(|(name, bytes)| (name.clone(), String::from_utf8(bytes.clone()).unwrap())).collect()
}

#[test]
fn tags_balance_on_every_page() {
    const ALONE: [&str; 6] = ["meta", "link", "br", "input", "hr", "img"];
    for (name, page) in pages(&written().1) {
        let mut open: Vec<String> = Vec::new();
        for tag in tags(&page) {
            if tag.closed || ALONE.contains(&tag.name.as_str()) {
                continue;
            }
            if tag.end {
                assert_eq!(open.pop().as_deref(), Some(tag.name.as_str()), "{name}");
            } else {
                open.push(tag.name);
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}

#[test]
fn ids_are_unique_and_every_link_resolves() {
    let (_folder, files) = written();
    let pages = pages(&files);
    let mut anchors: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, page) in &pages {
        let own = anchors.entry(name).or_default();
        for id in tags(page).into_iter().filter_map(|mut tag| tag.attributes.remove("id")) {
            assert!(own.insert(id.clone()), "{name}: id {id} twice");
        }
    }
    let mut checked = 0;
    for (name, page) in &pages {
        for tag in tags(page) {
            for label in ["aria-labelledby", "aria-describedby"] {
                for id in tag.attributes.get(label).into_iter().flat_map(|ids| ids.split(' ')) {
                    assert!(anchors[name.as_str()].contains(id), "{name}: {label} {id}");
                }
            }
            let links = ["href", "src"].into_iter().filter_map(|key| tag.attributes.get(key));
            for link in links {
                if tag.name == "a" && link.starts_with("https://arxiv.org/abs/") || link == "data:,"
                {
                    continue;
                }
                assert!(!link.contains(':'), "{name}: {} leads to {link}", tag.name);
                let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
                let target = if path.is_empty() { name.clone() } else { resolve(name, path) };
                assert!(files.contains_key(&target), "{name}: {link} is no file");
                // A hash with `=` is the state of the filters.
                if !anchor.is_empty() && !anchor.contains('=') {
                    assert!(anchors[target.as_str()].contains(anchor), "{name}: {link}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 300, "only {checked} links");
}

/// Is it a PNG file that the report itself wrote among its data?
fn is_own_png(files: &BTreeMap<String, Vec<u8>>, page: &str, link: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "./-".contains(c);
    let target = if link.chars().all(plain) { resolve(page, link) } else { String::new() };
    let png = files.get(&target).is_some_and(|bytes| bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
    png && target.starts_with("data/") && target.ends_with(".png")
}

fn resolve(from: &str, link: &str) -> String {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for part in link.split('/') {
        match part {
            ".." => {
                path.pop().expect("a link inside the report");
            }
            part => path.push(part),
        }
    }
    path.join("/")
}

#[test]
fn nothing_hostile_gets_through() {
    let (_folder, files) = written();
    let page = String::from_utf8(files["claims/li2019/remark-hostile.html"].clone()).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)"), "the text is shown, escaped");
    for (name, page) in pages(&files) {
        for mark in report_fixture::MARKS {
            assert!(!page.contains(mark), "{name}: {mark}");
        }
        for tag in tags(&page) {
            assert!(!["iframe", "object", "embed"].contains(&tag.name.as_str()), "{name}");
            if tag.name == "img" {
                assert!(is_own_png(&files, &name, &tag.attributes["src"]), "{name}");
                assert_eq!(tag.attributes.keys().collect::<Vec<_>>(), ["alt", "src"], "{name}");
            }
            if tag.name == "script" && !tag.end {
                let own = ["app.js", "plot.js", "search.js"];
                assert!(own.contains(&tag.attributes["src"].trim_start_matches("../")), "{name}");
            }
        }
        assert!((1..=2).contains(&page.matches("<script").count()), "{name}");
        assert!(!page.contains('\u{202e}'), "{name} turns its text round");
    }
    let summary = String::from_utf8(files["summary.md"].clone()).unwrap();
    assert!(!summary.contains("<script") && !summary.contains("<img"), "{summary}");
}

#[test]
fn unsafe_ids_are_refused() {
    for id in ["li2019/../../x", "/etc/passwd", "li2019/a/b", "li2019/", "li2019/<x>", "other/x"] {
        let mut results = report_fixture::rich();
        results.claims[0].id = id.into();
        results.claims[0].paper = id.split('/').next().unwrap().into();
        let folder = tempfile::tempdir().unwrap();
        assert!(report::write(&results, folder.path()).is_err(), "{id}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{id}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let (folder, _) = written();
    let before = report_fixture::rich();
    let after = report::read(folder.path()).unwrap();
    // Debug shows the plots too, which the JSON of results leaves out.
    assert_eq!(format!("{after:?}"), format!("{before:?}"));
}

#[test]
fn a_point_that_stands_nowhere_is_left_out_and_harms_nothing() {
    let mut results = report_fixture::rich();
    let y = claimcheck::maths::Enclosure::point(1.0);
    results.claims[0].plots[0].series[0].points.extend([(f64::NAN, y), (f64::INFINITY, y)]);
    let folder = tempfile::tempdir().unwrap();
    report::write(&results, folder.path()).unwrap();
    let after = report::read(folder.path()).unwrap();
    assert_eq!(format!("{after:?}"), format!("{:?}", report_fixture::rich()));
}

#[test]
fn the_same_results_give_the_same_bytes_and_a_new_rendering_changes_none() {
    let (folder, first) = written();
    let (_other, second) = written();
    assert!(first == second);
    let results = report::read(folder.path()).unwrap();
    report::write(&results, folder.path()).unwrap();
    assert!(files(folder.path()) == first);
}

#[test]
fn a_large_run_keeps_its_pages_small() {
    let folder = tempfile::tempdir().unwrap();
    report::write(&report_fixture::large(340), folder.path()).unwrap();
    let files = files(folder.path());
    let limit = |name: &str, limit: usize| {
        let size = files[name].len();
        assert!(size < limit, "{name} has {size} bytes");
    };
    limit("index.html", 300_000);
    limit("graph.html", 600_000);
    limit("style.css", 22_000);
    limit("app.js", 12_000);
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("claims/")) {
        assert!(bytes.len() < 200_000, "{name} has {} bytes", bytes.len());
    }
    let of = |room: &str| -> usize {
        let inside = files.iter().filter(|(name, _)| name.starts_with(room));
        inside.map(|(_, bytes)| bytes.len()).sum()
    };
    let rooms = ["claims/", "data/", "papers/", "results.json"].map(|room| (room, of(room)));
    // The results as JSON come on top: their form is a contract.
    let pages = of("") - of("results.json");
    assert!(pages < 15_000_000, "pages and their data have {pages} bytes: {rooms:?}");
}

#[test]
fn a_long_table_ends_in_its_file() {
    let mut results = report_fixture::rich();
    let claim = results.claims.iter_mut().find(|claim| claim.id == "arpit2019/lemma-2").unwrap();
    let points = &mut claim.assertions[0].points;
    let point = points[0].clone();
    points.extend((0..2000).map(|_| point.clone()));
    let n = points.len();
    let folder = tempfile::tempdir().unwrap();
    report::write(&results, folder.path()).unwrap();
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    let page = read("claims/arpit2019/lemma-2.html");
    assert!(page.len() < 100_000, "{} bytes", page.len());
    assert!(page.contains(&format!("{} more rows are in the", n - 40)));
    assert!(read("data/arpit2019/lemma-2.points.csv").lines().count() > n);
}

#[test]
fn the_page_of_power_names_every_control() {
    let (_folder, files) = written();
    let page = String::from_utf8(files["power.html"].clone()).unwrap();
    let results = report_fixture::rich();
    let controls = || results.claims.iter().flat_map(|claim| &claim.controls);
    let caught = controls().filter(|control| control.caught).count();
    assert!(page.contains(&format!("{caught} of {} controls were caught", controls().count())));
    assert_eq!(page.matches("✓ caught").count(), caught);
    assert!(page.contains("Not caught"));
}

#[test]
fn the_front_page_says_what_is_wrong_and_finds_what_pages_say() {
    let (_folder, files) = written();
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let index = text("index.html");
    assert!(index.contains("13 claims of 2 papers, tested"), "{index}");
    assert!(index.contains("Refuted as printed") && index.contains("equation-42.html"));
    assert!(index.contains("href=\"#paper=arpit2019&amp;kind=lemma\""));
    let search = text("search.js");
    let results = report_fixture::rich();
    let quantity = results.claims.iter().flat_map(|claim| &claim.quantities).next().unwrap();
    assert!(search.contains(&quantity.name.to_lowercase()), "{search}");
}

#[test]
fn only_watched_pages_reload_themselves() {
    let (_folder, plain) = written();
    assert!(!plain.contains_key("live.js") && !plain.contains_key("watch.js"));
    for (name, page) in pages(&plain) {
        for mark in ["watch.js", "live.js", "data-round", "http-equiv"] {
            assert!(!page.contains(mark), "{name}: {mark}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut live = report::Live::default();
    let mut round = |results: &claimcheck::results::Results| {
        report::write_live(results, folder.path(), None, &mut live).unwrap();
        let said = std::fs::read_to_string(folder.path().join("live.js")).unwrap();
        let numbers = said.strip_prefix("claimcheckLive(").unwrap();
        let numbers = numbers.strip_suffix(");\n").unwrap();
        (live.round(), serde_json::from_str::<BTreeMap<String, u64>>(numbers).unwrap())
    };
    let mut results = report_fixture::rich();
    let (first, _) = round(&results);
    for (name, page) in pages(&files(folder.path())) {
        let claim = name.strip_prefix("claims/").and_then(|name| name.strip_suffix(".html"));
        let own = format!("data-page=\"{}\" data-round=\"{first}\"", claim.unwrap_or(""));
        assert!(page.contains(&own) && page.contains("<noscript><meta http-equiv"), "{name}");
    }
    // A later round of one claim says that the others' pages are as old as they are.
    results.claims.retain(|claim| claim.id == "arpit2019/lemma-1");
    let (second, numbers) = round(&results);
    assert!(second > first);
    assert_eq!((numbers["arpit2019/lemma-1"], numbers[""]), (second, second));
    assert_eq!(numbers["arpit2019/lemma-2"], first);
}

#[test]
fn badges_say_how_each_paper_stands() {
    let (_folder, files) = written();
    let badge = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    assert!(badge("badges/arpit2019.json").contains("\"schemaVersion\":1"));
    for name in ["badges/claims.svg", "badges/arpit2019.svg", "badges/li2019.svg"] {
        let svg = badge(name);
        assert!(svg.starts_with("<svg ") && svg.contains("role=\"img\""), "{svg}");
    }
}

#[test]
fn an_empty_run_has_pages_too() {
    let mut results = report_fixture::rich();
    results.claims.clear();
    results.papers.clear();
    let folder = tempfile::tempdir().unwrap();
    report::write(&results, folder.path()).unwrap();
    let index = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert!(index.contains("No claims were checked."));
}

#[test]
fn the_headline_counts_every_standing() {
    let results = report_fixture::rich();
    let headline = report::words::headline(&results.claims);
    assert_eq!(
        headline,
        "13 claims checked: 5 hold, 2 refuted as expected (errata), 1 inconclusive, 1 vacuous, \
         1 skipped, 1 toothless, 1 error, 1 surprise."
    );
}

#[test]
fn controls_that_could_not_run_are_no_success() {
    let mut results = report_fixture::rich();
    for claim in &mut results.claims {
        claim.controls.retain(|control| control.caught);
    }
    assert_eq!(report::words::controls(&results.claims), "every control was caught");
    let mut idle = results.claims.iter().find_map(|c| c.controls.first()).unwrap().clone();
    (idle.caught, idle.verdict) = (false, claimcheck::results::Verdict::Skipped);
    results.claims[0].controls.push(idle.clone());
    assert_eq!(
        report::words::controls(&results.claims),
        "every control that ran was caught; 1 could not run"
    );
    results.claims[0].controls = vec![idle];
    assert_eq!(report::words::controls(&results.claims[..1]), "no control could run");
}

#[test]
fn junit_fails_what_ci_must_fail() {
    let (_folder, files) = written();
    let junit = String::from_utf8(files["junit.xml"].clone()).unwrap();
    // The surprise, its refuted assertion, and the toothless claim; the failed check is an error.
    assert_eq!(junit.matches("<failure ").count(), 3, "{junit}");
    assert_eq!(junit.matches("<error ").count(), 1);
    assert_eq!(junit.matches("<testsuite ").count(), 2);
    assert!(junit.contains("<skipped message=\"built without libtorch"));
    // For readers that show the text only, and for those that link to the file.
    assert_eq!(junit.matches("\nagain: claimcheck verify ").count(), 4, "{junit}");
    assert_eq!(junit.matches(" file=\"claims/").count(), 4);
}

#[test]
fn a_claim_page_says_what_matters() {
    let (_folder, files) = written();
    let page = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let lemma = page("claims/arpit2019/lemma-2.html");
    for part in [
        "✓ caught",
        "claimcheck verify arpit2019/lemma-2",
        "13 more of 28 points",
        "at every point init = he-fan-out",
        "class=\"silent\"",
        "how loose",
        "b3:0011223344556677",
    ] {
        assert!(lemma.contains(part), "{part}");
    }
    assert!(page("claims/li2019/theorem-1.html").contains("SURPRISE"));
    let printed = page("claims/arpit2019/equation-42.html");
    assert!(printed.contains("What is wrong") && printed.contains("equation-42-corrected.html"));
    let leaning = page("claims/arpit2019/corollary-2.html");
    assert!(leaning.contains("It leans on 1 claim that is refuted"));
    assert!(page("claims/arpit2019/table-1.html").contains("▲ not caught"));
}
