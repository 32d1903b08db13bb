//! Mathematics: intervals, special functions, quadrature, roots, convolution, linear algebra helpers.

pub mod enclosure;

pub use enclosure::Enclosure;
