//! The language as a whole: values, errors and their places, limits, random trees.

mod values;
