//! Evaluating one request: exact observables are asked, aggregates are taken over the trials, and
//! the formula around them is evaluated once in numbers and once in intervals.

use std::cell::RefCell;
use std::collections::HashMap;

use super::aggregate;
use super::cell::{Answer, Request};
use super::samples::Samples;
use super::tail::tail_of;
use crate::experiment::{Definition, Failure, Nature, Prepared, Tail};
use crate::formula::{Compiled, EvalError, Evaluate, Expr, Formula, Names, Node, Number, Scope};
use crate::maths::{Enclosure, Interval};
use crate::stats::{self, Look};

/// Exact observables asked so far: name and arguments' bits to the answer.
pub type Asked = HashMap<(String, Vec<u64>), Result<Enclosure, String>>;

/// What a formula is evaluated against.
pub struct Context<'a> {
    /// The experiment; `None` for formulas of numbers.
    pub experiment: Option<(&'a Definition, &'a dyn Prepared)>,
    /// Its trials; `None` if nothing was sampled.
    pub samples: Option<&'a Samples>,
    /// Error probability of each interval of the cell at this look.
    pub alpha: f64,
    /// Which look at the data this is.
    pub look: Look,
    /// Exact observables asked so far, each once.
    pub exact: RefCell<Asked>,
    /// What was found missing outside of the program: no answer of the cell can be trusted to be all that there is.
    pub missing: RefCell<Option<Failure>>,
}

/// What an aggregate found, beside its value.
#[derive(Clone, Copy, Debug, Default)]
struct Notes {
    sampled: bool,
    nonfinite: u64,
    asymptotic: bool,
    trial: Option<u64>,
}

impl Context<'_> {
    /// Answers a request; what goes wrong is part of the answer.
    pub fn answer(&self, request: &Request) -> Answer {
        let goal = request.goal.as_ref();
        let formulas = std::iter::once(&request.value)
            .chain(goal.map(|goal| &goal.bound))
            .chain(goal.and_then(|goal| goal.margin.as_ref()));
        let aggregates = formulas.map(count_aggregates).sum::<usize>().max(1);
        let scope = RequestScope {
            context: self,
            alpha: self.alpha / aggregates as f64,
            found: RefCell::default(),
            notes: RefCell::default(),
        };
        if let Some(answer) = self.picture(&request.value) {
            return answer;
        }
        match scope.answer(request) {
            Ok(answer) => answer,
            Err(error) => Answer::failed(self.failure(request).unwrap_or(error.message)),
        }
    }

    /// A failure in words; what is missing outside of the program is remembered.
    fn told(&self, failure: Failure) -> String {
        let text = failure.to_string();
        if let Failure::Unavailable { .. } = failure {
            self.missing.borrow_mut().get_or_insert(failure);
        }
        text
    }

    /// What made an observable without arguments fail: the evaluator only sees a name without a value.
    fn failure(&self, request: &Request) -> Option<String> {
        let goal = request.goal.as_ref();
        let mut formulas = std::iter::once(&request.value).chain(goal.map(|goal| &goal.bound));
        formulas.find_map(|formula| {
            let names = formula.names();
            names.into_iter().find_map(|(name, _)| match self.exact(&name, &[]) {
                Some(Err(message)) => Some(format!("`{name}`: {message}")),
                _ => None,
            })
        })
    }

    /// The answer to a formula that is a picture of the experiment; `None` if it is anything else.
    fn picture(&self, formula: &Formula) -> Option<Answer> {
        let (name, arguments) = match &formula.root().node {
            Node::Name(name) => (name, &[][..]),
            Node::Call(name, arguments) => (name, arguments.as_slice()),
            _ => return None,
        };
        let (definition, prepared) = self.experiment?;
        let observable = definition.observable(name)?;
        if observable.nature != Nature::Pictured {
            return None;
        }
        let numbers: Result<Vec<f64>, EvalError> = arguments
            .iter()
            .map(|argument| Formula::from_expr(argument.clone()).eval(&Names(|_: &str| None)))
            .collect();
        let picture = match numbers {
            Ok(numbers) if numbers.len() == observable.arguments.len() => {
                prepared.picture(name, &numbers).map_err(|failure| self.told(failure))
            }
            Ok(_) => Err(format!("`{name}` takes ({})", observable.arguments.join(", "))),
            Err(error) => Err(error.message),
        };
        Some(match picture {
            Ok(picture) => Answer::of_picture(picture),
            Err(message) => Answer::failed(message),
        })
    }

    /// An exact observable, asked once for each set of arguments.
    fn exact(&self, name: &str, arguments: &[f64]) -> Option<Result<Enclosure, String>> {
        let (definition, prepared) = self.experiment?;
        let observable = definition.observable(name)?;
        if observable.nature == Nature::Pictured {
            return Some(Err(format!("`{name}` is a picture: only `show` speaks of it")));
        }
        if !matches!(observable.nature, Nature::Exact(_)) {
            let message = format!("`{name}` is sampled: wrap it in `mean(…)` or another aggregate");
            return Some(Err(message));
        }
        if observable.arguments.len() != arguments.len() {
            let wanted = observable.arguments.join(", ");
            return Some(Err(format!("`{name}` takes ({wanted})")));
        }
        let key = (name.to_string(), arguments.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
        if let Some(known) = self.exact.borrow().get(&key) {
            return Some(known.clone());
        }
        let answer = prepared.exact(name, arguments).map_err(|failure| self.told(failure));
        self.exact.borrow_mut().insert(key, answer.clone());
        Some(answer)
    }
}

/// Number of aggregate calls, each of which spends a part of the level.
pub fn count_aggregates(formula: &Formula) -> usize {
    formula.calls().iter().filter(|(name, _, _)| aggregate::is_aggregate(name)).count()
}

struct RequestScope<'a> {
    context: &'a Context<'a>,
    alpha: f64,
    found: RefCell<HashMap<String, Result<Enclosure, EvalError>>>,
    notes: RefCell<Notes>,
}

impl RequestScope<'_> {
    fn answer(&self, request: &Request) -> Result<Answer, EvalError> {
        let value = self.enclose(&request.value)?;
        let (mut bound, mut margin) = (None, None);
        if let Some(goal) = &request.goal {
            bound = Some(self.enclose(&goal.bound)?);
            margin = goal.margin.as_ref().map(|margin| self.enclose(margin)).transpose()?;
        }
        let notes = *self.notes.borrow();
        let n = self.context.samples.filter(|_| notes.sampled).map(|samples| samples.len() as u64);
        Ok(Answer {
            value,
            bound,
            margin,
            n,
            nonfinite: notes.nonfinite,
            asymptotic: notes.asymptotic,
            trial: notes.trial,
            picture: None,
            failure: None,
        })
    }

    /// The value in numbers, the interval in intervals.
    fn enclose(&self, formula: &Formula) -> Result<Enclosure, EvalError> {
        let value: f64 = formula.eval(&Channel { scope: self })?;
        let interval: Interval = formula.eval(&Channel { scope: self })?;
        Ok(Enclosure { value, lo: interval.lo, hi: interval.hi })
    }

    fn aggregate(&self, name: &str, arguments: &[Expr]) -> Result<Enclosure, EvalError> {
        let texts: Vec<String> =
            arguments.iter().map(|expr| Formula::from_expr(expr.clone()).canonical()).collect();
        let key = format!("{name}({})", texts.join(","));
        if let Some(known) = self.found.borrow().get(&key) {
            return known.clone();
        }
        let result = self.take(name, arguments);
        self.found.borrow_mut().insert(key, result.clone());
        result
    }

    fn take(&self, name: &str, arguments: &[Expr]) -> Result<Enclosure, EvalError> {
        let span = arguments.first().map(|expr| expr.span).unwrap_or_default();
        let error = |message: String| EvalError { span, message };
        let expected = aggregate::find(name).map_or(0, |aggregate| aggregate.arguments.len());
        if arguments.len() != expected {
            return Err(error(format!("`{name}` takes {expected} arguments")));
        }
        let samples = self.context.samples.ok_or_else(|| {
            error(format!(
                "`{name}` needs trials: give the check `trials` and a sampled observable"
            ))
        })?;
        let first = Formula::from_expr(arguments[0].clone());
        let compiled = compile(&first, samples)?;
        self.notes.borrow_mut().sampled = true;
        match name {
            "probability" => Ok(self.probability(&compiled, samples)),
            "unanimous" => Ok(unanimous(&compiled, samples)),
            _ => {
                let values: Vec<f64> = samples.rows().map(|row| compiled.eval(row)).collect();
                let tail = tail_of(&first, samples);
                self.statistic(name, &values, tail, arguments).map_err(error)
            }
        }
    }

    fn probability(&self, event: &Compiled, samples: &Samples) -> Enclosure {
        let (mut hits, mut unknown) = (0, 0);
        for row in samples.rows() {
            match row.iter().all(|x| !x.is_nan()) {
                true => hits += u64::from(event.eval_bool(row)),
                false => unknown += 1,
            }
        }
        self.notes.borrow_mut().nonfinite += unknown;
        let counts = stats::Counts {
            successes: hits,
            failures: samples.len() as u64 - hits - unknown,
            unknown,
        };
        stats::robbins_mixture(counts, self.alpha)
    }

    fn statistic(
        &self,
        name: &str,
        values: &[f64],
        tail: Tail,
        arguments: &[Expr],
    ) -> Result<Enclosure, String> {
        let mut notes = self.notes.borrow_mut();
        let nonfinite = values.iter().filter(|x| !x.is_finite()).count() as u64;
        notes.nonfinite += nonfinite;
        if nonfinite > 0 {
            return Ok(Enclosure::UNKNOWN);
        }
        let look = self.context.look;
        Ok(match name {
            "mean" => {
                let found = stats::mean_interval(values, tail, self.alpha, look);
                notes.asymptotic |= found.asymptotic;
                found.interval
            }
            "variance" => {
                notes.asymptotic = true;
                stats::variance_interval(values, look.share(self.alpha))
            }
            "maximum" | "minimum" => {
                let sign = if name == "maximum" { 1.0 } else { -1.0 };
                let best =
                    values.iter().enumerate().max_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)));
                notes.trial = best.map(|(trial, _)| trial as u64);
                best.map_or(Enclosure::UNKNOWN, |(_, &value)| Enclosure::point(value))
            }
            "quantile" => {
                let p: f64 = Formula::from_expr(arguments[1].clone())
                    .eval(&Channel { scope: self })
                    .map_err(|error| error.message)?;
                stats::quantile_interval(values, p, look.share(self.alpha))
            }
            "ks" => self.ks(values, &arguments[1])?,
            "chi_square_per_dof" => self.chi_square(values, &arguments[1])?,
            other => return Err(format!("there is no aggregate `{other}`")),
        })
    }

    fn ks(&self, values: &[f64], cdf: &Expr) -> Result<Enclosure, String> {
        let name = Formula::from_expr(cdf.clone()).canonical();
        let failure = RefCell::new(None);
        let cdf = |x: f64| match self.context.exact(&name, &[x]) {
            Some(Ok(enclosure)) => enclosure.value,
            Some(Err(message)) => {
                *failure.borrow_mut() = Some(message);
                f64::NAN
            }
            None => {
                *failure.borrow_mut() = Some(format!("there is no exact observable `{name}`"));
                f64::NAN
            }
        };
        // An atom of the law is a step: the distribution function just below it is the left limit.
        let law = |x: f64| stats::Step { before: cdf(x.next_down()), at: cdf(x) };
        let interval = stats::ks_distance(values, law, self.context.look.share(self.alpha));
        failure.into_inner().map_or(Ok(interval), Err)
    }

    fn chi_square(&self, values: &[f64], cells: &Expr) -> Result<Enclosure, String> {
        let cells: f64 = Formula::from_expr(cells.clone())
            .eval(&Channel { scope: self })
            .map_err(|error| error.message)?;
        if !(2.0..=1e6).contains(&cells) || cells.fract() != 0.0 {
            return Err(format!("{cells} is no number of cells"));
        }
        let mut counts = vec![0_u64; cells as usize];
        for value in values {
            let slot =
                counts.get_mut(*value as usize).filter(|_| *value >= 0.0 && value.fract() == 0.0);
            *slot.ok_or_else(|| format!("{value} is no cell number below {cells}"))? += 1;
        }
        let expected = values.len() as f64 / cells;
        let statistic: f64 =
            counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
        Ok(Enclosure::point(statistic / (cells - 1.0)))
    }
}

fn unanimous(event: &Compiled, samples: &Samples) -> Enclosure {
    let hits = samples.rows().filter(|row| event.eval_bool(row)).count();
    let n = samples.len();
    let value = hits as f64 / n as f64;
    match hits {
        0 => Enclosure::point(0.0),
        hits if hits == n => Enclosure::point(1.0),
        _ => Enclosure { value, lo: 0.0, hi: 1.0 },
    }
}

/// A trial's formula with its observables as columns.
fn compile(formula: &Formula, samples: &Samples) -> Result<Compiled, EvalError> {
    formula.compile(&|name, arguments| samples.column(name, arguments))
}

/// One of the two ways to read an enclosure.
pub trait Reading: Number {
    /// The number or the interval.
    fn of(enclosure: &Enclosure) -> Self;
    /// A number to ask observables with.
    fn middle(self) -> f64;
}

impl Reading for f64 {
    fn of(enclosure: &Enclosure) -> Self {
        enclosure.value
    }

    fn middle(self) -> f64 {
        self
    }
}

impl Reading for Interval {
    fn of(enclosure: &Enclosure) -> Self {
        Self::new(enclosure.lo, enclosure.hi)
    }

    fn middle(self) -> f64 {
        self.midpoint()
    }
}

struct Channel<'a> {
    scope: &'a RequestScope<'a>,
}

impl<N: Reading> Scope<N> for Channel<'_> {
    fn name(&self, name: &str) -> Option<N> {
        // A failure of a plain observable is found again, with its message, through `call`.
        let enclosure = self.scope.context.exact(name, &[])?.ok()?;
        Some(N::of(&enclosure))
    }

    fn call(
        &self,
        name: &str,
        args: &[Expr],
        eval: &mut Evaluate<'_, N>,
    ) -> Option<Result<N, EvalError>> {
        if aggregate::is_aggregate(name) {
            return Some(self.scope.aggregate(name, args).map(|enclosure| N::of(&enclosure)));
        }
        let values: Result<Vec<f64>, EvalError> =
            args.iter().map(|arg| Ok(eval(arg)?.middle())).collect();
        let values = match values {
            Ok(values) => values,
            Err(error) => return Some(Err(error)),
        };
        let span = args.first().map(|expr| expr.span).unwrap_or_default();
        let answer = self.scope.context.exact(name, &values)?;
        Some(answer.map(|e| N::of(&e)).map_err(|message| EvalError { span, message }))
    }
}
