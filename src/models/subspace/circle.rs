//! Exact extremes of ‖h_l(u)‖ over the unit circle, for every layer of a net with two inputs.
//!
//! On an arc where no unit up to layer l changes sign, h_l = Au with one n × 2 matrix A, and with
//! S = AᵀA, u = (cos θ, sin θ): ‖h_l‖² = ½(S₁₁+S₂₂) + ½(S₁₁−S₂₂) cos 2θ + S₁₂ sin 2θ. Its extremes on
//! the arc are at the ends or where the derivative vanishes. Layer by layer each arc is cut where a
//! unit's pre-activation, itself r cos(θ−φ) on the arc, changes sign; S follows by a rank-one step.
//! Work: one n × n by n × 2 product for each arc (about 2nl arcs after l layers of width n).

use std::f64::consts::{FRAC_PI_2, PI};

use nalgebra::DMatrix;

/// Arcs carried through a layer together: their products make one matrix product.
const BATCH: usize = 64;

/// Smallest and largest norm of one layer's activations over the circle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// Smallest ‖h_l(u)‖ over ‖u‖ = 1.
    pub inf: f64,
    /// Largest.
    pub sup: f64,
    /// Number of arcs on which the layer is linear.
    pub arcs: usize,
}

/// An arc on which everything so far is linear, and the matrix of the last layer there (n × 2, by rows).
struct Arc {
    lo: f64,
    hi: f64,
    matrix: Vec<[f64; 2]>,
}

/// Extremes of ‖h_l‖ for l = 1, …, L over the unit circle; `weights` holds W_1 (n₁ × 2), …, W_L.
///
/// Relative accuracy of the squares about 1e-13, away from zero.
pub fn extremes(weights: &[DMatrix<f64>]) -> Vec<Extremes> {
    let start = Extremes { inf: f64::INFINITY, sup: 0.0, arcs: 0 };
    let mut found = vec![start; weights.len()];
    // Quarters, so that a sinusoid has at most one zero on an arc.
    let quarters = (0..4).map(|quarter| Arc {
        lo: f64::from(quarter) * FRAC_PI_2,
        hi: f64::from(quarter + 1) * FRAC_PI_2,
        matrix: vec![[1.0, 0.0], [0.0, 1.0]],
    });
    descend(weights, quarters.collect(), &mut found);
    for layer in &mut found {
        layer.inf = layer.inf.max(0.0).sqrt();
        layer.sup = layer.sup.sqrt();
    }
    found
}

/// Carries arcs through the first of `weights` and what they become through the rest; depth first, so
/// that memory holds one batch for each layer.
fn descend(weights: &[DMatrix<f64>], arcs: Vec<Arc>, found: &mut [Extremes]) {
    let Some((first, rest)) = weights.split_first() else { return };
    let mut next = Vec::new();
    for batch in arcs.chunks(BATCH) {
        let inputs = first.ncols();
        let stacked =
            DMatrix::from_fn(inputs, 2 * batch.len(), |i, j| batch[j / 2].matrix[i][j % 2]);
        let products = first * stacked;
        for (k, arc) in batch.iter().enumerate() {
            let (a, b) = (products.column(2 * k), products.column(2 * k + 1));
            let slopes: Vec<[f64; 2]> = a.iter().zip(b.iter()).map(|(a, b)| [*a, *b]).collect();
            cut(arc, slopes, !rest.is_empty(), &mut next, &mut found[0]);
            if next.len() >= BATCH {
                descend(rest, std::mem::take(&mut next), &mut found[1..]);
            }
        }
    }
    if !rest.is_empty() {
        descend(rest, next, &mut found[1..]);
    }
}

/// Cuts an arc at the zeros of the units aᵢ(θ) = `slopes[i]`·u, and takes the extremes on each part.
fn cut(arc: &Arc, slopes: Vec<[f64; 2]>, keep: bool, next: &mut Vec<Arc>, found: &mut Extremes) {
    let (lo, hi) = (direction(arc.lo), direction(arc.hi));
    let mut active: Vec<bool> = Vec::with_capacity(slopes.len());
    let mut zeros: Vec<(f64, usize)> = Vec::new();
    for (i, slope) in slopes.iter().enumerate() {
        let (before, after) = (dot(slope, &lo) > 0.0, dot(slope, &hi) > 0.0);
        active.push(before);
        if before != after {
            zeros.push((zero_between(slope, arc.lo, arc.hi), i));
        }
    }
    zeros.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut gram = [0.0; 3];
    slopes.iter().zip(&active).filter(|(_, on)| **on).for_each(|(s, _)| add(&mut gram, s, 1.0));
    let mut from = arc.lo;
    for (to, flips) in zeros.into_iter().map(|(zero, i)| (zero, Some(i))).chain([(arc.hi, None)]) {
        found.arcs += 1;
        let (smallest, largest) = extremes_on(&gram, from, to);
        found.inf = found.inf.min(smallest);
        found.sup = found.sup.max(largest);
        if keep {
            let masked = slopes.iter().zip(&active).map(|(s, on)| if *on { *s } else { [0.0; 2] });
            next.push(Arc { lo: from, hi: to, matrix: masked.collect() });
        }
        if let Some(i) = flips {
            active[i] = !active[i];
            add(&mut gram, &slopes[i], if active[i] { 1.0 } else { -1.0 });
        }
        from = to;
    }
}

fn direction(angle: f64) -> [f64; 2] {
    let (sin, cos) = angle.sin_cos();
    [cos, sin]
}

fn dot(a: &[f64; 2], b: &[f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

/// S ± ssᵀ, as (S₁₁, S₂₂, S₁₂).
fn add(gram: &mut [f64; 3], s: &[f64; 2], sign: f64) {
    gram[0] += sign * s[0] * s[0];
    gram[1] += sign * s[1] * s[1];
    gram[2] += sign * s[0] * s[1];
}

/// The zero of s₁ cos θ + s₂ sin θ in [lo, hi], an arc shorter than π on which the sign changes.
fn zero_between(s: &[f64; 2], lo: f64, hi: f64) -> f64 {
    let zero = (-s[0]).atan2(s[1]);
    let turns = ((lo - zero) / PI).ceil();
    (zero + turns * PI).clamp(lo, hi)
}

/// Extremes of uᵀSu on an arc.
fn extremes_on(gram: &[f64; 3], lo: f64, hi: f64) -> (f64, f64) {
    let (mean, half, off) = (0.5 * (gram[0] + gram[1]), 0.5 * (gram[0] - gram[1]), gram[2]);
    let value = |angle: f64| {
        let (sin, cos) = (2.0 * angle).sin_cos();
        mean + half * cos + off * sin
    };
    let (a, b) = (value(lo), value(hi));
    let (mut smallest, mut largest) = (a.min(b), a.max(b));
    let peak = 0.5 * off.atan2(half);
    let inside = |angle: f64| angle + ((lo - angle) / PI).ceil() * PI <= hi;
    let radius = half.hypot(off);
    if inside(peak) {
        largest = mean + radius;
    }
    if inside(peak + FRAC_PI_2) {
        smallest = mean - radius;
    }
    (smallest, largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn net(widths: &[usize], trial: u64) -> Vec<DMatrix<f64>> {
        let mut stream = StreamKey::derive(1, "circle", "{}").trial(trial);
        let mut inputs = 2;
        let layer = |n: &usize| {
            let scale = (2.0 / *n as f64).sqrt();
            let matrix = DMatrix::from_fn(*n, inputs, |_, _| scale * stream.normal());
            inputs = *n;
            matrix
        };
        widths.iter().map(layer).collect()
    }

    fn norms(weights: &[DMatrix<f64>], angle: f64) -> Vec<f64> {
        let mut h = DMatrix::from_column_slice(2, 1, &direction(angle));
        let step = |w: &DMatrix<f64>| {
            h = (w * &h).map(|a| a.max(0.0));
            h.norm()
        };
        weights.iter().map(step).collect()
    }

    #[test]
    fn hand_made_layers() {
        // The identity: ‖(cos⁺, sin⁺)‖ is 0 on the third quadrant and 1 on the first.
        let found = extremes(&[DMatrix::identity(2, 2)])[0];
        assert!(found.inf.abs() < 1e-15 && (found.sup - 1.0).abs() < 1e-15);
        // Rows ±e₁, ±e₂: the norm is 1 everywhere.
        let cross = DMatrix::from_row_slice(4, 2, &[1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0]);
        let found = extremes(&[cross])[0];
        assert!((found.inf - 1.0).abs() < 1e-15 && (found.sup - 1.0).abs() < 1e-15);
        // Rows (2,0), (−1,0), (0,1), (0,−1): between 1 and 2.
        let ellipse = DMatrix::from_row_slice(4, 2, &[2.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0]);
        let found = extremes(&[ellipse])[0];
        assert!((found.inf - 1.0).abs() < 1e-15 && (found.sup - 2.0).abs() < 1e-15);
    }

    /// A dense grid never leaves [inf, sup] and comes close to both: by the Lipschitz constant
    /// Π‖W‖, a grid of step h misses an extreme by at most that constant times h/2.
    #[test]
    fn agrees_with_a_dense_grid() {
        for (trial, widths) in
            [&[7][..], &[30], &[20, 25], &[12, 12, 12], &[40, 30, 20, 30]].iter().enumerate()
        {
            let weights = net(widths, trial as u64);
            let found = extremes(&weights);
            let points = 20_000;
            let step = std::f64::consts::TAU / f64::from(points);
            let mut low = vec![f64::INFINITY; widths.len()];
            let mut high = vec![0.0_f64; widths.len()];
            for i in 0..points {
                for (l, norm) in norms(&weights, f64::from(i) * step).into_iter().enumerate() {
                    low[l] = low[l].min(norm);
                    high[l] = high[l].max(norm);
                }
            }
            let mut lipschitz = 1.0;
            for (l, extreme) in found.iter().enumerate() {
                lipschitz *= weights[l].norm();
                let miss = lipschitz * step / 2.0;
                assert!(
                    extreme.inf <= low[l] + 1e-12 && low[l] <= extreme.inf + miss,
                    "{widths:?} {l}"
                );
                assert!(
                    extreme.sup >= high[l] - 1e-12 && high[l] >= extreme.sup - miss,
                    "{widths:?} {l}"
                );
            }
        }
    }

    #[test]
    fn one_layer_has_two_arcs_for_each_unit() {
        // R(m, 2) = 2m regions, and the four cuts at the quarters.
        let found = extremes(&net(&[50], 9));
        assert_eq!(found[0].arcs, 104);
    }

    #[test]
    fn depth_first_batches_lose_no_arc() {
        // Wide enough for several batches: the arcs of a layer cover the circle once.
        let weights = net(&[150, 40, 30], 3);
        let found = extremes(&weights);
        assert!(found[0].arcs == 304 && found[1].arcs > 304 && found[2].arcs > found[1].arcs);
        let (low, high) = (found[2].inf, found[2].sup);
        assert!((0..5000).all(|i| {
            let norm = norms(&weights, f64::from(i) * 0.7)[2];
            low - 1e-12 <= norm && norm <= high + 1e-12
        }));
    }
}
