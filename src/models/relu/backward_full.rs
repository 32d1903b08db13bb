//! Gradient profiles measured on stored weight matrices: what [`super::backward`] predicts.

use nalgebra::DMatrix;

use super::backward::{Loss, Profile, output_error};
use super::net::Net;
use super::net_description::NetDescription;
use crate::models::precision::Precision;
use crate::random::Stream;

/// Draws one network (and readout) and `inputs` inputs `x ~ N(0, I)` with their own targets;
/// one profile an input. Large networks are drawn in single precision ([`NetDescription::single`]).
pub fn draw(net: &NetDescription, loss: Loss, inputs: usize, stream: &mut Stream) -> Vec<Profile> {
    if net.single() {
        draw_in::<f32>(net, loss, inputs, stream)
    } else {
        draw_in::<f64>(net, loss, inputs, stream)
    }
}

fn draw_in<T: Precision>(
    net: &NetDescription,
    loss: Loss,
    inputs: usize,
    stream: &mut Stream,
) -> Vec<Profile> {
    let weights: Net<T> = net.draw(&mut stream.substream(0));
    let mut x = DMatrix::zeros(net.input, inputs);
    stream.fill_normal(x.as_mut_slice());
    let activations = weights.forward(&T::all_nearest(&x));
    let top = output_errors(&weights, &activations, loss, stream);
    let errors = weights.backward(&activations, &top);
    (0..inputs).map(|j| profile(&activations, &errors, loss, j)).collect()
}

/// `δ_L` of each input, one a column.
pub fn output_errors<T: Precision>(
    net: &Net<T>,
    activations: &[DMatrix<T>],
    loss: Loss,
    stream: &mut Stream,
) -> DMatrix<T> {
    let top = &T::doubles(&activations[activations.len() - 1]);
    let net = net.description();
    let mut random_directions = |radii: &dyn Fn(usize) -> f64| {
        let mut t = DMatrix::zeros(top.nrows(), top.ncols());
        for (j, mut column) in t.column_iter_mut().enumerate() {
            stream.unit_vector(column.as_mut_slice());
            column *= radii(j);
        }
        t
    };
    let errors = match loss {
        Loss::Independent => random_directions(&|_| 1.0),
        Loss::HalfSquare => top.clone(),
        Loss::Sum => net.mask(top, &DMatrix::repeat(top.nrows(), top.ncols(), 1.0)),
        Loss::RandomTarget => {
            let input = |j| activations[0].column(j);
            let norm = |j| T::dot(input(j).as_slice(), input(j).as_slice()).sqrt();
            net.mask(top, &(top - random_directions(&norm)))
        }
        Loss::CrossEntropy { classes, readout } => {
            // Entries by column: Vᵀ, so that Vᵀe needs no transposition.
            let mut v = DMatrix::zeros(top.nrows(), classes);
            stream.substream(1).fill_normal(v.as_mut_slice());
            v *= readout.sqrt();
            let mut e = v.tr_mul(top);
            for mut column in e.column_iter_mut() {
                let error = output_error(column.as_slice(), 1.0, stream);
                column.copy_from_slice(&error);
            }
            net.mask(top, &(v * e))
        }
    };
    T::all_nearest(&errors)
}

fn profile<T: Precision>(
    activations: &[DMatrix<T>],
    errors: &[DMatrix<T>],
    loss: Loss,
    j: usize,
) -> Profile {
    let product =
        |a: &DMatrix<T>, b: &DMatrix<T>| T::dot(a.column(j).as_slice(), b.column(j).as_slice());
    let squares = |layers: &[DMatrix<T>]| -> Vec<f64> {
        layers.iter().map(|layer| product(layer, layer)).collect()
    };
    let (forward, mut backward) = (squares(activations), squares(errors));
    backward[0] = f64::NAN;
    // An unmasked δ_L meets the invariant one layer further down (in the input, if L = 1).
    let at = activations.len() - if loss == Loss::Independent { 2 } else { 1 };
    let invariant = product(&activations[at], &errors[at]);
    Profile { forward, backward, invariant }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::relu::backward;
    use crate::models::relu::net_description::Init;
    use crate::random::StreamKey;

    const CROSS_ENTROPY: Loss = Loss::CrossEntropy { classes: 3, readout: 0.5 };

    fn stream(experiment: &str, trial: u64) -> Stream {
        StreamKey::derive(12, experiment, "{}").trial(trial)
    }

    /// Everything a profile tells, one number a statistic.
    fn statistics(profile: &Profile) -> Vec<f64> {
        let depth = profile.depth();
        let ratios = (1..=depth).map(|l| profile.sq_ratio(l));
        let forward = (1..=depth).map(|l| profile.forward_factor(l));
        ratios.chain(forward).chain([profile.cos2(), profile.invariant.abs()]).collect()
    }

    /// Two-sample Kolmogorov–Smirnov: `P(D > √(ln(2/α)(1/a + 1/b)/2)) ≲ 2α`.
    fn distance(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
        a.sort_by(f64::total_cmp);
        b.sort_by(f64::total_cmp);
        let below = |sorted: &[f64], x: f64| {
            sorted.partition_point(|&y| y <= x) as f64 / sorted.len() as f64
        };
        let points = a.iter().chain(&b);
        points.fold(0.0_f64, |d, &x| d.max((below(&a, x) - below(&b, x)).abs()))
    }

    /// The law without matrices is the law of matrices: every statistic, every loss, uneven widths and
    /// every variance (widths small, so that effects of order 1/n are large).
    #[test]
    fn both_ways_have_one_law() {
        let losses =
            [Loss::HalfSquare, Loss::Sum, Loss::RandomTarget, Loss::Independent, CROSS_ENTROPY];
        let trials = 6000;
        let inits = [Init::HeFanOut, Init::Glorot, Init::HeFanIn, Init::GlorotCode, Init::HeFanOut];
        for (&loss, init) in losses.iter().zip(inits) {
            let net = NetDescription::relu(9, vec![12, 15, 10], init);
            let full: Vec<Vec<f64>> = (0..trials)
                .map(|i| statistics(&draw(&net, loss, 1, &mut stream("full", i))[0]))
                .collect();
            let reduced: Vec<Vec<f64>> = (0..trials)
                .map(|i| {
                    let mut stream = stream("reduced", i);
                    let input = stream.chi_squared(9.0);
                    statistics(&backward::draw(&net, loss, input, &mut stream))
                })
                .collect();
            let threshold = ((2e6_f64).ln() / trials as f64).sqrt();
            for k in 0..full[0].len() {
                if loss == Loss::Independent && k == 6 {
                    continue; // cos² belongs to a masked δ_L
                }
                let column = |rows: &[Vec<f64>]| {
                    rows.iter().map(|row| row[k]).filter(|x| !x.is_nan()).collect()
                };
                let d = distance(column(&full), column(&reduced));
                assert!(d < threshold, "{loss:?}, statistic {k}: {d} > {threshold}");
            }
        }
    }

    /// The invariant is the same in every layer, and the factor across it has mean `σ²(B − 1)`.
    #[test]
    fn profiles_obey_the_law_input_by_input() {
        let net = NetDescription::relu(20, vec![40; 4], Init::HeFanOut);
        let profiles = draw(&net, CROSS_ENTROPY, 5, &mut stream("law", 0));
        for profile in &profiles {
            assert!((0.0..=1.0).contains(&profile.cos2()));
            for l in 1..4 {
                let factor = profile.backward_factor(l);
                // 2/40 χ² with some 19 degrees of freedom: ten standard deviations.
                assert!((0.0..4.1).contains(&factor), "{factor}");
            }
        }
        assert_eq!(profiles.len(), 5);
    }

    /// Distortions tell exactly whether the bands of Theorem 3 hold.
    #[test]
    fn distortions_are_the_bands() {
        let net = NetDescription::relu(30, vec![30; 5], Init::HeFanOut);
        for profile in draw(&net, Loss::Independent, 200, &mut stream("bands", 0)) {
            for eps in [0.05, 0.15, 0.25, 0.5] {
                let within =
                    |x: f64, k: i32| f64::powi(1.0 - eps, k) <= x && x <= f64::powi(1.0 + eps, k);
                let gradient = (1..=5).all(|l| within(profile.sq_ratio(l), 5));
                let norm = |l: i32| profile.forward[l as usize] / profile.forward[0];
                let forward = (1..=5).all(|l| within(norm(l), l));
                assert_eq!(gradient, profile.gradient_distortion() <= eps);
                assert_eq!(forward, profile.forward_distortion() <= eps);
            }
        }
    }

    /// The factors bound the ratios, whatever the loss:
    /// `(1 − w)^{L−1} ≤ ρ_l ≤ (L − l + 1)(1 + w)^{L−1}`.
    #[test]
    fn factors_bound_ratios() {
        let net = NetDescription::relu(60, vec![60; 6], Init::HeFanOut);
        for loss in [Loss::HalfSquare, Loss::Sum, Loss::RandomTarget, CROSS_ENTROPY] {
            for profile in draw(&net, loss, 40, &mut stream("factors", 0)) {
                let worst = profile.worst_factor();
                let low = (1.0 - worst).max(0.0).powi(5) * (1.0 - 1e-12);
                let high = (1.0 + worst).powi(5) * (1.0 + 1e-12);
                for l in 1..=6 {
                    assert!(low <= profile.sq_ratio(l));
                    assert!(profile.sq_ratio(l) <= (7 - l) as f64 * high);
                }
            }
        }
    }

    /// A large net is drawn in single precision, and its profiles have the law of matrices all the same: means of 40 nets
    /// within 6.5 standard errors, the error bars from the reduced law.
    #[test]
    fn large_nets_keep_the_law() {
        let net = NetDescription::relu(700, vec![1050; 3], Init::HeFanOut);
        assert!(net.single());
        let rows = |profiles: Vec<Profile>| profiles.iter().map(statistics).collect::<Vec<_>>();
        let full: Vec<Vec<f64>> = (0..40)
            .flat_map(|i| rows(draw(&net, Loss::HalfSquare, 1, &mut stream("large", i))))
            .collect();
        let reduced = (0..4000).map(|i| {
            let mut stream = stream("large-reduced", i);
            let input = stream.chi_squared(700.0);
            statistics(&backward::draw(&net, Loss::HalfSquare, input, &mut stream))
        });
        let reduced: Vec<Vec<f64>> = reduced.collect();
        for k in 0..full[0].len() {
            let mean =
                |rows: &[Vec<f64>]| rows.iter().map(|r| r[k]).sum::<f64>() / rows.len() as f64;
            let centre = mean(&reduced);
            let variance =
                reduced.iter().map(|r| (r[k] - centre).powi(2)).sum::<f64>() / reduced.len() as f64;
            let error = (variance * (1.0 / 40.0 + 1.0 / 4000.0)).sqrt() + 1e-6 * centre.abs();
            assert!(
                (mean(&full) - centre).abs() < 6.5 * error,
                "statistic {k}: {} {centre}",
                mean(&full)
            );
        }
    }
}
