//! LaTeX to MathML, for statements made elsewhere than in the report.

pub use crate::report::latex_to_mathml;
