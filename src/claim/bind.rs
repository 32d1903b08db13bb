//! Names to numbers: what a formula of a claim file means at a grid point.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::model::{Check, Claim};
use crate::formula::{EvalError, Formula};
use crate::results::Point;

/// The names of a check at a point.
pub struct Bindings<'a> {
    values: BTreeMap<&'a str, &'a Value>,
    lets: BTreeMap<&'a str, &'a Formula>,
    resolved: RefCell<HashMap<String, Formula>>,
}

impl<'a> Bindings<'a> {
    /// Point before `given`, the check's own before the claim's.
    pub fn new(claim: &'a Claim, check: &'a Check, point: &'a Point) -> Self {
        let given =
            claim.given.iter().chain(&check.given).map(|(name, value)| (name.as_str(), value));
        let point = point.iter().map(|(name, value)| (name.as_str(), value));
        let lets = claim.lets.iter().chain(&check.lets);
        Self {
            values: given.chain(point).collect(),
            lets: lets.map(|(name, formula)| (name.as_str(), &formula.0)).collect(),
            resolved: RefCell::default(),
        }
    }

    /// The value of a name that is no formula.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.values.get(name).copied()
    }

    /// The formula with every parameter and every `let` name replaced; observables are left.
    ///
    /// # Errors
    /// The result is too large, or `let` names define one another in a circle.
    pub fn resolve(&self, formula: &Formula) -> Result<Formula, EvalError> {
        self.resolve_within(formula, &mut Vec::new())
    }

    fn resolve_within(
        &self,
        formula: &Formula,
        within: &mut Vec<String>,
    ) -> Result<Formula, EvalError> {
        let mut replacements: HashMap<String, Formula> = HashMap::new();
        for (name, span) in formula.names() {
            if replacements.contains_key(&name) {
                continue;
            }
            if let Some(number) = self.values.get(name.as_str()).and_then(|value| value.as_f64()) {
                replacements.insert(name, Formula::number(number));
            } else if let Some(definition) = self.lets.get(name.as_str()) {
                if within.contains(&name) {
                    let message = format!("`{name}` is defined by itself");
                    return Err(EvalError { span, message });
                }
                let known = self.resolved.borrow().get(&name).cloned();
                let resolved = match known {
                    Some(resolved) => resolved,
                    None => {
                        within.push(name.clone());
                        let resolved = self.resolve_within(definition, within)?;
                        within.pop();
                        self.resolved.borrow_mut().insert(name.clone(), resolved.clone());
                        resolved
                    }
                };
                replacements.insert(name, resolved);
            }
        }
        formula.substitute(&|name| replacements.get(name).cloned())
    }
}

/// The `let` names that a formula needs, directly or through others.
pub fn lets_used(claim: &Claim, check: &Check, formula: &Formula) -> BTreeSet<String> {
    let lets: BTreeMap<&str, &Formula> = claim
        .lets
        .iter()
        .chain(&check.lets)
        .map(|(name, formula)| (name.as_str(), &formula.0))
        .collect();
    let mut found = BTreeSet::new();
    let mut open = vec![formula.clone()];
    while let Some(formula) = open.pop() {
        for (name, _) in formula.names() {
            if let Some(definition) = lets.get(name.as_str())
                && found.insert(name)
            {
                open.push((*definition).clone());
            }
        }
    }
    found
}
