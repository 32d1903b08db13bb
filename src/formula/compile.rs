//! Formulas that are evaluated once per trial: names become slots of a record, constants are folded,
//! and an evaluation allocates nothing.

use std::sync::Arc;

use super::ast::{Comparison, Expr, Fold, FoldKind, Node, Operator};
use super::error::EvalError;
use super::eval::{Evaluator, LARGEST_INDEX, MAX_TERMS, Names};
use super::functions::MAX_ARGUMENTS;
use super::number::{Number, power};

/// Deepest nesting of sums and products in a compiled formula.
const MAX_FOLDS: usize = 8;

/// A formula over the slots of a record.
#[derive(Clone, Debug)]
pub struct Compiled {
    code: Code,
    truth: Test,
}

impl Compiled {
    /// The value for a record; 1 or 0 for a condition. NaN where a slot is missing, where the limits
    /// of a sum are not whole numbers, or where one has more than [`MAX_TERMS`] terms.
    #[inline]
    pub fn eval(&self, record: &[f64]) -> f64 {
        self.code.value(record, &mut [0.0; MAX_FOLDS])
    }

    /// Whether the condition holds; comparisons with NaN are false.
    #[inline]
    pub fn eval_bool(&self, record: &[f64]) -> bool {
        self.truth.holds(record, &mut [0.0; MAX_FOLDS])
    }

    /// The value, if no slot matters.
    pub fn constant(&self) -> Option<f64> {
        self.code.constant()
    }
}

/// A number to be computed.
#[derive(Clone, Debug)]
enum Code {
    Constant(f64),
    Slot(usize),
    /// The index of a sum, numbered from the outermost.
    Index(usize),
    Neg(Box<Code>),
    Abs(Box<Code>),
    Binary(Operator, Box<[Code; 2]>),
    Apply(fn(&[f64]) -> f64, Box<[Code]>),
    Fold(Box<Loop>),
    If(Box<(Test, Code, Code)>),
    Truth(Box<Test>),
}

#[derive(Clone, Debug)]
struct Loop {
    kind: FoldKind,
    index: usize,
    from: Code,
    to: Code,
    body: Code,
}

/// A condition to be decided.
#[derive(Clone, Debug)]
enum Test {
    Compare(Comparison, Box<[Code; 2]>),
    Not(Box<Test>),
    And(Box<[Test; 2]>),
    Or(Box<[Test; 2]>),
    Nonzero(Box<Code>),
}

impl Code {
    fn constant(&self) -> Option<f64> {
        match self {
            Self::Constant(x) => Some(*x),
            _ => None,
        }
    }

    /// The value. Leaves are read in place: most steps of a short formula need no call.
    #[inline(always)]
    fn value(&self, record: &[f64], indices: &mut [f64; MAX_FOLDS]) -> f64 {
        match self {
            Self::Constant(x) => *x,
            Self::Slot(slot) => match record.get(*slot) {
                Some(x) => *x,
                None => f64::NAN,
            },
            _ => self.compound(record, indices),
        }
    }

    fn compound(&self, record: &[f64], indices: &mut [f64; MAX_FOLDS]) -> f64 {
        match self {
            // Leaves that `value` has read already.
            Self::Constant(x) => *x,
            Self::Slot(slot) => record.get(*slot).copied().unwrap_or(f64::NAN),
            Self::Index(index) => indices[*index],
            Self::Neg(a) => -a.value(record, indices),
            Self::Abs(a) => a.value(record, indices).abs(),
            Self::Binary(operator, parts) => {
                let (a, b) = (parts[0].value(record, indices), parts[1].value(record, indices));
                match operator {
                    Operator::Add => a + b,
                    Operator::Sub => a - b,
                    Operator::Mul => a * b,
                    Operator::Div => a / b,
                    Operator::Pow => power(a, b),
                }
            }
            Self::Apply(f, args) => {
                let mut values = [0.0; MAX_ARGUMENTS];
                for (value, code) in values.iter_mut().zip(args) {
                    *value = code.value(record, indices);
                }
                f(&values[..args.len()])
            }
            Self::Fold(fold) => fold.value(record, indices),
            Self::If(parts) => match parts.0.holds(record, indices) {
                true => parts.1.value(record, indices),
                false => parts.2.value(record, indices),
            },
            Self::Truth(test) => f64::from(test.holds(record, indices)),
        }
    }
}

impl Loop {
    fn value(&self, record: &[f64], indices: &mut [f64; MAX_FOLDS]) -> f64 {
        let (from, to) = (self.from.value(record, indices), self.to.value(record, indices));
        let whole = |x: f64| x.fract() == 0.0 && x.abs() <= LARGEST_INDEX;
        if !whole(from) || !whole(to) || to - from >= MAX_TERMS as f64 {
            return f64::NAN;
        }
        let (mut result, mut carry) = (f64::from(self.kind == FoldKind::Product), 0.0);
        let mut index = from;
        while index <= to {
            indices[self.index] = index;
            let term = self.body.value(record, indices);
            match self.kind {
                FoldKind::Sum => (result, carry) = f64::accumulate(result, carry, term),
                FoldKind::Product => result *= term,
            }
            index += 1.0;
        }
        result + carry
    }
}

impl Test {
    fn holds(&self, record: &[f64], indices: &mut [f64; MAX_FOLDS]) -> bool {
        match self {
            Self::Compare(comparison, parts) => {
                let a = parts[0].value(record, indices);
                comparison.holds(a, parts[1].value(record, indices))
            }
            Self::Not(test) => !test.holds(record, indices),
            Self::And(tests) => tests.iter().all(|test| test.holds(record, indices)),
            Self::Or(tests) => tests.iter().any(|test| test.holds(record, indices)),
            Self::Nonzero(code) => {
                let value = code.value(record, indices);
                value != 0.0 && !value.is_nan()
            }
        }
    }
}

/// Gives a name, or a call with constant arguments, its slot.
pub type SlotOf<'a> = dyn Fn(&str, &[f64]) -> Option<usize> + 'a;

struct Compiler<'a> {
    slot: &'a SlotOf<'a>,
    /// Indices of the sums around, the innermost last.
    indices: Vec<Arc<str>>,
}

/// Compiles a tree; see [`Formula::compile`](super::Formula::compile).
pub(super) fn compile(root: &Expr, slot: &SlotOf) -> Result<Compiled, EvalError> {
    let mut compiler = Compiler { slot, indices: Vec::new() };
    Ok(Compiled { code: compiler.code(root)?, truth: compiler.test(root)? })
}

type Compiling<T> = Result<T, EvalError>;

impl Compiler<'_> {
    fn code(&mut self, expr: &Expr) -> Compiling<Code> {
        if let Some(value) = self.folded(expr)? {
            return Ok(Code::Constant(value));
        }
        Ok(match &expr.node {
            Node::Number { value, .. } => Code::Constant(*value),
            Node::Constant(constant) => Code::Constant(constant.value()),
            Node::Name(name) => self.name(name, expr)?,
            Node::Neg(a) => Code::Neg(Box::new(self.code(a)?)),
            Node::Binary(operator, a, b) => Code::Binary(*operator, self.pair(a, b)?),
            Node::Apply(function, args) if function.name == "abs" => {
                Code::Abs(Box::new(self.code(&args[0])?))
            }
            Node::Apply(function, args) => {
                let args: Compiling<Vec<_>> = args.iter().map(|a| self.code(a)).collect();
                Code::Apply(function.value, args?.into())
            }
            Node::Call(name, args) => self.call(name, args, expr)?,
            Node::Fold(fold) => self.fold(fold, expr)?,
            Node::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let test = self.test(condition)?;
                Code::If(Box::new((test, self.code(then)?, self.code(otherwise)?)))
            }
            Node::Compare(..) | Node::Not(_) | Node::And(..) | Node::Or(..) => {
                Code::Truth(Box::new(self.test(expr)?))
            }
        })
    }

    /// The value of a sum or a call of a function without slots, which is computed here and now.
    /// Larger constants are folded from the parts: only nodes all of whose parts are constant count.
    fn folded(&self, expr: &Expr) -> Compiling<Option<f64>> {
        if matches!(expr.node, Node::Number { .. } | Node::Constant(_)) || !is_constant(expr) {
            return Ok(None);
        }
        Evaluator::new(&Names(|_: &str| None)).value(expr).map(Some)
    }

    fn pair(&mut self, a: &Expr, b: &Expr) -> Compiling<Box<[Code; 2]>> {
        Ok(Box::new([self.code(a)?, self.code(b)?]))
    }

    fn name(&self, name: &str, expr: &Expr) -> Compiling<Code> {
        if let Some(index) = self.indices.iter().rposition(|index| **index == *name) {
            return Ok(Code::Index(index));
        }
        (self.slot)(name, &[])
            .map(Code::Slot)
            .ok_or_else(|| EvalError::new(expr.span, format!("unknown name `{name}`")))
    }

    fn call(&mut self, name: &str, args: &[Expr], expr: &Expr) -> Compiling<Code> {
        let mut values = Vec::with_capacity(args.len());
        for argument in args {
            match self.code(argument)?.constant() {
                Some(value) => values.push(value),
                None => {
                    let message = format!("an argument of `{name}` is not constant");
                    return Err(EvalError::new(argument.span, message));
                }
            }
        }
        (self.slot)(name, &values)
            .map(Code::Slot)
            .ok_or_else(|| EvalError::new(expr.span, format!("unknown function `{name}`")))
    }

    fn fold(&mut self, fold: &Fold, expr: &Expr) -> Compiling<Code> {
        if self.indices.len() == MAX_FOLDS {
            let message = format!("sums and products nest deeper than {MAX_FOLDS}");
            return Err(EvalError::new(expr.span, message));
        }
        let (from, to) = (self.code(&fold.from)?, self.code(&fold.to)?);
        self.indices.push(Arc::clone(&fold.index));
        let body = self.code(&fold.body);
        self.indices.pop();
        let index = self.indices.len();
        Ok(Code::Fold(Box::new(Loop { kind: fold.kind, index, from, to, body: body? })))
    }

    fn test(&mut self, expr: &Expr) -> Compiling<Test> {
        Ok(match &expr.node {
            Node::Compare(first, rest) => self.comparisons(first, rest)?,
            Node::Not(a) => Test::Not(Box::new(self.test(a)?)),
            Node::And(a, b) => Test::And(Box::new([self.test(a)?, self.test(b)?])),
            Node::Or(a, b) => Test::Or(Box::new([self.test(a)?, self.test(b)?])),
            _ => Test::Nonzero(Box::new(self.code(expr)?)),
        })
    }

    /// `a < b < c` as `a < b and b < c`; the middle is computed twice.
    fn comparisons(&mut self, first: &Expr, rest: &[(Comparison, Expr)]) -> Compiling<Test> {
        let mut left = self.code(first)?;
        let mut all: Option<Test> = None;
        for (comparison, expr) in rest {
            let right = self.code(expr)?;
            let test = Test::Compare(*comparison, Box::new([left, right.clone()]));
            all = Some(match all {
                Some(before) => Test::And(Box::new([before, test])),
                None => test,
            });
            left = right;
        }
        // The parser makes no comparison without a right side.
        Ok(all.unwrap_or_else(|| Test::Nonzero(Box::new(left))))
    }
}

/// Whether a tree has no free name and no call.
fn is_constant(expr: &Expr) -> bool {
    let mut constant = true;
    super::substitute::walk(expr, &mut |_, _| constant = false);
    constant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::Formula;

    fn compiled(text: &str) -> Result<Compiled, EvalError> {
        Formula::parse(text).unwrap().compile(&|name, args| match (name, args) {
            ("ratio", []) => Some(0),
            ("y", []) => Some(1),
            ("outside", [eps]) => Some(if *eps == 0.25 { 2 } else { 3 }),
            _ => None,
        })
    }

    #[test]
    fn events_of_a_record() {
        let event = compiled("abs(ratio - 1) > 0.5").unwrap();
        assert!(event.eval_bool(&[1.75]) && !event.eval_bool(&[1.25]));
        assert!(!event.eval_bool(&[f64::NAN]) && !event.eval_bool(&[]));
        assert_eq!((event.eval(&[1.75]), event.eval(&[1.25])), (1.0, 0.0));
        let chain = compiled("0 < ratio <= y and not y == 3 or ratio != y").unwrap();
        assert!(chain.eval_bool(&[1.0, 1.0]) && !chain.eval_bool(&[3.0, 3.0]));
        assert!(!chain.eval_bool(&[f64::NAN, 1.0]));
    }

    #[test]
    fn constants_are_folded() {
        assert_eq!(compiled("sum(k, 1, 4, k^2) + sqrt(16)").unwrap().constant(), Some(34.0));
        let call = compiled("outside(1/4) + outside(0.5)*10").unwrap();
        assert_eq!(call.eval(&[0.0, 0.0, 7.0, 0.5]), 12.0);
        assert!(compiled("sum(k, 1, 1/2, k)").is_err());
        assert_eq!(
            compiled("outside(y)").unwrap_err().message,
            "an argument of `outside` is not constant"
        );
        assert!(compiled("nothing + 1").is_err() && compiled("nothing(1)").is_err());
    }

    #[test]
    fn sums_over_a_record() {
        let sum = compiled("sum(k, 1, y, ratio*k + sum(j, 1, k, j))").unwrap();
        assert_eq!(sum.eval(&[10.0, 3.0]), 60.0 + 10.0);
        assert!(sum.eval(&[10.0, 2.5]).is_nan() && sum.eval(&[10.0, 1e9]).is_nan());
        assert_eq!(compiled("product(k, 1, y, k)").unwrap().eval(&[0.0, 4.0]), 24.0);
        assert_eq!(compiled("if(ratio > y, min(ratio, 3, y), -y)").unwrap().eval(&[2.0, 1.0]), 1.0);
    }
}
