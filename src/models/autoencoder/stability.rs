//! One fixed point of (γ, ρ) ↦ (G, R): error bars, Jacobian, eigenvalues and the direction of its branch.
//!
//! With an approximate fixed point x and the residual r of the map there, the true one is within `(I − J)⁻¹ r`. What is
//! derived from the Jacobian J is off by the quadrature's error of J's entries and by what J changes within that bar;
//! both enter eigenvalues and rates to first order. `‖(I − J)⁻¹‖ ‖δJ‖ < ½` is asked for, or nothing is known.

use super::channel::{Channel, Checked};
use super::infinite_depth::{Maps, Order};
use crate::maths::{Enclosure, Interval, NumericalError};

type Matrix = [[f64; 2]; 2];

/// A fixed point.
#[derive(Clone, Copy, Debug)]
pub struct FixedPoint {
    /// γ.
    pub gamma: Enclosure,
    /// ρ.
    pub rho: Enclosure,
    /// Moduli of the two eigenvalues of `∂(G, R)/∂(γ, ρ)`, the larger first.
    pub moduli: [Enclosure; 2],
    /// `∂G/∂γ` and `∂R/∂ρ`.
    pub diagonal: [Enclosure; 2],
    /// Derivatives (dγ/dβ, dρ/dβ) along the branch.
    pub rate: [Enclosure; 2],
}

impl FixedPoint {
    /// Whether small disturbances die out.
    pub fn is_stable(&self) -> bool {
        self.moduli[0].value < 1.0
    }
}

/// Error bar and stability of an approximate fixed point, after one step of Newton's method with checked moments.
///
/// # Errors
/// [`NumericalError`] if a quadrature does not settle.
pub fn certify(channel: &Channel, beta: f64, at: Order) -> Result<FixedPoint, NumericalError> {
    let maps = Maps { channel, beta };
    let found = maps.checked(at)?;
    let m = &found.value;
    let j = maps.jacobian(m);
    // On the axis γ = 0 is exact, and ρ moves along it alone, also where γ is about to branch off.
    let inverse = match at.gamma == 0.0 {
        true => [[0.0, 0.0], [0.0, 1.0 / (1.0 - j[1][1])]],
        false => inverse_of_rest(j),
    };
    let origin = at == Order::default();
    let s = beta * at.gamma;
    let (mut rise, mut noise) = ([s * m.gain - at.gamma, m.power - at.rho], [0.0, 0.0]);
    if !origin {
        noise[0] = s.abs() * (found.error.gain + f64::EPSILON * m.gain.abs());
        noise[1] = found.error.power + f64::EPSILON * m.power;
    }
    if origin {
        rise = [0.0, 0.0];
    }
    let carried = |m: Matrix, v: [f64; 2]| if origin { [0.0, 0.0] } else { applied(m, v) };
    let step = carried(inverse, rise);
    let within = carried(sizes(inverse), noise);
    let reach = [within[0] + step[0].abs(), within[1] + step[1].abs()];
    let change = uncertainty(&maps, at, &found, reach);
    // What the step leaves: noise, and the Jacobian's change along the step.
    let bent = applied(change, step.map(f64::abs));
    let left = carried(sizes(inverse), [noise[0] + bent[0], noise[1] + bent[1]]);
    let nonlinear = inflation(inverse, change);
    let bar = left.map(|bar| if bar == 0.0 { 0.0 } else { bar * nonlinear });
    let at = Order { gamma: at.gamma + step[0], rho: at.rho + step[1] };
    let place = Place { at, j, change, inverse, nonlinear };
    Ok(FixedPoint {
        gamma: Enclosure::with_error(at.gamma, bar[0]),
        rho: Enclosure::with_error(at.rho, bar[1]),
        moduli: moduli(j, change),
        diagonal: [0, 1].map(|i| Enclosure::with_error(j[i][i], change[i][i])),
        rate: place.rate(beta, bar),
    })
}

fn applied(m: Matrix, v: [f64; 2]) -> [f64; 2] {
    m.map(|row| row[0] * v[0] + row[1] * v[1])
}

fn sizes(m: Matrix) -> Matrix {
    m.map(|row| row.map(f64::abs))
}

/// Bounds of the errors of the Jacobian's entries: quadrature, and twice the difference quotient times the bar.
fn uncertainty(maps: &Maps<'_>, at: Order, found: &Checked, bar: [f64; 2]) -> Matrix {
    let mut change = sizes(maps.jacobian(&found.error));
    let j = maps.jacobian(&found.value);
    for (axis, bar) in bar.into_iter().enumerate() {
        if bar == 0.0 {
            continue;
        }
        let (size, mut aside) = (1e-4 * (at.gamma.abs() + at.rho), at);
        match axis {
            0 => aside.gamma += size,
            _ => aside.rho += size,
        }
        let other = maps.jacobian(&maps.moments(aside));
        for row in 0..2 {
            for column in 0..2 {
                let quotient = (other[row][column] - j[row][column]).abs() / size;
                change[row][column] += 2.0 * quotient * bar;
            }
        }
    }
    change
}

/// `1/(1 − ‖(I − J)⁻¹‖ ‖δJ‖)`; infinite if that is not below 2.
fn inflation(inverse: Matrix, change: Matrix) -> f64 {
    let norm = |m: Matrix| m.map(|row| row[0].abs() + row[1].abs()).into_iter().fold(0.0, f64::max);
    let share = norm(inverse) * norm(change);
    if share < 0.5 { 1.0 / (1.0 - share) } else { f64::INFINITY }
}

/// What is known at a fixed point.
struct Place {
    at: Order,
    j: Matrix,
    change: Matrix,
    inverse: Matrix,
    nonlinear: f64,
}

impl Place {
    /// (I − J) rate = force, `force = ∂(G, R)/∂β = J (γ, ρ)/β`.
    fn rate(&self, beta: f64, bar: [f64; 2]) -> [Enclosure; 2] {
        let x = [self.at.gamma, self.at.rho];
        let force = applied(self.j, x).map(|f| f / beta);
        let rate = applied(self.inverse, force);
        let (size, speed) = (x.map(f64::abs), rate.map(f64::abs));
        // Errors of the force, and of J times the rate.
        let (by_place, by_bar) = (applied(self.change, size), applied(sizes(self.j), bar));
        let (by_rate, rounding) = (applied(self.change, speed), applied(sizes(self.j), speed));
        let off = [0, 1].map(|row| {
            (by_place[row] + by_bar[row]) / beta
                + by_rate[row]
                + 4.0 * f64::EPSILON * (force[row].abs() + rounding[row])
        });
        let error = applied(sizes(self.inverse), off);
        [0, 1].map(|row| match row == 0 && self.at.gamma == 0.0 {
            true => Enclosure::point(0.0),
            false => Enclosure::with_error(rate[row], self.nonlinear * error[row]),
        })
    }
}

/// `(I − J)⁻¹`.
fn inverse_of_rest([[a, b], [c, d]]: Matrix) -> Matrix {
    let (a, d) = (1.0 - a, 1.0 - d);
    let determinant = a * d - b * c;
    [[d / determinant, b / determinant], [c / determinant, a / determinant]]
}

/// Moduli of the eigenvalues of a 2 × 2 matrix known up to `change`, the larger first.
pub fn moduli(j: Matrix, change: Matrix) -> [Enclosure; 2] {
    let entry = |row: usize, column: usize| {
        let (value, off) = (j[row][column], change[row][column]);
        Interval::new((value - off).next_down(), (value + off).next_up())
    };
    let exact = |row: usize, column: usize| Interval::point(j[row][column]);
    let (low, high) = moduli_of(&entry);
    let (first, second) = moduli_of(&exact);
    [(high, second), (low, first)].map(|(wide, narrow)| Enclosure {
        value: narrow.midpoint(),
        lo: wide.lo.max(0.0),
        hi: wide.hi,
    })
}

/// Intervals of the smaller and the larger modulus.
fn moduli_of(entry: &dyn Fn(usize, usize) -> Interval) -> (Interval, Interval) {
    let (a, b, c, d) = (entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1));
    let two = Interval::point(2.0);
    let half = (a + d) / two;
    let spread = (a - d) / two;
    let discriminant = spread.square() + b * c;
    let determinant = a * d - b * c;
    let positive = |x: Interval| Interval::new(x.lo.max(0.0), x.hi.max(0.0));
    let complex = positive(determinant).sqrt();
    if discriminant.hi < 0.0 {
        return (complex, complex);
    }
    let root = positive(discriminant).sqrt();
    let (first, second) = ((half + root).abs(), (half - root).abs());
    let (low, high) = (first.min(second), first.max(second));
    match discriminant.lo < 0.0 {
        true => (low.hull(complex), high.hull(complex)),
        false => (low, high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_with_their_errors() {
        // Eigenvalues 3 and −1; a rotation times 2.
        let [large, small] = moduli([[1.0, 2.0], [2.0, 1.0]], [[0.0; 2]; 2]);
        assert!((large.value - 3.0).abs() < 1e-14 && (small.value - 1.0).abs() < 1e-14);
        assert!(large.radius() < 1e-13 && large.lo <= 3.0 && 3.0 <= large.hi);
        let [large, small] = moduli([[0.0, -2.0], [2.0, 0.0]], [[0.0; 2]; 2]);
        assert!((large.value - 2.0).abs() < 1e-14 && (small.value - 2.0).abs() < 1e-14);
        // An error of 0.1 in the corner moves 3 by at most 0.1, and by 0.05 to first order.
        let [large, _] = moduli([[1.0, 2.0], [2.0, 1.0]], [[0.1, 0.0], [0.0, 0.0]]);
        assert!(large.lo < 2.96 && 3.04 < large.hi && large.radius() < 0.2, "{large:?}");
        // Where a double eigenvalue may be a complex pair both are held.
        let [large, small] = moduli([[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.01], [0.01, 0.0]]);
        assert!(small.lo <= 0.99 && large.hi >= 1.01);
    }

    #[test]
    fn the_inverse_is_one() {
        let j = [[0.3, 0.2], [-0.1, 0.5]];
        let inverse = inverse_of_rest(j);
        let row =
            [0.7 * inverse[0][0] - 0.2 * inverse[1][0], 0.7 * inverse[0][1] - 0.2 * inverse[1][1]];
        assert!((row[0] - 1.0).abs() < 1e-15 && row[1].abs() < 1e-15);
    }
}
