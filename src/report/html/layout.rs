//! Layered drawing of one paper's claims: a claim stands right of everything it uses.
//!
//! Layers by longest path; within a layer the order follows the mean place of neighbours
//! (barycentre sweeps), so that edges cross little. Deterministic: ties keep the paper's order.

use std::collections::BTreeMap;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

/// Sweeps over the layers, there and back.
const SWEEPS: usize = 6;

/// Where nodes stand, and how edges reach them.
#[derive(Debug, Default, PartialEq)]
pub struct Layout {
    /// Layer and row of each node that has an edge, and of each bend (numbered after the nodes).
    pub places: BTreeMap<usize, (usize, f64)>,
    /// Nodes without edges, in order.
    pub loose: Vec<usize>,
    /// Edges from used to user.
    pub edges: Vec<Edge>,
    /// Rows of the tallest layer.
    pub rows: usize,
    /// Number of layers.
    pub layers: usize,
}

/// An edge with the bends that lead it past the nodes of the layers between.
#[derive(Debug, PartialEq)]
pub struct Edge {
    /// The claim that is used.
    pub from: usize,
    /// The claim that uses it.
    pub to: usize,
    /// Bends, one in each layer between.
    pub via: Vec<usize>,
}

/// Lays out `n` nodes with edges from used to user. An edge that closes a cycle is left out of the
/// layering but stays among the edges.
pub fn layered(n: usize, edges: &[(usize, usize)]) -> Layout {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<NodeIndex> = (0..n).map(|i| graph.add_node(i)).collect();
    for (from, to) in edges {
        graph.update_edge(nodes[*from], nodes[*to], ());
    }
    let back: Vec<_> = petgraph::algo::greedy_feedback_arc_set(&graph).map(|e| e.id()).collect();
    let all: Vec<_> =
        graph.edge_references().map(|e| (e.source().index(), e.target().index())).collect();
    graph.retain_edges(|_, edge| !back.contains(&edge));
    let mut layer = longest_paths(&graph);
    let (linked, loose): (Vec<usize>, Vec<usize>) =
        (0..n).partition(|i| all.iter().any(|(a, b)| a == i || b == i));
    let (chains, edges) = bend(&all, &mut layer);
    let mut layers = vec![Vec::new(); linked.iter().map(|i| layer[*i] + 1).max().unwrap_or(0)];
    for i in linked.into_iter().chain(n..layer.len()) {
        layers[layer[i]].push(i);
    }
    for sweep in 0..SWEEPS {
        order(&mut layers, &chains, sweep % 2 == 0);
    }
    let rows = layers.iter().map(Vec::len).max().unwrap_or(0);
    let places = rows_of(&layers, rows);
    Layout { places, loose, edges, rows, layers: layers.len() }
}

/// Cuts edges over several layers into steps of one, with a bend in each layer between. Gives the
/// graph of all steps, and the edges with their bends, whose layers are added to `layer`.
fn bend(all: &[(usize, usize)], layer: &mut Vec<usize>) -> (DiGraph<usize, ()>, Vec<Edge>) {
    let mut steps = Vec::new();
    let mut edges = Vec::new();
    for (from, to) in all {
        let mut via = Vec::new();
        for between in layer[*from] + 1..layer[*to] {
            via.push(layer.len());
            layer.push(between);
        }
        let stops: Vec<usize> = [*from].into_iter().chain(via.clone()).chain([*to]).collect();
        let forward = layer[*from] < layer[*to];
        steps.extend(stops.windows(2).filter(|_| forward).map(|pair| (pair[0], pair[1])));
        edges.push(Edge { from: *from, to: *to, via });
    }
    let mut graph = DiGraph::new();
    let nodes: Vec<NodeIndex> = (0..layer.len()).map(|i| graph.add_node(i)).collect();
    for (from, to) in steps {
        graph.add_edge(nodes[from], nodes[to], ());
    }
    (graph, edges)
}

/// Length of the longest path that ends in each node.
fn longest_paths(graph: &DiGraph<usize, ()>) -> Vec<usize> {
    let mut layer = vec![0; graph.node_count()];
    // No cycle is left, so an order exists.
    for node in petgraph::algo::toposort(graph, None).unwrap_or_default() {
        let before = graph.neighbors_directed(node, Direction::Incoming);
        layer[node.index()] = before.map(|other| layer[other.index()] + 1).max().unwrap_or(0);
    }
    layer
}

/// Sorts each layer by the mean row of its neighbours in the layers already placed.
fn order(layers: &mut [Vec<usize>], graph: &DiGraph<usize, ()>, forward: bool) {
    let tallest = layers.iter().map(Vec::len).max().unwrap_or(0);
    let count = layers.len();
    for step in 1..count {
        let at = if forward { step } else { count - 1 - step };
        let rows = rows_of(layers, tallest);
        let direction = if forward { Direction::Incoming } else { Direction::Outgoing };
        let mean = |node: usize| {
            let near = graph.neighbors_directed(NodeIndex::new(node), direction);
            let beside: Vec<f64> = near.map(|other| rows[&other.index()].1).collect();
            match beside.len() {
                0 => rows[&node].1,
                n => beside.iter().sum::<f64>() / n as f64,
            }
        };
        let mut keyed: Vec<(f64, usize)> = layers[at].iter().map(|n| (mean(*n), *n)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        layers[at] = keyed.into_iter().map(|(_, node)| node).collect();
    }
}

/// Rows with each layer centred.
fn rows_of(layers: &[Vec<usize>], tallest: usize) -> BTreeMap<usize, (usize, f64)> {
    let mut rows = BTreeMap::new();
    for (at, layer) in layers.iter().enumerate() {
        let first = (tallest - layer.len()) as f64 / 2.0;
        for (row, node) in layer.iter().enumerate() {
            rows.insert(*node, (at, first + row as f64));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_stand_right_of_what_they_use() {
        let edges = [(0, 1), (1, 2), (0, 2), (3, 2)];
        let layout = layered(6, &edges);
        for (from, to) in edges {
            assert!(layout.places[&from].0 < layout.places[&to].0);
        }
        assert_eq!((layout.loose.as_slice(), layout.layers), (&[4, 5][..], 3));
    }

    #[test]
    fn a_long_edge_bends_past_what_lies_between() {
        let layout = layered(3, &[(0, 1), (1, 2), (0, 2)]);
        let long = layout.edges.iter().find(|edge| (edge.from, edge.to) == (0, 2)).unwrap();
        assert_eq!(long.via, [3]);
        assert_eq!(layout.places[&3].0, 1);
        assert!((layout.places[&3].1 - layout.places[&1].1).abs() >= 1.0, "{layout:?}");
    }

    #[test]
    fn a_cycle_and_a_loop_do_no_harm() {
        let layout = layered(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        assert_eq!((layout.places.len(), layout.edges.len()), (3, 4));
        assert_eq!(layered(0, &[]), Layout::default());
    }

    #[test]
    fn neighbours_share_a_row_where_they_can() {
        // Two chains that the input order would cross.
        let layout = layered(4, &[(0, 3), (1, 2)]);
        let crossing = (layout.places[&0].1 < layout.places[&1].1)
            != (layout.places[&3].1 < layout.places[&2].1);
        assert!(!crossing, "{layout:?}");
    }
}
