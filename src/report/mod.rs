//! The report: view models, plots, HTML, JSON, JUnit, Markdown. Reads results only.

pub mod files;
pub mod json;
pub mod text;

pub use text::latex::latex_to_mathml;
pub use text::markdown::markdown_to_html;
