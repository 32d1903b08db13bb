//! Assertion kinds: what is concluded from measured values, one file a kind.
