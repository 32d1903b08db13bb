//! Markup: LaTeX to MathML, a safe Markdown, a whitelist for MathML, numbers in few digits or in as many as intervals support. Used where statements are made
//! (formal statements, lints) and where they are shown (the report).

pub mod digits;
pub mod latex;
pub mod markdown;
pub mod mathml;
pub mod number;
mod tight;

pub use latex::{LONGEST, formula, formula_text, latex_to_mathml};
pub use markdown::markdown_to_html;
