//! Running: plan, schedule, journal, shards, progress.
