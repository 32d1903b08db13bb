//! The report: view models, plots, HTML, JSON, JUnit, Markdown. Reads results only.
