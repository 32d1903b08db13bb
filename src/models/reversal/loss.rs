//! Expected loss of `h̃ = r(ĥ − x 1)`, a common negative offset `x`, exactly; its best offset; the largest entry's error.

use std::f64::consts::LN_2;

use super::law::EntryLaw;
use crate::maths::roots::{minimise, root};
use crate::maths::{Enclosure, NumericalError};

/// Entries of a hidden vector that are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// How many.
    pub count: f64,
    /// Their value `h_i`.
    pub value: f64,
    /// The law of their estimates.
    pub law: EntryLaw,
}

impl Group {
    /// `E (r(ĥ_i − x) − h_i)²` of one entry.
    fn loss(&self, x: f64) -> Result<Enclosure, NumericalError> {
        let square = self.law.above(2, x)?;
        if self.value == 0.0 {
            return Ok(square);
        }
        let plain = self.law.above(1, x)?;
        let value = square.value - 2.0 * self.value * plain.value + self.value * self.value;
        let error = square.radius() + 2.0 * self.value.abs() * plain.radius();
        Ok(Enclosure::with_error(
            value,
            error + 4.0 * f64::EPSILON * (square.value + self.value.powi(2)),
        ))
    }

    /// Half the derivative of the loss in `x`.
    fn half_slope(&self, x: f64) -> Result<f64, NumericalError> {
        let mut slope = -self.law.above(1, x)?.value;
        if self.value != 0.0 {
            slope += self.value * self.law.above(0, x)?.value;
        }
        Ok(slope)
    }
}

/// The best offset and the loss there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minimum {
    /// Best offset; infinite if no finite offset does better than the zero vector.
    pub offset: Enclosure,
    /// Relative loss there.
    pub loss: Enclosure,
}

/// Expected squared error relative to `‖h‖²`, as a function of the offset.
#[derive(Clone, Debug)]
pub struct Loss {
    groups: Vec<Group>,
    /// `‖h‖²`, which the loss is relative to.
    square: f64,
    /// Unit of offsets: the grid of the search for the minimum is made of it.
    unit: f64,
}

impl Loss {
    /// Loss of the groups relative to `square`, searched in steps of a fraction of `unit` (about a standard deviation).
    pub fn new(groups: Vec<Group>, square: f64, unit: f64) -> Self {
        let groups = groups.into_iter().filter(|group| group.count > 0.0).collect();
        Self { groups, square, unit }
    }

    /// The relative loss at the offset −x.
    ///
    /// # Errors
    /// As [`EntryLaw::above`].
    pub fn at(&self, x: f64) -> Result<Enclosure, NumericalError> {
        if x == f64::INFINITY {
            let lost: f64 = self.groups.iter().map(|g| g.count * g.value * g.value).sum();
            return Ok(Enclosure::with_relative_error(lost / self.square, 8.0 * f64::EPSILON));
        }
        let (mut value, mut error) = (0.0, 0.0);
        for group in &self.groups {
            let loss = group.loss(x)?;
            value += group.count * loss.value;
            error += group.count * loss.radius();
        }
        Ok(Enclosure::with_error(
            value / self.square,
            error / self.square + 4.0 * f64::EPSILON * value.abs(),
        ))
    }

    fn half_slope(&self, x: f64) -> f64 {
        let term = |group: &Group| group.half_slope(x).map_or(f64::NAN, |s| group.count * s);
        self.groups.iter().map(term).sum::<f64>() / self.square
    }

    /// The offset −x of least loss, over all real x: a grid from −4 to 16 units, then the root of the derivative between the
    /// neighbours of the best grid point. Infinite if the zero vector is at least as good.
    ///
    /// # Errors
    /// As [`EntryLaw::above`].
    pub fn minimum(&self) -> Result<Minimum, NumericalError> {
        const STEPS: u32 = 60;
        let place = |i: u32| self.unit * (-4.0 + 20.0 * f64::from(i) / f64::from(STEPS));
        let mut best = (0, f64::INFINITY);
        for i in 0..=STEPS {
            let loss = self.at(place(i))?.value;
            if loss < best.1 {
                best = (i, loss);
            }
        }
        let nothing = self.at(f64::INFINITY)?;
        if best.0 == STEPS || best.1 >= nothing.value {
            return Ok(Minimum { offset: Enclosure::point(f64::INFINITY), loss: nothing });
        }
        let (from, to) = (place(best.0.saturating_sub(1)), place(best.0 + 1));
        let offset = root(|x| self.half_slope(x), from, to, 1e-12 * self.unit)?;
        // The derivative is known to about 1e-11 of the loss; it divides by the curvature, of order loss/unit².
        let offset = Enclosure::with_error(offset.value, offset.radius() + 1e-9 * self.unit);
        Ok(Minimum { offset, loss: self.at(offset.value)? })
    }

    /// `inf_x max(L(x/s₁), L(x/s₂))` over offsets −x ≤ 0 for vectors `s₁h` and `s₂h` of two sizes: the best that one
    /// offset can promise to both. `ratio` is `s₂/s₁ ≥ 1`.
    ///
    /// # Errors
    /// As [`EntryLaw::above`].
    pub fn minmax(&self, ratio: f64) -> Result<Enclosure, NumericalError> {
        const STEPS: u32 = 240;
        let worse = |x: f64| -> Result<Enclosure, NumericalError> {
            let (small, large) = (self.at(x)?, self.at(x / ratio)?);
            Ok(if small.value >= large.value { small } else { large })
        };
        // From a tenth of a unit of the small vector to 16 of the large one, evenly in the logarithm.
        let span = (160.0 * ratio).ln();
        let place = |i: f64| 0.1 * self.unit * (span * i / f64::from(STEPS)).exp();
        let mut best = (0.0, worse(0.0)?);
        for i in 0..=STEPS {
            let loss = worse(place(f64::from(i)))?;
            if loss.value < best.1.value {
                best = (f64::from(i), loss);
            }
        }
        let value = |i: f64| worse(place(i)).map_or(f64::NAN, |e| e.value);
        let (at, _) = minimise(value, best.0 - 1.0, best.0 + 1.0, 1e-7);
        let fine = worse(place(at))?;
        let found = if fine.value < best.1.value { fine } else { best.1 };
        let nothing = self.at(f64::INFINITY)?;
        let found = if nothing.value <= found.value { nothing } else { found };
        // At a crossing of the two curves the maximum has a kink: the offset, known to 1e-7 steps, moves it by as much.
        Ok(Enclosure::with_error(found.value, found.radius() + 1e-7 * found.value))
    }

    /// Median of `max_i |ĥ_i − h_i|` if the entries were independent: the root of a product of exact two-sided tails.
    ///
    /// # Errors
    /// As [`EntryLaw::above`].
    pub fn independent_median_sup(&self) -> Result<Enclosure, NumericalError> {
        let excess = |d: f64| self.ln_product(d).map_or(f64::NAN, |ln| ln + LN_2);
        let found = root(excess, 1e-3 * self.unit, 40.0 * self.unit, 1e-12 * self.unit)?;
        Ok(Enclosure::with_error(found.value, found.radius() + 1e-9 * self.unit))
    }

    fn ln_product(&self, d: f64) -> Result<f64, NumericalError> {
        let mut total = 0.0;
        for group in &self.groups {
            let outside = group.law.ln_outside(group.value, d)?.ln.exp();
            total += group.count * (-outside.min(1.0)).ln_1p();
        }
        Ok(total)
    }

    /// The distance at which `count · max_i P(|ĥ_i − h_i| > d)` is `e^{ln_p}`, over all entries: what a union bound gives.
    ///
    /// # Errors
    /// As [`EntryLaw::outside_distance`].
    pub fn union_distance(&self, ln_p: f64) -> Result<Enclosure, NumericalError> {
        let total: f64 = self.groups.iter().map(|group| group.count).sum();
        let mut largest = Enclosure::point(0.0);
        for group in &self.groups {
            let distance = group.law.outside_distance(group.value, ln_p - total.ln())?;
            if distance.value > largest.value {
                largest = distance;
            }
        }
        Ok(largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::normal;

    /// Binary h with t = ρn so large that the law is normal to within the tolerance.
    fn nearly_normal() -> (Loss, f64, f64) {
        let (rows, k, m) = (4e8, 50.0f64, 1000.0);
        let law = |c: f64| EntryLaw {
            rows,
            active: 0.25,
            scale: 4.0 / rows,
            covariance: c,
            norm: k.sqrt(),
        };
        let groups = vec![
            Group { count: m - k, value: 0.0, law: law(0.0) },
            Group { count: k, value: 1.0, law: law(1.0) },
        ];
        let deviation = law(0.0).variance().sqrt();
        (Loss::new(groups, k, deviation), deviation, m / k)
    }

    #[test]
    fn the_limit_is_soft_thresholding() {
        let (loss, deviation, ratio) = nearly_normal();
        let (lambda, unit) = (1.3, deviation);
        let q = (1.0 + lambda * lambda) * normal::sf(lambda) - lambda * normal::pdf(lambda);
        // On the support the variance is (2k + 4 − ρ)/t, ρ = ½.
        let limit = unit * unit * ((ratio - 1.0) * q + 1.035 + lambda * lambda);
        let found = loss.at(lambda * unit).unwrap();
        assert!((found.value / limit - 1.0).abs() < 1e-3, "{found:?} {limit}");
        let best = loss.minimum().unwrap();
        assert!(best.loss.value <= found.value && best.offset.value > 0.0);
        let union = loss.union_distance(0.05f64.ln()).unwrap().value / unit;
        let normal = normal::upper_quantile(0.05 / 2000.0);
        assert!((union / normal - 1.0).abs() < 2e-2, "{union} {normal}");
    }

    #[test]
    fn an_offset_for_one_scale_serves_one_scale() {
        let (loss, _, _) = nearly_normal();
        let one = loss.minimum().unwrap().loss.value;
        assert!((loss.minmax(1.0).unwrap().value / one - 1.0).abs() < 1e-5);
        assert!(loss.minmax(3.0).unwrap().value > 1.2 * one);
    }
}
