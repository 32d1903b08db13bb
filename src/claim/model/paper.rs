//! A paper's own file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Ordered, ordered};

/// A paper: `claims/<paper>/paper.yaml`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paper {
    /// The folder's name.
    pub id: String,
    /// Title.
    pub title: String,
    /// Authors in order.
    pub authors: Vec<String>,
    /// Year.
    pub year: u16,
    /// arXiv number.
    #[serde(default)]
    pub arxiv: Option<String>,
    /// One paragraph on what the paper is about, in your own words.
    pub about: String,
    /// Symbols and their meaning.
    #[serde(default, deserialize_with = "ordered::deserialize")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub notation: Ordered<String>,
    /// The claims' slugs in the paper's order; claims left out follow by id.
    #[serde(default)]
    pub order: Vec<String>,
}
