use super::*;
use approx::assert_relative_eq;

fn activation(text: &str) -> Activation {
    Activation::parse(text).unwrap()
}

#[test]
fn formulas_are_the_built_in_functions() {
    for (word, formula) in [
        ("tanh", "tanh(u)"),
        ("relu", "relu(u)"),
        ("leaky-relu(0.1)", "max(u, 0.1*u)"),
        ("hard-tanh", "max(-1, min(1, u))"),
        ("abs", "abs(u)"),
        ("erf", "erf(sqrt(pi)/2*u)"),
        ("sigmoid", "1/(1 + exp(-u))"),
    ] {
        let (a, b) = (activation(word), activation(formula));
        assert_eq!(a.kinks().len(), b.kinks().len(), "{word}: {:?}", b.kinks());
        for (x, y) in a.kinks().iter().zip(b.kinks()) {
            assert!((x - y).abs() < 1e-9);
        }
        assert_eq!(a.bound().is_some(), b.bound().is_some(), "{word}");
        for u in [-3.0, -1.02, -0.3, -0.01, 0.011, 0.5, 0.97, 2.0] {
            assert_relative_eq!(a.value(u), b.value(u), epsilon = 1e-15, max_relative = 1e-14);
            assert_relative_eq!(a.slope(u), b.slope(u), epsilon = 1e-12, max_relative = 1e-12);
        }
        for (at, by) in [(0.3, 0.7), (-1.2, 0.06), (0.4, 2.5)] {
            let rule = Rule::trapezoid(0.03);
            let (x, y) = (a.smoothed(at, by, &rule, 0.03), b.smoothed(at, by, &rule, 0.03));
            assert_relative_eq!(x.mean, y.mean, epsilon = 1e-12);
            assert_relative_eq!(x.square, y.square, epsilon = 1e-12);
            assert_relative_eq!(x.slope, y.slope, epsilon = 1e-11);
            assert_relative_eq!(x.cross, y.cross, epsilon = 1e-11);
            assert_relative_eq!(x.square_rate, y.square_rate, epsilon = 1e-9);
            assert_relative_eq!(x.curvature, y.curvature, epsilon = 1e-9);
        }
    }
}

#[test]
fn nonsense_is_refused() {
    for text in ["tanhh(u)", "x^2", "leaky-relu(a)", "1/u", ""] {
        assert!(Activation::parse(text).is_err(), "{text}");
    }
}
