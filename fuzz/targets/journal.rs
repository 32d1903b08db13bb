//! Any bytes as a journal: whole lines are taken, others are named, nothing else is read.
#![no_main]

use claimcheck::run::journal::Memory;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut memory = Memory::default();
    if memory.add_from(bytes).is_err() {
        assert!(memory.is_empty());
        return;
    }
    let lines = bytes.split(|&byte| byte == b'\n').count();
    assert!(memory.len() + memory.dropped.len() <= lines);
    let count = memory.len();
    assert_eq!(memory.into_entries().len(), count);
});
