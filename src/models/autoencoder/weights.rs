//! What a random matrix does in an autoencoder: it multiplies once, and its transpose once.

/// The random matrices `W_1, …, W_L` of one draw, as far as a pass through the autoencoder sees them.
///
/// The pass asks for `W_l s` for l = 1, …, L and then for `W_lᵀ a` for l = L, …, 1, each once.
pub trait Weights {
    /// `y = W_l s`; `y` has length n_l.
    fn encode(&mut self, layer: usize, s: &[f64], y: &mut [f64]);

    /// `out = W_lᵀ a`; `out` has length n_{l−1}.
    fn decode(&mut self, layer: usize, a: &[f64], out: &mut [f64]);
}

/// Shape and scale of one matrix: `rows × columns` with entries of variance `variance / columns`
/// (Li & Nguyen 2019, Section 2.1: the length of the input divides).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Number of rows, n_l.
    pub rows: usize,
    /// Number of columns, n_{l−1}.
    pub columns: usize,
    /// σ_W², n_{l−1} times the variance of an entry.
    pub variance: f64,
}

impl Shape {
    /// Standard deviation of an entry.
    pub fn entry_scale(&self) -> f64 {
        (self.variance / self.columns as f64).sqrt()
    }
}

/// Inner product, in eight interleaved sums so that the compiler may use vector registers.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Squared norm.
pub fn norm_sq(a: &[f64]) -> f64 {
    dot(a, a)
}

/// `out += factor · row`.
pub fn add_scaled(out: &mut [f64], factor: f64, row: &[f64]) {
    for (o, w) in out.iter_mut().zip(row) {
        *o += factor * w;
    }
}
