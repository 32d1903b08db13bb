//! A root between certain signs.

use crate::experiment::Failure;
use crate::maths::{Enclosure, Interval};

/// Places, as fractions of the bracket, where the sign is asked in turn.
const FRACTIONS: [f64; 9] = [0.5, 0.25, 0.75, 0.125, 0.875, 0.031_25, 0.968_75, 1e-3, 0.999];

/// Certain sign: 1, −1, or 0 where the value is certainly 0; `None` if not decided.
fn sign(range: Interval) -> Option<f64> {
    match () {
        () if range.lo > 0.0 => Some(1.0),
        () if range.hi < 0.0 => Some(-1.0),
        () if range.lo == 0.0 && range.hi == 0.0 => Some(0.0),
        () => None,
    }
}

/// An interval at whose ends the function certainly has opposite signs: by the intermediate value
/// theorem a root of a continuous function lies inside. Bisection; where rounding leaves the sign of
/// the midpoint open, neighbouring points are tried.
///
/// # Errors
/// [`Failure::Domain`] if the signs at `from` and `to` are not certain, or are the same.
pub fn bracket(f: impl Fn(f64) -> Interval, from: f64, to: f64) -> Result<Enclosure, Failure> {
    let (mut low, mut high) = (from, to);
    let (at_low, at_high) = (sign(f(low)), sign(f(high)));
    for (x, sign) in [(low, at_low), (high, at_high)] {
        if sign == Some(0.0) {
            return Ok(Enclosure::point(x));
        }
    }
    let (Some(left), Some(right)) = (at_low, at_high) else {
        return Err(Failure::domain(format!("the sign at {low} or {high} is not decided")));
    };
    if left == right {
        return Err(Failure::domain(format!("no change of sign between {low} and {high}")));
    }
    'narrow: while low.next_up() < high {
        for fraction in FRACTIONS {
            let x = low + fraction * (high - low);
            if x <= low || x >= high {
                continue;
            }
            match sign(f(x)) {
                Some(0.0) => return Ok(Enclosure::point(x)),
                Some(sign) if sign == left => low = x,
                Some(_) => high = x,
                None => continue,
            }
            continue 'narrow;
        }
        break;
    }
    Ok(Enclosure { value: 0.5 * low + 0.5 * high, lo: low, hi: high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_sign_stops_short_but_stays_right() {
        // Signs within 1e-3 of the root are not decided.
        let blurred = |x: f64| Interval::new(x - 1.0 - 1e-3, x - 1.0 + 1e-3);
        let found = bracket(blurred, 0.0, 3.0).unwrap();
        assert!(found.lo < 1.0 && 1.0 < found.hi && found.hi - found.lo < 0.05, "{found:?}");
    }
}
