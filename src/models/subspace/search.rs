//! Search for the inputs of the unit sphere that a ReLU net stretches and shrinks most.
//!
//! Maximises and minimises F(u) = ln ‖h_L(u)‖² over ‖u‖ = 1 from many starts at once (one column a
//! start, so that a layer is one matrix product). Where h_L is linear, h_L = Ju, the gradient on the
//! sphere is 2(Jᵀh_L/‖h_L‖² − u). A step goes to u ± η(Jᵀh_L/‖h_L‖² − u), renormalised; η grows while
//! steps improve and is cut when they don't. For one layer and η = 1 the ascent is
//! u ← Wᵀ ReLU(Wu)/‖·‖, which never decreases the norm: ‖ReLU(Wu)‖² is convex.
//!
//! For L ≥ 2, F has kinks where gradients stall, so the best starts go on with random steps of adapted
//! length. What is found is attained by an input: a lower bound of the supremum and an upper bound of
//! the infimum, up to rounding.

use nalgebra::DMatrix;

use crate::random::Stream;

/// How much to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Starts for each of the two directions.
    pub starts: usize,
    /// Gradient steps.
    pub gradient_steps: usize,
    /// Random steps after them (none is needed for one layer).
    pub random_steps: usize,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Largest ln ‖h_L(u)‖² met.
    pub max: f64,
    /// Smallest met.
    pub min: f64,
    /// The input with the largest.
    pub argmax: Vec<f64>,
    /// The input with the smallest.
    pub argmin: Vec<f64>,
}

/// A net with its transposed weights at hand (products with a transpose in place are slow).
pub struct Net {
    weights: Vec<DMatrix<f64>>,
    transposed: Vec<DMatrix<f64>>,
}

/// Length of the first random steps.
const FIRST_STEP: f64 = 0.1;
/// Growth after an improvement, and shrinkage after a failure, of random steps: a fifth of the steps
/// succeeding keeps the length (Rechenberg's rule).
const RANDOM_STEP: (f64, f64) = (1.5, 0.904);
/// The same for gradient steps.
const GRADIENT_STEP: (f64, f64) = (1.5, 0.5);

impl Net {
    /// A net with fixed weights W_1 (n₁ × d), …, W_L; biases are zero. `None` if sizes don't match.
    pub fn new(weights: Vec<DMatrix<f64>>) -> Option<Self> {
        let fits = weights.windows(2).all(|pair| pair[1].ncols() == pair[0].nrows());
        let transposed = weights.iter().map(DMatrix::transpose).collect();
        (fits && !weights.is_empty()).then_some(Self { weights, transposed })
    }

    /// L layers of width n on d inputs, weights N(0, `variance`/n): `variance` = 2 is He's (fan-out).
    pub fn random(
        d: usize,
        n: usize,
        depth: usize,
        variance: f64,
        stream: &mut Stream,
    ) -> Option<Self> {
        let scale = (variance / n as f64).sqrt();
        let mut layer = |inputs: usize| {
            let mut entries = vec![0.0; n * inputs];
            stream.fill_normal(&mut entries);
            DMatrix::from_vec(n, inputs, entries) * scale
        };
        Self::new((0..depth).map(|l| layer(if l == 0 { d } else { n })).collect())
    }

    /// The first `depth` layers.
    pub fn first_layers(&self, depth: usize) -> Option<Self> {
        Self::new(self.weights.get(..depth)?.to_vec())
    }

    /// The weights.
    pub fn weights(&self) -> &[DMatrix<f64>] {
        &self.weights
    }

    /// ln ‖h_L‖² of each column.
    pub fn log_squares(&self, inputs: &DMatrix<f64>) -> Vec<f64> {
        let (first, rest) = self.weights.split_at(1);
        let mut h = relu(&first[0] * inputs);
        for weights in rest {
            h = relu(weights * h);
        }
        h.column_iter().map(|column| column.norm_squared().ln()).collect()
    }

    /// ln ‖h_L‖² of each column, and the columns Jᵀh_L/‖h_L‖².
    fn log_squares_and_pulls(&self, inputs: &DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
        let mut layers = Vec::with_capacity(self.weights.len());
        for weights in &self.weights {
            let h = relu(weights * layers.last().unwrap_or(inputs));
            layers.push(h);
        }
        let mut back = layers.pop().unwrap_or_else(|| inputs.clone());
        let squares: Vec<f64> = back.column_iter().map(|column| column.norm_squared()).collect();
        for transposed in self.transposed.iter().rev() {
            back = transposed * back;
            if let Some(h) = layers.pop() {
                back.zip_apply(&h, |delta, h| *delta = if h > 0.0 { *delta } else { 0.0 });
            }
        }
        for (mut column, square) in back.column_iter_mut().zip(&squares) {
            column.scale_mut(1.0 / square);
        }
        (squares.into_iter().map(f64::ln).collect(), back)
    }
}

fn relu(mut a: DMatrix<f64>) -> DMatrix<f64> {
    a.apply(|x| *x = x.max(0.0));
    a
}

/// Points on the sphere, one a column, half of them climbing and half descending.
struct Climbers {
    points: DMatrix<f64>,
    /// +1 for those that climb, −1 for those that descend.
    signs: Vec<f64>,
    /// sign · ln ‖h_L‖²: all are to grow.
    values: Vec<f64>,
    steps: Vec<f64>,
}

/// Searches the unit sphere of the inputs.
pub fn search(net: &Net, effort: &Effort, stream: &mut Stream) -> Found {
    let d = net.weights[0].ncols();
    let count = 2 * effort.starts.max(1);
    let mut entries = vec![0.0; d * count];
    stream.fill_normal(&mut entries);
    let mut points = DMatrix::from_vec(d, count, entries);
    normalise(&mut points);
    let signs = (0..count).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let mut climbers =
        Climbers { points, signs, values: vec![f64::NEG_INFINITY; count], steps: vec![1.0; count] };
    climbers.follow_gradient(net, effort.gradient_steps);
    if effort.random_steps > 0 {
        climbers.keep_best_half();
        climbers.wander(net, effort.random_steps, stream);
    }
    climbers.found()
}

impl Climbers {
    fn follow_gradient(&mut self, net: &Net, steps: usize) {
        let (values, mut pulls) = net.log_squares_and_pulls(&self.points);
        self.values = values.iter().zip(&self.signs).map(|(value, sign)| sign * value).collect();
        for _ in 0..steps {
            let mut candidates = self.points.clone();
            for (j, mut column) in candidates.column_iter_mut().enumerate() {
                let step = self.signs[j] * self.steps[j];
                column.axpy(step, &pulls.column(j), 1.0 - step);
            }
            normalise(&mut candidates);
            let (values, new_pulls) = net.log_squares_and_pulls(&candidates);
            let improved = self.accept(&candidates, &values, GRADIENT_STEP);
            improved.into_iter().for_each(|j| pulls.set_column(j, &new_pulls.column(j)));
        }
    }

    fn wander(&mut self, net: &Net, steps: usize, stream: &mut Stream) {
        self.steps.fill(FIRST_STEP);
        let mut noise = vec![0.0; self.points.len()];
        for _ in 0..steps {
            stream.fill_normal(&mut noise);
            let mut candidates = self.points.clone();
            let scale = 1.0 / (self.points.nrows() as f64).sqrt();
            for (j, mut column) in candidates.column_iter_mut().enumerate() {
                let start = j * column.len();
                let step = self.steps[j] * scale;
                column.iter_mut().zip(&noise[start..]).for_each(|(x, z)| *x += step * z);
            }
            normalise(&mut candidates);
            let values = net.log_squares(&candidates);
            self.accept(&candidates, &values, RANDOM_STEP);
        }
    }

    /// Takes the candidates that are better, adapts the steps, and says which were taken.
    fn accept(
        &mut self,
        candidates: &DMatrix<f64>,
        values: &[f64],
        step: (f64, f64),
    ) -> Vec<usize> {
        let mut taken = Vec::new();
        for (j, value) in values.iter().enumerate() {
            let value = self.signs[j] * value;
            if value > self.values[j] {
                self.values[j] = value;
                self.points.set_column(j, &candidates.column(j));
                self.steps[j] *= step.0;
                taken.push(j);
            } else {
                self.steps[j] *= step.1;
            }
        }
        taken
    }

    /// Drops the worse half of either direction.
    fn keep_best_half(&mut self) {
        let mut kept = Vec::new();
        for sign in [1.0, -1.0] {
            let mut same: Vec<usize> =
                (0..self.signs.len()).filter(|j| self.signs[*j] == sign).collect();
            same.sort_by(|a, b| self.values[*b].total_cmp(&self.values[*a]));
            same.truncate(same.len().div_ceil(2));
            kept.extend(same);
        }
        self.points = self.points.select_columns(&kept);
        self.signs = kept.iter().map(|j| self.signs[*j]).collect();
        self.values = kept.iter().map(|j| self.values[*j]).collect();
        self.steps = vec![FIRST_STEP; kept.len()];
    }

    fn found(&self) -> Found {
        let best = |sign: f64| {
            let same = (0..self.signs.len()).filter(|j| self.signs[*j] == sign);
            same.max_by(|a, b| self.values[*a].total_cmp(&self.values[*b])).unwrap_or(0)
        };
        let (top, bottom) = (best(1.0), best(-1.0));
        Found {
            max: self.values[top],
            min: -self.values[bottom],
            argmax: self.points.column(top).iter().copied().collect(),
            argmin: self.points.column(bottom).iter().copied().collect(),
        }
    }
}

fn normalise(points: &mut DMatrix<f64>) {
    for mut column in points.column_iter_mut() {
        let norm = column.norm();
        column.scale_mut(1.0 / norm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::subspace::circle;
    use crate::random::StreamKey;

    const EFFORT: Effort = Effort { starts: 12, gradient_steps: 150, random_steps: 0 };
    const DEEP: Effort = Effort { starts: 20, gradient_steps: 100, random_steps: 200 };

    #[test]
    fn linear_parts_reach_the_singular_values() {
        // Rows ±A: ReLU keeps each product once, so ‖h‖ = ‖Au‖ and the extremes are A's singular values.
        let a = DMatrix::from_row_slice(
            4,
            3,
            &[2.0, 1.0, 0.0, 0.5, -1.0, 3.0, 1.0, 1.0, 1.0, 0.0, 2.0, -1.0],
        );
        let mut rows = DMatrix::zeros(8, 3);
        rows.rows_mut(0, 4).copy_from(&a);
        rows.rows_mut(4, 4).copy_from(&(-&a));
        let net = Net::new(vec![rows]).unwrap();
        let found = search(&net, &EFFORT, &mut StreamKey::derive(1, "search", "{}").trial(0));
        let values = a.singular_values();
        assert!((found.max - 2.0 * values[0].ln()).abs() < 1e-9, "{found:?} {values:?}");
        assert!((found.min - 2.0 * values[2].ln()).abs() < 1e-9, "{found:?} {values:?}");
    }

    /// For d = 2 the sweep knows the truth: the search never passes it, and mostly reaches it.
    #[test]
    fn agrees_with_the_circle() {
        for (depth, effort) in [(1, EFFORT), (4, DEEP)] {
            let (mut missed, trials) = (0, 20);
            for trial in 0..trials {
                let stream = StreamKey::derive(2, "search", "{}").trial(trial);
                let net = Net::random(2, 40, depth, 2.0, &mut stream.substream(0)).unwrap();
                let found = search(&net, &effort, &mut stream.substream(1));
                let truth = *circle::extremes(net.weights()).last().unwrap();
                let (sup, inf) = (2.0 * truth.sup.ln(), 2.0 * truth.inf.ln());
                assert!(found.max <= sup + 1e-10 && found.min >= inf - 1e-10);
                missed += u32::from(found.max < sup - 1e-4) + u32::from(found.min > inf + 1e-4);
            }
            assert!(missed <= 2, "depth {depth}: {missed} of {} missed", 2 * trials);
        }
    }

    #[test]
    fn what_is_found_is_attained() {
        let stream = StreamKey::derive(3, "search", "{}").trial(0);
        let net = Net::random(8, 60, 3, 2.0, &mut stream.substream(0)).unwrap();
        let found = search(&net, &DEEP, &mut stream.substream(1));
        let mut points = DMatrix::from_column_slice(8, 1, &found.argmax);
        assert!((points.norm() - 1.0).abs() < 1e-12);
        assert!((net.log_squares(&points)[0] - found.max).abs() < 1e-10);
        points = DMatrix::from_column_slice(8, 1, &found.argmin);
        assert!((net.log_squares(&points)[0] - found.min).abs() < 1e-10);
        assert!(found.min < found.max);
    }

    #[test]
    fn pulls_are_half_the_gradient() {
        let stream = StreamKey::derive(4, "search", "{}").trial(0);
        let net = Net::random(5, 30, 3, 2.0, &mut stream.substream(0)).unwrap();
        let point = DMatrix::from_column_slice(5, 1, &[0.3, -0.2, 0.5, 0.1, -0.7]);
        let (_, pulls) = net.log_squares_and_pulls(&point);
        for i in 0..5 {
            let shifted = |h: f64| {
                let mut moved = point.clone();
                moved[i] += h;
                net.log_squares(&moved)[0]
            };
            let slope = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
            assert!((slope - 2.0 * pulls[i]).abs() < 1e-6 * (1.0 + slope.abs()), "{i}");
        }
    }

    #[test]
    fn mismatched_layers_are_refused() {
        assert!(Net::new(vec![DMatrix::zeros(3, 2), DMatrix::zeros(4, 5)]).is_none());
        assert!(Net::new(Vec::new()).is_none());
    }
}
