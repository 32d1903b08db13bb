//! The language as a whole: values, errors and their places, limits, mathematics on the page, random
//! trees.

mod mathematics;
mod random;
mod values;
