//! Plots of the fixture: one on logarithmic axes, one histogram, one with few points, a heat map; and pictures.

use claimcheck::experiment::Picture;
use claimcheck::maths::Enclosure;
use claimcheck::results::{Axis, Field, Gallery, GalleryRow, Plot, Point, Role, Series, Shown};

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
        field: None,
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
        field: None,
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
        field: None,
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

/// A heat map with a transition line over it, and cells without a value.
pub fn phases() -> Plot {
    let value = |x: f64, y: f64| if x + y > 1.8 { f64::NAN } else { (6.0 * x * y).exp() };
    let steps = || (0..16).map(|i| f64::from(i) / 15.0);
    let cells = steps().flat_map(|x| steps().map(move |y| (x, y, Enclosure::point(value(x, y)))));
    Plot {
        title: "Loss over the plane of variances".into(),
        caption: "The line is where theory puts the transition.".into(),
        x: axis("weight variance", false),
        y: axis("bias variance", false),
        field: Some(Field { z: axis("loss", true), cells: cells.collect() }),
        series: vec![series("transition", Role::Theory, curve(0.0..1.0, 40, |x| 1.0 - x * x))],
    }
}

/// Two rows of small pictures, one of them missing.
pub fn gallery() -> Gallery {
    let picture = |phase: f32| {
        let pixel =
            |i: usize| (0.4 * (i % 12) as f32 + phase).sin() * (0.3 * (i / 12) as f32).cos();
        Picture::grey(12, 12, &(0..144).map(|i| 0.5 + 0.5 * pixel(i)).collect::<Vec<_>>()).ok()
    };
    let shown = |i: u8, picture: Option<Picture>| {
        let mut at = Point::new();
        at.insert("image".into(), i.into());
        let missing = picture.is_none().then(|| "not measured".to_string());
        Shown { at, picture, note: Some(0.1 * f64::from(i)), missing }
    };
    let row = |name: &str, shift: f32| GalleryRow {
        name: name.into(),
        pictures: (0..4).map(|i| shown(i, picture(shift + f32::from(i)))).collect(),
    };
    let mut rows = vec![row("original", 0.0), row("reconstruction", 0.4)];
    rows[1].pictures[3] = shown(3, None);
    Gallery {
        title: "Images and their reconstructions".into(),
        caption: "Below each the relative error $\\|x-\\hat x\\|/\\|x\\|$.".into(),
        rows,
    }
}
