//! Did you mean …?

/// Longer words are no slip of the pen, and comparing them takes long.
const MAX_LENGTH: usize = 80;

/// The candidate nearest to `word`, if one is near enough to be a likely slip.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, candidate)| {
            *likeness > 0.82 || strsim::damerau_levenshtein(word, candidate) <= 1
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A hint for an unknown name: the nearest candidate, else the list of all.
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(word, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    let mut all: Vec<&str> = candidates.into_iter().collect();
    all.sort_unstable();
    all.dedup();
    let shown = all.iter().take(30).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => String::new(),
        1..=30 => format!("known here: {shown}"),
        more => format!("known here: {shown}, and {} more", more - 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let words = ["controls", "grid", "given", "experiment"];
        assert_eq!(nearest("contrls", words), Some("controls"));
        assert_eq!(nearest("grids", words), Some("grid"));
        assert_eq!(nearest("zzzz", words), None);
        assert_eq!(nearest(&"control".repeat(100_000), words), None);
        assert!(hint("zzzz", words).starts_with("known here: `controls`"));
    }
}
