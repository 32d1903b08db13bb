//! Data sets: checksums, loaders for IDX and other formats, subsets.
pub fn doctor() -> Vec<String> {
    vec![]
}
