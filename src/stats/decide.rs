//! The decision between holds, refuted and inconclusive: made here and nowhere else.

use crate::maths::Enclosure;

/// What a measured quantity is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// It is at most the bound.
    AtMost(Enclosure),
    /// It is at least the bound.
    AtLeast(Enclosure),
    /// It is within `margin` of the target.
    Within {
        /// What it should be.
        target: Enclosure,
        /// Greatest distance that still counts as the same; 0 or more.
        margin: f64,
    },
}

/// How a value must stand to its bound; with the numbers it makes a [`Goal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `value ≤ bound`.
    AtMost,
    /// `value ≥ bound`.
    AtLeast,
    /// `|value − bound| ≤ margin`.
    Within,
}

impl Relation {
    /// The goal with its numbers; `None` if a margin is needed and missing. Of an uncertain margin
    /// the smallest value counts.
    pub fn goal(self, bound: Enclosure, margin: Option<Enclosure>) -> Option<Goal> {
        Some(match self {
            Self::AtMost => Goal::AtMost(bound),
            Self::AtLeast => Goal::AtLeast(bound),
            Self::Within => Goal::Within { target: bound, margin: margin?.lo },
        })
    }
}

/// Outcome of one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// True for every value of the measured interval and of the goal's.
    Holds,
    /// False for every value of both.
    Refuted,
    /// Neither: more trials, or a better error bar, may tell.
    Inconclusive,
}

/// Decides a goal from a measured interval.
///
/// - at most b: holds if measured.hi ≤ b.lo, refuted if measured.lo > b.hi,
/// - at least b: holds if measured.lo ≥ b.hi, refuted if measured.hi < b.lo,
/// - within d of t: holds if [lo, hi] ⊂ [t.hi − d, t.lo + d], refuted if it is disjoint from
///   [t.lo − d, t.hi + d].
///
/// So equality counts as holding, and an interval that touches both sides decides nothing. NaN
/// anywhere, ends in the wrong order or a negative margin: inconclusive.
pub fn decide(measured: Enclosure, goal: Goal) -> Decision {
    let (bound, margin) = match goal {
        Goal::AtMost(bound) | Goal::AtLeast(bound) => (bound, 0.0),
        Goal::Within { target, margin } => (target, margin),
    };
    if !(sound(measured) && sound(bound) && margin >= 0.0) {
        return Decision::Inconclusive;
    }
    let (holds, refuted) = match goal {
        Goal::AtMost(bound) => (measured.hi <= bound.lo, measured.lo > bound.hi),
        Goal::AtLeast(bound) => (measured.lo >= bound.hi, measured.hi < bound.lo),
        Goal::Within { target, margin } => (
            measured.lo >= target.hi - margin && measured.hi <= target.lo + margin,
            measured.lo > target.hi + margin || measured.hi < target.lo - margin,
        ),
    };
    match (holds, refuted) {
        (true, false) => Decision::Holds,
        (false, true) => Decision::Refuted,
        _ => Decision::Inconclusive,
    }
}

/// The smallest true discrepancy that would certainly have been refuted with an interval this wide.
///
/// The discrepancy is the distance of the true value beyond the goal (beyond the bound, or beyond the
/// band target ± margin). If it exceeds the width of the measured interval plus the width of the
/// goal's, then every measured interval of this width that holds the truth lies wholly on the wrong
/// side. (An interval centred on the truth decides at half of that.) Infinite if either is unknown.
pub fn detectable(measured: Enclosure, goal: Goal) -> f64 {
    let (Goal::AtMost(bound) | Goal::AtLeast(bound) | Goal::Within { target: bound, .. }) = goal;
    if !(sound(measured) && sound(bound)) {
        return f64::INFINITY;
    }
    let width = (measured.hi - measured.lo) + (bound.hi - bound.lo);
    if width.is_nan() { f64::INFINITY } else { width }
}

/// Whether nothing is NaN and the ends are in order.
fn sound(e: Enclosure) -> bool {
    !e.value.is_nan() && e.lo <= e.hi
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interval(lo: f64, hi: f64) -> Enclosure {
        Enclosure { value: 0.5 * (lo + hi), lo, hi }
    }

    fn negated(e: Enclosure) -> Enclosure {
        Enclosure { value: -e.value, lo: -e.hi, hi: -e.lo }
    }

    #[test]
    fn equality_holds_and_touching_decides_nothing() {
        let one = Enclosure::point(1.0);
        assert_eq!(decide(one, Goal::AtMost(one)), Decision::Holds);
        assert_eq!(decide(one, Goal::AtLeast(one)), Decision::Holds);
        assert_eq!(decide(one, Goal::Within { target: one, margin: 0.0 }), Decision::Holds);
        assert_eq!(decide(interval(1.0, 2.0), Goal::AtMost(one)), Decision::Inconclusive);
        assert_eq!(decide(interval(1.0, 2.0), Goal::AtLeast(one)), Decision::Holds);
        let above = interval(1.0_f64.next_up(), 2.0);
        assert_eq!(decide(above, Goal::AtMost(one)), Decision::Refuted);
    }

    #[test]
    fn an_uncertain_bound_is_beaten_whole() {
        let bound = interval(1.0, 2.0);
        assert_eq!(decide(interval(0.0, 1.0), Goal::AtMost(bound)), Decision::Holds);
        assert_eq!(decide(interval(0.0, 1.5), Goal::AtMost(bound)), Decision::Inconclusive);
        assert_eq!(decide(interval(1.8, 2.1), Goal::AtMost(bound)), Decision::Inconclusive);
        assert_eq!(decide(interval(2.1, 2.2), Goal::AtMost(bound)), Decision::Refuted);
    }

    #[test]
    fn within_holds_inside_and_is_refuted_outside() {
        let goal = Goal::Within { target: interval(1.0, 1.25), margin: 0.5 };
        assert_eq!(decide(interval(0.75, 1.5), goal), Decision::Holds);
        assert_eq!(decide(interval(0.7, 1.5), goal), Decision::Inconclusive);
        assert_eq!(decide(interval(1.8, 2.0), goal), Decision::Refuted);
        assert_eq!(decide(interval(0.0, 0.4), goal), Decision::Refuted);
        // A target less certain than the margin can never be met.
        let vague = Goal::Within { target: interval(0.0, 2.0), margin: 0.5 };
        assert_eq!(decide(Enclosure::point(1.0), vague), Decision::Inconclusive);
    }

    #[test]
    fn nan_and_nonsense_decide_nothing() {
        let one = Enclosure::point(1.0);
        let bad = [
            Enclosure::UNKNOWN,
            Enclosure::point(f64::NAN),
            Enclosure { value: f64::NAN, lo: 0.0, hi: 0.5 },
            Enclosure { value: 0.5, lo: 0.0, hi: f64::NAN },
            Enclosure { value: 0.5, lo: 0.9, hi: 0.1 },
        ];
        for e in bad {
            for goal in [Goal::AtMost(one), Goal::AtLeast(one)] {
                assert_eq!(decide(e, goal), Decision::Inconclusive);
                assert_eq!(detectable(e, goal), f64::INFINITY);
            }
            assert_eq!(decide(one, Goal::AtMost(e)), Decision::Inconclusive);
            let within = Goal::Within { target: e, margin: 1.0 };
            assert_eq!(decide(one, within), Decision::Inconclusive);
        }
        for margin in [-1.0, f64::NAN] {
            assert_eq!(decide(one, Goal::Within { target: one, margin }), Decision::Inconclusive);
        }
    }

    #[test]
    fn one_sided_knowledge_is_enough_for_one_side() {
        let below = Enclosure { value: 0.0, lo: f64::NEG_INFINITY, hi: 1.0 };
        assert_eq!(decide(below, Goal::AtMost(Enclosure::point(1.0))), Decision::Holds);
        assert_eq!(detectable(below, Goal::AtMost(Enclosure::point(1.0))), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn mirrored_numbers_give_mirrored_decisions(
            a in -3.0..3.0_f64, wa in 0.0..2.0_f64, b in -3.0..3.0_f64, wb in 0.0..2.0_f64,
            margin in 0.0..2.0_f64,
        ) {
            let (m, t) = (interval(a, a + wa), interval(b, b + wb));
            let mirrored = decide(negated(m), Goal::AtLeast(negated(t)));
            prop_assert_eq!(decide(m, Goal::AtMost(t)), mirrored);
            let within = |m, target| decide(m, Goal::Within { target, margin });
            prop_assert_eq!(within(m, t), within(negated(m), negated(t)));
            // What is refuted as "at most" holds as "at least".
            if decide(m, Goal::AtMost(t)) == Decision::Refuted {
                prop_assert_eq!(decide(m, Goal::AtLeast(t)), Decision::Holds);
            }
        }

        #[test]
        fn more_knowledge_never_turns_a_decision_round(
            a in -3.0..3.0_f64, w in 0.0..2.0_f64, u in 0.0..1.0_f64, v in 0.0..1.0_f64,
            b in -3.0..3.0_f64,
        ) {
            let goal = Goal::AtMost(Enclosure::point(b));
            let wide = decide(interval(a, a + w), goal);
            let (lo, hi) = (a + w * u.min(v), a + w * u.max(v));
            if wide != Decision::Inconclusive {
                prop_assert_eq!(decide(interval(lo, hi), goal), wide);
            }
        }

        #[test]
        fn a_discrepancy_beyond_the_detectable_is_refuted(
            width in 0.01..1.0_f64, place in 0.0..1.0_f64, bound in -3.0..3.0_f64, blur in 0.0..1.0_f64,
            inside in 0.0..1.0_f64,
        ) {
            // The true bound is anywhere in its interval, the truth anywhere in the measured one.
            let goal = Goal::AtMost(interval(bound, bound + blur));
            let reach = detectable(interval(0.0, width), goal);
            let truth = bound + blur * inside + reach * 1.000_001;
            let lo = truth - width * place;
            prop_assert_eq!(decide(interval(lo, lo + width), goal), Decision::Refuted);
        }
    }
}
