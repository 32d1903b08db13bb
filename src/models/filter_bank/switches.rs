//! Decoding activations through the switches of a stack: a stand-in for a trained decoder.
//!
//! Near an image a stack of convolutions, ReLUs and maximum pools is affine: f = Ax + b, where A knows which units
//! are active and where each maximum was taken (the switches). [`Piece::decode`] looks for the image by
//! conjugate gradients on ‖Ax + b − f‖², from 0, a few steps only: early stopping is its regularisation.

use super::maps::Maps;
use super::stack::Layer;

/// The affine piece of a stack around an image.
pub struct Piece<'a> {
    blocks: Vec<Block<'a>>,
    /// Activations behind each pool.
    pub pools: Vec<Maps>,
    input: Maps,
}

struct Block<'a> {
    /// Layers with their active units.
    layers: Vec<(&'a Layer, Vec<bool>)>,
    /// For each pooled number its place among those that were pooled.
    switches: Vec<usize>,
}

impl<'a> Piece<'a> {
    /// Runs blocks of layers, each followed by a 2 × 2 pool, on an image.
    pub fn around(blocks: &'a [Vec<Layer>], input: Maps) -> Self {
        let (mut found, mut pools) = (Vec::new(), Vec::new());
        let mut maps = input.clone();
        for block in blocks {
            let layers = block.iter().map(|layer| {
                let before = layer.apply(&maps);
                let active = before.values.iter().map(|&v| v > 0.0).collect();
                maps = before.rectified();
                (layer, active)
            });
            let layers = layers.collect();
            let switches = switches(&maps);
            maps = picked(&maps, &switches);
            pools.push(maps.clone());
            found.push(Block { layers, switches });
        }
        Self { blocks: found, pools, input }
    }

    /// A x for the first `depth` blocks.
    pub fn apply(&self, x: &Maps, depth: usize) -> Maps {
        let mut maps = x.clone();
        for block in &self.blocks[..depth] {
            for (layer, active) in &block.layers {
                maps = masked(layer.filters.apply(&maps), active);
            }
            maps = picked(&maps, &block.switches);
        }
        maps
    }

    /// Aᵀ y.
    pub fn adjoint(&self, y: &Maps, depth: usize) -> Maps {
        let mut maps = y.clone();
        for block in self.blocks[..depth].iter().rev() {
            let mut unpooled = Maps::zeros(maps.channels, 2 * maps.height, 2 * maps.width);
            for (&at, &value) in block.switches.iter().zip(&maps.values) {
                unpooled.values[at] = value;
            }
            maps = unpooled;
            for (layer, active) in block.layers.iter().rev() {
                maps = layer.filters.adjoint(&masked(maps, active));
            }
        }
        maps
    }

    /// The image that `steps` steps of conjugate gradients find for activations behind pool `depth`.
    pub fn decode(&self, activations: &Maps, depth: usize, steps: usize) -> Maps {
        // f − b = f − (pool − A·input).
        let mut residual = self.apply(&self.input, depth);
        add(&mut residual, 1.0, activations);
        add(&mut residual, -1.0, &self.pools[depth - 1]);
        let mut x = Maps { values: vec![0.0; self.input.values.len()], ..self.input.clone() };
        let mut slope = self.adjoint(&residual, depth);
        let mut direction = slope.clone();
        let mut size = slope.square();
        for _ in 0..steps {
            let moved = self.apply(&direction, depth);
            let curvature = moved.square();
            if size == 0.0 || curvature == 0.0 {
                break;
            }
            let length = size / curvature;
            add(&mut x, length, &direction);
            add(&mut residual, -length, &moved);
            slope = self.adjoint(&residual, depth);
            let next = slope.square();
            direction.values.iter_mut().zip(&slope.values).for_each(|(d, s)| {
                *d = (f64::from(*d) * (next / size) + f64::from(*s)) as f32;
            });
            size = next;
        }
        x
    }
}

fn add(maps: &mut Maps, factor: f64, other: &Maps) {
    let sum = |a: f32, b: f32| (f64::from(a) + factor * f64::from(b)) as f32;
    maps.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a = sum(*a, *b));
}

fn masked(mut maps: Maps, active: &[bool]) -> Maps {
    for (value, active) in maps.values.iter_mut().zip(active) {
        if !active {
            *value = 0.0;
        }
    }
    maps
}

/// Where the maximum of each 2 × 2 region is (the first of equals); sizes are even.
fn switches(maps: &Maps) -> Vec<usize> {
    let (height, width) = (maps.height / 2, maps.width / 2);
    let region = |index: usize| {
        let (channel, y, x) = (index / (height * width), index / width % height, index % width);
        let first = channel * maps.plane() + 2 * y * maps.width + 2 * x;
        let places = [first, first + 1, first + maps.width, first + maps.width + 1];
        let best = |a: usize, b: usize| if maps.values[b] > maps.values[a] { b } else { a };
        places.into_iter().fold(first, best)
    };
    (0..maps.channels * height * width).map(region).collect()
}

fn picked(maps: &Maps, switches: &[usize]) -> Maps {
    let values = switches.iter().map(|&at| maps.values[at]).collect();
    Maps { channels: maps.channels, height: maps.height / 2, width: maps.width / 2, values }
}

#[cfg(test)]
mod tests {
    use super::super::conv::Filters;
    use super::*;
    use nalgebra::DMatrix;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * i + 3 * i + 1) as f32).sin()).collect()
    }

    fn maps(channels: usize, side: usize) -> Maps {
        Maps { values: numbers(channels * side * side), ..Maps::zeros(channels, side, side) }
    }

    fn blocks() -> Vec<Vec<Layer>> {
        let layer = |count: usize, channels: usize| Layer {
            filters: Filters(DMatrix::from_vec(9 * channels, count, numbers(9 * channels * count))),
            biases: numbers(count),
        };
        vec![vec![layer(6, 2), layer(5, 6)], vec![layer(8, 5)]]
    }

    #[test]
    fn pools_are_those_of_the_stack_and_the_piece_is_adjoint() {
        let blocks = blocks();
        let piece = Piece::around(&blocks, maps(2, 8));
        let first = blocks[0][0].apply(&maps(2, 8)).rectified();
        assert_eq!(piece.pools[0], blocks[0][1].apply(&first).rectified().pooled());
        for depth in 1..=2 {
            let x = Maps { values: numbers(135)[7..].to_vec(), ..maps(2, 8) };
            let y = Maps {
                values: piece.pools[depth - 1].values.clone(),
                ..piece.pools[depth - 1].clone()
            };
            let (left, right) = (piece.apply(&x, depth).dot(&y), x.dot(&piece.adjoint(&y, depth)));
            assert!((left - right).abs() < 1e-4 * left.abs().max(1.0), "{depth}: {left} {right}");
        }
    }

    /// The activations of the image itself, and enough of them: the image comes back.
    #[test]
    fn an_image_is_found_from_its_activations() {
        let all = Filters(DMatrix::from_vec(18, 24, numbers(18 * 24)));
        // Large biases keep all units active: 24 channels of a quarter of the places for 2 channels of all.
        let block = vec![vec![Layer { filters: all, biases: vec![50.0; 24] }]];
        let input = maps(2, 8);
        let piece = Piece::around(&block, input.clone());
        let error = |steps: usize| {
            let mut found = piece.decode(&piece.pools[0], 1, steps);
            add(&mut found, -1.0, &input);
            (found.square() / input.square()).sqrt()
        };
        assert!(error(1) > error(5) && error(5) > error(100), "{} {}", error(1), error(5));
        assert!(error(100) < 1e-2, "{}", error(100));
    }
}
