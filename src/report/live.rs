//! Pages that follow a file as it is written: `claimcheck watch` writes them, and beside them
//! `live.js`, which says in which round each was written last. Other reports have none of it.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::files::Folder;
use crate::results::Results;

/// Page name that stands for every page that is not a claim's.
pub const OTHERS: &str = "";

/// The rounds of one `claimcheck watch`.
#[derive(Debug, Default)]
pub struct Live {
    /// The round being written.
    round: u64,
    /// The round in which each claim's page was written last.
    pages: BTreeMap<String, u64>,
}

impl Live {
    /// Begins a round. Its number is one that no earlier round had, those of an earlier program included.
    pub fn begin(&mut self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
        self.round = now.max(self.round + 1);
    }

    /// Number of the round being written.
    pub const fn round(&self) -> u64 {
        self.round
    }

    /// Ends a round: tells open pages, once all of them are written.
    ///
    /// # Errors
    /// If a file can't be written.
    pub(super) fn finish(&mut self, results: &Results, folder: &mut Folder) -> anyhow::Result<()> {
        let claims = results.claims.iter().map(|claim| claim.id.as_str());
        for page in claims.chain([OTHERS]) {
            self.pages.insert(page.to_string(), self.round);
        }
        let rounds = serde_json::to_string(&self.pages)?;
        folder.write("live.js", format!("claimcheckLive({rounds});\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rounds_have_one_number() {
        let mut live = Live::default();
        let mut last = 0;
        for _ in 0..5 {
            live.begin();
            assert!(live.round() > last);
            last = live.round();
        }
    }
}
