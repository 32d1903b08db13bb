//! What a formula is as an activation function: symmetry, kinks, bounds. Found by a scan, once for each text.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::activation::Parity;
use crate::experiment::Failure;
use crate::maths::Interval;
use crate::models::function::Function;

/// A formula and what the scan found.
#[derive(Clone)]
pub struct Study {
    /// The formula, in `u`.
    pub function: Arc<Function>,
    /// Symmetry, as seen at 59 pairs of points.
    pub parity: Parity,
    /// Upper bound of `|φ|`, if a scan to ±10⁶ finds one.
    pub bound: Option<f64>,
    /// Where φ or its derivative jumps, within [−16, 16].
    pub kinks: Vec<f64>,
    /// Lipschitz constant over [−16, 16].
    pub lipschitz: f64,
}

/// Texts kept; parameters are read again for every cell of a plan, and a scan takes milliseconds.
const KEPT: usize = 256;

/// The formula's properties. Texts are remembered, so that reading parameters again costs nothing.
///
/// # Errors
/// [`Failure::Parameter`] if the text is no formula in `u`, or has no value at 0 or ±0.5.
pub fn of(text: &str) -> Result<Study, Failure> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Study>>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(study) = known().get(text) {
        return Ok(study.clone());
    }
    let study = found(text)?;
    let mut known = known();
    if known.len() < KEPT {
        known.insert(text.into(), study.clone());
    }
    Ok(study)
}

fn found(text: &str) -> Result<Study, Failure> {
    let function = Function::parse("activation", text, &["u"])?;
    let at = |u: f64| function.value(&[u]);
    if !(at(0.5).is_finite() && at(-0.5).is_finite() && at(0.0).is_finite()) {
        let message = format!("the activation `{text}` has no value at 0 or at ±0.5");
        return Err(Failure::parameter(message, "it must be defined on the whole line"));
    }
    let probes = || (1..60).map(|k| 0.37 * f64::from(k) * 1.03_f64.powi(k));
    let symmetric = |sign: f64| probes().all(|u| at(-u) == sign * at(u));
    let parity = match () {
        () if symmetric(-1.0) && at(0.0) == 0.0 => Parity::Odd,
        () if symmetric(1.0) => Parity::Even,
        () => Parity::Neither,
    };
    let size = |u: f64| at(u).abs().max(at(-u).abs());
    let sup = probes().chain((0..7).map(|k| 10f64.powi(k))).map(size).fold(0.0, f64::max);
    let bound = (size(1e6) < 2.0 * size(1e3).max(1e-300) && sup.is_finite()).then_some(sup * 1.001);
    let (kinks, lipschitz) = scan(&function);
    Ok(Study { function: Arc::new(function), parity, bound, kinks, lipschitz })
}

/// Kinks and jumps of a formula on [−16, 16], and its largest slope there: intervals on which the
/// enclosure of the slope does not shrink with the interval. Jumps of the slope below a fifth go unseen.
fn scan(function: &Function) -> (Vec<f64>, f64) {
    const CELL: f64 = 1.0 / 32.0;
    let mut kinks: Vec<f64> = Vec::new();
    let mut lipschitz = 0.0_f64;
    for k in -512..512 {
        // Off the round numbers: a kink at the end of a cell would hide between two one-sided slopes.
        let from = (f64::from(k) + 0.371) * CELL;
        let mut open = vec![(from, from + CELL)];
        while let Some((a, b)) = open.pop() {
            let slope = function.differentiate(&[Interval::new(a, b)], 0).slope;
            let (width, cell) = (slope.width(), b - a);
            let size = 1.0 + slope.lo.abs().max(slope.hi.abs());
            let gentle = width <= 6.0 * cell * size || (width <= 64.0 * cell * size && cell < 5e-4);
            if gentle {
                lipschitz = lipschitz.max(slope.lo.abs()).max(slope.hi.abs());
                continue;
            }
            if cell < 1e-11 {
                // The neighbouring cell may meet the same kink.
                let round = (32.0 * a).ceil() / 32.0;
                let middle = if round <= b { round } else { 0.5 * (a + b) };
                if kinks.iter().all(|kink| (kink - middle).abs() > 1e-9) {
                    kinks.push(middle);
                }
                if width.is_finite() {
                    lipschitz = lipschitz.max(slope.lo.abs()).max(slope.hi.abs());
                }
                continue;
            }
            let middle = 0.5 * (a + b);
            open.extend([(middle, b), (a, middle)]);
        }
    }
    kinks.sort_by(f64::total_cmp);
    (kinks, lipschitz)
}

#[cfg(test)]
mod tests {
    use super::super::activation::Activation;
    use super::*;

    #[test]
    fn a_text_is_studied_once() {
        let first = of("tanh(u/3) + 0*u").unwrap();
        let again = of("tanh(u/3) + 0*u").unwrap();
        assert!(Arc::ptr_eq(&first.function, &again.function));
        assert_eq!(first.parity, Parity::Odd);
        assert!(of("tanhh(u)").is_err() && of("tanhh(u)").is_err());
    }

    fn of_text(text: &str) -> Activation {
        Activation::parse(text).unwrap()
    }

    #[test]
    fn parity_and_lipschitz_constants() {
        assert_eq!(of_text("-tanh(u)").parity(), Parity::Odd);
        assert_eq!(of_text("u^2/(1 + u^2)").parity(), Parity::Even);
        assert_eq!(of_text("ln(1 + exp(u))").parity(), Parity::Neither);
        assert!((of_text("tanh(u/2)").lipschitz() - 0.5).abs() < 0.05);
        assert!(of_text("relu").is_homogeneous() && !of_text("hard-tanh").is_homogeneous());
    }
}
