use super::*;
use crate::experiment::Nature;
use serde_json::json;

fn prepare(change: serde_json::Value) -> Result<Box<dyn Prepared>, Failure> {
    let mut all = json!({"data": "mnist", "arm": "bp_shadow", "seeds": 2, "H": 8, "train": 40,
        "batch": 20, "test": 30, "epochs": 3});
    for (name, value) in change.as_object().unwrap() {
        all[name] = value.clone();
    }
    (EXPERIMENT.prepare)(&all)
}

#[test]
fn bad_parameters_are_refused() {
    for bad in [
        json!({"data": "imagenet"}),
        json!({"arm": "bp_nothing"}),
        json!({"H": 0}),
        json!({"train": 10}),
        json!({"seeds": 0}),
        json!({"rate": -1.0}),
        json!({"momentum": 1.0}),
        json!({"confidence": 1.0}),
    ] {
        assert!(matches!(prepare(bad.clone()), Err(Failure::Parameter { .. })), "{bad}");
    }
}

/// All observables have a number, or a picture, at their first arguments.
#[test]
fn every_observable_is_answered() {
    let Ok(prepared) = prepare(json!({})) else {
        return eprintln!("skipped: libtorch or MNIST is not there (make setup fetches them)");
    };
    for observable in OBSERVABLES {
        let arguments: Vec<f64> = observable
            .arguments
            .iter()
            .map(|&argument| match argument {
                "layer" => 2.0,
                _ => 1.0,
            })
            .collect();
        if observable.nature == Nature::Pictured {
            assert!(!prepared.picture(observable.name, &arguments).unwrap().png().is_empty());
            continue;
        }
        let plain = observable.name.starts_with("zero_shot");
        let found = prepared.exact(observable.name, &arguments).unwrap();
        // So small a net may have the same error twice, which leaves quotients of scatter undefined.
        if ["t_final", "t_first5", "log_curve_correlation"].contains(&observable.name) {
            continue;
        }
        assert_eq!(found.value.is_nan(), plain, "{}: {found:?}", observable.name);
    }
    let plain = prepare(json!({"arm": "bp"})).unwrap();
    assert!((0.0..=1.0).contains(&plain.exact("zero_shot_tied", &[]).unwrap().value));
    let other = prepare(json!({"arm": "dropout", "epochs": 5})).unwrap();
    let pearson = |epoch: f64| other.exact("pearson", &[epoch]);
    assert!(pearson(3.0).is_ok() && pearson(2.0).is_err() && pearson(0.0).is_ok());
    assert!(other.exact("log_curve_correlation", &[]).is_err());
    assert!(plain.exact("error", &[4.0]).is_err() && plain.picture("initial", &[8.0]).is_err());
}

/// A run against itself has no advantage, and the duplicate control is paired with what it is compared with.
#[test]
fn differences_are_paired() {
    let Ok(same) = prepare(json!({"than": "bp_shadow"})) else { return };
    assert_eq!(same.exact("advantage_final", &[]).unwrap(), Enclosure::point(0.0));
    let other = prepare(json!({"arm": "bp_dup"})).unwrap();
    let at_start = |prepared: &dyn Prepared| prepared.exact("error", &[0.0]).unwrap();
    assert_eq!(at_start(same.as_ref()), at_start(other.as_ref()));
}
