//! Text of claim files in the written report: shown as text, whatever it says.

use crate::harness::Suite;

#[test]
fn links_to_scripts_are_refused() {
    let suite = Suite::new();
    let checks = "notes: \"[here](javascript:alert(1))\"\nchecks: [{name: main, assert: [{name: it, kind: at-least, value: 1, bound: 0}], controls: [{name: c, assert: {it: {bound: 2}}}]}]\n";
    suite.claim("lemma-1", checks);
    suite.run(&["verify"]).expect(2, &["error[unrenderable-latex]", "link leads nowhere"]);
}

#[test]
fn markup_in_claim_files_is_text_in_every_page() {
    let suite = Suite::new();
    suite.file(
        "claims/demo/paper.yaml",
        "id: demo\ntitle: \"<script>paper()</script>\"\nauthors: [\"<b>A</b>\"]\nyear: 2020\nabout: \"<img src=x onerror=about()>\"\n",
    );
    suite.file(
        "claims/demo/lemma-1.yaml",
        r#"id: demo/lemma-1
kind: lemma
title: "<script>title()</script> & $x < 1$"
source: {section: "<i>1</i>"}
statement: "<script>statement()</script> [here](javascript:statement()) $x$"
notes: "<iframe src=notes>"
tags: ["<u>tag</u>"]
checks:
  - name: "<s>check</s>"
    grid: {x: [1, 2]}
    assert:
      - {name: "<em>my-assertion</em>", kind: at-least, value: x, bound: 0}
    controls:
      - {name: "\"><script>control()</script>", why: "<script>why()</script>", assert: {"<em>my-assertion</em>": {value: -x}}}
    report:
      "<q>quantity</q>": {value: x, label: {"<key>": "<value>"}}
    plots:
      - title: "<svg onload=plot()>"
        x: {axis: x, label: "<x>"}
        y: {label: "<y>"}
        series: [{name: "<series>", value: x, role: theory}]
"#,
    );
    suite.verify(0, &[]);
    let mut open = vec![suite.path("out")];
    let mut pages = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.display();
            let Some("html" | "xml") = path.extension().and_then(|it| it.to_str()) else {
                continue;
            };
            let text = std::fs::read_to_string(&path).unwrap();
            pages += 1;
            for bad in [
                "<script>paper",
                "<script>title",
                "<script>statement",
                "<script>control",
                "<script>why",
                "=\"javascript:",
                "='javascript:",
                "<iframe",
                "<img src=x",
                "<svg onload",
                "<em>my-assertion",
                "<s>check",
                "<q>quantity",
                "<i>1",
                "<u>tag",
                "<b>A",
                "<value>",
                "<series>",
                "<key>",
                "\0",
            ] {
                assert!(!text.contains(bad), "{name} holds {bad}");
            }
        }
    }
    assert!(pages > 5, "only {pages} pages");
    let page = suite.read("out/claims/demo/lemma-1.html");
    assert!(page.contains("&lt;script&gt;title()"), "the title is shown as text");
}
