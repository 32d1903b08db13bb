//! Least squares with a penalty as a classifier: targets ±1, one a class; features standardised by the training images.

use tch::{Device, Kind, Tensor};

use super::cnn::Net;
use super::photos::Photos;
use super::session::Session;

/// Images standardised at once where pixels are the features.
const BLOCK: usize = 1000;

/// Features of training and test images (images × features).
pub struct Features {
    train: Tensor,
    test: Tensor,
}

impl Features {
    /// What a net with the statistics of the training images makes of them.
    pub fn of_net(net: &mut Net, photos: &Photos, test: &Photos) -> Self {
        let _session = Session::enter();
        net.settle(photos, false);
        Self { train: net.all_features(photos, false), test: net.all_features(test, false) }
    }

    /// The pixels themselves.
    pub fn of_pixels(photos: &Photos, test: &Photos) -> Self {
        let _session = Session::enter();
        let all = |photos: &Photos| {
            let blocks = photos.blocks(BLOCK);
            let rows: Vec<Tensor> =
                blocks.iter().map(|at| photos.batch(at).flatten(1, -1)).collect();
            Tensor::cat(&rows, 0)
        };
        Self { train: all(photos), test: all(test) }
    }

    /// Share of test images whose class has the largest output of
    /// argmin ‖XB − Y‖² + `penalty`·n·‖B‖², n training images, Y less its means; NaN if it can't be solved.
    pub fn accuracy(self, photos: &Photos, test: &Photos, penalty: f64) -> f64 {
        let _session = Session::enter();
        let (x, x_test) = self.standardised();
        let labels = |photos: &Photos| {
            Tensor::cat(
                &photos.blocks(BLOCK).iter().map(|at| photos.labels(at)).collect::<Vec<_>>(),
                0,
            )
        };
        let y = labels(photos).one_hot(photos.classes as i64).to_kind(Kind::Double) * 2.0 - 1.0;
        let means = y.mean_dim(&[0_i64][..], false, None);
        let count = photos.len() as f64;
        let unit = Tensor::eye(x.size()[1], (Kind::Double, x.device()));
        let gram = x.tr().mm(&x) + unit * (penalty * count);
        let products = x.tr().mm(&(y - &means));
        let Ok(factor) = gram.f_linalg_cholesky(false) else { return f64::NAN };
        let weights = products.cholesky_solve(&factor, false);
        let outputs = x_test.mm(&weights) + means;
        outputs.accuracy_for_logits(&labels(test)).to_device(Device::Cpu).double_value(&[])
    }

    /// Each feature less its mean over the training images, divided by its standard deviation.
    fn standardised(self) -> (Tensor, Tensor) {
        let train = self.train.to_kind(Kind::Double);
        let (variance, mean) = train.var_mean_dim(&[0_i64][..], false, false);
        // A feature that never varies is 0 and stays so.
        let deviation = variance.sqrt().clamp_min(1e-12);
        let plain = |x: Tensor| (x - &mean) / &deviation;
        (plain(train), plain(self.test.to_kind(Kind::Double)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::images::Images;

    fn photos(labels: &[u8]) -> Photos {
        let images = Images {
            channels: 1,
            height: 1,
            width: 1,
            bytes: vec![0; labels.len()],
            labels: labels.to_vec(),
            classes: 2,
        };
        Photos::new(&images, labels.len(), None, Device::Cpu)
    }

    /// One standardised feature with x = ∓1 and equal classes: B = Σxy/(n + λn), so any penalty keeps the sign.
    #[test]
    fn one_feature_by_hand() {
        let column = |x: &[f32]| Tensor::from_slice(x).unsqueeze(1);
        let (train, test) = (photos(&[0, 1, 0, 1]), photos(&[0, 0, 1, 1]));
        for penalty in [0.0, 0.1, 100.0] {
            let features = Features {
                train: column(&[3.0, 5.0, 3.0, 5.0]),
                test: column(&[3.5, 4.5, 9.0, 4.1]),
            };
            assert_eq!(features.accuracy(&train, &test, penalty), 0.75, "{penalty}");
        }
        // The penalty decides between two equal columns.
        let twice = |x: &[f32]| column(x).repeat([1, 2]);
        let features = Features { train: twice(&[1.0, 2.0, 1.0, 2.0]), test: twice(&[1.0; 4]) };
        assert!(features.accuracy(&train, &test, 1.0) == 0.5);
    }
}
