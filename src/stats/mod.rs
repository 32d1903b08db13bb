//! Verdict statistics: confidence sequences, exact tests, fits, error budget.
