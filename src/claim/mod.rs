//! What a claim file says: model, loading with positions, grids, the claim graph.
