//! Plots as inline SVG: `plotters` lays out and draws, a backend of our own writes style classes
//! in place of colours, so that one stylesheet serves light, dark and paper.
//!
//! Series differ in colour, in shape (markers, dashes) and in name; what is drawn is thinned to
//! [`LIMIT`] points a series, the tables beside the page hold all of them.

mod backend;
mod draw;
mod field;
mod legend;
mod scale;

use std::fmt::Write as _;

pub use legend::{Entry, common_note, entries};

use crate::markup::{markdown, mathml};
use crate::results::{Axis, Plot, Role};

/// Points drawn of one series at most.
pub const LIMIT: usize = 250;
/// Size of the drawing in its own units; the page scales it.
pub const SIZE: (u32, u32) = (640, 360);

/// Kinds of line and shape, as classes of the stylesheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    Grid,
    Axis,
    Label,
    Theory,
    Bound,
    Reference,
    Error,
    Mark,
    Bar,
    Band,
    Cell,
}

impl Ink {
    const ALL: [Self; 11] = [
        Self::Grid,
        Self::Axis,
        Self::Label,
        Self::Theory,
        Self::Bound,
        Self::Reference,
        Self::Error,
        Self::Mark,
        Self::Bar,
        Self::Band,
        Self::Cell,
    ];

    /// The first so many inks are those of the axes, which do not move with the data.
    const STILL: usize = 3;

    const fn class(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Axis => "axis",
            Self::Label => "label",
            Self::Theory => "theory",
            Self::Bound => "bound",
            Self::Reference => "reference",
            Self::Error => "error-bar",
            Self::Mark => "mark",
            Self::Bar => "bar",
            Self::Band => "band",
            Self::Cell => "cell",
        }
    }

    /// The line of a series' role.
    const fn line(role: Role) -> Self {
        match role {
            Role::Theory => Self::Theory,
            Role::Bound => Self::Bound,
            Role::Reference => Self::Reference,
            Role::Measurement => Self::Error,
            Role::Histogram => Self::Bar,
        }
    }
}

/// Colours of series; the stylesheet has as many.
const COLOURS: usize = 6;

/// The plot as an SVG element. `name` makes its ids unique within the page.
///
/// # Errors
/// If the drawing library refuses; data never makes it.
pub fn svg(plot: &Plot, name: &str) -> anyhow::Result<String> {
    let draw::Drawn { attributes, body } = draw::draw(plot)?;
    let (width, height) = SIZE;
    let mut out = String::new();
    write!(
        out,
        "<svg class=\"plot\" viewBox=\"0 0 {width} {height}\"{attributes} role=\"img\" \
         aria-labelledby=\"{name}-t {name}-d\"><title id=\"{name}-t\">{}</title>\
         <desc id=\"{name}-d\">{}</desc>{body}</svg>",
        mathml::escape(&markdown::plain(&plot.title)),
        mathml::escape(&description(plot)),
    )?;
    Ok(out)
}

/// What a reader who doesn't see the plot must know.
fn description(plot: &Plot) -> String {
    let axis = |axis: &Axis| {
        let scale = if axis.log { " (logarithmic)" } else { "" };
        format!("{}{scale}", markdown::plain(&axis.label))
    };
    let mut text = format!(
        "{} Horizontal: {}. Vertical: {}.",
        markdown::plain(&plot.caption),
        axis(&plot.x),
        axis(&plot.y)
    );
    if let Some(field) = &plot.field {
        write!(text, " Colour: {}, {} cells.", axis(&field.z), field.cells.len()).ok();
    }
    if plot.series.is_empty() {
        return text;
    }
    text.push_str(" Series:");
    for (i, series) in plot.series.iter().enumerate() {
        let what = match series.role {
            Role::Theory => "solid line",
            Role::Bound => "dashed line",
            Role::Measurement => "points with intervals",
            Role::Histogram => "bars",
            Role::Reference => "dotted line",
        };
        let comma = if i > 0 { ";" } else { "" };
        let name = markdown::plain(&series.name);
        write!(text, "{comma} {name} ({what}, {} points)", series.points.len()).ok();
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::Enclosure;
    use crate::results::Series;

    fn plot(role: Role, points: Vec<(f64, Enclosure)>) -> Plot {
        let axis = |log| Axis { label: "x <&> $n$".into(), log };
        let series = vec![Series { name: "a".into(), role, points }];
        Plot {
            title: "T".into(),
            caption: "C.".into(),
            x: axis(false),
            y: axis(true),
            field: None,
            series,
        }
    }

    fn decades() -> Vec<(f64, Enclosure)> {
        (0..2000)
            .map(|i| (f64::from(i), Enclosure::point(10f64.powf(-f64::from(i) / 100.0))))
            .collect()
    }

    #[test]
    fn a_curve_is_thinned_classed_and_uncoloured() {
        let svg = svg(&plot(Role::Theory, decades()), "p").unwrap();
        let (_, line) = svg.split_once("<g class=\"theory s0\">").unwrap();
        let path = line.strip_prefix("<path d=\"").unwrap().split('"').next().unwrap();
        assert_eq!(path.matches(['M', 'l', 'h', 'v']).count(), LIMIT);
        assert_eq!(svg.matches("<g class=\"grid\">").count(), 1);
        for colour in ["fill=", "stroke=", "style=", "#"] {
            assert!(!svg.contains(colour), "{colour}");
        }
        assert!(svg.contains("10⁻¹²") && svg.contains("x &lt;&amp;&gt; n"), "{svg}");
    }

    #[test]
    fn a_missing_value_breaks_the_line() {
        let mut points = decades()[..10].to_vec();
        points[5].1 = Enclosure::UNKNOWN;
        let svg = svg(&plot(Role::Bound, points), "p").unwrap();
        let (_, line) = svg.split_once("<g class=\"bound s0\">").unwrap();
        assert_eq!(line.split("</g>").next().unwrap().matches("<path").count(), 2);
    }

    #[test]
    fn points_without_a_place_are_told() {
        let mut points = decades()[..10].to_vec();
        let note = |points: &[_]| entries(&plot(Role::Theory, points.to_vec()))[0].note.clone();
        assert_eq!(note(&points), "");
        points[5].1 = Enclosure::UNKNOWN;
        points[6].1 = Enclosure::point(0.0);
        assert_eq!(note(&points), "2 of 10 points can't be drawn on this scale");
        points.iter_mut().for_each(|point| point.1 = Enclosure::UNKNOWN);
        assert!(note(&points).starts_with("no point can be drawn"));
    }

    #[test]
    fn an_interval_without_ends_hides_nothing_and_is_told() {
        let mut points = decades()[..10].to_vec();
        for (_, y) in &mut points {
            (y.lo, y.hi) = (f64::NEG_INFINITY, f64::INFINITY);
        }
        for role in [Role::Reference, Role::Measurement] {
            let mut plot = plot(role, points.clone());
            let svg = svg(&plot, "p").unwrap();
            assert!(!svg.contains("class=\"band") && !svg.contains("class=\"error-bar"), "{svg}");
            assert_eq!(entries(&plot)[0].note, "no interval at any point");
            plot.series.push(plot.series[0].clone());
            let mut both = entries(&plot);
            assert_eq!(common_note(&mut both), "no interval at any point");
            assert!(both.iter().all(|entry| entry.note.is_empty()));
            plot.series[1].points.truncate(9);
            plot.series[1].points[0].1 = Enclosure::point(1.0);
            let mut both = entries(&plot);
            assert_eq!(common_note(&mut both), "");
            assert_eq!(both[1].note, "no interval at 8 points");
        }
    }

    #[test]
    fn an_interval_far_wider_than_the_values_does_not_rule_the_axis() {
        let points = |half| -> Vec<(f64, Enclosure)> {
            (0..10).map(|i| (f64::from(i), Enclosure::with_error(f64::from(i), half))).collect()
        };
        let mut far = plot(Role::Measurement, points(1e8));
        far.y.log = false;
        let (_, axis) = scale::axes(&far);
        assert!(axis.lo > -2.0 && axis.hi < 11.0, "{axis:?}");
        assert!(!svg(&far, "p").unwrap().contains("class=\"error-bar"));
        assert_eq!(entries(&far)[0].note, "no interval that fits the drawing at any point");
        // Wide but to be seen: the axis makes room.
        let mut wide = plot(Role::Measurement, points(200.0));
        wide.y.log = false;
        let (_, axis) = scale::axes(&wide);
        assert!(axis.lo < -200.0 && axis.hi > 209.0, "{axis:?}");
        assert!(svg(&wide, "p").unwrap().contains("class=\"error-bar"));
        assert_eq!(entries(&wide)[0].note, "");
    }

    #[test]
    fn measurements_have_bars_and_marks_inside_the_drawing() {
        let wide = Enclosure { value: 1e-3, lo: 0.0, hi: f64::INFINITY };
        let svg =
            svg(&plot(Role::Measurement, vec![(1.0, wide), (2.0, Enclosure::point(1.0))]), "p");
        let svg = svg.unwrap();
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("class=\"error-bar s0\""));
        for number in svg.split(['M', ',', '"', 'v', 'h']).filter_map(|n| n.parse::<f64>().ok()) {
            assert!((-360.0..=640.0).contains(&number), "{number}");
        }
        // Strokes go by steps: both ends are inside.
        for path in svg.split(" d=\"M").skip(1) {
            for stroke in path.split('"').next().unwrap().split('M') {
                let (start, step) = stroke.split_once(['v', 'h']).unwrap();
                let (x, y) = start.split_once(',').unwrap();
                let [x, y, step] = [x, y, step].map(|n| n.parse::<f64>().unwrap());
                let end = if stroke.contains('v') { (x, y + step) } else { (x + step, y) };
                for (x, y) in [(x, y), end] {
                    assert!((0.0..=640.0).contains(&x) && (0.0..=360.0).contains(&y), "{stroke}");
                }
            }
        }
    }

    #[test]
    fn every_odd_plot_is_drawn() {
        for role in [Role::Theory, Role::Measurement, Role::Histogram, Role::Reference] {
            for y in [f64::NAN, 0.0, -1.0, f64::MAX, f64::MIN_POSITIVE] {
                let points =
                    vec![(y, Enclosure::point(y)), (f64::MIN, Enclosure::with_error(y, 1.0))];
                let mut plot = plot(role, points);
                for log in [true, false] {
                    plot.x.log = log;
                    plot.y.log = !log;
                    assert!(svg(&plot, "p").unwrap().ends_with("</svg>"));
                }
            }
        }
    }
}
