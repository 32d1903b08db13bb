//! Nets in the notation of Table 5 (Gilbert et al. 2017): `(2048)3c-2pmax-(1024)3c-2pmax-2pave`.
//!
//! `(n)kc` is a convolution with n channels, kernel k × k and stride 1, followed by batch normalisation and a
//! ReLU; `kpmax` and `kpave` are pooling by maximum and by mean over k × k regions.

use std::fmt;
use std::str::FromStr;

/// Sizes beyond this are slips of the pen.
const LARGEST: usize = 1 << 16;

/// One operator of a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Convolution, batch normalisation, ReLU.
    Convolution {
        /// Output channels.
        channels: usize,
        /// Side of the kernel; odd where planes keep their size.
        kernel: usize,
    },
    /// Maximum over regions of this side.
    MaxPool(usize),
    /// Mean over regions of this side.
    MeanPool(usize),
}

/// A net without its classifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// The operators, from the image up.
    pub layers: Vec<Layer>,
}

impl Architecture {
    /// `depth` convolutions of equal size, each followed by 2 × 2 maximum pooling, then mean pooling of 32 × 32
    /// images to 4 × 4.
    pub fn regular(depth: usize, kernel: usize, channels: usize) -> Self {
        let pair = [Layer::Convolution { channels, kernel }, Layer::MaxPool(2)];
        let mut layers = pair.repeat(depth);
        let side = (32_usize >> depth) / 4;
        if side > 1 {
            layers.push(Layer::MeanPool(side));
        }
        Self { layers }
    }

    /// Side of the last maps for square images of this side, with zero padding that keeps the size under
    /// convolutions, or without any; 0 if a kernel or region does not fit.
    pub fn map_side(&self, image: usize, padded: bool) -> usize {
        self.layers.iter().fold(image, |side, layer| match *layer {
            Layer::Convolution { .. } if padded => side,
            Layer::Convolution { kernel, .. } => (side + 1).saturating_sub(kernel),
            Layer::MaxPool(region) | Layer::MeanPool(region) => side / region,
        })
    }

    /// Channels and kernels of the convolutions, from the image up.
    pub fn convolutions(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.layers.iter().filter_map(|layer| match *layer {
            Layer::Convolution { channels, kernel } => Some((channels, kernel)),
            _ => None,
        })
    }

    /// Channels of the last maps.
    pub fn channels(&self) -> usize {
        self.convolutions().last().map_or(0, |(channels, _)| channels)
    }

    /// Numbers that the classifier sees of an image.
    pub fn features(&self, image: usize) -> usize {
        self.channels() * self.map_side(image, true).pow(2)
    }

    /// Multiplications of one image in the convolutions, zero padded.
    pub fn products(&self, image: usize, channels: usize) -> f64 {
        let (mut side, mut below, mut total) = (image, channels, 0.0);
        for layer in &self.layers {
            match *layer {
                Layer::Convolution { channels, kernel } => {
                    total += (side * side * below * channels * kernel * kernel) as f64;
                    below = channels;
                }
                Layer::MaxPool(region) | Layer::MeanPool(region) => side /= region,
            }
        }
        total
    }

    /// What keeps a net from being built for images of this side; `None` if nothing does.
    pub fn complaint(&self, image: usize) -> Option<String> {
        if self.convolutions().next().is_none() {
            return Some(format!("`{self}` has no convolution"));
        }
        if let Some((_, kernel)) = self.convolutions().find(|(_, kernel)| kernel % 2 == 0) {
            return Some(format!("kernel {kernel} is even: zero padding can't keep the size"));
        }
        (self.map_side(image, true) == 0)
            .then(|| format!("`{self}` pools images of side {image} to nothing"))
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, layer) in self.layers.iter().enumerate() {
            f.write_str(if index > 0 { "-" } else { "" })?;
            match layer {
                Layer::Convolution { channels, kernel } => write!(f, "({channels}){kernel}c")?,
                Layer::MaxPool(region) => write!(f, "{region}pmax")?,
                Layer::MeanPool(region) => write!(f, "{region}pave")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Architecture {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let layers = text.split('-').map(|part| {
            layer(part.trim()).ok_or_else(|| {
                format!("`{part}` is none of `(channels)kernelc`, `regionpmax`, `regionpave`")
            })
        });
        Ok(Self { layers: layers.collect::<Result<_, _>>()? })
    }
}

fn layer(text: &str) -> Option<Layer> {
    let size = |text: &str| text.parse::<usize>().ok().filter(|size| (1..=LARGEST).contains(size));
    if let Some(region) = text.strip_suffix("pmax") {
        return size(region).map(Layer::MaxPool);
    }
    if let Some(region) = text.strip_suffix("pave") {
        return size(region).map(Layer::MeanPool);
    }
    let (channels, kernel) = text.strip_prefix('(')?.strip_suffix('c')?.split_once(')')?;
    Some(Layer::Convolution { channels: size(channels)?, kernel: size(kernel)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Architecture {
        text.parse().unwrap()
    }

    #[test]
    fn the_printed_notation_is_read_and_written() {
        let text = "(2048)3c-2pmax-(1024)5c-2pmax-2pave";
        let found = net(text);
        assert_eq!(found.to_string(), text);
        assert_eq!(found.layers[2], Layer::Convolution { channels: 1024, kernel: 5 });
        assert_eq!(net("(8)3c-2pmax-(8)3c-2pmax-2pave"), Architecture::regular(2, 3, 8));
        assert_eq!(net("(8)3c-2pmax-(8)3c-2pmax-(8)3c-2pmax"), Architecture::regular(3, 3, 8));
        for wrong in ["", "3c", "(0)3c", "(8)3", "2pmin", "(8)3c--2pmax", "(99999999)3c"] {
            assert!(wrong.parse::<Architecture>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn shapes_by_hand() {
        let one = net("(7)5c-2pmax-4pave");
        assert_eq!((one.map_side(32, true), one.map_side(32, false)), (4, 3));
        assert_eq!((one.features(32), one.channels()), (7 * 16, 7));
        assert_eq!(one.products(32, 3), (1024 * 3 * 7 * 25) as f64);
        let two = net("(7)3c-2pmax-(5)3c-2pmax");
        assert_eq!(two.products(8, 3), (64 * 27 * 7 + 16 * 63 * 5) as f64);
        assert_eq!(one.map_side(3, false), 0);
        assert!(one.complaint(32).is_none() && one.complaint(7).is_some());
        assert!(net("2pmax").complaint(32).is_some() && net("(2)4c").complaint(32).is_some());
    }
}
