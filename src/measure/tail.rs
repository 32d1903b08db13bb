//! What is proven of a formula's tail, from what is proven of the observables in it.

use std::cell::RefCell;

use super::samples::Samples;
use crate::experiment::Tail;
use crate::formula::{EvalError, Evaluate, Expr, Formula, Node, Scope};
use crate::maths::Interval;

/// What is proven of a formula's tail: the observable's own, or a range if all of them are bounded.
pub fn tail_of(formula: &Formula, samples: &Samples) -> Tail {
    let used: RefCell<Vec<usize>> = RefCell::default();
    let slot = |name: &str, arguments: &[f64]| {
        let column = samples.column(name, arguments)?;
        used.borrow_mut().push(column);
        Some(column)
    };
    if formula.compile(&slot).is_err() {
        return Tail::Unknown;
    }
    // Compiling may ask for a slot more than once.
    let mut used = used.into_inner();
    used.sort_unstable();
    used.dedup();
    if let [column] = used[..]
        && is_plain(formula)
    {
        return samples.columns[column].tail;
    }
    let ranges = RangeScope { samples };
    match formula.eval::<Interval>(&ranges) {
        Ok(range) if range.lo.is_finite() && range.hi.is_finite() && !used.is_empty() => {
            Tail::Bounded { lo: range.lo, hi: range.hi }
        }
        _ => Tail::Unknown,
    }
}

/// Is the formula an observable and nothing else?
fn is_plain(formula: &Formula) -> bool {
    matches!(formula.root().node, Node::Name(_) | Node::Call(..))
}

/// Ranges of bounded columns; the whole line for all others.
struct RangeScope<'a> {
    samples: &'a Samples,
}

impl RangeScope<'_> {
    fn range(&self, name: &str, arguments: &[f64]) -> Option<Interval> {
        let column = self.samples.column(name, arguments)?;
        Some(match self.samples.columns[column].tail {
            Tail::Bounded { lo, hi } => Interval::new(lo, hi),
            _ => Interval::WHOLE,
        })
    }
}

impl Scope<Interval> for RangeScope<'_> {
    fn name(&self, name: &str) -> Option<Interval> {
        self.range(name, &[])
    }

    fn call(
        &self,
        name: &str,
        args: &[Expr],
        eval: &mut Evaluate<'_, Interval>,
    ) -> Option<Result<Interval, EvalError>> {
        let values: Result<Vec<f64>, EvalError> =
            args.iter().map(|arg| Ok(eval(arg)?.midpoint())).collect();
        match values {
            Ok(values) => self.range(name, &values).map(Ok),
            Err(error) => Some(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Column;

    /// What is proven of a tail reaches the interval: a plain observable has its own, a formula of
    /// bounded ones a range, everything else nothing.
    #[test]
    fn proven_tails_are_used() {
        let (wide, unit) = (Tail::Variance(5.0), Tail::Bounded { lo: 0.0, hi: 1.0 });
        let columns = vec![
            Column::plain("ratio", wide),
            Column::indexed("share", 1, unit),
            Column::indexed("share", 2, unit),
        ];
        let samples = Samples::new(columns, 10).unwrap();
        let tail = |text: &str| tail_of(&Formula::parse(text).unwrap(), &samples);
        assert_eq!(tail("ratio"), wide);
        assert_eq!(tail("share(2)"), unit);
        assert_eq!(tail("ratio^2"), Tail::Unknown);
        assert_eq!(tail("ratio*share(1)"), Tail::Unknown);
        let Tail::Bounded { lo, hi } = tail("share(1) - share(2)") else { panic!("not bounded") };
        assert!((-1.1..=-1.0).contains(&lo) && (1.0..=1.1).contains(&hi), "{lo} {hi}");
    }
}
