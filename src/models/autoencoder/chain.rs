//! Autoencoders without matrices: what a Gaussian matrix does in one pass, drawn from its exact law.
//!
//! A pass asks `y = W s` and later `Wᵀ a`, where `a` depends on `W` through `y` only (and on what is
//! independent of `W`). Given `y`, with `P` the projection off `s` and `W̃` an independent copy
//! (Li & Nguyen 2019, Appendix A.3, Step 1; Bolthausen 2014),
//!
//! `W = y sᵀ/‖s‖² + W̃ P`, hence `Wᵀ a = s ⟨y, a⟩/‖s‖² + P W̃ᵀ a`,
//!
//! where `y` has independent entries of variance `σ_W² ‖s‖²/n` and `W̃ᵀ a` of variance `σ_W² ‖a‖²/n`. Layer
//! after layer this gives the joint law of all vectors of the pass, exactly at every size, in O(n)
//! numbers a layer.

use super::weights::{Shape, Weights, add_scaled, dot, norm_sq};
use crate::random::Stream;

/// What is kept of the identity: the first is right for tied weights, the others are for controls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conditioning {
    /// The identity itself.
    #[default]
    Exact,
    /// `W̃ᵀ a` without the projection.
    WithoutProjection,
    /// Without the part along `s`: the decoder forgets the encoder.
    WithoutSignal,
    /// Neither: exactly the law of an untied network, whose decoder has matrices of its own.
    Untied,
}

/// Gaussian matrices, as far as a pass has asked for them.
pub struct Chain {
    shapes: Vec<Shape>,
    rule: Conditioning,
    stream: Stream,
    /// `s` and `y = W s` of each layer that was asked.
    asked: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Chain {
    /// Gaussian matrices of these shapes, for layers 1, …, L.
    pub fn new(shapes: Vec<Shape>, rule: Conditioning, stream: Stream) -> Self {
        let asked = vec![(Vec::new(), Vec::new()); shapes.len()];
        Self { shapes, rule, stream, asked }
    }
}

impl Weights for Chain {
    fn encode(&mut self, layer: usize, s: &[f64], y: &mut [f64]) {
        let scale = self.shapes[layer - 1].entry_scale() * norm_sq(s).sqrt();
        self.stream.fill_normal(y);
        y.iter_mut().for_each(|y| *y *= scale);
        self.asked[layer - 1] = (s.to_vec(), y.to_vec());
    }

    fn decode(&mut self, layer: usize, a: &[f64], out: &mut [f64]) {
        let (s, y) = std::mem::take(&mut self.asked[layer - 1]);
        let scale = self.shapes[layer - 1].entry_scale() * norm_sq(a).sqrt();
        self.stream.fill_normal(out);
        out.iter_mut().for_each(|z| *z *= scale);
        let length = norm_sq(&s);
        if length == 0.0 {
            // W s = 0 tells nothing of W.
            return;
        }
        let along = match self.rule {
            Conditioning::Exact => dot(&y, a) - dot(out, &s),
            Conditioning::WithoutProjection => dot(&y, a),
            Conditioning::WithoutSignal => -dot(out, &s),
            Conditioning::Untied => return,
        };
        add_scaled(out, along / length, &s);
    }
}
