//! What a run yields.
