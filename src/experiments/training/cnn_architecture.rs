//! Shapes of convolutional nets in the notation of Table 5 (Gilbert et al. 2017), by counting.
//!
//! `(n)kc` is a convolution with n channels, kernel k × k and stride 1; `kpmax` and `kpave` pool regions of k × k. With
//! `padded` (default) convolutions keep the size of their input; without, they lose k − 1 samples.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Definition, Enclosure, Evidence, Failure, Nature, Observable, Parameters, Prepared,
};
use crate::training::cnn::Architecture;

/// Shapes of nets.
pub static EXPERIMENT: Definition =
    Definition::of::<Params>("shapes of convolutional nets, by counting", "", OBSERVABLES);

const fn exact(name: &'static str, latex: &'static str, doc: &'static str) -> Observable {
    Observable { name, arguments: &["net"], latex, doc, nature: Nature::Exact(Evidence::Exact) }
}

const OBSERVABLES: &[Observable] = &[
    exact("map_size", r"s_{#1}", "side of the last maps"),
    exact("convolutions", r"L_{#1}", "number of convolutions"),
    exact("widest", r"n^{\max}_{#1}", "most channels of a convolution"),
    exact("last_channels", r"n^{L}_{#1}", "channels of the last convolution"),
    exact("features", r"p_{#1}", "numbers that the classifier sees, zero padded"),
];

/// Nets and images.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Nets as in Table 5: `(2048)5c-2pmax-4pave`; observables number them from 1.
    nets: Vec<String>,
    /// Side of the images; default 32.
    #[serde(default = "side")]
    image: usize,
    /// Zero padding that keeps the size under convolutions; default true.
    #[serde(default = "yes")]
    padded: bool,
}

const fn side() -> usize {
    32
}

const fn yes() -> bool {
    true
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let hint = "for example `(32)3c-2pmax-4pave`";
        let parse = |text: &String| {
            text.parse::<Architecture>().map_err(|error| Failure::parameter(error, hint))
        };
        let nets = self.nets.iter().map(parse);
        let nets = nets.collect::<Result<Vec<Architecture>, _>>()?;
        if nets.is_empty() {
            return Err(Failure::parameter("`nets` must not be empty", hint));
        }
        Ok(Box::new(Shapes { params: self, nets }))
    }
}

struct Shapes {
    params: Params,
    nets: Vec<Architecture>,
}

impl Prepared for Shapes {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let &[number] = arguments else { return Err(Failure::no_such_observable(name)) };
        let place = (1..=self.nets.len()).find(|&place| place as f64 == number);
        let Some(net) = place.map(|place| &self.nets[place - 1]) else {
            return Err(Failure::domain(format!("there is no net {number}")));
        };
        let count = match name {
            "map_size" => net.map_side(self.params.image, self.params.padded),
            "convolutions" => net.convolutions().count(),
            "widest" => net.convolutions().map(|it| it.0).max().unwrap_or(0),
            "last_channels" => net.channels(),
            "features" => net.features(self.params.image),
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::with_error(count as f64, 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shapes_are_counted() {
        let of = |padded: bool| {
            let value = json!({"nets": ["(8)3c-2pmax-(16)3c-2pmax-2pave"], "padded": padded});
            let shapes = (EXPERIMENT.prepare)(&value).unwrap();
            ["map_size", "convolutions", "widest", "last_channels", "features"]
                .map(|name| shapes.exact(name, &[1.0]).unwrap().value)
        };
        assert_eq!(of(true), [4.0, 2.0, 16.0, 16.0, 256.0]);
        assert_eq!(of(false)[0], 3.0);
        let shapes = (EXPERIMENT.prepare)(&json!({"nets": ["(8)3c"]})).unwrap();
        assert!(shapes.exact("map_size", &[2.0]).is_err());
        for bad in [json!({"nets": []}), json!({"nets": ["8c"]})] {
            assert!((EXPERIMENT.prepare)(&bad).is_err(), "{bad}");
        }
    }
}
