//! Pearson's goodness of fit.

use statrs::function::gamma::gamma_ur;

/// Least expected count of a cell; neighbours are merged until they have it (Cochran 1954).
pub const MIN_EXPECTED: f64 = 5.0;

/// Result of Pearson's test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PearsonTest {
    /// Σ (observed − expected)² / expected over the merged cells.
    pub statistic: f64,
    /// Number of merged cells less one.
    pub dof: u32,
    /// P(χ²_dof ≥ statistic): asymptotic as the expected counts grow.
    pub p: f64,
}

/// Why a test could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PearsonError {
    /// As many probabilities as counts are needed.
    #[error("{observed} counts but {probabilities} probabilities")]
    Lengths {
        /// Number of counts.
        observed: usize,
        /// Number of probabilities.
        probabilities: usize,
    },
    /// A probability is negative or NaN, or they do not add up to 1.
    #[error("the cells' probabilities add up to {0}, not to 1, or one is negative")]
    Probabilities(f64),
    /// Fewer than two cells are left after merging.
    #[error("too few trials: fewer than two cells expect {MIN_EXPECTED} counts")]
    TooFew,
}

/// Tests whether cell counts fit a fully specified law (no fitted parameters).
///
/// Neighbouring cells, in the order given, are merged until each expects at least [`MIN_EXPECTED`]
/// counts; a last cell that does not is merged into the one before.
///
/// # Errors
/// [`PearsonError`] for lengths that differ, probabilities that are none, or too few trials.
pub fn pearson_test(observed: &[u64], probabilities: &[f64]) -> Result<PearsonTest, PearsonError> {
    if observed.len() != probabilities.len() {
        let (observed, probabilities) = (observed.len(), probabilities.len());
        return Err(PearsonError::Lengths { observed, probabilities });
    }
    let total: f64 = probabilities.iter().sum();
    let sums_to_one = (total - 1.0).abs() <= 1e-9;
    if !sums_to_one || !probabilities.iter().all(|&p| p >= 0.0) {
        return Err(PearsonError::Probabilities(total));
    }
    let trials = observed.iter().map(|&count| count as f64).sum::<f64>();
    let cells = merge(observed.iter().zip(probabilities).map(|(&o, p)| (o as f64, p * trials)));
    if cells.len() < 2 {
        return Err(PearsonError::TooFew);
    }
    let statistic = cells.iter().map(|(o, e)| (o - e) * (o - e) / e).sum::<f64>();
    let dof = cells.len() as u32 - 1;
    let p = if statistic > 0.0 { gamma_ur(0.5 * f64::from(dof), 0.5 * statistic) } else { 1.0 };
    Ok(PearsonTest { statistic, dof, p })
}

/// (observed, expected) of the merged cells.
fn merge(cells: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut merged = Vec::new();
    let mut open = (0.0, 0.0);
    for (observed, expected) in cells {
        open = (open.0 + observed, open.1 + expected);
        if open.1 >= MIN_EXPECTED {
            merged.push(std::mem::take(&mut open));
        }
    }
    match merged.last_mut() {
        Some(last) => *last = (last.0 + open.0, last.1 + open.1),
        None => merged.push(open),
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_die_by_hand() {
        // 60 throws, 10 expected each: (25 + 4 + 1 + 0 + 1 + 9)/10 = 4.
        let test = pearson_test(&[5, 8, 9, 10, 11, 17], &[1.0 / 6.0; 6]).unwrap();
        assert!((test.statistic - 8.0).abs() < 1e-12);
        assert_eq!(test.dof, 5);
        // mpmath: Q(5/2, 4).
        assert!((test.p - 0.156_235_627_577_722).abs() < 1e-12);
    }

    /// mpmath: regularised upper incomplete gamma in 30 digits.
    #[test]
    fn small_p_values_agree_with_mpmath() {
        for (observed, dof, exact) in [
            ([1000, 400], 1, 7.199_760_676_128_073e-58),
            ([1000, 700], 1, 3.436_884_823_527_579e-13),
        ] {
            let test = pearson_test(&observed, &[0.5, 0.5]).unwrap();
            assert_eq!(test.dof, dof);
            assert!((test.p / exact - 1.0_f64).abs() < 1e-9, "{} {exact}", test.p);
        }
    }

    #[test]
    fn cells_that_expect_little_are_merged() {
        // Expected 20, 16, 2, 1, 1: the last three make 4 < 5 and join the second.
        let test = pearson_test(&[20, 16, 2, 1, 1], &[0.5, 0.4, 0.05, 0.025, 0.025]).unwrap();
        assert_eq!((test.dof, test.p), (1, 1.0));
        // A cell that cannot happen but did is merged too, not divided by zero.
        let test = pearson_test(&[50, 1, 49], &[0.5, 0.0, 0.5]).unwrap();
        assert!(test.dof == 1 && test.statistic.is_finite());
    }

    #[test]
    fn what_is_no_test_is_said() {
        assert!(matches!(pearson_test(&[1], &[]), Err(PearsonError::Lengths { .. })));
        assert!(matches!(pearson_test(&[9, 9], &[0.5, 0.4]), Err(PearsonError::Probabilities(_))));
        assert!(matches!(pearson_test(&[9, 9], &[1.5, -0.5]), Err(PearsonError::Probabilities(_))));
        assert!(matches!(
            pearson_test(&[9, 9], &[f64::NAN; 2]),
            Err(PearsonError::Probabilities(_))
        ));
        assert_eq!(pearson_test(&[2, 2], &[0.5, 0.5]), Err(PearsonError::TooFew));
        assert_eq!(pearson_test(&[0, 0], &[0.5, 0.5]), Err(PearsonError::TooFew));
    }
}
