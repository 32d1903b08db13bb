//! Broken lines as activations.

use super::{Activation, Parity, Shape, piece};
use crate::maths::gaussian::Piece;

impl Activation {
    /// A broken line that is continuous, through `at_first` at the first of the increasing `ends`; `slopes` has
    /// one entry more than `ends`.
    pub fn broken_line(ends: &[f64], slopes: &[f64], at_first: f64) -> Self {
        let mut pieces = Vec::new();
        let (mut from, mut value) = (f64::NEG_INFINITY, at_first);
        for (k, &slope) in slopes.iter().enumerate() {
            let to = ends.get(k).copied().unwrap_or(f64::INFINITY);
            // `value` is the value at the end that this piece shares with the one before (or its own end).
            let anchor = if k == 0 { to } else { from };
            pieces.push(piece(from, to, value - slope * anchor, slope));
            if k > 0 {
                value += slope * (to - from);
            }
            from = to;
        }
        let (first, last) = (slopes.first(), slopes.last());
        let flat = first == Some(&0.0) && last == Some(&0.0);
        let size = |p: &Piece| {
            let at = |u: f64| if u.is_finite() { (p.intercept + p.slope * u).abs() } else { 0.0 };
            at(p.from).max(at(p.to))
        };
        let bound = flat.then(|| pieces.iter().map(size).fold(0.0, f64::max));
        let lipschitz = slopes.iter().map(|slope| slope.abs()).fold(0.0, f64::max);
        let (shape, kinks) = (Shape::Pieces, ends.to_vec());
        let name = "broken line".into();
        Self { name, shape, pieces, kinks, parity: Parity::Neither, bound, lipschitz }
    }
}
