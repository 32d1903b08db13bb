//! A chain of random ReLU layers, drawn: generation from the top down, inference from the bottom up.
//!
//! Generation (Arora, Liang and Ma 2015, Eq. 14): `h^(j) = s(r(α_j W_j h^(j+1)))`, entries of `W_j` (`n_j × n_{j+1}`) independent
//! of mean 0 and variance 1, s keeps each unit with probability `k_j/n_j`, `α_j = 2/k_j`, `x = h^(0)`. Inference:
//! `ĥ^(1) = W_0ᵀx`, `h̃^(j) = r(ĥ^(j) − λ‖input‖)`, `ĥ^(j+1) = W_jᵀh̃^(j)`; the input's norm is the scale of the noise and can be
//! computed from the input. The large-size prediction of all of it is in [`super::evolution`].
//!
//! Matrices are in single precision (their entries are noise; sums over thousands of them are accurate to 1e-5 relative).
//! The bottom matrix, by far the largest, is never stored: a row is used for generation and inference at once, only kept rows
//! are drawn, and of rows that stay silent only the columns on the code's support.

use crate::random::Stream;

/// Law of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Standard normal.
    Gaussian,
    /// Student with 3 degrees of freedom, scaled to variance 1.
    StudentThree,
    /// Cauchy: no moments.
    Cauchy,
}

/// A chain of layers and how inference runs through it.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Widths `n_L, …, n_0`, top down.
    pub widths: Vec<usize>,
    /// Expected numbers of kept units `k_{L−1}, …, k_0`.
    pub kept: Vec<f64>,
    /// Factor on every α.
    pub scale: f64,
    /// Law of the weights.
    pub weights: Weights,
    /// Offset of hidden inference layers in norms of their input, downwards.
    pub lambda: f64,
    /// Share of its inputs that an inference layer keeps.
    pub keep: f64,
    /// Kept inputs are multiplied by 1/keep.
    pub compensated: bool,
    /// Hidden inference layers have no ReLU and no offset.
    pub linear: bool,
    /// Inference layer (1 = bottom) whose weights are drawn afresh; 0 for none.
    pub untied: usize,
}

/// One code's way down and up.
#[derive(Clone, Debug)]
pub struct Pass {
    /// `h^(j)`, `j = 0..=L`.
    pub codes: Vec<Vec<f32>>,
    /// Whether unit i of layer j < L was kept.
    pub kept: Vec<Vec<bool>>,
    /// Pre-activations `ĥ^(j)`, `j = 1..=L`, at index `j − 1`.
    pub found: Vec<Vec<f32>>,
    /// Outputs `h̃^(j)`, `j = 1..L`, at index `j − 1`, before units are dropped.
    pub outputs: Vec<Vec<f32>>,
}

/// A draw: passes of several codes through the same weights.
pub struct Draw {
    /// One for each code.
    pub passes: Vec<Pass>,
    /// `W_j`, `j = 1..L`, at index `j − 1`, row by row.
    pub matrices: Vec<Vec<f32>>,
}

impl Stack {
    /// Number of layers of weights.
    pub fn depth(&self) -> usize {
        self.kept.len()
    }

    /// Width of layer j, 0 at the bottom.
    pub fn width(&self, j: usize) -> usize {
        self.widths[self.depth() - j]
    }

    /// Expected number of kept units of layer j < L.
    pub fn kept(&self, j: usize) -> f64 {
        self.kept[self.depth() - 1 - j]
    }

    fn alpha(&self, j: usize) -> f32 {
        (2.0 * self.scale / self.kept(j)) as f32
    }

    /// Draws weights and kept units, and runs every code of `tops` down and up.
    pub fn draw(&self, tops: &[Vec<f32>], stream: &mut Stream) -> Draw {
        let depth = self.depth();
        let mut matrices = vec![Vec::new(); depth - 1];
        let start = |top: &Vec<f32>| {
            let mut codes = vec![Vec::new(); depth + 1];
            codes[depth] = top.clone();
            let kept = (0..depth).map(|j| vec![false; self.width(j)]).collect();
            Pass {
                codes,
                kept,
                found: vec![Vec::new(); depth],
                outputs: vec![Vec::new(); depth - 1],
            }
        };
        let mut passes: Vec<Pass> = tops.iter().map(start).collect();
        for j in (1..depth).rev() {
            let mut matrix = vec![0.0; self.width(j) * self.width(j + 1)];
            self.fill(&mut matrix, stream);
            for pass in &mut passes {
                self.generate(j, &matrix, pass, stream);
            }
            matrices[j - 1] = matrix;
        }
        self.bottom(&mut passes, stream);
        for j in 1..depth {
            let fresh = (self.untied == j + 1).then(|| {
                let mut matrix = vec![0.0; matrices[j - 1].len()];
                self.fill(&mut matrix, stream);
                matrix
            });
            let matrix = fresh.as_ref().unwrap_or(&matrices[j - 1]);
            for pass in &mut passes {
                let input = self.output(j, pass, stream);
                pass.found[j] = transposed_product(matrix, &input, self.width(j + 1));
            }
        }
        Draw { passes, matrices }
    }

    fn fill(&self, out: &mut [f32], stream: &mut Stream) {
        match self.weights {
            Weights::Gaussian => stream.fill_normal_f32(out),
            Weights::StudentThree => {
                // t₃ = N/√(χ²₃/3) has variance 3; χ²₃ is a squared normal and twice an exponential.
                for w in out {
                    let square = stream.normal().powi(2) + 2.0 * stream.exponential();
                    *w = (stream.normal() / square.sqrt()) as f32;
                }
            }
            Weights::Cauchy => {
                out.iter_mut().for_each(|w| *w = (stream.normal() / stream.normal()) as f32);
            }
        }
    }

    fn is_kept(&self, j: usize, stream: &mut Stream) -> bool {
        let share = self.kept(j) / self.width(j) as f64;
        share >= 1.0 || stream.bernoulli(share)
    }

    /// Layer j from layer j + 1 by a stored matrix.
    fn generate(&self, j: usize, matrix: &[f32], pass: &mut Pass, stream: &mut Stream) {
        let above = &pass.codes[j + 1];
        let mut code = vec![0.0; self.width(j)];
        for (i, row) in matrix.chunks_exact(above.len()).enumerate() {
            if self.is_kept(j, stream) {
                pass.kept[j][i] = true;
                code[i] = self.alpha(j) * dot(row, above).max(0.0);
            }
        }
        pass.codes[j] = code;
    }

    /// Generates x and infers layer 1, row by row.
    fn bottom(&self, passes: &mut [Pass], stream: &mut Stream) {
        let (rows, columns) = (self.width(0), self.width(1));
        let alpha = self.alpha(0);
        let used: Vec<usize> =
            (0..columns).filter(|i| passes.iter().any(|pass| pass.codes[1][*i] != 0.0)).collect();
        let rest: Vec<usize> =
            (0..columns).filter(|i| passes.iter().all(|pass| pass.codes[1][*i] == 0.0)).collect();
        let codes: Vec<Vec<f32>> =
            passes.iter().map(|pass| used.iter().map(|i| pass.codes[1][*i]).collect()).collect();
        for pass in passes.iter_mut() {
            pass.codes[0] = vec![0.0; rows];
        }
        let (mut first, mut second) = (vec![0.0; used.len()], vec![0.0; rest.len()]);
        let mut sums = vec![(vec![0.0_f32; used.len()], vec![0.0_f32; rest.len()]); passes.len()];
        for v in 0..rows {
            for pass in passes.iter_mut() {
                pass.kept[0][v] = self.is_kept(0, stream);
            }
            if !passes.iter().any(|pass| pass.kept[0][v]) {
                continue;
            }
            self.fill(&mut first, stream);
            let mut heard = vec![0.0_f32; passes.len()];
            for ((pass, code), input) in passes.iter_mut().zip(&codes).zip(&mut heard) {
                if pass.kept[0][v] {
                    let x = alpha * dot(&first, code).max(0.0);
                    pass.codes[0][v] = x;
                    *input = self.dropped(x, stream);
                }
            }
            if heard.iter().all(|x| *x == 0.0) {
                continue;
            }
            self.fill(&mut second, stream);
            if self.untied == 1 {
                self.fill(&mut first, stream);
            }
            for (x, (near, far)) in heard.iter().zip(&mut sums) {
                add(near, *x, &first);
                add(far, *x, &second);
            }
        }
        for (pass, (near, far)) in passes.iter_mut().zip(sums) {
            let mut found = vec![0.0; columns];
            used.iter().zip(near).for_each(|(i, x)| found[*i] = x);
            rest.iter().zip(far).for_each(|(i, x)| found[*i] = x);
            pass.found[0] = found;
        }
    }

    /// What is left of one input of an inference layer.
    fn dropped(&self, x: f32, stream: &mut Stream) -> f32 {
        if self.keep >= 1.0 {
            return x;
        }
        if !stream.bernoulli(self.keep) {
            return 0.0;
        }
        if self.compensated { x / self.keep as f32 } else { x }
    }

    /// Records `h̃^(j)` and gives what the next layer hears of it. The norm that the offset uses is that of the layer's own
    /// input after dropping.
    fn output(&self, j: usize, pass: &mut Pass, stream: &mut Stream) -> Vec<f32> {
        let found = &pass.found[j - 1];
        let output: Vec<f32> = if self.linear {
            found.clone()
        } else {
            let offset = (self.lambda * self.input_norm(j, pass)) as f32;
            found.iter().map(|x| (x - offset).max(0.0)).collect()
        };
        pass.outputs[j - 1] = output;
        let output = &pass.outputs[j - 1];
        output.iter().map(|x| self.dropped(*x, stream)).collect()
    }

    /// Norm of the input of inference layer j. A dropped half doubles the square in the mean (compensated): its expectation given
    /// the undropped input is used, which differs from the drawn norm by a share of order 1/√k.
    fn input_norm(&self, j: usize, pass: &Pass) -> f64 {
        let input = if j == 1 { &pass.codes[0] } else { &pass.outputs[j - 2] };
        let square: f64 = input.iter().map(|x| f64::from(*x).powi(2)).sum();
        let factor = if self.compensated { 1.0 / self.keep } else { self.keep };
        (square * factor).sqrt()
    }
}

/// `⟨a, b⟩` in eight interleaved sums.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f32 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + tail
}

fn add(sum: &mut [f32], factor: f32, row: &[f32]) {
    if factor != 0.0 {
        sum.iter_mut().zip(row).for_each(|(s, w)| *s += factor * w);
    }
}

/// `Wᵀx` for a row-major W with this many columns.
pub fn transposed_product(matrix: &[f32], x: &[f32], columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; columns];
    for (row, factor) in matrix.chunks_exact(columns).zip(x) {
        add(&mut out, *factor, row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    fn stack() -> Stack {
        Stack {
            widths: vec![6, 60, 400],
            kept: vec![30.0, 200.0],
            scale: 1.0,
            weights: Weights::Gaussian,
            lambda: 0.5,
            keep: 1.0,
            compensated: true,
            linear: false,
            untied: 0,
        }
    }

    #[test]
    fn codes_are_non_negative_and_zero_where_nothing_was_kept() {
        let top = vec![1.0, 0.0, 2.0, 0.0, 0.0, 0.0];
        let draw =
            stack().draw(&[top.clone(), top], &mut StreamKey::derive(1, "stack", "a").trial(0));
        for pass in &draw.passes {
            assert_eq!(
                (pass.codes[0].len(), pass.codes[1].len(), pass.codes[2].len()),
                (400, 60, 6)
            );
            for j in 0..2 {
                let fine = |(h, kept): (&f32, &bool)| *h >= 0.0 && (*kept || *h == 0.0);
                assert!(pass.codes[j].iter().zip(&pass.kept[j]).all(fine));
            }
            let offset = 0.5 * pass.codes[0].iter().map(|x| x * x).sum::<f32>().sqrt();
            for (out, found) in pass.outputs[0].iter().zip(&pass.found[0]) {
                assert!((out - (found - offset).max(0.0)).abs() < 1e-5);
            }
            let again = transposed_product(&draw.matrices[0], &pass.outputs[0], 6);
            assert_eq!(again, pass.found[1]);
        }
    }

    /// First layer: gain 1 tied, 0 untied; mean squared noise `2‖h‖²/k_0` off the support.
    #[test]
    fn the_first_layer_has_gain_one_and_its_noise() {
        let key = StreamKey::derive(1, "stack", "b");
        for (untied, expected) in [(0, 1.0), (1, 0.0)] {
            let stack = Stack { untied, ..stack() };
            let (mut gain, mut noise, mut count) = (0.0, 0.0, 0.0);
            for trial in 0..200 {
                let draw = stack.draw(&[vec![1.0; 6]], &mut key.trial(trial));
                let (h, found) = (&draw.passes[0].codes[1], &draw.passes[0].found[0]);
                let square = dot(h, h);
                gain += f64::from(dot(h, found) / square) / 200.0;
                for (h, x) in h.iter().zip(found) {
                    if *h == 0.0 {
                        noise += f64::from(x * x / square) * 100.0;
                        count += 1.0;
                    }
                }
            }
            assert!((gain - expected).abs() < 0.05, "{gain}");
            assert!((noise / count - 1.0).abs() < 0.1, "{}", noise / count);
        }
    }

    #[test]
    fn sums_of_any_length() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), 2109.0);
    }
}
