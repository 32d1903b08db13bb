//! Data sets: checksums, loaders for IDX and other formats, subsets.
