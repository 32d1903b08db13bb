//! Mathematics: intervals, special functions, quadrature, roots, convolution, linear algebra helpers.

pub mod enclosure;
pub mod interval;

pub use enclosure::Enclosure;
pub use interval::Interval;
