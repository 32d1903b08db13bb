//! Plots of the fixture: one on logarithmic axes, one histogram, one with few points.

use claimcheck::maths::Enclosure;
use claimcheck::results::{Axis, Plot, Role, Series};

fn axis(label: &str, log: bool) -> Axis {
    Axis { label: label.into(), log }
}

fn series(name: &str, role: Role, points: Vec<(f64, Enclosure)>) -> Series {
    Series { name: name.into(), role, points }
}

fn curve(range: std::ops::Range<f64>, n: usize, f: impl Fn(f64) -> f64) -> Vec<(f64, Enclosure)> {
    let step = (range.end - range.start) / (n - 1) as f64;
    let point = |i| {
        let x = range.start + step * i as f64;
        (x, Enclosure::point(f(x)))
    };
    (0..n).map(point).collect()
}

/// Exact tail, printed bound and sampled frequencies on a logarithmic axis.
pub fn tails() -> Plot {
    let exact = |m: f64| 0.8 * (-m * 0.002).exp();
    let measured = [250.0, 500.0, 1000.0, 1500.0, 2000.0, 3000.0];
    let points = measured.map(|m: f64| {
        let p = exact(m) * (1.0 + 0.05 * (m / 170.0).sin());
        let half = 4.0 * (p / 20_000.0).sqrt();
        (m, Enclosure { value: p, lo: (p - half).max(0.0), hi: p + half })
    });
    Plot {
        title: "Exact tail, printed bound and samples at $\\varepsilon=0.1$".into(),
        caption: "The bound (dashed) lies above the exact probability everywhere; sampling \
                  (points) agrees with it as far down as sampling can see."
            .into(),
        x: axis("width m", false),
        y: axis("probability", true),
        series: vec![
            series("exact probability", Role::Theory, curve(100.0..4000.0, 900, exact)),
            series(
                "bound as printed",
                Role::Bound,
                curve(100.0..4000.0, 200, |m| 2.0 * (-m * 0.0009).exp()),
            ),
            series(
                "Glorot variance",
                Role::Reference,
                curve(100.0..4000.0, 60, |m| 0.9 * (-m * 0.0001).exp()),
            ),
            series("sampled, 20 000 draws", Role::Measurement, points.to_vec()),
        ],
    }
}

/// A histogram with its density.
pub fn histogram() -> Plot {
    let density = |x: f64| (-(x - 1.0) * (x - 1.0) * 10.0).exp() * 1.784;
    let bars = curve(0.1..1.9, 37, |x| density(x) * (1.0 + 0.06 * (x * 40.0).sin()));
    Plot {
        title: "Law of $\\|v\\|^2/\\|u\\|^2$".into(),
        caption: "Bars: 20 000 draws. Line: the binomial mixture of chi-square laws.".into(),
        x: axis("squared norm ratio", false),
        y: axis("density", false),
        series: vec![
            series("sampled", Role::Histogram, bars),
            series("exact density", Role::Theory, curve(0.0..2.0, 300, density)),
        ],
    }
}

/// Several lines of one role, a band, log-log axes, and a gap.
pub fn profiles() -> Plot {
    let slope = |c: f64| {
        let mut points: Vec<(f64, Enclosure)> = (0..30)
            .map(|i| {
                let n = 10f64.powf(1.0 + f64::from(i) / 10.0);
                let y = c / n.sqrt();
                (n, Enclosure { value: y, lo: 0.8 * y, hi: 1.25 * y })
            })
            .collect();
        points[15].1 = Enclosure::UNKNOWN;
        points
    };
    let sampled = |c: f64| {
        let point = |n: f64| {
            let y = c * 1.02 / n.sqrt();
            (n, Enclosure { value: y, lo: 0.9 * y, hi: 1.1 * y })
        };
        [10.0, 30.0, 100.0, 1000.0, 9000.0].map(point).to_vec()
    };
    Plot {
        title: "Error against width".into(),
        caption: "Slope −½ over three decades for each depth.".into(),
        x: axis("width n", true),
        y: axis("relative error", true),
        series: vec![
            series("predicted, L = 2", Role::Theory, slope(0.3)),
            series("predicted, L = 10", Role::Theory, slope(1.0)),
            series("predicted, L = 50", Role::Theory, slope(3.0)),
            series("measured, L = 2", Role::Measurement, sampled(0.3)),
            series("measured, L = 10", Role::Measurement, sampled(1.0)),
            series("measured, L = 50", Role::Measurement, sampled(3.0)),
        ],
    }
}
