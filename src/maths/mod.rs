//! Mathematics: intervals, special functions, quadrature, roots, convolution, linear algebra helpers.

pub mod binomial;
pub mod chi_squared;
pub mod dot;
pub mod enclosure;
pub mod error;
pub mod fft;
pub mod fit;
pub mod gamma;
pub mod gaussian;
pub mod interval;
pub mod kolmogorov;
pub mod normal;
pub mod quadrature;
pub mod roots;
pub mod special;
pub mod sum;

pub use enclosure::Enclosure;
pub use error::NumericalError;
pub use interval::Interval;
