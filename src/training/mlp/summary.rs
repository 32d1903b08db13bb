//! Records of several seeds summed up: curves, paired differences, intervals.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{LAST, at};
use crate::maths::Enclosure;
use crate::training::curve::Record;

/// The first ones that make up the early error.
const FIRST: u64 = 5;

/// A curve of a run: the test error where `name` is `error`, else what was measured beside it; infinite once diverged.
pub fn curve(record: &Record, name: &str, epoch: u64) -> f64 {
    let Some(&loss) = record.losses.get(epoch as usize) else { return f64::NAN };
    if name == "error" || loss.is_infinite() { loss } else { record.last(&at(name, epoch)) }
}

/// Mean of a curve over the last three epochs.
pub fn late(record: &Record, name: &str) -> f64 {
    let last = record.losses.len() as u64 - 1;
    average((last.saturating_sub(LAST - 1)..=last).map(|epoch| curve(record, name, epoch)))
}

/// Mean of a curve over epochs 1 to 5.
pub fn early(record: &Record, name: &str) -> f64 {
    let last = record.losses.len() as u64 - 1;
    average((1..=FIRST.min(last)).map(|epoch| curve(record, name, epoch)))
}

fn average(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / n
}

/// Correlation over the epochs of the logarithms of the real and the synthetic error; errors of 0 count as half an image of `images`.
pub fn log_correlation(record: &Record, images: usize) -> f64 {
    let least = 0.5 / images as f64;
    let epochs = 1..record.losses.len() as u64;
    let logs = |name| -> Vec<f64> {
        epochs.clone().map(|epoch| curve(record, name, epoch).max(least).ln()).collect()
    };
    correlation(&logs("error"), &logs("synthetic_error"))
}

/// Pearson's correlation.
pub fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        x.iter().zip(y).map(|(&a, &b)| f(a - mean_x, b - mean_y)).sum()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

/// Mean, standard deviation (n − 1) and Student's quotient of the mean.
pub fn paired(differences: &[f64]) -> [f64; 3] {
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let squares: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    [mean, deviation, mean / (deviation / n.sqrt())]
}

/// Student's interval for the mean over seeds, two-sided; unbounded for one seed, or where a value is no number.
pub fn student(values: &[f64], confidence: f64) -> Enclosure {
    let [mean, deviation, _] = paired(values);
    let dof = values.len() as f64 - 1.0;
    let law = StudentsT::new(0.0, 1.0, dof);
    let radius = law.map_or(f64::INFINITY, |law| {
        law.inverse_cdf(0.5 * (1.0 + confidence)) * deviation / (dof + 1.0).sqrt()
    });
    if mean.is_finite() && radius.is_finite() {
        return Enclosure { value: mean, lo: mean - radius, hi: mean + radius };
    }
    let end = |end: f64| if mean == f64::INFINITY { mean } else { end };
    Enclosure { value: mean, lo: end(f64::NEG_INFINITY), hi: end(f64::INFINITY) }
}

/// The mean over seeds with the least and the greatest.
pub fn band(values: &[f64]) -> Enclosure {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    if mean.is_nan() {
        return Enclosure::UNKNOWN;
    }
    let lo = values.iter().copied().fold(mean, f64::min);
    Enclosure { value: mean, lo, hi: values.iter().copied().fold(mean, f64::max) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let losses = vec![0.9, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];
        let finals = (0..7).map(|e| (at("synthetic_error", e), 2.0 * losses[e as usize])).collect();
        Record { steps: (0..7).collect(), losses, finals }
    }

    #[test]
    fn early_and_final_errors_are_means_of_epochs() {
        let record = record();
        approx::assert_relative_eq!(early(&record, "error"), 0.3, max_relative = 1e-12);
        approx::assert_relative_eq!(late(&record, "error"), 0.35 / 3.0, max_relative = 1e-12);
        approx::assert_relative_eq!(
            late(&record, "synthetic_error"),
            0.7 / 3.0,
            max_relative = 1e-12
        );
        approx::assert_relative_eq!(log_correlation(&record, 100), 1.0, max_relative = 1e-12);
    }

    /// Quantiles of Student's law from tables: 2.132 (4 degrees of freedom) and 2.920 (2), one-sided 5 %.
    #[test]
    fn the_interval_is_rule_d() {
        for (values, quantile) in
            [(vec![1.0, 2.0, 3.0, 4.0, 5.0], 2.132), (vec![1.0, 2.0, 3.0], 2.920)]
        {
            let [mean, deviation, t] = paired(&values);
            let found = student(&values, 0.9);
            let radius = quantile * deviation / (values.len() as f64).sqrt();
            assert!(
                (found.hi - (mean + radius)).abs() < 1e-3
                    && (found.lo - (mean - radius)).abs() < 1e-3
            );
            assert_eq!(found.lo > 0.0, t > quantile);
        }
        assert_eq!(student(&[1.0], 0.9).lo, f64::NEG_INFINITY);
        assert_eq!(student(&[f64::INFINITY, 1.0], 0.9).lo, f64::INFINITY);
    }

    #[test]
    fn a_band_goes_from_least_to_greatest() {
        let band = band(&[1.0, 4.0, 1.0]);
        assert_eq!((band.lo, band.value, band.hi), (1.0, 2.0, 4.0));
    }
}
