//! A table of coherences, held against the law of single draws: joint tests of its rows.

use super::coherence::{CoherenceLaw, Product, draw_columns, draw_gram, of_columns, of_gram};
use crate::maths::kolmogorov::{distance_sf, distance_to_uniform};
use crate::maths::{Enclosure, chi_squared, normal};
use crate::random::Stream;

/// Rows of a printed table.
#[derive(Clone, Debug)]
pub struct CoherenceTable {
    /// The law of each row.
    pub laws: Vec<CoherenceLaw>,
    /// The number printed in each row.
    pub printed: Vec<f64>,
}

impl CoherenceTable {
    /// P(coherence ≤ printed), row by row: uniform if the rows are independent single draws.
    pub fn levels(&self, product: Product) -> Vec<Enclosure> {
        let rows = self.laws.iter().zip(&self.printed);
        rows.map(|(law, &mu)| law.cdf(mu, product)).collect()
    }

    /// The same with the products of shifted `size × size` filters counted too.
    pub fn levels_with_shifts(&self, size: u64) -> Vec<Enclosure> {
        let rows = self.laws.iter().zip(&self.printed);
        rows.map(|(law, &mu)| law.cdf_with_shifts(mu, size)).collect()
    }

    /// Logarithm of the ratio of the densities (signed over absolute) at the printed numbers, for
    /// independent pairs.
    pub fn ln_likelihood_ratio(&self) -> f64 {
        let one = |(law, &mu): (&CoherenceLaw, &f64)| {
            law.ln_density(mu, Product::Signed) - law.ln_density(mu, Product::Absolute)
        };
        self.laws.iter().zip(&self.printed).map(one).sum()
    }

    /// Stouffer's statistic of the printed numbers under the law of independent pairs, without its error:
    /// quick enough for many drawn tables.
    pub fn stouffer_of_independent_pairs(&self, product: Product) -> f64 {
        let rows = self.laws.iter().zip(&self.printed);
        let scores = rows.map(|(law, &mu)| {
            let level = law.independent(mu, product);
            // A negative largest product is below the law's range: level 0.
            normal::quantile(if mu < 0.0 { 0.0 } else { level })
        });
        scores.sum::<f64>() / (self.laws.len() as f64).sqrt()
    }

    /// The table of a fresh draw of all filters: largest absolute, and largest signed products.
    pub fn draw(laws: &[CoherenceLaw], stream: &Stream) -> (Vec<f64>, Vec<f64>) {
        let one = |(row, law): (usize, &CoherenceLaw)| {
            let stream = &mut stream.substream(row as u64);
            if law.fan_in >= law.filters {
                of_gram(&draw_gram(law, stream))
            } else {
                of_columns(&draw_columns(law, stream))
            }
        };
        laws.iter().enumerate().map(one).unzip()
    }
}

/// Stouffer's statistic Σ Φ⁻¹(u)/√n, standard normal for independent uniform levels.
pub fn stouffer(levels: &[Enclosure]) -> Enclosure {
    let root = (levels.len() as f64).sqrt();
    let total = |end: fn(&Enclosure) -> f64| {
        levels.iter().map(|level| normal::quantile(end(level))).sum::<f64>() / root
    };
    Enclosure { value: total(|u| u.value), lo: total(|u| u.lo), hi: total(|u| u.hi) }
}

/// Fisher's p-value against levels that are too low: P(χ²_{2n} > −2 Σ ln u).
pub fn fisher_low(levels: &[Enclosure]) -> Enclosure {
    let dof = 2.0 * levels.len() as f64;
    let p = |end: fn(&Enclosure) -> f64| {
        let statistic: f64 = levels.iter().map(|level| -2.0 * end(level).ln()).sum();
        if statistic.is_finite() { chi_squared::sf(dof, statistic) } else { 0.0 }
    };
    Enclosure { value: p(|u| u.value), lo: p(|u| u.lo), hi: p(|u| u.hi) }
}

/// p-value of the Kolmogorov–Smirnov distance of the levels to the uniform law.
pub fn kolmogorov(levels: &[Enclosure]) -> Enclosure {
    let values: Vec<f64> = levels.iter().map(|level| level.value).collect();
    let distance = distance_to_uniform(&values);
    // The distance moves by no more than the level that moves most.
    let slack = levels.iter().map(|u| (u.hi - u.value).max(u.value - u.lo)).fold(0.0, f64::max);
    let p = |d: f64| distance_sf(levels.len(), d);
    Enclosure { value: p(distance), lo: p(distance + slack), hi: p(distance - slack) }
}

/// Are the levels closer together than independent ones? P(χ²_{n−1} ≤ Σ(z − z̄)²) for z = Φ⁻¹(u).
pub fn too_regular(levels: &[Enclosure]) -> Enclosure {
    let dof = levels.len() as f64 - 1.0;
    let z: Vec<f64> = levels.iter().map(|level| normal::quantile(level.value)).collect();
    let mean = z.iter().sum::<f64>() / levels.len() as f64;
    let spread = z.iter().map(|z| (z - mean).powi(2)).sum::<f64>().sqrt();
    // Σ(z − z̄)² is a squared norm of a projection: its root moves by at most the norm of the moves.
    let moves = levels.iter().zip(&z).map(|(level, z)| {
        let ends = [normal::quantile(level.lo), normal::quantile(level.hi)];
        ends.map(|end| (end - z).abs()).into_iter().fold(0.0, f64::max).powi(2)
    });
    let slack = moves.sum::<f64>().sqrt();
    let p = |root: f64| chi_squared::cdf(dof, root.max(0.0).powi(2));
    Enclosure { value: p(spread), lo: p(spread - slack), hi: p(spread + slack) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALEXNET: [(u64, u64, f64); 5] = [
        (363, 96, 0.1996),
        (1200, 256, 0.1263),
        (2304, 384, 0.0929),
        (1728, 384, 0.1073),
        (1728, 256, 0.1026),
    ];

    fn table() -> CoherenceTable {
        let law = |&(fan_in, filters, _): &(u64, u64, f64)| CoherenceLaw { fan_in, filters };
        CoherenceTable {
            laws: ALEXNET.iter().map(law).collect(),
            printed: ALEXNET.iter().map(|row| row.2).collect(),
        }
    }

    #[test]
    fn statistics_of_the_second_table() {
        // scipy 1.16, from the law of independent pairs.
        let levels = table().levels(Product::Absolute);
        for (u, exact) in levels.iter().zip([0.5623, 0.6908, 0.5587, 0.5646, 0.5350]) {
            assert!((u.value - exact).abs() < 1e-4 && u.lo <= u.value && u.value <= u.hi, "{u:?}");
        }
        for (name, found, exact) in [
            ("stouffer", stouffer(&levels), 0.470_946_076_887),
            ("fisher", fisher_low(&levels), 0.859_182_258_902),
            ("kolmogorov", kolmogorov(&levels), 0.072_598_980_078),
            ("too regular", too_regular(&levels), 0.001_376_694_003),
        ] {
            assert!((found.value - exact).abs() < 1e-9, "{name}: {found:?}");
            assert!(found.lo <= found.value && found.value <= found.hi, "{name}: {found:?}");
        }
        let ratio = table().ln_likelihood_ratio();
        assert!((ratio - (17.450_258_372_75 - 19.553_624_889_39)).abs() < 1e-7, "{ratio}");
    }
}
