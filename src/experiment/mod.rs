//! What an experiment is: typed parameters in, named observables out.
//!
//! An experiment says *what is measured*. It is a file in `src/experiments`, or a folder with `mod.rs`, that exports
//! `pub static EXPERIMENT: Definition`; `build.rs` finds it. Its module docs are its manual.
//! Observables are either exact (a function of `f64` arguments that returns an [`Enclosure`]) or
//! sampled (one number a trial, a trial being one draw of the declared random unit).

mod definition;
mod evidence;
mod failure;
mod observable;
mod picture;

pub use definition::{Definition, Entry, Parameters, Prepared};
pub use evidence::Evidence;
pub use failure::Failure;
pub use observable::{Column, Nature, Observable, Tail};
pub use picture::Picture;

pub use crate::maths::Enclosure;
