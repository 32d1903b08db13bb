//! What an assertion comes down to: a comparison at each point, a shape along an axis, or other claims.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::Evidence;
use crate::formula::{Expression, Formula};
use crate::maths::Enclosure;
use crate::stats::{Relation, slope};

/// What is to be measured and how it is decided.
#[derive(Clone, Debug)]
pub enum Plan {
    /// At every point of the grid: a value against a bound.
    Pointwise(Comparison),
    /// Along one axis of the grid, for every combination of the others.
    Series(SeriesPlan),
    /// No measurement: the verdict is that of other claims.
    Claims(Vec<String>),
}

/// A value against a bound.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What is measured.
    pub value: Formula,
    /// How it must stand.
    pub relation: Relation,
    /// To what.
    pub bound: Formula,
    /// Half-width of the band for [`Relation::Within`].
    pub margin: Option<Formula>,
}

/// A shape along an axis.
#[derive(Clone, Debug)]
pub struct SeriesPlan {
    /// What is measured at each point.
    pub value: Formula,
    /// The axis.
    pub over: String,
    /// What is made of the series.
    pub shape: Shape,
    /// How that must stand.
    pub relation: Relation,
    /// To what (parameters only).
    pub bound: Formula,
    /// Half-width of the band for [`Relation::Within`].
    pub margin: Option<Formula>,
}

/// What is made of a series of measured values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Least-squares slope of `ln value` against `ln axis`.
    LogLogSlope,
    /// Smallest step between neighbours, upwards.
    SmallestRise,
    /// Smallest step between neighbours, downwards.
    SmallestFall,
    /// Largest `value · axis^order` on the second half of the axis, relative to the largest on the
    /// first half (the constant is fitted on the first, confirmed on the second).
    LimitConstant {
        /// The order `r` of `value ≤ C · axis^{-r}`.
        order: f64,
    },
}

impl Shape {
    /// The number that the shape makes of a series of (abscissa, value), as an enclosure.
    ///
    /// # Errors
    /// Too few points, or values outside a logarithm's domain, in words.
    pub fn measure(&self, series: &[(f64, Enclosure)]) -> Result<Enclosure, String> {
        if series.len() < 2 {
            return Err("the axis has fewer than two informative points".into());
        }
        match self {
            Self::LogLogSlope => log_log_slope(series),
            Self::SmallestRise => Ok(smallest_step(series, 1.0)),
            Self::SmallestFall => Ok(smallest_step(series, -1.0)),
            Self::LimitConstant { order } => limit_constant(series, *order),
        }
    }

    /// Strongest evidence that a shape can be: a fitted exponent is never more than scaling.
    pub const fn strongest(&self) -> Evidence {
        match self {
            Self::LogLogSlope | Self::LimitConstant { .. } => Evidence::Scaling,
            Self::SmallestRise | Self::SmallestFall => Evidence::Exact,
        }
    }

    /// The fewest points that mean anything.
    pub const fn fewest_points(&self) -> usize {
        match self {
            Self::LimitConstant { .. } => 4,
            Self::LogLogSlope => 3,
            _ => 2,
        }
    }
}

fn log_log_slope(series: &[(f64, Enclosure)]) -> Result<Enclosure, String> {
    let mut abscissae = Vec::with_capacity(series.len());
    let mut logs = Vec::with_capacity(series.len());
    for (x, y) in series {
        if *x <= 0.0 || y.lo <= 0.0 {
            return Err(format!(
                "no logarithm of the value {} in [{}, {}] at {x}",
                y.value, y.lo, y.hi
            ));
        }
        abscissae.push(x.ln());
        let ends = (y.lo.ln().next_down().next_down(), y.hi.ln().next_up().next_up());
        logs.push(Enclosure { value: y.value.ln(), lo: ends.0, hi: ends.1 });
    }
    let fit = slope(&abscissae, &logs);
    match fit.weights.is_empty() {
        true => Err("the axis has no two different values".into()),
        false => Ok(fit.slope),
    }
}

fn smallest_step(series: &[(f64, Enclosure)], sign: f64) -> Enclosure {
    let mut smallest = Enclosure::point(f64::INFINITY);
    for pair in series.windows(2) {
        let (a, b) = if sign > 0.0 { (pair[0].1, pair[1].1) } else { (pair[1].1, pair[0].1) };
        smallest.value = smallest.value.min(b.value - a.value);
        smallest.lo = smallest.lo.min((b.lo - a.hi).next_down());
        smallest.hi = smallest.hi.min((b.hi - a.lo).next_up());
        if b.value.is_nan() || a.value.is_nan() {
            return Enclosure::UNKNOWN;
        }
    }
    smallest
}

fn limit_constant(series: &[(f64, Enclosure)], order: f64) -> Result<Enclosure, String> {
    let scaled: Vec<Enclosure> = series
        .iter()
        .map(|(x, y)| {
            let factor = x.powf(order);
            Enclosure { value: y.value * factor, lo: y.lo * factor, hi: y.hi * factor }
        })
        .collect();
    let (pilot, confirm) = scaled.split_at(series.len() / 2);
    let largest = |part: &[Enclosure]| {
        part.iter().fold(Enclosure::point(f64::NEG_INFINITY), |acc, e| Enclosure {
            value: acc.value.max(e.value),
            lo: acc.lo.max(e.lo),
            hi: acc.hi.max(e.hi),
        })
    };
    let (constant, reached) = (largest(pilot), largest(confirm));
    if constant.lo <= 0.0 {
        return Err("the fitted constant is not known to be positive".into());
    }
    Ok(Enclosure {
        value: reached.value / constant.value,
        lo: (reached.lo / constant.hi).next_down(),
        hi: (reached.hi / constant.lo).next_up(),
    })
}

/// The right-hand side of kinds that allow a bound on either side or a target with a margin.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Target {
    /// Upper bound.
    #[serde(default)]
    pub at_most: Option<Expression>,
    /// Lower bound.
    #[serde(default)]
    pub at_least: Option<Expression>,
    /// Target; needs `margin`.
    #[serde(default)]
    pub target: Option<Expression>,
    /// Largest departure from `target` that counts as equal.
    #[serde(default)]
    pub margin: Option<Expression>,
}

impl Target {
    /// Relation, bound and margin.
    ///
    /// # Errors
    /// Not exactly one of the three forms.
    pub fn resolve(&self) -> Result<(Relation, Formula, Option<Formula>), String> {
        match (&self.at_most, &self.at_least, &self.target, &self.margin) {
            (Some(bound), None, None, None) => Ok((Relation::AtMost, bound.0.clone(), None)),
            (None, Some(bound), None, None) => Ok((Relation::AtLeast, bound.0.clone(), None)),
            (None, None, Some(target), Some(margin)) => {
                Ok((Relation::Within, target.0.clone(), Some(margin.0.clone())))
            }
            _ => Err("give exactly one of `at-most`, `at-least`, or `target` with `margin`".into()),
        }
    }

    /// The formulas with their fields.
    pub fn formulas(&self) -> Vec<(&'static str, &Formula)> {
        let fields = [
            ("at-most", &self.at_most),
            ("at-least", &self.at_least),
            ("target", &self.target),
            ("margin", &self.margin),
        ];
        let present =
            fields.into_iter().filter_map(|(field, value)| Some((field, value.as_ref()?)));
        present.map(|(field, value)| (field, &value.0)).collect()
    }
}

/// A formula that wraps others: `wrap("mean", &[of])` is `mean(of)`.
///
/// # Errors
/// The result is too long to be a formula.
pub fn wrap(function: &str, arguments: &[&Formula]) -> Result<Formula, String> {
    let arguments: Vec<String> = arguments.iter().map(|formula| formula.canonical()).collect();
    parse(&format!("{function}({})", arguments.join(", ")))
}

/// A formula from generated text.
///
/// # Errors
/// The text is no formula, in words.
pub fn parse(text: &str) -> Result<Formula, String> {
    Formula::parse(text).map_err(|error| error.message)
}
