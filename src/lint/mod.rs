//! Lints on claim files, one file a lint.
