//! Models: layers, nets and the exact laws of what they compute.
// Only relu_layer.rs (E1) and deep_norm.rs (E3) are to be written here; relu_net, backward, subspace are being
// written by other workers in other worktrees now: leave them out.
