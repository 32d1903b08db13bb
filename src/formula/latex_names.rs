//! How names look as mathematics: Greek words are letters, what follows `_` is an index.

/// Greek words and their commands.
const GREEK: &[(&str, &str)] = &[
    ("alpha", r"\alpha"),
    ("beta", r"\beta"),
    ("gamma", r"\gamma"),
    ("delta", r"\delta"),
    ("eps", r"\varepsilon"),
    ("epsilon", r"\varepsilon"),
    ("zeta", r"\zeta"),
    ("eta", r"\eta"),
    ("theta", r"\theta"),
    ("iota", r"\iota"),
    ("kappa", r"\kappa"),
    ("lambda", r"\lambda"),
    ("mu", r"\mu"),
    ("nu", r"\nu"),
    ("xi", r"\xi"),
    ("rho", r"\rho"),
    ("sigma", r"\sigma"),
    ("tau", r"\tau"),
    ("upsilon", r"\upsilon"),
    ("phi", r"\varphi"),
    ("chi", r"\chi"),
    ("psi", r"\psi"),
    ("omega", r"\omega"),
    ("Gamma", r"\Gamma"),
    ("Delta", r"\Delta"),
    ("Theta", r"\Theta"),
    ("Lambda", r"\Lambda"),
    ("Xi", r"\Xi"),
    ("Pi", r"\Pi"),
    ("Sigma", r"\Sigma"),
    ("Phi", r"\Phi"),
    ("Psi", r"\Psi"),
    ("Omega", r"\Omega"),
    ("ell", r"\ell"),
];

/// Words as LaTeX text, whatever they hold.
pub fn text(words: &str) -> String {
    let mut out = String::from(r"\text{");
    for c in words.chars() {
        match c {
            '\\' => out.push('∖'),
            '$' | '#' | '_' | '%' => out.extend(['\\', c]),
            '{' => out.push('❴'),
            '}' => out.push('❵'),
            '&' => out.push('＆'),
            '^' => out.push('ˆ'),
            '~' => out.push('∼'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out + "}"
}

/// LaTeX of a name, and whether it is one letter (with or without an index).
pub(super) fn name(name: &str) -> (String, bool) {
    let mut parts = name.split('_').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or(name);
    let rest: Vec<_> = parts.map(symbol).collect();
    let word = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &first[word.len()..];
    let short = |s: &str| s.chars().count() == 1 || greek(s).is_some();
    if !short(first) && !short(word) {
        // A word: `bound_over_exact` is not the letter b with an index.
        return (text(name), false);
    }
    let (base, mut index) =
        if short(first) { (first, vec![]) } else { (word, vec![symbol(digits)]) };
    index.extend(rest);
    let base = symbol(base);
    match index.is_empty() {
        true => (base, true),
        false => (format!("{base}_{{{}}}", index.join(",")), true),
    }
}

fn greek(word: &str) -> Option<&'static str> {
    GREEK.iter().find(|(name, _)| *name == word).map(|(_, letter)| *letter)
}

/// One part of a name.
fn symbol(part: &str) -> String {
    match greek(part) {
        Some(letter) => letter.into(),
        None if part.bytes().all(|b| b.is_ascii_digit()) => part.into(),
        None if part.len() == 1 && part.as_bytes()[0].is_ascii_alphabetic() => part.into(),
        None => text(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_symbols() {
        let cases = [
            ("eps", r"\varepsilon", true),
            ("m", "m", true),
            ("n_l", "n_{l}", true),
            ("x1", "x_{1}", true),
            ("beta_0_max", r"\beta_{0,\text{max}}", true),
            ("rate", r"\text{rate}", false),
            ("bound_over_exact", r"\text{bound\_over\_exact}", false),
            ("__", r"\text{\_\_}", false),
            ("_x", "x", true),
        ];
        for (text, latex, letter) in cases {
            assert_eq!(name(text), (latex.to_string(), letter), "{text}");
        }
    }
}
