//! The canonical text of a tree: fixed spacing, as few parentheses as precedence allows.

use super::ast::{Comparison, Expr, Level, Node, Operator, Span};

/// The canonical text.
pub(super) fn canonical(expr: &Expr) -> String {
    respan(&mut expr.clone())
}

/// The canonical text; every node's span becomes its place in it.
pub(super) fn respan(expr: &mut Expr) -> String {
    let mut out = String::new();
    write(expr, Level::Or, &mut out);
    out
}

/// Writes a node, in parentheses if it is looser than `least`.
fn write(expr: &mut Expr, least: Level, out: &mut String) {
    let start = out.len();
    let wrapped = expr.node.level() < least;
    if wrapped {
        out.push('(');
    }
    write_node(&mut expr.node, out);
    if wrapped {
        out.push(')');
    }
    expr.span = Span { start, end: out.len() };
}

fn write_node(node: &mut Node, out: &mut String) {
    match node {
        Node::Number { value, .. } => out.push_str(&number(*value)),
        Node::Constant(constant) => out.push_str(constant.word()),
        Node::Name(name) => out.push_str(name),
        Node::Neg(operand) => {
            out.push('-');
            write(operand, Level::Neg, out);
        }
        Node::Binary(operator, a, b) => {
            let (symbol, left, right) = match operator {
                Operator::Add => (" + ", Level::Add, Level::Mul),
                Operator::Sub => (" - ", Level::Add, Level::Mul),
                Operator::Mul => ("*", Level::Mul, Level::Neg),
                Operator::Div => ("/", Level::Mul, Level::Neg),
                Operator::Pow => ("^", Level::Atom, Level::Neg),
            };
            pair(a, left, symbol, b, right, out);
        }
        Node::Compare(first, rest) => chain(first, rest, out),
        Node::Not(operand) => {
            out.push_str("not ");
            write(operand, Level::Not, out);
        }
        Node::And(a, b) => pair(a, Level::And, " and ", b, Level::Not, out),
        Node::Or(a, b) => pair(a, Level::Or, " or ", b, Level::And, out),
        Node::Apply(function, args) => call(function.name, args.iter_mut(), out),
        Node::Call(name, args) => call(name, args.iter_mut(), out),
        Node::Fold(fold) => {
            let fold = &mut **fold;
            out.push_str(fold.kind.word());
            out.push('(');
            out.push_str(&fold.index);
            for part in [&mut fold.from, &mut fold.to, &mut fold.body] {
                out.push_str(", ");
                write(part, Level::Or, out);
            }
            out.push(')');
        }
        Node::If(parts) => call("if", parts.iter_mut(), out),
    }
}

fn pair(a: &mut Expr, left: Level, symbol: &str, b: &mut Expr, right: Level, out: &mut String) {
    write(a, left, out);
    out.push_str(symbol);
    write(b, right, out);
}

fn chain(first: &mut Expr, rest: &mut [(Comparison, Expr)], out: &mut String) {
    write(first, Level::Add, out);
    for (comparison, expr) in rest {
        out.push(' ');
        out.push_str(comparison.symbol());
        out.push(' ');
        write(expr, Level::Add, out);
    }
}

fn call<'a>(name: &str, args: impl Iterator<Item = &'a mut Expr>, out: &mut String) {
    out.push_str(name);
    out.push('(');
    for (i, argument) in args.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(argument, Level::Or, out);
    }
    out.push(')');
}

/// A number as the language reads it: the shortest decimal that gives the double back.
fn number(x: f64) -> String {
    let size = x.abs();
    match () {
        () if x.is_nan() => "0/0".into(),
        () if size == f64::INFINITY => if x > 0.0 { "inf" } else { "-inf" }.into(),
        () if size == 0.0 || (1e-4..1e15).contains(&size) => format!("{x}"),
        () => format!("{x:e}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::formula::Formula;

    #[test]
    fn parentheses_are_as_few_as_precedence_allows() {
        let cases = [
            ("((a+b))*c", "(a + b)*c"),
            ("a+(b*c)", "a + b*c"),
            ("a-(b-c)", "a - (b - c)"),
            ("(a-b)-c", "a - b - c"),
            ("(a^b)^c", "(a^b)^c"),
            ("a^(b^c)", "a^b^c"),
            ("(-x)^2", "(-x)^2"),
            ("-(x^2)", "-x^2"),
            ("a*(-b)", "a*-b"),
            ("2^(-x)", "2^-x"),
            ("a/(b/c)", "a/(b/c)"),
            ("not (a<b and c)", "not (a < b and c)"),
            ("(not (a<b)) and c", "not a < b and c"),
            ("(a<b)<c", "(a < b) < c"),
            ("a or (b and c)", "a or b and c"),
            ("(a or b) and c", "(a or b) and c"),
            ("sum(k,1,n,(x^k))", "sum(k, 1, n, x^k)"),
            ("if(a<b,1e-9,.50)", "if(a < b, 1e-9, 0.5)"),
            ("1000000*1e300", "1000000*1e300"),
        ];
        for (text, canonical) in cases {
            let formula = Formula::parse(text).unwrap();
            assert_eq!(formula.canonical(), canonical);
            assert_eq!(Formula::parse(canonical).unwrap().canonical(), canonical);
        }
    }

    #[test]
    fn numbers_of_hand_made_trees_read_back() {
        for (x, text) in
            [(-2.0, "-2"), (f64::NEG_INFINITY, "-inf"), (f64::NAN, "0/0"), (0.1, "0.1")]
        {
            let formula = Formula::number(x);
            assert_eq!(formula.canonical(), text);
            assert_eq!(Formula::parse(text).unwrap().canonical(), text);
        }
    }
}
