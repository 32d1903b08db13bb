//! Images as a tensor of bytes; the numbers are made a batch at a time.

use tch::{Device, Kind, Tensor};

use crate::data::images::Images;
use crate::data::normalisation::{CIFAR10_DEVIATIONS, CIFAR10_MEANS};

/// Images with their classes.
pub struct Photos {
    /// Images × channels × height × width.
    bytes: Tensor,
    /// Classes.
    labels: Tensor,
    /// Levels of mean and of one standard deviation, a channel each.
    centre: Tensor,
    spread: Tensor,
    /// Number of classes.
    pub classes: usize,
}

impl Photos {
    /// The first `count` images, each channel standardised with CIFAR-10's constants; `labels` in place of the
    /// images' own, if given.
    pub fn new(images: &Images, count: usize, labels: Option<&[u8]>, device: Device) -> Self {
        let count = count.min(images.len());
        let shape = [count, images.channels, images.height, images.width].map(|it| it as i64);
        let labels = labels.unwrap_or(&images.labels);
        let labels: Vec<i64> = labels.iter().take(count).map(|&label| i64::from(label)).collect();
        let levels = |numbers: [f64; 3]| {
            let levels: Vec<f32> =
                numbers.iter().take(images.channels).map(|x| (255.0 * x) as f32).collect();
            Tensor::from_slice(&levels).reshape([1, -1, 1, 1]).to_device(device)
        };
        let bytes = &images.bytes[..count * images.pixels()];
        Self {
            bytes: Tensor::from_slice(bytes).reshape(shape).to_device(device),
            labels: Tensor::from_slice(&labels).to_device(device),
            centre: levels(CIFAR10_MEANS),
            spread: levels(CIFAR10_DEVIATIONS),
            classes: images.classes,
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.size()[0] as usize
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers of these images (images × channels × height × width). In memory the channels of a place lie together, and
    /// so they do in all maps made of them: pooling, normalisation and convolutions of few channels then run on vectors.
    pub fn batch(&self, places: &Tensor) -> Tensor {
        let levels = self.bytes.index_select(0, places).to_kind(Kind::Float);
        let levels = levels.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2]);
        (levels - &self.centre) / &self.spread
    }

    /// Classes of these images.
    pub fn labels(&self, places: &Tensor) -> Tensor {
        self.labels.index_select(0, places)
    }

    /// All places in blocks of at most `size`.
    pub fn blocks(&self, size: usize) -> Vec<Tensor> {
        let places: Vec<i64> = (0..self.len() as i64).collect();
        let device = self.labels.device();
        places.chunks(size).map(|block| Tensor::from_slice(block).to_device(device)).collect()
    }
}

/// Mirrors images left to right.
pub fn mirrored(batch: &Tensor) -> Tensor {
    batch.flip([3])
}
