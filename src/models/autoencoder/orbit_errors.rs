//! Error bars along an orbit, to first order: products of Jacobians keep their signs over blocks of steps.
//!
//! An error made at step j has grown by `J_t ⋯ J_{j+1}` at step t. Taking absolute values at every step would make a
//! contraction with a rotation or a shear look like an expansion, and the bar would outgrow the orbit; so the products
//! are formed with signs for a block of steps, and absolute values are taken once a block.

use super::infinite_depth::Order;

/// Steps over which products keep their signs.
const BLOCK: usize = 32;

/// A linear map of (γ, ρ), rows γ and ρ.
pub type Linear = [[f64; 2]; 2];

const IDENTITY: Linear = [[1.0, 0.0], [0.0, 1.0]];

/// Errors made so far, each with the product of the Jacobians since.
#[derive(Clone, Debug)]
pub struct Errors {
    made: Vec<(Linear, Order)>,
    curvature: f64,
}

impl Errors {
    /// Starts with an error. `curvature` bounds, in order of magnitude, by how much the Jacobian's entries change with a
    /// unit of (γ, ρ), or with all of it beyond 1.
    pub fn new(start: Order, curvature: f64) -> Self {
        Self { made: vec![(IDENTITY, start)], curvature }
    }

    /// The bar after a step to `at` with the given Jacobian that itself makes the error `fault`.
    pub fn step(&mut self, jacobian: Linear, fault: Order, at: Order) -> Order {
        for (product, _) in &mut self.made {
            *product = multiplied(jacobian, *product);
        }
        self.made.push((IDENTITY, fault));
        let bar = self.bar(at);
        if self.made.len() > BLOCK {
            self.made = vec![(IDENTITY, bar)];
        }
        bar
    }

    fn bar(&self, at: Order) -> Order {
        let mut sum = Order::default();
        for (product, size) in &self.made {
            sum.gamma += moved(product[0], size);
            sum.rho += moved(product[1], size);
        }
        // The Jacobian is taken at the computed point, the true orbit is within the bar of it. Where γ or ρ is large
        // the maps are nearly homogeneous: J changes with the share by which γ and ρ do.
        let share = sum.gamma / at.gamma.abs().max(1.0) + sum.rho / at.rho.max(1.0);
        let nonlinear = 1.0 + 1e-6 + BLOCK as f64 * self.curvature * share;
        Order { gamma: sum.gamma * nonlinear, rho: sum.rho * nonlinear }
    }
}

/// A row's absolute values times a size; an error of 0 is moved to 0 by any factor.
fn moved(row: [f64; 2], size: &Order) -> f64 {
    let part = |factor: f64, size: f64| if size == 0.0 { 0.0 } else { factor.abs() * size };
    part(row[0], size.gamma) + part(row[1], size.rho)
}

fn multiplied(a: Linear, b: Linear) -> Linear {
    let entry = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j];
    [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A contracting spiral: absolute values at every step would grow by 1.27 a step.
    #[test]
    fn a_spiral_does_not_inflate() {
        let (c, s) = (0.9 * 0.8_f64.cos(), 0.9 * 0.8_f64.sin());
        let fault = Order { gamma: 1e-15, rho: 1e-15 };
        let mut errors = Errors::new(fault, 1.0);
        let mut bar = fault;
        for _ in 0..2000 {
            bar = errors.step([[c, -s], [s, c]], fault, Order::default());
        }
        // Every fault moves by at most 0.9^k √2: the sum is below 15 · 10⁻¹⁵.
        assert!(bar.gamma < 2e-14 && bar.rho < 2e-14, "{bar:?}");
        assert!(bar.gamma >= 1e-15);
    }

    /// An expanding axis that no error has: nothing grows.
    #[test]
    fn zero_stays_zero() {
        let mut errors = Errors::new(Order { gamma: 0.0, rho: 1e-15 }, 1.0);
        let mut bar = Order::default();
        for _ in 0..5000 {
            let fault = Order { gamma: 0.0, rho: 1e-16 };
            bar = errors.step([[1.5, 0.0], [0.0, 0.5]], fault, Order::default());
        }
        assert_eq!(bar.gamma, 0.0);
        assert!(bar.rho > 0.0 && bar.rho < 1e-14);
    }
}
