//! Which claim leans on which.

use std::collections::BTreeMap;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// The graph of `uses`: an edge runs from a claim to each claim that it leans on.
pub struct Graph {
    graph: DiGraph<String, ()>,
    index: BTreeMap<String, NodeIndex>,
}

impl Graph {
    /// From ids and what each uses; uses of unknown ids are left out (a lint names them).
    pub fn new<'a>(claims: impl Iterator<Item = (&'a str, &'a [String])> + Clone) -> Self {
        let mut graph = DiGraph::new();
        let mut index = BTreeMap::new();
        for (id, _) in claims.clone() {
            index.entry(id.to_string()).or_insert_with(|| graph.add_node(id.to_string()));
        }
        for (id, uses) in claims {
            for used in uses {
                if let (Some(&from), Some(&to)) = (index.get(id), index.get(used.as_str())) {
                    graph.update_edge(from, to, ());
                }
            }
        }
        Self { graph, index }
    }

    /// Everything that a claim leans on, directly or not, sorted.
    pub fn ancestors(&self, id: &str) -> Vec<String> {
        let Some(&start) = self.index.get(id) else { return Vec::new() };
        let mut walk = petgraph::visit::Dfs::new(&self.graph, start);
        let mut found = Vec::new();
        while let Some(node) = walk.next(&self.graph) {
            if node != start {
                found.push(self.graph[node].clone());
            }
        }
        found.sort();
        found
    }
}

/// The cycles of the graph: each a list of ids that lean on one another, sorted.
pub fn cycles(graph: &Graph) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = tarjan_scc(&graph.graph)
        .into_iter()
        .filter(|part| part.len() > 1 || graph.graph.find_edge(part[0], part[0]).is_some())
        .map(|part| {
            let mut ids: Vec<String> = part.iter().map(|&node| graph.graph[node].clone()).collect();
            ids.sort();
            ids
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_and_ancestors() {
        let uses = [
            ("a", vec!["b".to_string()]),
            ("b", vec!["c".to_string()]),
            ("c", vec![]),
            ("d", vec!["e".to_string()]),
            ("e", vec!["d".to_string()]),
            ("f", vec!["f".to_string(), "nobody".to_string()]),
        ];
        let graph = Graph::new(uses.iter().map(|(id, uses)| (*id, uses.as_slice())));
        assert_eq!(graph.ancestors("a"), ["b", "c"]);
        assert_eq!(cycles(&graph), [vec!["d", "e"], vec!["f"]]);
    }
}
