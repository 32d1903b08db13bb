//! What a claim file says: model, loading with positions, grids, the claim graph.
//!
//! `tree` reads YAML into nodes that know their place; `schema` holds the nodes against the JSON
//! schema generated from `model` and reports every departure at once; `suite` loads a whole folder.

mod bind;
mod diagnostic;
mod graph;
mod grid;
mod model;
mod overlay;
mod schema;
mod suggest;
mod suite;
mod tree;

pub use bind::{Bindings, lets_used};
pub use diagnostic::{Diagnostic, Severity, render};
pub use graph::{Graph, cycles};
pub use grid::{MAX_POINTS, axis_size, expand, number, size, values as axis_values};
pub use model::{
    AxisSpec, Check, Claim, Control, ControlExpect, Erratum, Expect, GallerySpec, Kind, Levels,
    Ordered, Overlay, Paper, PlotSpec, Profile, Quantity, Range, Reduce, SeriesSpec, Trials,
    label_name,
};
pub use overlay::overlaid;
pub use schema::{claim_schema, paper_schema};
pub use suggest::nearest;
pub use suite::{Loaded, LoadedPaper, Suite};
pub use tree::{Node, NodeKind, Step};
