//! The formula language: parse, evaluate (numbers and intervals), print, substitute.
