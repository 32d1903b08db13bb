//! Inclusion, held against random points and against values from mpmath (60 digits), each given as
//! the nearest double and the rest.

use proptest::prelude::*;

use super::*;

type Function = fn(Interval) -> Interval;
type Real = fn(f64) -> f64;

/// Whether the exact number `nearest + rest` lies inside.
fn holds(x: Interval, nearest: f64, rest: f64) -> bool {
    let above = nearest > x.lo || (nearest == x.lo && rest >= 0.0);
    let below = nearest < x.hi || (nearest == x.hi && rest <= 0.0);
    above && below
}

#[rustfmt::skip]
#[allow(clippy::approx_constant)]
const REFERENCE: &[(&str, Function, f64, f64, f64)] = &[
    ("exp", Interval::exp, -745.5, 0.0, 0.0),
    ("exp", Interval::exp, -30.25, 7.287724095819692e-14, 2.3339070041631973e-30),
    ("exp", Interval::exp, -1e-09, 0.999999999, -2.778193152587354e-17),
    ("exp", Interval::exp, 1e-20, 1.0, 1e-20),
    ("exp", Interval::exp, 0.5, 1.6487212707001282, -4.731568479435833e-17),
    ("exp", Interval::exp, 1.0, 2.718281828459045, 1.4456468917292502e-16),
    ("exp", Interval::exp, 10.125, 24959.255641914595, -1.052358188193764e-12),
    ("exp", Interval::exp, 700.75, 2.1471292767231117e+304, 2.0061165078046433e+287),
    ("ln", Interval::ln, 5e-324, -744.4400719213812, -4.422444340918698e-14),
    ("ln", Interval::ln, 1e-09, -20.72326583694641, -6.485730665985714e-16),
    ("ln", Interval::ln, 0.5, -0.6931471805599453, -2.3190468138462996e-17),
    ("ln", Interval::ln, 0.9999999, -1.0000000494736474e-07, -5.529865283193222e-24),
    ("ln", Interval::ln, 1.0000001, 9.999999505838704e-08, 1.5249709528441489e-24),
    ("ln", Interval::ln, 3.0, 1.0986122886681098, -9.07129723500153e-17),
    ("ln", Interval::ln, 1e+300, 690.7755278982137, 2.3747660028800243e-14),
    ("ln_1p", Interval::ln_1p, -0.999, -6.907755278982136, -2.369515526854508e-16),
    ("ln_1p", Interval::ln_1p, -1e-17, -1e-17, -5.000000000000001e-35),
    ("ln_1p", Interval::ln_1p, 1e-10, 9.999999999500001e-11, -3.389513322121794e-27),
    ("ln_1p", Interval::ln_1p, 0.5, 0.4054651081081644, -2.8811380259626426e-18),
    ("ln_1p", Interval::ln_1p, 10000000000.0, 23.025850930040455, 1.3736784183183428e-15),
    ("exp_m1", Interval::exp_m1, -50.0, -1.0, 1.9287498479639178e-22),
    ("exp_m1", Interval::exp_m1, -1e-17, -1e-17, 5.000000000000001e-35),
    ("exp_m1", Interval::exp_m1, 1e-10, 1.00000000005e-10, 3.3900133221217734e-27),
    ("exp_m1", Interval::exp_m1, 0.5, 0.6487212707001282, -4.731568479435833e-17),
    ("exp_m1", Interval::exp_m1, 20.0, 485165194.4097903, 4.880277289790406e-10),
    ("sin", Interval::sin, -100.0, 0.5063656411097588, 3.050947053792115e-18),
    ("sin", Interval::sin, 1e-08, 1e-08, -1.6666666666666668e-25),
    ("sin", Interval::sin, 0.5, 0.479425538604203, -5.103969860556013e-18),
    ("sin", Interval::sin, 3.141592653589793, 1.2246467991473532e-16, -2.99476980971834e-33),
    ("sin", Interval::sin, 22.0, -0.008851309290403876, 2.8485303089220057e-19),
    ("sin", Interval::sin, 10000000000.0, -0.4875060250875107, -1.665199285246269e-17),
    ("cos", Interval::cos, -100.0, 0.8623188722876839, 4.334809858136501e-17),
    ("cos", Interval::cos, 1e-08, 1.0, -5e-17),
    ("cos", Interval::cos, 1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33),
    ("cos", Interval::cos, 3.0, -0.9899924966004454, -4.2060261566099734e-17),
    ("cos", Interval::cos, 10000000000.0, 0.873119622676856, -5.41448904944852e-17),
    ("tan", Interval::tan, -1.5, -14.101419947171719, -6.270315165067482e-16),
    ("tan", Interval::tan, 1e-08, 1e-08, 3.3333333333333335e-25),
    ("tan", Interval::tan, 1.5707, 10381.327417569786, 4.66581658995491e-13),
    ("tan", Interval::tan, 3.0, -0.1425465430742778, -1.3870349067877843e-18),
    ("atan", Interval::atan, -10000000000.0, -1.5707963266948965, -6.950637705727703e-17),
    ("atan", Interval::atan, -0.3, -0.2914567944778671, 1.6448555435075034e-17),
    ("atan", Interval::atan, 1e-09, 1e-09, -3.3333333333333338e-28),
    ("atan", Interval::atan, 0.5, 0.4636476090008061, 2.2698777452961687e-17),
    ("atan", Interval::atan, 7.0, 1.4288992721907328, -6.457134743238754e-17),
    ("acos", Interval::acos, -0.999999, 3.1401784399095485, 1.7326678110313857e-16),
    ("acos", Interval::acos, -0.3, 1.8754889808102941, -2.1748551325047183e-17),
    ("acos", Interval::acos, 1e-09, 1.5707963257948967, -7.807189403102154e-17),
    ("acos", Interval::acos, 0.5, 1.0471975511965979, -1.072081766451091e-16),
    ("acos", Interval::acos, 0.9999999999, 1.4142136208911564e-05, -2.2842444927957235e-22),
    ("tanh", Interval::tanh, -30.0, -1.0, 1.751302152539304e-26),
    ("tanh", Interval::tanh, -0.3, -0.2913126124515909, 6.4602656586469586e-18),
    ("tanh", Interval::tanh, 1e-09, 1e-09, -3.3333333333333338e-28),
    ("tanh", Interval::tanh, 0.5, 0.46211715726000974, 2.1916603238260928e-17),
    ("tanh", Interval::tanh, 5.0, 0.9999092042625951, 2.298523750966507e-17),
    ("sinh", Interval::sinh, -30.0, -5343237290762.231, 0.0003718172657214174),
    ("sinh", Interval::sinh, -0.3, -0.3045202934471426, -9.177343117072388e-18),
    ("sinh", Interval::sinh, 1e-09, 1e-09, 1.6666666666666669e-28),
    ("sinh", Interval::sinh, 0.5, 0.5210953054937474, -2.3328183476404597e-17),
    ("sinh", Interval::sinh, 5.0, 74.20321057778875, 6.687957117824193e-15),
    ("cosh", Interval::cosh, -30.0, 5343237290762.231, -0.0003718172656278412),
    ("cosh", Interval::cosh, -0.3, 1.0453385141288605, 7.371812611119388e-18),
    ("cosh", Interval::cosh, 1e-09, 1.0, 5e-19),
    ("cosh", Interval::cosh, 0.5, 1.1276259652063807, 8.703480114456192e-17),
    ("cosh", Interval::cosh, 5.0, 74.20994852478785, -3.2016056277777725e-15),
    ("erf", Interval::erf, -3.0, -0.9999779095030014, -5.363397058636269e-17),
    ("erf", Interval::erf, -0.3, -0.3286267594591274, -2.2908254446982777e-17),
    ("erf", Interval::erf, 1e-09, 1.1283791670955127e-09, -1.624992790279848e-26),
    ("erf", Interval::erf, 0.5, 0.5204998778130465, 1.900077467916287e-17),
    ("erf", Interval::erf, 0.84375, 0.7672256612323416, 3.982733307777803e-17),
    ("erf", Interval::erf, 1.25, 0.9229001282564583, -5.51775442986392e-17),
    ("erf", Interval::erf, 5.5, 0.9999999999999927, -3.03759554483649e-17),
    ("erfc", Interval::erfc, -3.0, 1.9999779095030015, -5.738833187615296e-17),
    ("erfc", Interval::erfc, -0.3, 1.3286267594591274, -3.2602896784275053e-17),
    ("erfc", Interval::erfc, 0.5, 0.4795001221869535, -1.900077467916287e-17),
    ("erfc", Interval::erfc, 0.84375, 0.23277433876765838, -1.207175746214912e-17),
    ("erfc", Interval::erfc, 1.25, 0.07709987174354177, -3.3360693261863044e-19),
    ("erfc", Interval::erfc, 2.857142857142857, 5.3312311388322795e-05, -3.6204312220207046e-22),
    ("erfc", Interval::erfc, 10.0, 2.088487583762545e-45, -1.2006565763501381e-61),
    ("erfc", Interval::erfc, 26.0, 5.663192408856143e-296, -3.454309640217e-312),
    ("normal_cdf", Interval::normal_cdf, -37.0, 5.725571222524577e-300, -2.8221921e-316),
    ("normal_cdf", Interval::normal_cdf, -10.0, 7.619853024160525e-24, 6.1543366579282245e-40),
    ("normal_cdf", Interval::normal_cdf, -1.0, 0.15865525393145705, 4.9468552901786335e-18),
    ("normal_cdf", Interval::normal_cdf, 0.3, 0.6179114221889527, -4.172211963776293e-17),
    ("normal_cdf", Interval::normal_cdf, 2.0, 0.9772498680518208, 1.3849763108389696e-18),
    ("normal_cdf", Interval::normal_cdf, 6.0, 0.9999999990134123, 5.538678126725596e-17),
    ("gamma", Interval::gamma, 1e-09, 999999999.4227843, -5.4654761683340874e-08),
    ("gamma", Interval::gamma, 0.1, 9.51350769866873, 7.024723067503411e-16),
    ("gamma", Interval::gamma, 0.5, 1.772453850905516, -7.666586499825799e-17),
    ("gamma", Interval::gamma, 1.4616321449683622, 0.8856031944108887, -4.9642368725563397e-17),
    ("gamma", Interval::gamma, 2.5, 1.329340388179137, -1.9882475174356644e-18),
    ("gamma", Interval::gamma, 10.3, 716430.6890623764, 1.641409919496974e-11),
    ("gamma", Interval::gamma, 50.7, 9.385838593740124e+63, -1.0735545070983304e+47),
    ("gamma", Interval::gamma, 170.6, 9.295995953500918e+305, 8.441471199886798e+288),
    ("ln_gamma", Interval::ln_gamma, 1e-09, 20.723265836369194, 1.4813160757220326e-15),
    ("ln_gamma", Interval::ln_gamma, 0.1, 2.252712651734206, -8.214908571963665e-17),
    ("ln_gamma", Interval::ln_gamma, 0.5, 0.5723649429247001, 5.132975581353913e-18),
    ("ln_gamma", Interval::ln_gamma, 0.999999, 5.772164873855652e-07, 3.0872286255295187e-23),
    ("ln_gamma", Interval::ln_gamma, 1.000001, -5.772148423874147e-07, 4.520042459028197e-25),
    ("ln_gamma", Interval::ln_gamma, 1.4616321449683622, -0.12148629053584961, 3.3649914684731424e-18),
    ("ln_gamma", Interval::ln_gamma, 1.99999, -4.227811104241674e-06, 2.6715918737052335e-22),
    ("ln_gamma", Interval::ln_gamma, 2.00001, 4.22787559764836e-06, -1.7782592859837524e-22),
    ("ln_gamma", Interval::ln_gamma, 3.7, 1.428072326665388, 4.823204321026723e-17),
    ("ln_gamma", Interval::ln_gamma, 100.5, 361.4355404677776, -6.226945756445924e-15),
    ("ln_gamma", Interval::ln_gamma, 1000000.0, 12815504.569147611, 6.230802661575757e-10),
    ("ln_gamma", Interval::ln_gamma, 1000000000000000.0, 3.3538776394910668e+16, 0.9098202075695957),
    ("sqrt", Interval::sqrt, 2.0, 1.4142135623730951, -9.667293313452913e-17),
    ("sqrt", Interval::sqrt, 1e-300, 1e-150, 6.234187685431415e-168),
    ("sqrt", Interval::sqrt, 7.25e+200, 2.692582403567252e+100, -8.29279240739973e+83),
];

#[test]
fn functions_hold_the_reference_values_and_are_narrow() {
    for &(name, f, x, nearest, rest) in REFERENCE {
        let y = f(Interval::point(x));
        assert!(holds(y, nearest, rest), "{name}({x:e}) = {nearest:e} not in {y:?}");
        // Φ near −37 loses x²/2 ulps to the rounding of its argument: 1000 of them.
        // Elsewhere the widest allowance, 16 ulps and one for the rounding, on both sides: at most
        // 2·17·2⁻⁵² < 8e-15.
        let size = nearest.abs() * if name == "normal_cdf" { 1e-12 } else { 8e-15 };
        assert!(y.width() <= size + 1e-15, "{name}({x:e}) is too wide: {y:?}");
    }
}

#[test]
fn exact_arithmetic_stays_a_point() {
    let (one, three) = (Interval::point(1.0), Interval::point(3.0));
    assert_eq!((one + three) * three - one / Interval::point(4.0), Interval::point(11.75));
    assert_eq!(one - Interval::new(0.0, 1.0).square(), Interval::new(0.0, 1.0));
    // 1/3 lies strictly between neighbouring doubles.
    let third = one / three;
    assert_eq!(third.lo.next_up(), third.hi);
    assert!((third * three).contains(1.0));
    // 0.1 + 0.2 ≠ 0.3 in doubles, but the decimals are held.
    let (tenth, fifth) = (Interval::around(0.1), Interval::around(0.2));
    assert!((tenth + fifth).encloses(Interval::point(0.3)));
}

#[test]
fn division_near_zero() {
    let one = Interval::point(1.0);
    let through = Interval::new(-1.0, 2.0);
    assert_eq!(one / through, Interval::WHOLE);
    assert_eq!(through / through, Interval::WHOLE);
    // 1/−0 is −∞ in doubles, and zeros of both signs lie in [0, 4].
    assert_eq!(one / Interval::new(0.0, 4.0), Interval::WHOLE);
    assert_eq!(one / Interval::new(-4.0, 0.0), Interval::WHOLE);
    assert_eq!(one / Interval::point(0.0), Interval::WHOLE);
    assert!((Interval::point(0.0) / Interval::point(0.0)).is_undefined());
    // An infinite end is a bound, so nothing is lost by 0·∞.
    let half_line = Interval::new(1.0, f64::INFINITY);
    assert_eq!(half_line / half_line, Interval::new(0.0, f64::INFINITY));
    assert_eq!(half_line * Interval::new(0.0, 1.0), Interval::new(0.0, f64::INFINITY));
    assert!((Interval::point(f64::INFINITY) * Interval::point(0.0)).is_undefined());
    assert!((Interval::point(f64::INFINITY) - Interval::point(f64::INFINITY)).is_undefined());
}

#[test]
fn powers() {
    let x = Interval::new(-2.0, 1.0);
    assert_eq!(x.powi(2), Interval::new(0.0, 4.0));
    assert_eq!(x.powi(3), Interval::new(-8.0, 1.0));
    assert_eq!(x.powi(0), Interval::point(1.0));
    assert_eq!(x.powi(-1), Interval::WHOLE);
    assert_eq!(x.powi(-2), Interval::new(0.25, f64::INFINITY));
    assert_eq!(x.pow(Interval::point(2.0)), Interval::new(0.0, 4.0));
    assert!(x.pow(Interval::point(0.5)).is_undefined());
    let root = Interval::new(4.0, 9.0).pow(Interval::point(0.5));
    assert!(root.encloses(Interval::new(2.0, 3.0)) && root.width() < 1.0 + 1e-14);
    let box_ = Interval::new(0.5, 2.0).pow(Interval::new(-1.0, 3.0));
    assert!(box_.encloses(Interval::new(0.125, 8.0)) && box_.width() < 7.9);
}

#[test]
fn extrema_of_waves_are_found() {
    assert_eq!(Interval::new(1.0, 2.0).sin().hi, 1.0);
    assert!(Interval::new(1.0, 1.5).sin().hi < 1.0);
    assert_eq!(Interval::new(3.0, 3.5).cos().lo, -1.0);
    assert_eq!(Interval::new(-0.5, 0.5).cos().hi, 1.0);
    assert_eq!(Interval::new(0.0, 7.0).cos(), Interval::new(-1.0, 1.0));
    assert_eq!(Interval::new(1.0, 2.0).tan(), Interval::WHOLE);
    assert_eq!(Interval::new(1e16, 1e16).sin(), Interval::new(-1.0, 1.0));
}

#[test]
fn leaving_the_domain_is_undefined_and_undecided() {
    let x = Interval::new(-1.0, 4.0);
    for y in [x.sqrt(), x.ln(), x.gamma(), x.ln_gamma(), Interval::new(0.5, 1.5).acos()] {
        assert!(y.is_undefined() && y.contains(f64::NAN));
        assert_eq!(y.less(Interval::point(1e9)), None);
        assert_eq!((y + Interval::point(1.0)).at_most(Interval::WHOLE), None);
        assert!(y.hull(x).is_undefined() && y.max(x).is_undefined() && y.abs().is_undefined());
        assert!((y * Interval::point(0.0)).is_undefined());
        assert!(y.exp().is_undefined() && y.sin().is_undefined() && y.powi(2).is_undefined());
    }
    assert_eq!(Interval::new(0.0, 1.0).ln(), Interval::new(f64::NEG_INFINITY, 0.0));
    assert!(Interval::new(2.0, 1.0).is_undefined());
}

#[test]
fn the_valley_of_gamma_has_its_bottom() {
    let y = Interval::new(1.0, 2.0).gamma();
    assert!(y.lo <= 0.885_603_194_410_888_7 && y.lo > 0.885_603_194_410_888 && y.hi >= 1.0);
    let y = Interval::new(0.0, 2.0).ln_gamma();
    assert!(y.hi == f64::INFINITY && y.lo < -0.121_486_290_535_849_6);
}

#[test]
fn binomial_coefficients() {
    let binomial = |n: f64, k: f64| Interval::point(n).binomial(Interval::point(k));
    assert_eq!(binomial(60.0, 4.0), Interval::point(487_635.0));
    assert_eq!(binomial(3.0, 5.0), Interval::point(0.0));
    // C(100, 50) = 100891344545564193334812497256 (exact).
    let middle = binomial(100.0, 50.0);
    assert!(middle.contains(100_891_344_545_564_193_334_812_497_256.0) && middle.width() < 1e17);
    // (−1/2 choose 3) = −5/16.
    assert_eq!(binomial(-0.5, 3.0), Interval::point(-0.3125));
    assert_eq!(binomial(1e5, 5e4).hi, f64::INFINITY);
    assert!(binomial(3.0, 0.5).is_undefined());
}

#[test]
fn comparisons_have_three_answers() {
    let (a, b) = (Interval::new(0.0, 1.0), Interval::new(1.0, 2.0));
    assert_eq!((a.less(b), b.less(a), a.at_most(b)), (None, Some(false), Some(true)));
    assert_eq!(a.equal(b), None);
    assert_eq!(a.equal(Interval::new(3.0, 4.0)), Some(false));
    assert_eq!(Interval::point(2.0).equal(Interval::point(2.0)), Some(true));
}

#[test]
fn halves_cover() {
    for x in [Interval::new(1.0, 3.0), Interval::WHOLE, Interval::new(5.0, f64::INFINITY)] {
        let (left, right) = x.bisect();
        assert_eq!(left.hull(right), x);
        assert!(left.hi.is_finite() && left != x && right != x);
    }
    assert_eq!(Interval::new(0.0, 2.0).intersection(Interval::new(3.0, 4.0)), None);
}

/// A random interval with a random point inside.
fn interval_and_point(range: std::ops::Range<f64>) -> impl Strategy<Value = (Interval, f64)> {
    (range.clone(), range, 0.0..=1.0f64).prop_map(|(a, b, t)| {
        let x = Interval { lo: a.min(b), hi: a.max(b) };
        (x, (x.lo + t * (x.hi - x.lo)).clamp(x.lo, x.hi))
    })
}

proptest! {
    // Doubles of points round towards doubles that bound the exact result: they lie inside too.
    #[test]
    fn arithmetic_includes(
        (x, a) in interval_and_point(-1e3..1e3),
        (y, b) in interval_and_point(-1e3..1e3),
        scale in -300..300i32,
    ) {
        let s = 10f64.powi(scale);
        let (x, a) = (x * Interval::point(s), a * s);
        prop_assert!((x + y).contains(a + b));
        prop_assert!((x - y).contains(a - b));
        prop_assert!((x * y).contains(a * b));
        prop_assert!((x / y).contains(a / b));
        prop_assert!((-x).contains(-a));
        prop_assert!(x.abs().contains(a.abs()));
        prop_assert!(x.min(y).contains(a.min(b)) && x.max(y).contains(a.max(b)));
        prop_assert!(x.floor().contains(a.floor()) && x.ceil().contains(a.ceil()));
        prop_assert!(x.abs().sqrt().contains(a.abs().sqrt()));
        prop_assert!(x.hull(y).encloses(x) && x.hull(y).encloses(y));
    }

    #[test]
    fn functions_include((x, a) in interval_and_point(-30.0..30.0)) {
        let cases: [(Function, Real); 12] = [
            (Interval::exp, libm::exp), (Interval::exp_m1, libm::expm1),
            (Interval::sin, libm::sin), (Interval::cos, libm::cos),
            (Interval::tan, libm::tan), (Interval::atan, libm::atan),
            (Interval::tanh, libm::tanh), (Interval::sinh, libm::sinh),
            (Interval::cosh, libm::cosh), (Interval::erf, libm::erf),
            (Interval::erfc, libm::erfc), (Interval::square, |a| a * a),
        ];
        for (i, (big, small)) in cases.iter().enumerate() {
            prop_assert!(big(x).contains(small(a)), "{i}: {:?} {}", big(x), small(a));
        }
        for n in -5..6 {
            prop_assert!(x.powi(n).contains(libm::pow(a, f64::from(n))), "{n}");
        }
        for n in [-3, -2, -1, 2, 3] {
            let round = x.floor().powi(n);
            prop_assert!(round.contains(libm::pow(a.floor(), f64::from(n))), "{n}");
        }
    }

    #[test]
    fn functions_of_positive_numbers_include(
        (x, a) in interval_and_point(1e-6..30.0),
        (y, b) in interval_and_point(-5.0..5.0),
    ) {
        let cases: [(Function, Real); 7] = [
            (Interval::ln, libm::log), (Interval::ln_1p, libm::log1p),
            (Interval::log2, libm::log2), (Interval::log10, libm::log10),
            (Interval::sqrt, libm::sqrt), (Interval::gamma, libm::tgamma),
            (Interval::ln_gamma, libm::lgamma),
        ];
        for (i, (big, small)) in cases.iter().enumerate() {
            prop_assert!(big(x).contains(small(a)), "{i}: {:?} {}", big(x), small(a));
        }
        prop_assert!(x.pow(y).contains(libm::pow(a, b)));
    }

    /// Rational arithmetic in 128 bits decides inclusion exactly: p/q·r/s and p/q + r/s.
    #[test]
    fn fractions_are_held(p in -999..999i64, q in 1..999i64, r in -999..999i64, s in 1..999i64) {
        let fraction = |a: i64, b: i64| Interval::point(a as f64) / Interval::point(b as f64);
        // x·den ∈ num exactly, for integers num, den > 0 below 2^53.
        let held = |x: Interval, num: i64, den: i64| {
            let (num, den) = (num as f64, den as f64);
            x.lo.mul_add(den, -num) <= 0.0 && x.hi.mul_add(den, -num) >= 0.0
        };
        prop_assert!(held(fraction(p, q), p, q));
        prop_assert!(held(fraction(p, q) * fraction(r, s), p * r, q * s));
        prop_assert!(held(fraction(p, q) + fraction(r, s), p * s + r * q, q * s));
    }
}
