//! Axes: what range is drawn, where the ticks stand, what they say.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::markup::number;
use crate::results::{Plot, Role};

/// One axis: data are mapped (by `log₁₀` if it is logarithmic), then drawn linearly.
#[derive(Clone, Debug)]
pub struct Scale {
    log: bool,
    /// Ends of the axis, in mapped units.
    pub lo: f64,
    /// See `lo`.
    pub hi: f64,
    /// Ticks, in mapped units.
    pub ticks: Vec<f64>,
}

/// Largest magnitude drawn: differences of two such numbers are still finite.
const HUGE: f64 = 1e300;

impl Scale {
    /// An axis that holds `values`; `zero` asks for the origin to be on it.
    pub fn new(log: bool, values: impl Iterator<Item = f64>, zero: bool) -> Self {
        let mut scale = Self { log, lo: f64::INFINITY, hi: f64::NEG_INFINITY, ticks: Vec::new() };
        let origin = (zero && !log).then_some(0.0);
        for mapped in values.chain(origin).filter_map(|x| map(log, x)) {
            scale.lo = scale.lo.min(mapped);
            scale.hi = scale.hi.max(mapped);
        }
        if scale.lo > scale.hi {
            (scale.lo, scale.hi) = (0.0, 1.0);
        }
        if scale.hi - scale.lo <= 1e-12 * scale.hi.abs().max(scale.lo.abs()) {
            let widen = if log || scale.hi == 0.0 { 0.5 } else { 0.1 * scale.hi.abs() };
            scale.lo -= widen;
            scale.hi += widen;
        }
        let pad = 0.04 * (scale.hi - scale.lo);
        let at_origin = zero && !log && scale.lo == 0.0;
        Self::between(log, scale.lo - if at_origin { 0.0 } else { pad }, scale.hi + pad)
    }

    /// An axis from `lo` to `hi`, both in mapped units.
    pub fn between(log: bool, lo: f64, hi: f64) -> Self {
        let ticks = if log { log_ticks(lo, hi) } else { nice_ticks(lo, hi) };
        Self { log, lo, hi, ticks }
    }

    /// Place of a value on the axis; `None` if it has none.
    pub fn place(&self, x: f64) -> Option<f64> {
        map(self.log, x)
    }

    /// Place of an end of an interval: beyond the axis it is drawn to the edge.
    pub fn clamp(&self, x: f64) -> f64 {
        let mapped = if self.log && x <= 0.0 { f64::NEG_INFINITY } else { x };
        let mapped = if self.log && mapped > 0.0 { mapped.log10() } else { mapped };
        if mapped.is_nan() { self.lo } else { mapped.clamp(self.lo, self.hi) }
    }

    /// Whether an end of an interval is to be seen: on the axis, or at the edge of a logarithmic one, which makes room for all
    /// ends that it can.
    pub fn holds(&self, end: f64) -> bool {
        end.is_finite() && (self.log || (self.lo..=self.hi).contains(&end))
    }

    /// A tick's label.
    pub fn label(&self, tick: f64) -> String {
        if !self.log {
            // A tick that should be zero may be a rounding error away from it.
            let tiny = tick.abs() < 1e-9 * (self.hi - self.lo);
            return number::short(if tiny { 0.0 } else { tick });
        }
        number::short(10f64.powf(tick))
    }
}

/// For plotters an axis is linear in mapped units, with our ticks and labels.
impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, mapped: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (mapped - self.lo) / (self.hi - self.lo);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // No light lines between the ticks' lines.
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.lo..self.hi
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, tick: &f64) -> String {
        self.label(*tick)
    }
}

/// Whether a value can be drawn on some axis of this kind.
pub fn has_place(log: bool, x: f64) -> bool {
    map(log, x).is_some()
}

fn map(log: bool, x: f64) -> Option<f64> {
    let mapped = if log {
        if x <= 0.0 {
            return None;
        }
        x.log10()
    } else {
        x.clamp(-HUGE, HUGE)
    };
    (x.is_finite() && mapped.is_finite()).then_some(mapped)
}

/// About six round numbers (steps of 1, 2 or 5 times a power of ten).
fn nice_ticks(lo: f64, hi: f64) -> Vec<f64> {
    let rough = (hi - lo) / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough);
    let step = step.unwrap_or(rough);
    let first = (lo / step).ceil();
    let ticks = (0..12).map(|i| (first + f64::from(i)) * step);
    ticks.take_while(|tick| *tick <= hi).collect()
}

/// Powers of ten; between them 2 and 5 if few fit; round numbers if none does.
fn log_ticks(lo: f64, hi: f64) -> Vec<f64> {
    let span = hi - lo;
    if span < 0.7 {
        let ticks = nice_ticks(10f64.powf(lo), 10f64.powf(hi));
        return ticks.into_iter().filter(|t| *t > 0.0).map(f64::log10).collect();
    }
    let parts: &[f64] = if span < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let step = (span / 7.0).ceil().max(1.0);
    let first = (lo / step).floor() * step;
    let decades = (0..12).map(|i| first + f64::from(i) * step);
    let ticks = decades.flat_map(|d| parts.iter().map(move |part| d + part.log10()));
    ticks.filter(|tick| (lo..=hi).contains(tick)).collect()
}

/// Ends of intervals rule a linear axis as far as this many times the span of the values: an interval a thousand times
/// as wide as all that is measured (two seeds at a small error probability) would press the values into one line.
const REACH: f64 = 1000.0;

/// The two axes of a plot of series.
pub fn axes(plot: &Plot) -> (Scale, Scale) {
    let points = || plot.series.iter().flat_map(|series| &series.points);
    let bars = plot.series.iter().any(|series| series.role == Role::Histogram);
    let seen = points().filter(|(_, y)| y.value.is_finite());
    let x = Scale::new(plot.x.log, seen.map(|(x, _)| *x), false);
    let drawn = |x: f64| map(plot.x.log, x).is_some();
    let seen = || points().filter(|(x, y)| drawn(*x) && y.value.is_finite()).map(|(_, y)| y);
    let least = seen().map(|y| y.value).fold(f64::INFINITY, f64::min);
    let most = seen().map(|y| y.value).fold(f64::NEG_INFINITY, f64::max);
    let reach = match REACH * (most - least) {
        reach if reach > 0.0 && !plot.y.log => reach,
        _ => f64::INFINITY,
    };
    let within = move |end: &f64| (least - reach..=most + reach).contains(end);
    let values = seen()
        .flat_map(|y| std::iter::once(y.value).chain([y.lo, y.hi].into_iter().filter(within)));
    (x, Scale::new(plot.y.log, values, bars))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<String> {
        scale.ticks.iter().map(|tick| scale.label(*tick)).collect()
    }

    #[test]
    fn ticks_are_round_numbers_inside_the_axis() {
        let linear = Scale::new(false, [0.0, 100.0].into_iter(), false);
        assert_eq!(labels(&linear), ["0", "50", "100"]);
        let log = Scale::new(true, [1e-12, 1.0].into_iter(), false);
        assert_eq!(labels(&log), ["10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "0.0001", "0.01", "1"]);
        let short = Scale::new(true, [10.0, 300.0].into_iter(), false);
        assert_eq!(labels(&short), ["10", "20", "50", "100", "200"]);
    }

    #[test]
    fn odd_data_still_give_an_axis() {
        let nothing = [f64::NAN, f64::INFINITY, -1.0, 0.0];
        for (log, values) in [(true, &nothing[..]), (false, &nothing[..1]), (false, &[7.0])] {
            let scale = Scale::new(log, values.iter().copied(), false);
            assert!(scale.lo < scale.hi && !scale.ticks.is_empty(), "{scale:?}");
        }
        let wide = Scale::new(false, [f64::MIN, f64::MAX].into_iter(), false);
        assert!((wide.hi - wide.lo).is_finite());
    }

    #[test]
    fn ends_beyond_a_logarithmic_axis_stop_at_its_edge() {
        let scale = Scale::new(true, [1e-3, 1.0].into_iter(), false);
        assert_eq!(scale.clamp(0.0), scale.lo);
        assert_eq!(scale.clamp(f64::INFINITY), scale.hi);
        assert_eq!(scale.place(0.0), None);
    }
}
