//! How claim files describe the layers of a net.

use schemars::JsonSchema;
use serde::Deserialize;

use super::net_description::{Init, NetDescription};
use crate::experiment::Failure;

/// Sizes and variance of the layers of a net.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Layers {
    /// Width of all layers; needed unless `widths` is given, not read if it is.
    #[serde(default)]
    pub n: Option<usize>,
    /// Depth; needed unless `widths` is given, their number if it is.
    #[serde(default, rename = "L")]
    pub depth: Option<usize>,
    /// Widths of the layers, first to last.
    #[serde(default)]
    pub widths: Option<Vec<usize>>,
    /// Input dimension; the first width if left out.
    #[serde(default)]
    pub n0: Option<usize>,
    /// Variance of the weights.
    #[serde(default)]
    pub init: Init,
}

impl Layers {
    /// The ReLU net of these layers.
    ///
    /// # Errors
    /// [`Failure::Parameter`] if the layers are not told, contradict each other, or have no unit.
    pub fn net(&self) -> Result<NetDescription, Failure> {
        let widths = match (&self.widths, self.n, self.depth) {
            (Some(widths), _, depth) if depth.is_none_or(|l| l == widths.len()) => widths.clone(),
            (None, Some(n), Some(depth)) => vec![n; depth],
            _ => {
                let message = "the widths are not told, or contradict `L`";
                return Err(Failure::parameter(message, "give `n` and `L`, or `widths`"));
            }
        };
        let input = self.n0.or(widths.first().copied()).unwrap_or(0);
        let net = NetDescription::relu(input, widths, self.init);
        net.check().map_err(|message| Failure::parameter(message, "widths are at least 1"))?;
        Ok(net)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn net(value: serde_json::Value) -> Result<NetDescription, Failure> {
        Layers::deserialize(value).unwrap().net()
    }

    #[test]
    fn both_ways_to_tell_the_widths_agree() {
        let told = net(json!({"n": 7, "L": 3})).unwrap();
        assert_eq!(told.widths, [7, 7, 7]);
        assert_eq!(told.input, 7);
        assert_eq!(net(json!({"widths": [7, 7, 7], "L": 3})).unwrap().widths, told.widths);
        assert_eq!(net(json!({"widths": [4, 5], "n0": 9})).unwrap().input, 9);
    }

    #[test]
    fn contradictions_and_empty_nets_are_refused() {
        for wrong in [
            json!({}),
            json!({"n": 3}),
            json!({"L": 3, "widths": [10, 10]}),
            json!({"widths": []}),
            json!({"widths": [10, 0]}),
            json!({"n": 3, "L": 2, "n0": 0}),
        ] {
            assert!(matches!(net(wrong.clone()), Err(Failure::Parameter { .. })), "{wrong}");
        }
    }
}
