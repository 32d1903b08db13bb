//! Convolutional filter banks as matrices (Gilbert et al. 2017): model-sparse codes, isometry constants, recovery.

pub mod coherence;
pub mod coherence_table;
