//! How names look as mathematics: Greek words are letters, what follows `_` is an index.

/// Greek words and their letters.
const GREEK: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("eps", "ε"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Xi", "Ξ"),
    ("Pi", "Π"),
    ("Sigma", "Σ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("ell", "ℓ"),
];

/// Text as XML holds it.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// MathML of a name, and whether it is one letter (with or without an index).
pub(super) fn name(text: &str) -> (String, bool) {
    let mut parts = text.split('_').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or(text);
    let rest: Vec<_> = parts.map(symbol).collect();
    let word = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &first[word.len()..];
    let short = |s: &str| s.chars().count() == 1 || greek(s).is_some();
    if !short(first) && !short(word) {
        // A word: `bound_over_exact` is not the letter b with an index.
        return (format!("<mi>{}</mi>", escape(text)), false);
    }
    let (base, mut index) =
        if short(first) { (first, vec![]) } else { (word, vec![symbol(digits)]) };
    index.extend(rest);
    let base = symbol(base);
    if index.is_empty() {
        return (base, true);
    }
    (format!("<msub>{base}<mrow>{}</mrow></msub>", index.join("<mo>,</mo>")), true)
}

fn greek(word: &str) -> Option<&'static str> {
    GREEK.iter().find(|(name, _)| *name == word).map(|(_, letter)| *letter)
}

/// One part of a name.
fn symbol(part: &str) -> String {
    match greek(part) {
        Some(letter) => format!("<mi>{letter}</mi>"),
        None if part.bytes().all(|b| b.is_ascii_digit()) => format!("<mn>{part}</mn>"),
        None => format!("<mi>{}</mi>", escape(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_symbols() {
        let cases = [
            ("eps", "<mi>ε</mi>", true),
            ("m", "<mi>m</mi>", true),
            ("n_l", "<msub><mi>n</mi><mrow><mi>l</mi></mrow></msub>", true),
            ("x1", "<msub><mi>x</mi><mrow><mn>1</mn></mrow></msub>", true),
            (
                "beta_0_max",
                "<msub><mi>β</mi><mrow><mn>0</mn><mo>,</mo><mi>max</mi></mrow></msub>",
                true,
            ),
            ("rate", "<mi>rate</mi>", false),
            ("bound_over_exact", "<mi>bound_over_exact</mi>", false),
            ("__", "<mi>__</mi>", false),
            ("_x", "<mi>x</mi>", true),
        ];
        for (text, mathml, letter) in cases {
            assert_eq!(name(text), (mathml.to_string(), letter), "{text}");
        }
        assert_eq!(escape("a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;");
    }
}
