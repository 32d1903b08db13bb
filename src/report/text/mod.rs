//! Text that readers see: numbers, words for verdicts, Markdown, LaTeX, MathML.

pub mod latex;
pub mod markdown;
pub mod mathml;
pub mod number;
pub mod words;
