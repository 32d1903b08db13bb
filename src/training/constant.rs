//! The best output that ignores the input, under the normalised squared error.
//!
//! `E ‖x − c‖²/‖x‖²` is least at `c = E[x/‖x‖²]/E[‖x‖⁻²]`. A net whose output starts at zero and in which only
//! the output's biases learn follows `v(t) = (1 − e^{−2ηkt}) c` with `k = E ‖x‖⁻²` and the rate η, as long as the
//! output's activation is the identity (gradient flow of the same loss).

use super::pixels::Pixels;

/// Statistics of training images.
pub struct Constant {
    /// The best constant output.
    pub best: Vec<f64>,
    /// The plain mean image.
    pub mean: Vec<f64>,
    /// `k = E ‖x‖⁻²`.
    pub mean_inverse_norm: f64,
}

impl Constant {
    /// Of these images.
    pub fn of(images: &Pixels) -> Self {
        let (mut best, mut mean) = (vec![0.0; images.size()], vec![0.0; images.size()]);
        let mut total = 0.0;
        for (index, norm) in images.squared_norms().iter().enumerate() {
            let weight = 1.0 / norm;
            total += weight;
            for ((best, mean), x) in best.iter_mut().zip(&mut mean).zip(images.image(index)) {
                *best += weight * f64::from(x);
                *mean += f64::from(x);
            }
        }
        let count = images.len() as f64;
        best.iter_mut().for_each(|x| *x /= total);
        mean.iter_mut().for_each(|x| *x /= count);
        Self { best, mean, mean_inverse_norm: total / count }
    }

    /// What the output's biases have learnt after `time` steps at a rate, alone and from zero.
    pub fn learnt(&self, rate: f64, time: f64) -> Vec<f64> {
        let share = -(-2.0 * rate * self.mean_inverse_norm * time).exp_m1();
        self.best.iter().map(|c| share * c).collect()
    }
}

/// Mean of `‖x − output‖²/‖x‖²` over the first `count` images.
pub fn loss_of(output: &[f64], images: &Pixels, count: usize) -> f64 {
    let count = count.min(images.len());
    let one = |index: usize| {
        let image = images.image(index);
        let error: f64 =
            image.iter().zip(output).map(|(&x, c)| (f64::from(x) - c) * (f64::from(x) - c)).sum();
        error / images.squared_norms()[index]
    };
    (0..count).map(one).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::images::Images;
    use crate::data::normalisation::Normalisation;

    fn pixels() -> Pixels {
        let bytes = vec![255, 0, 255, 255, 51, 102, 200, 100];
        let labels = vec![0; 4];
        let images = Images { channels: 1, height: 1, width: 2, bytes, labels, classes: 1 };
        Pixels::new(images, Normalisation::Unit)
    }

    #[test]
    fn no_constant_is_better() {
        let pixels = pixels();
        let constant = Constant::of(&pixels);
        let least = loss_of(&constant.best, &pixels, 4);
        for shift in [[0.01, 0.0], [-0.01, 0.0], [0.0, 0.01], [0.0, -0.01]] {
            let moved: Vec<f64> = constant.best.iter().zip(shift).map(|(c, s)| c + s).collect();
            assert!(loss_of(&moved, &pixels, 4) > least);
        }
        assert!(loss_of(&constant.mean, &pixels, 4) > least);
    }

    /// Gradient descent on the biases alone, in small steps.
    #[test]
    fn biases_alone_learn_the_constant_exponentially() {
        let pixels = pixels();
        let constant = Constant::of(&pixels);
        let (rate, steps) = (1e-4, 3000);
        let mut v = [0.0; 2];
        for _ in 0..steps {
            let mut gradient = [0.0; 2];
            for index in 0..4 {
                for (g, (v, x)) in gradient.iter_mut().zip(v.iter().zip(pixels.image(index))) {
                    *g += 2.0 * (v - f64::from(x)) / pixels.squared_norms()[index] / 4.0;
                }
            }
            v.iter_mut().zip(gradient).for_each(|(v, g)| *v -= rate * g);
        }
        for (v, learnt) in v.iter().zip(constant.learnt(rate, f64::from(steps))) {
            approx::assert_relative_eq!(*v, learnt, max_relative = 1e-3);
        }
    }
}
