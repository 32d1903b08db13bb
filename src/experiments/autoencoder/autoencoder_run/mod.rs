//! One pass through a random deep autoencoder, against the state evolution.
//!
//! The description is that of `src/models/autoencoder/description.rs` (Li & Nguyen 2019, Section 2). A trial draws weights and
//! biases afresh (the input is fixed) and runs encoder and decoder. `method: chain` draws the exact law of
//! Gaussian matrices in O(nL) numbers (`src/models/autoencoder/chain.rs`); `method: dense` draws the matrices, with entries of any
//! law (Gaussian ones of more than 2²¹ entries in all in single precision, `src/models/autoencoder/dense.rs`). `departure` makes the simulation depart from the description, for controls; predictions stay those of the description.
//!
//! Estimators (Appendix B): with `s_l = σ_l(x_l)` and k = l − 1, `γ̂_l = ⟨x̂_k, s_{k−1}⟩/(β_k‖s_{k−1}‖²)` and
//! `ρ̂_l = [(‖x̂_k‖² − β_k²γ̂_l²‖s_{k−1}‖²)/n_{k−1} − σ_v,k²]/β_k`, l = 2, …, L + 1. Predictions are quadratures with error bars.
//!
//! Test functions of `encoded` and `decoded` by number: 1 mean square, 2 product of halves, 3 mean absolute
//! value, 4 mean cosine, 5 product of neighbours, 6 norm, 7 order statistics (see `pseudo-lipschitz`).

mod observables;

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::models::autoencoder::battery::TestFunction;
use crate::models::autoencoder::description::Autoencoder;
use crate::models::autoencoder::limits;
use crate::models::autoencoder::residual::{self, Residual};
use crate::models::autoencoder::simulation::{Departure, Method, Pass, Simulation};
use crate::models::autoencoder::state_evolution::StateEvolution;
use crate::models::autoencoder::weight_law::WeightLaw;
use crate::models::autoencoder::weights::{dot, norm_sq};
use crate::random::Stream;

/// One pass through a random deep autoencoder.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "all layers of a random deep autoencoder: estimators, residuals and output, against the state evolution",
    "fresh weights and biases; the input is fixed",
    OBSERVABLES,
);

/// The net, and how it is drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    #[serde(flatten)]
    net: Autoencoder,
    /// How weights are drawn.
    #[serde(default)]
    method: Method,
    /// Law of the entries (`method: dense`).
    #[serde(default)]
    dist: WeightLaw,
    /// What the simulation does otherwise than the description says.
    #[serde(default)]
    departure: Departure,
    /// Layer whose vectors are looked at closely, 1 to L; the last if left out.
    #[serde(default)]
    probe: Option<usize>,
}

/// Most numbers that a trial may hold.
const LARGEST: f64 = 5e7;
/// Most weights that a trial may draw.
const MOST_WEIGHTS: f64 = 1e9;
/// Entries of the output that are shown one by one.
const SHOWN: usize = 10;
/// Test functions in use.
const FUNCTIONS: usize = 7;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let net = self.net;
        net.check()?;
        if !net.tied {
            let hint = "use `departure: untied`: predictions are those of the tied net";
            return Err(Failure::parameter("`tied: false` is not offered here", hint));
        }
        if self.method == Method::Chain && self.dist != WeightLaw::Gauss {
            let message = "the chain sampler is exact for Gaussian weights only";
            return Err(Failure::parameter(message, "use `method: dense`"));
        }
        let probe = self.probe.unwrap_or(net.depth);
        if !(1..=net.depth).contains(&probe) {
            let message = format!("probe = {probe} is no layer of {}", net.depth);
            return Err(Failure::parameter(message, "1 to L"));
        }
        let (law, method, departure) = (self.dist, self.method, self.departure);
        let simulation = Simulation { net, law, method, departure };
        let numbers =
            (0..=simulation.net.depth).map(|l| simulation.net.width(l) as f64).sum::<f64>();
        if 5.0 * numbers > LARGEST
            || (method == Method::Dense && simulation.entries() > MOST_WEIGHTS)
        {
            let message = format!("a net of {} weights is too large", simulation.entries());
            return Err(Failure::parameter(message, "use `method: chain`, or a smaller net"));
        }
        Ok(Box::new(Run { simulation, probe, theory: OnceLock::new() }))
    }
}

struct Run {
    simulation: Simulation,
    probe: usize,
    theory: OnceLock<Result<StateEvolution, Failure>>,
}

impl Prepared for Run {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let (net, theory) = (&self.simulation.net, self.theory()?);
        let no_layer = || Failure::domain(format!("`{name}` has no layer {arguments:?}"));
        let layer = layer_of(arguments);
        match name {
            "tau2_limit" => {
                layer.filter(|&l| l > 0).and_then(|l| theory.tau_sq(l)).ok_or_else(no_layer)
            }
            "gamma_limit" => layer.and_then(|l| theory.gamma(l)).ok_or_else(no_layer),
            "rho_limit" => layer.and_then(|l| theory.rho(l)).ok_or_else(no_layer),
            "signal" | "noise" => {
                let inside = layer.filter(|l| (1..=net.depth).contains(l));
                let parts = inside.and_then(|l| limits::signal_and_noise(net, theory, l));
                parts.map(|p| if name == "signal" { p.0 } else { p.1 }).ok_or_else(no_layer)
            }
            "encoded_limit" => {
                let tau_sq = theory.tau_sq(self.probe).ok_or_else(no_layer)?;
                let f = function(arguments)?;
                let of = |x: f64| limits::of_normal(f, x.max(0.0).sqrt());
                match (of(tau_sq.value), of(tau_sq.lo), of(tau_sq.hi)) {
                    (Some(value), Some(a), Some(b)) => {
                        Ok(Enclosure { value, lo: a.min(b), hi: a.max(b) })
                    }
                    _ => Err(no_layer()),
                }
            }
            "decoded_limit" => limits::of_decoded(net, theory, self.probe, function(arguments)?)
                .map_err(|error| Failure::domain(error.to_string()))?
                .ok_or_else(|| Failure::domain("not offered for this function or layer")),
            _ => self.output_limit(name),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let depth = self.simulation.net.depth;
        let of_layers = |name, from: usize, to: usize| {
            (from..=to).map(move |l| Column::indexed(name, l, Tail::Unknown))
        };
        let mut columns: Vec<Column> = of_layers("tau2_hat", 1, depth).collect();
        columns.extend(of_layers("gamma_hat", 2, depth + 1));
        columns.extend(of_layers("rho_hat", 2, depth + 1));
        columns.extend(PLAIN.map(|name| Column::plain(name, Tail::Unknown)));
        columns.extend(of_layers("output", 1, SHOWN));
        let at =
            |q: f64| Column { observable: "z_quantile", arguments: vec![q], tail: Tail::Unknown };
        columns.extend(residual::LEVELS.map(at));
        columns.extend(of_layers("encoded", 1, FUNCTIONS));
        columns.extend(of_layers("decoded", 1, FUNCTIONS));
        for (i, j) in residual::POWERS {
            let arguments = vec![i as f64, j as f64];
            columns.push(Column { observable: "dependence", arguments, tail: Tail::Unknown });
        }
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let theory = self.theory()?;
        let pass = self.simulation.pass(stream);
        let mut record = Vec::with_capacity(out.len());
        self.layers(&pass, theory, &mut record);
        self.whole(&pass, theory, &mut record);
        out.copy_from_slice(&record);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let net = &self.simulation.net;
        let numbers = (0..=net.depth).map(|l| net.width(l) as f64).sum::<f64>();
        let entries =
            if self.simulation.method == Method::Dense { self.simulation.entries() } else { 0.0 };
        100.0 * numbers + 12.0 * entries
    }
}

/// Plain columns, in the order in which [`Run::whole`] writes them.
const PLAIN: [&str; 13] = [
    "gamma_sq_err",
    "rho_sq_err",
    "gamma_max_err",
    "rho_max_err",
    "transpose_gap",
    "biased_transpose_gap",
    "out_sq",
    "out_in",
    "sq_error",
    "best_sq_error",
    "standard_entry",
    "z_std",
    "z_ks",
];

impl Run {
    fn theory(&self) -> Result<&StateEvolution, Failure> {
        let of = || {
            StateEvolution::of(&self.simulation.net)
                .map_err(|error| Failure::domain(error.to_string()))
        };
        self.theory.get_or_init(of).as_ref().map_err(Clone::clone)
    }

    fn output_limit(&self, name: &str) -> Result<Enclosure, Failure> {
        let pair = limits::output(&self.simulation.net, self.theory()?);
        let [coarse, fine] = pair.ok_or_else(|| Failure::domain("no prediction"))?;
        let pick: fn(&limits::OutputLimits) -> f64 = match name {
            "out_sq_limit" => |limits| limits.square,
            "out_in_limit" => |limits| limits.overlap,
            "sq_error_limit" => limits::OutputLimits::error,
            "best_sq_error_limit" => limits::OutputLimits::best_error,
            _ => return Err(Failure::no_such_observable(name)),
        };
        // The recursion's own errors are below 1e-9 in every setting of the suite; what is asked is far coarser.
        let theory = self.theory()?;
        let radius = |x: Option<Enclosure>| x.map_or(f64::INFINITY, |x| x.radius());
        let carried = 10.0
            * self.simulation.net.beta(1).max(1.0).powi(2)
            * (radius(theory.gamma(2)) + radius(theory.rho(2)));
        let value = pick(&fine);
        Ok(Enclosure::with_error(value, (value - pick(&coarse)).abs() + carried + 1e-14))
    }

    /// Estimators of every layer, and their errors.
    fn layers(&self, pass: &Pass, theory: &StateEvolution, record: &mut Vec<f64>) {
        let net = &self.simulation.net;
        record.extend((1..=net.depth).map(|l| pass.tau_sq(l)));
        let found: Vec<(f64, f64)> = (2..=net.depth + 1).map(|l| pass.estimates(net, l)).collect();
        record.extend(found.iter().map(|(gamma, _)| gamma));
        record.extend(found.iter().map(|(_, rho)| rho));
        let (mut squares, mut largest) = ([0.0; 2], [0.0; 2]);
        for (l, (gamma, rho)) in (2..).zip(found) {
            let predicted = [theory.gamma(l), theory.rho(l)];
            for (k, (found, predicted)) in [gamma, rho].into_iter().zip(predicted).enumerate() {
                let error = found - predicted.map_or(f64::NAN, |p| p.value);
                squares[k] += error * error / net.depth as f64;
                // Written so that NaN stays.
                largest[k] = if error.abs() <= largest[k] { largest[k] } else { error.abs() };
            }
        }
        record.extend(squares);
        record.extend(largest);
    }

    /// Everything else, in the order of the columns.
    fn whole(&self, pass: &Pass, theory: &StateEvolution, record: &mut Vec<f64>) {
        let net = &self.simulation.net;
        for biased in [false, true] {
            record.push((1..=net.depth).map(|l| pass.transpose_gap(l, biased)).fold(0.0, f64::max));
        }
        let (x, output) = (pass.x(0), pass.output());
        let n = x.len() as f64;
        let (input_sq, out_sq, overlap) = (norm_sq(x) / n, norm_sq(output) / n, dot(x, output) / n);
        record.extend([out_sq, overlap, input_sq - 2.0 * overlap + out_sq]);
        record.push(1.0 - overlap * overlap / (out_sq * input_sq));
        let l = self.probe;
        let below = pass.s(l - 1);
        let scale = net.sigma_w2(l) * norm_sq(below) / below.len() as f64 + net.sigma_b2(l);
        record.push(pass.x(l)[0] / scale.sqrt());
        let first = Residual::of(net, theory, pass, 1);
        record.extend([first.deviation(), first.ks()]);
        record.extend((0..SHOWN).map(|i| output.get(i).copied().unwrap_or(f64::NAN)));
        record.extend(first.quantiles());
        let battery = &TestFunction::ALL[..FUNCTIONS];
        record.extend(battery.iter().map(|f| f.value(pass.x(l))));
        record.extend(battery.iter().map(|f| f.value(pass.decoded(l))));
        let probed = Residual::of(net, theory, pass, l);
        record.extend(residual::POWERS.map(|(i, j)| probed.dependence(pass.x(l - 1), i, j)));
    }
}

/// The first argument as a layer.
fn layer_of(arguments: &[f64]) -> Option<usize> {
    let argument = *arguments.first()?;
    (argument >= 0.0 && argument.fract() == 0.0 && argument < 1e9).then_some(argument as usize)
}

fn function(arguments: &[f64]) -> Result<TestFunction, Failure> {
    let index = layer_of(arguments).and_then(|k| k.checked_sub(1)).filter(|&k| k < FUNCTIONS);
    index.map(|k| TestFunction::ALL[k]).ok_or_else(|| {
        Failure::domain(format!("there is no test function {arguments:?}, but 1 to {FUNCTIONS}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::{Value, json};

    fn prepare(value: Value) -> Box<dyn Prepared> {
        (EXPERIMENT.prepare)(&value).unwrap()
    }

    fn small(method: &str) -> Value {
        json!({"L": 3, "n0": 800, "alpha": 1.5, "sigma_w2": 1.2, "sigma_b2": 0.1, "sigma": "tanh", "phi": "tanh",
            "method": method, "probe": 2})
    }

    /// Records fit their columns, and one large draw is near its prediction in every column that has one. The identity holds to
    /// rounding: of doubles, and of singles (2⁻²⁴ = 6e-8 a product) where dense matrices are large.
    #[test]
    fn records_are_near_their_predictions() {
        for (method, n0, rounding) in
            [("chain", 800, 1e-13), ("dense", 400, 1e-13), ("dense", 800, 1e-7)]
        {
            let mut parameters = small(method);
            parameters["n0"] = json!(n0);
            let run = prepare(parameters);
            let columns = run.columns();
            let mut out = vec![0.0; columns.len()];
            let key = StreamKey::derive(1, "autoencoder-run", method);
            run.trial(&mut key.trial(0), &mut out).unwrap();
            for (column, value) in columns.iter().zip(&out) {
                let limit = match column.observable {
                    "tau2_hat" => "tau2_limit",
                    "gamma_hat" => "gamma_limit",
                    "rho_hat" => "rho_limit",
                    "out_sq" => "out_sq_limit",
                    "out_in" => "out_in_limit",
                    "sq_error" => "sq_error_limit",
                    "best_sq_error" => "best_sq_error_limit",
                    "encoded" => "encoded_limit",
                    "decoded" if column.arguments[0] < 7.0 => "decoded_limit",
                    _ => continue,
                };
                let exact = run.exact(limit, &column.arguments).unwrap().value;
                assert!((value - exact).abs() < 0.25, "{method} {column:?} {value} {exact}");
            }
            let at = |name| out[columns.iter().position(|c| c.observable == name).unwrap()];
            assert!(at("transpose_gap") < rounding && at("biased_transpose_gap") > 1e-3);
            assert!((at("z_std") - 1.0).abs() < 0.3 && at("z_ks") < 2.0);
        }
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for (name, value) in [
            ("probe", json!(4)),
            ("dist", json!("laplace")),
            ("tied", json!(false)),
            ("what", json!(1)),
            ("n0", json!(900_000)),
        ] {
            let mut parameters = small("chain");
            parameters[name] = value;
            if name == "n0" {
                parameters["L"] = json!(40);
                parameters["alpha"] = json!(1);
            }
            assert!((EXPERIMENT.prepare)(&parameters).is_err(), "{parameters}");
        }
    }
}
