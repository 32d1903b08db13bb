//! A printed table of coherences of Gaussian filters: joint tests of its rows.
//!
//! Row i has K_i filters of fan-in d_i. If a row is the coherence of one draw, its level
//! u_i = P(coherence ≤ printed) is uniform, independently over rows. `definition` says which law is asked:
//! that of the largest absolute product (`abs`) or of the largest product (`signed`). Statistics carry
//! the proven error of the law (`src/models/filter_bank/coherence.rs`); `with_shifts` variants count
//! products of shifted 3 × 3 filters too and are proven from above only.
//!
//! A trial draws all filters of all rows afresh: `drawn_abs` and `drawn_signed` are Stouffer's
//! statistic, under the law that `definition` names, of the table of largest absolute and of largest
//! signed products.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Enclosure, Failure, Observable, Parameters, Prepared, Tail,
};
use crate::models::filter_bank::coherence::{CoherenceLaw, Product};
use crate::models::filter_bank::coherence_table::{
    CoherenceTable, fisher_low, kolmogorov, stouffer, too_regular,
};
use crate::random::Stream;

/// Joint tests of a table of coherences.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "joint tests of a printed table of coherences of Gaussian filters",
    "fresh filters of all rows",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "level",
        &["row"],
        r"u_{#1}",
        "P(coherence ≤ printed) of a row, 1 for the first",
    ),
    Observable::exact(
        "stouffer_z",
        &[],
        r"\tfrac{1}{\sqrt n}\sum\Phi^{-1}(u_i)",
        "Stouffer's statistic",
    ),
    Observable::exact(
        "stouffer_z_shifts",
        &[],
        r"z_{\mathrm{shifts}}",
        "the same with all shifts counted",
    ),
    Observable::exact(
        "fisher_p_low",
        &[],
        r"p_{\mathrm{Fisher}}",
        "P(χ²_{2n} > −2 Σ ln u): small if levels are too low",
    ),
    Observable::exact(
        "ks_p",
        &[],
        r"p_{\mathrm{KS}}",
        "p-value of the Kolmogorov–Smirnov distance of the levels to the uniform law",
    ),
    Observable::exact(
        "dispersion_p",
        &[],
        r"p_{\mathrm{disp}}",
        "P(χ²_{n−1} ≤ Σ(z − z̄)²), z = Φ⁻¹(u): small if rows are too much alike",
    ),
    Observable::exact(
        "loglik_signed_minus_abs",
        &[],
        r"\ln\tfrac{f}{f_{|\cdot|}}",
        "logarithm of the ratio of the densities, signed over absolute, for independent pairs",
    ),
    Observable::sampled(
        "drawn_abs",
        &[],
        r"z\left(\max|\cdot|\right)",
        "Stouffer's statistic of a table of largest absolute products",
    ),
    Observable::sampled(
        "drawn_signed",
        &[],
        r"z\left(\max\right)",
        "Stouffer's statistic of a table of largest signed products",
    ),
];

/// A table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Fan-in of the filters, one number a row.
    d: Vec<u64>,
    /// Number of filters, one a row.
    #[serde(rename = "K")]
    k: Vec<u64>,
    /// Printed coherence, one a row.
    printed: Vec<f64>,
    /// The law that the rows are held against.
    #[serde(default)]
    definition: Asked,
}

/// The law that the rows are held against.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    /// Largest absolute product.
    #[default]
    Abs,
    /// Largest product.
    Signed,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let rows = self.printed.len();
        if !(2..=100).contains(&rows) || self.d.len() != rows || self.k.len() != rows {
            let message = "`d`, `K` and `printed` must be lists of one length, 2 to 100";
            return Err(Failure::parameter(message, "give one number a row"));
        }
        let sizes = self.d.iter().zip(&self.k);
        let fits =
            sizes.clone().all(|(d, k)| (3..=1_000_000).contains(d) && (2..=4096).contains(k));
        if !fits || self.printed.iter().any(|mu| !(*mu > 0.0 && *mu < 1.0)) {
            let message = "a row is out of range";
            return Err(Failure::parameter(message, "3 ≤ d ≤ 10⁶, 2 ≤ K ≤ 4096, 0 < printed < 1"));
        }
        let laws = sizes.map(|(&fan_in, &filters)| CoherenceLaw { fan_in, filters }).collect();
        let product = match self.definition {
            Asked::Abs => Product::Absolute,
            Asked::Signed => Product::Signed,
        };
        let table = CoherenceTable { laws, printed: self.printed };
        let levels = table.levels(product);
        Ok(Box::new(Table { table, levels, product }))
    }
}

struct Table {
    table: CoherenceTable,
    levels: Vec<Enclosure>,
    product: Product,
}

impl Prepared for Table {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        match (name, arguments) {
            ("level", &[row]) => {
                let index = (row >= 1.0 && row.fract() == 0.0).then(|| row as usize - 1);
                let level = index.and_then(|index| self.levels.get(index)).copied();
                level.ok_or_else(|| Failure::domain(format!("the table has no row {row}")))
            }
            ("stouffer_z", []) => Ok(stouffer(&self.levels)),
            ("stouffer_z_shifts", []) => Ok(stouffer(&self.table.levels_with_shifts(3))),
            ("fisher_p_low", []) => Ok(fisher_low(&self.levels)),
            ("ks_p", []) => Ok(kolmogorov(&self.levels)),
            ("dispersion_p", []) => Ok(too_regular(&self.levels)),
            ("loglik_signed_minus_abs", []) => {
                Ok(Enclosure::with_error(self.table.ln_likelihood_ratio(), 1e-7))
            }
            _ => Err(Failure::no_such_observable(name)),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let column = |name| Column::plain(name, Tail::Unknown);
        vec![column("drawn_abs"), column("drawn_signed")]
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let laws = &self.table.laws;
        let (abs, signed) = CoherenceTable::draw(laws, stream);
        for (out, printed) in out.iter_mut().zip([abs, signed]) {
            let table = CoherenceTable { laws: laws.clone(), printed };
            *out = table.stouffer_of_independent_pairs(self.product);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        self.table.laws.iter().map(|law| 2.0 * (law.filters as f64).powi(3)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn a_small_table() {
        let value = json!({"d": [27, 40], "K": [4, 6], "printed": [0.4, 0.5]});
        let table = (EXPERIMENT.prepare)(&value).unwrap();
        let level = table.exact("level", &[2.0]).unwrap();
        assert!(level.lo > 0.0 && level.hi < 1.0);
        for name in ["stouffer_z", "fisher_p_low", "ks_p", "dispersion_p"] {
            let found = table.exact(name, &[]).unwrap();
            assert!(found.lo <= found.value && found.value <= found.hi, "{name}: {found:?}");
        }
        assert!(table.exact("level", &[3.0]).is_err() && table.exact("level", &[0.5]).is_err());
        let mut out = [f64::NAN; 2];
        table.trial(&mut StreamKey::derive(1, "coherence-table", "t").trial(0), &mut out).unwrap();
        assert!(out[1] <= out[0] && out[0].is_finite(), "{out:?}");
    }

    #[test]
    fn wrong_tables_are_refused() {
        for value in [
            json!({"d": [27], "K": [4], "printed": [0.4]}),
            json!({"d": [27, 27], "K": [4], "printed": [0.4, 0.5]}),
            json!({"d": [27, 2], "K": [4, 4], "printed": [0.4, 0.5]}),
            json!({"d": [27, 27], "K": [4, 4], "printed": [0.4, 1.5]}),
        ] {
            assert!((EXPERIMENT.prepare)(&value).is_err(), "{value}");
        }
    }
}
