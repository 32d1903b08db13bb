//! Widths that keep the norm of every input of a d-dimensional subspace within 1 ± ε, layer by layer.
//!
//! * `width_sign_corrected`: the grid argument (arpit2019, Eqs. 9 and 11 with the sign that Eq. 101
//!   gives): (d ln(2/Δ) + ln(4L/δ))/g(ε/3), Δ = min{ε/(3√d), √(ε/3)/d}.
//! * `width_gordon`: Gaussian comparison for one layer: smallest m with
//!   √(2d/m) + 5/(2m) + 2√(ln(2/δ)/m) ≤ ε.
//! * `width_region_union`: the same on each of the at most R(n, d)^{l−1} regions on which h_{l−1} is
//!   linear: smallest n with (n/4)(ε − √(2d/n) − 5/(2n))₊² ≥ ln(2L/δ) + (L−1) ln R(n, d); it equals
//!   `width_gordon` for L = 1.
//! * `width_survival`: smallest m at which some input is mapped to zero with probability at most δ
//!   (Wendel): necessary for every ε < 1.
//! * `ln_failure(n)`: logarithm of the bound of the failure probability at width n by the region union.
//! * `first_uncertified_depth`: least L at which `width_region_union` exceeds `width_sign_corrected`.
//!
//! Whole numbers are found by doubling and bisection in doubles; where rounding could decide, the
//! enclosure holds both neighbours. Derivations: `models::subspace::widths`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Definition, Enclosure, Failure, Observable, Parameters, Prepared};
use crate::models::subspace::widths::{self, Demand, Smallest};

/// Sufficient and necessary widths for a subspace of inputs.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "widths that preserve the norms of all inputs of a subspace",
    "",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "width_sign_corrected",
        &[],
        r"n_{\text{grid}}",
        "width of the grid argument with the corrected sign (a real number)",
    ),
    Observable::exact(
        "width_gordon",
        &[],
        r"n_{\text{Gordon}}",
        "smallest width for one layer by Gaussian comparison",
    ),
    Observable::exact(
        "width_region_union",
        &[],
        r"n_{\text{regions}}",
        "smallest width for L layers by Gaussian comparison on every activation region",
    ),
    Observable::exact(
        "width_survival",
        &[],
        r"n_{\text{Wendel}}",
        "smallest width at which one layer kills an input with probability at most δ",
    ),
    Observable::exact(
        "first_uncertified_depth",
        &[],
        "L_*",
        "least depth at which the region union needs more than the corrected width",
    ),
    Observable::exact(
        "ln_failure",
        &["n"],
        r"\ln\bar P_{\text{regions}}(#1)",
        "logarithm of the region union's bound of the failure probability at width n",
    ),
];

/// What is asked of the net.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension of the subspace of inputs, 1 to 10⁵.
    d: u64,
    /// Distortion of the unsquared norm for each layer, in (0, 1).
    eps: f64,
    /// Probability of failure, in (0, 1).
    delta: f64,
    /// Number of layers, 1 to 10⁶; 1 if left out.
    #[serde(rename = "L", default = "one")]
    depth: u64,
}

fn one() -> u64 {
    1
}

/// Relative error of the width in doubles: g(ε/3) ≈ ε²/96 is a difference of terms of size ε/12.
fn relative(eps: f64) -> f64 {
    1e-14 + 1e-14 / eps
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let unit = |x: f64| x > 0.0 && x < 1.0;
        let sizes = (1..=100_000).contains(&self.d) && (1..=1_000_000).contains(&self.depth);
        if !(sizes && unit(self.eps) && unit(self.delta)) {
            let message = format!(
                "d = {}, eps = {}, delta = {} or L = {} is out of range",
                self.d, self.eps, self.delta, self.depth
            );
            return Err(Failure::parameter(
                message,
                "1 ≤ d ≤ 10^5, 0 < eps < 1, 0 < delta < 1, 1 ≤ L ≤ 10^6",
            ));
        }
        let demand = Demand { d: self.d, eps: self.eps, delta: self.delta, depth: self.depth };
        Ok(Box::new(Widths { demand }))
    }
}

struct Widths {
    demand: Demand,
}

impl Prepared for Widths {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let demand = &self.demand;
        match name {
            "width_sign_corrected" => {
                let width = widths::sign_corrected(demand);
                Ok(Enclosure::with_relative_error(width, relative(demand.eps)))
            }
            "width_gordon" => whole(widths::region_union(&Demand { depth: 1, ..*demand })),
            "width_region_union" => whole(widths::region_union(demand)),
            "width_survival" => whole(widths::survival(demand.d, demand.delta)),
            "first_uncertified_depth" => whole(widths::first_uncertified_depth(demand)),
            "ln_failure" => {
                let n = arguments.first().copied().unwrap_or(f64::NAN);
                if !(1.0..=1e15).contains(&n) {
                    return Err(Failure::domain(format!("{n} is no width between 1 and 10^15")));
                }
                // Real widths are rounded up: a layer has a whole number of units.
                let ln = widths::ln_region_failure(n.ceil() as u64, demand);
                Ok(Enclosure::with_error(ln, 1e-12 * (1.0 + ln.abs() + n)))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }
}

fn whole(found: Option<Smallest>) -> Result<Enclosure, Failure> {
    let found = found.ok_or_else(|| Failure::domain("no width below 2^50 is enough"))?;
    Ok(Enclosure { value: found.value as f64, lo: found.lo as f64, hi: found.hi as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prepare(d: u64, eps: f64, depth: u64) -> Box<dyn Prepared> {
        let value = json!({"d": d, "eps": eps, "delta": 0.05, "L": depth});
        (EXPERIMENT.prepare)(&value).unwrap()
    }

    /// From a separate implementation with mpmath (50 digits): the closed form, and the three searches
    /// over whole numbers.
    #[test]
    fn widths_against_mpmath() {
        for (d, eps, depth, corrected, gordon, union, survival, first) in REFERENCE {
            let widths = prepare(d, eps, depth);
            let value = |name: &str| widths.exact(name, &[]).unwrap();
            let width = value("width_sign_corrected");
            assert!(width.lo <= corrected && corrected <= width.hi, "{width:?} {corrected}");
            assert_eq!(value("width_gordon"), Enclosure::point(gordon));
            assert_eq!(value("width_region_union"), Enclosure::point(union));
            assert_eq!(value("width_survival"), Enclosure::point(survival));
            assert_eq!(value("first_uncertified_depth"), Enclosure::point(first));
        }
    }

    type Row = (u64, f64, u64, f64, f64, f64, f64, f64);

    /// d, ε, L; sign-corrected, Gordon, region union, survival, first uncertified depth (δ = 0.05).
    const REFERENCE: [Row; 4] = [
        (2, 0.5, 5, 4883.266296215035, 147.0, 769.0, 9.0, 35.0),
        (10, 0.5, 20, 19397.38240745592, 287.0, 27251.0, 29.0, 15.0),
        (10, 0.1, 5, 571455.6598587668, 6962.0, 195836.0, 29.0, 13.0),
        (100, 0.5, 5, 262050.62054715952, 1304.0, 59890.0, 225.0, 18.0),
    ];

    #[test]
    fn the_bound_of_the_failure_is_met_at_the_width_found() {
        let widths = prepare(10, 0.5, 5);
        let n = widths.exact("width_region_union", &[]).unwrap().value;
        assert!(widths.exact("ln_failure", &[n]).unwrap().hi <= 0.05_f64.ln());
        assert!(widths.exact("ln_failure", &[n - 1.0]).unwrap().lo > 0.05_f64.ln());
        assert!(widths.exact("ln_failure", &[f64::NAN]).is_err());
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for value in [
            json!({"d": 0, "eps": 0.5, "delta": 0.05}),
            json!({"d": 1, "eps": 1.0, "delta": 0.05}),
            json!({"d": 1, "eps": 0.5, "delta": 0.0}),
            json!({"d": 1, "eps": 0.5, "delta": 0.05, "L": 0}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
