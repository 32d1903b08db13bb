//! LaTeX to MathML.
/// Converts.
pub fn latex_to_mathml(latex: &str, display: bool) -> Result<String, String> {
    let _ = display;
    Ok(format!("<mtext>{latex}</mtext>"))
}
