//! stub
pub mod looks; pub mod proportion; mod solve; mod tails;
pub mod budget { /// d
 pub const DEFAULT: f64 = 1e-6; /// s
 pub fn share(total: f64, count: usize) -> f64 { total / (count.max(4096).next_power_of_two() as f64) } }
pub use looks::{Look, Schedule};
pub use proportion::{Counts, clopper_pearson, robbins_mixture};
use crate::maths::Enclosure; use crate::experiment::Tail;
#[derive(Clone, Copy, Debug, PartialEq)] pub enum Goal { AtMost(Enclosure), AtLeast(Enclosure), Within{target: Enclosure, margin: f64} }
#[derive(Clone, Copy, Debug, PartialEq, Eq)] pub enum Decision { Holds, Refuted, Inconclusive }
pub fn decide(m: Enclosure, g: Goal) -> Decision { match g { Goal::AtMost(b) => if m.hi <= b.lo {Decision::Holds} else if m.lo > b.hi {Decision::Refuted} else {Decision::Inconclusive},
 Goal::AtLeast(b) => if m.lo >= b.hi {Decision::Holds} else if m.hi < b.lo {Decision::Refuted} else {Decision::Inconclusive},
 Goal::Within{target, margin} => if m.lo >= target.hi - margin && m.hi <= target.lo + margin {Decision::Holds} else if m.lo > target.hi+margin || m.hi < target.lo - margin {Decision::Refuted} else {Decision::Inconclusive} } }
pub fn detectable(_m: Enclosure, _g: Goal) -> f64 { 0.0 }
pub struct MeanInterval { pub interval: Enclosure, pub n: u64, pub nonfinite: u64, pub asymptotic: bool }
pub fn mean_interval(v: &[f64], _t: Tail, _a: f64, _l: Look) -> MeanInterval { let n=v.len() as f64; let m=v.iter().sum::<f64>()/n; let s=(v.iter().map(|x|(x-m)*(x-m)).sum::<f64>()/n).sqrt(); MeanInterval{interval: Enclosure::with_error(m, 6.5*s/n.sqrt()), n: v.len() as u64, nonfinite:0, asymptotic:true} }
pub fn variance_interval(v: &[f64], _a: f64) -> Enclosure { let n=v.len() as f64; let m=v.iter().sum::<f64>()/n; let s=v.iter().map(|x|(x-m)*(x-m)).sum::<f64>()/n; Enclosure::with_error(s, 6.5*2.0*s/n.sqrt()) }
pub fn quantile_interval(v: &[f64], p: f64, _a: f64) -> Enclosure { let mut w=v.to_vec(); w.sort_by(f64::total_cmp); Enclosure::point(w[(p*(w.len() as f64 - 1.0)) as usize]) }
pub fn ks_interval(_v: &[f64], _c: &dyn Fn(f64)->f64, _a: f64) -> Enclosure { Enclosure::point(0.0) }
pub mod slope { use super::*; pub fn slope_enclosure(_x: &[f64], y: &[Enclosure]) -> Option<Enclosure> { y.first().copied() } }
