//! Maps that keep the order of the file, as lists of pairs.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// Reads a map as a list of pairs.
pub fn deserialize<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<(String, T)>, D::Error> {
    let map = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
    map.into_iter()
        .map(|(key, value)| {
            let value = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
            Ok((key, value))
        })
        .collect()
}

/// Map that keeps the order of the file.
pub type Ordered<T> = Vec<(String, T)>;
