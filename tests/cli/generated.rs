//! Files of the repository that the program writes: they are what it would write now.
//! `UPDATE_GENERATED=1` writes them anew.

use std::path::Path;

use crate::harness::Suite;

#[track_caller]
fn fresh(path: &str, wanted: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&place).unwrap_or_default();
    assert!(found == wanted, "{path} is not fresh: `make docs` writes it anew");
}

#[test]
fn generated_schema_is_fresh() {
    fresh("claims/claim.schema.json", &Suite::new().run(&["schema"]).expect(0, &[]).out);
}

#[test]
fn generated_catalogue_is_fresh() {
    fresh("docs/catalogue.md", &Suite::new().run(&["explain", "--markdown"]).expect(0, &[]).out);
}
