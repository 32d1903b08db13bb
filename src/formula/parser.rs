//! Pratt parser: from tokens to a tree.
//!
//! Loosest first: `or`, `and`, `not`, comparisons (chained: `a < b < c`), `+ -`, `* /`, unary `-`,
//! `^` (right associative; its exponent may carry a minus: `2^-x`).

use std::sync::Arc;

use super::ast::{Constant, Expr, Fold, FoldKind, Level, Node, Operator, Span};
use super::error::ParseError;
use super::functions::{self, BuiltIn};
use super::lexer::{Token, tokens};

/// Longest source text, in characters.
pub const MAX_LENGTH: usize = 10_000;
/// Deepest nesting of a source text. A chain `a + b + …` nests once per operator.
pub const MAX_DEPTH: usize = 200;

/// The tree of a text.
pub(super) fn parse(text: &str) -> Result<Expr, ParseError> {
    let whole = Span { start: 0, end: text.len() };
    if text.chars().nth(MAX_LENGTH).is_some() {
        let message = format!("the formula is longer than {MAX_LENGTH} characters");
        return Err(ParseError::new(whole, message, "give its parts names"));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    if parser.tokens.len() == 1 {
        return Err(ParseError::new(whole, "the formula is empty", "write an expression"));
    }
    let tree = parser.expression(Level::Or)?;
    match parser.peek() {
        Token::End => Ok(tree.expr),
        _ => Err(parser.stray()),
    }
}

/// A tree and how deep it is: chains grow deep without recursion of the parser.
struct Tree {
    expr: Expr,
    depth: usize,
}

struct Parser<'a> {
    tokens: Vec<(Token<'a>, Span)>,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, ParseError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        self.tokens[self.at].0
    }

    fn span(&self) -> Span {
        self.tokens[self.at].1
    }

    /// Takes a token; the end stays where it is.
    fn next(&mut self) -> (Token<'a>, Span) {
        let found = self.tokens[self.at];
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        found
    }

    fn expect(&mut self, token: Token<'static>, hint: &str) -> Parsed<Span> {
        let (found, span) = self.next();
        if found == token {
            return Ok(span);
        }
        let message = format!("expected {}, found {}", token.describe(), found.describe());
        Err(ParseError::new(span, message, hint))
    }

    /// The error for a token that goes on where the formula could have ended.
    fn stray(&self) -> ParseError {
        let (token, span) = self.tokens[self.at];
        let hint = match token {
            Token::Number { .. } | Token::Name(_) | Token::Open => {
                "a multiplication is written with `*`"
            }
            Token::Close => "no parenthesis is open here",
            Token::Not => "put the negation in parentheses",
            _ => "",
        };
        ParseError::new(span, format!("unexpected {}", token.describe()), hint)
    }

    fn too_deep(&self, span: Span) -> ParseError {
        let message = format!("the formula nests deeper than {MAX_DEPTH} levels");
        ParseError::new(span, message, "give its parts names, or write a long sum with `sum`")
    }

    /// A node above trees of at most the given depth.
    fn tree(&self, node: Node, span: Span, below: usize) -> Parsed<Tree> {
        if below >= MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        Ok(Tree { expr: Expr::new(node, span), depth: below + 1 })
    }

    /// Everything that binds at least as tightly as `level`.
    fn expression(&mut self, level: Level) -> Parsed<Tree> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.too_deep(self.span()));
        }
        let mut left = self.prefix(level)?;
        while let Some(binds) = infix_level(self.peek()).filter(|binds| *binds >= level) {
            left = match binds {
                Level::Compare => self.comparison(left)?,
                _ => self.infix(left, binds)?,
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// What an expression starts with.
    fn prefix(&mut self, level: Level) -> Parsed<Tree> {
        let (token, span) = self.next();
        match token {
            Token::Number { value, exact } => self.tree(Node::Number { value, exact }, span, 0),
            Token::Name(name) => self.name(name, span),
            Token::Minus => {
                let operand = self.expression(Level::Neg)?;
                let span = span.to(operand.expr.span);
                self.tree(Node::Neg(Box::new(operand.expr)), span, operand.depth)
            }
            Token::Not if level <= Level::Not => {
                let operand = self.expression(Level::Not)?;
                let span = span.to(operand.expr.span);
                self.tree(Node::Not(Box::new(operand.expr)), span, operand.depth)
            }
            Token::Open => {
                let mut inner = self.expression(Level::Or)?;
                let close = self.expect(Token::Close, "close the parenthesis")?;
                inner.expr.span = span.to(close);
                Ok(inner)
            }
            _ => {
                let hint = match token {
                    Token::Not => "put the negation in parentheses",
                    Token::Plus => "a number needs no `+` before it",
                    Token::Star => "a power is written `x^2`",
                    _ => "an operand is missing here",
                };
                let message = format!("expected a value, found {}", token.describe());
                Err(ParseError::new(span, message, hint))
            }
        }
    }

    fn infix(&mut self, left: Tree, level: Level) -> Parsed<Tree> {
        let (token, _) = self.next();
        let right = match level {
            // Right associative, and the exponent may start with a minus.
            Level::Pow => self.expression(Level::Neg)?,
            Level::Mul => self.expression(Level::Neg)?,
            Level::Add => self.expression(Level::Mul)?,
            Level::And => self.expression(Level::Not)?,
            _ => self.expression(Level::And)?,
        };
        let span = left.expr.span.to(right.expr.span);
        let depth = left.depth.max(right.depth);
        let (a, b) = (Box::new(left.expr), Box::new(right.expr));
        let node = match token {
            Token::Plus => Node::Binary(Operator::Add, a, b),
            Token::Minus => Node::Binary(Operator::Sub, a, b),
            Token::Star => Node::Binary(Operator::Mul, a, b),
            Token::Slash => Node::Binary(Operator::Div, a, b),
            Token::Caret => Node::Binary(Operator::Pow, a, b),
            Token::And => Node::And(a, b),
            _ => Node::Or(a, b),
        };
        self.tree(node, span, depth)
    }

    /// A chain of comparisons after its first operand.
    fn comparison(&mut self, first: Tree) -> Parsed<Tree> {
        let (mut span, mut depth) = (first.expr.span, first.depth);
        let mut rest = Vec::new();
        while let Token::Compare(comparison) = self.peek() {
            self.next();
            let operand = self.expression(Level::Add)?;
            span = span.to(operand.expr.span);
            depth = depth.max(operand.depth);
            rest.push((comparison, operand.expr));
        }
        self.tree(Node::Compare(Box::new(first.expr), rest), span, depth)
    }

    /// A constant, a name or a call.
    fn name(&mut self, name: &str, span: Span) -> Parsed<Tree> {
        let called = self.peek() == Token::Open;
        if let Some(constant) = Constant::find(name) {
            if called {
                let message = format!("`{name}` is a constant, not a function");
                let hint = if name == "e" { "write `exp(x)`" } else { "multiply with `*`" };
                return Err(ParseError::new(span, message, hint));
            }
            return self.tree(Node::Constant(constant), span, 0);
        }
        match (name, called) {
            ("sum", true) => self.fold(FoldKind::Sum, span),
            ("product", true) => self.fold(FoldKind::Product, span),
            ("if", true) => self.choice(span),
            (_, true) => self.call(name, span),
            ("sum" | "product" | "if", false) => {
                let message = format!("`{name}` is a word of the language, not a name");
                Err(ParseError::new(span, message, format!("write {}", signature_of(name))))
            }
            (_, false) => self.tree(Node::Name(name.into()), span, 0),
        }
    }

    /// The arguments of a call with their parentheses; the greatest depth; the closing place.
    fn arguments(&mut self) -> Parsed<(Vec<Expr>, usize, Span)> {
        self.next();
        let (mut list, mut depth) = (Vec::new(), 0);
        if self.peek() == Token::Close {
            return Ok((list, depth, self.next().1));
        }
        loop {
            let argument = self.expression(Level::Or)?;
            depth = depth.max(argument.depth);
            list.push(argument.expr);
            let (token, span) = self.next();
            match token {
                Token::Comma => {}
                Token::Close => return Ok((list, depth, span)),
                _ => {
                    let message = format!("expected `,` or `)`, found {}", token.describe());
                    return Err(ParseError::new(span, message, "close the list of arguments"));
                }
            }
        }
    }

    fn call(&mut self, name: &str, start: Span) -> Parsed<Tree> {
        let (args, depth, end) = self.arguments()?;
        let span = start.to(end);
        let node = match functions::find(name) {
            Some(function) => {
                check_arity(function, args.len(), span)?;
                Node::Apply(function, args)
            }
            None => Node::Call(Arc::from(name), args),
        };
        self.tree(node, span, depth)
    }

    fn choice(&mut self, start: Span) -> Parsed<Tree> {
        let (args, depth, end) = self.arguments()?;
        let span = start.to(end);
        let found = args.len();
        match <[Expr; 3]>::try_from(args) {
            Ok(parts) => self.tree(Node::If(Box::new(parts)), span, depth),
            Err(_) => Err(wrong_arity("if", found, span)),
        }
    }

    fn fold(&mut self, kind: FoldKind, start: Span) -> Parsed<Tree> {
        let (args, depth, end) = self.arguments()?;
        let span = start.to(end);
        let found = args.len();
        let Ok([index, from, to, body]) = <[Expr; 4]>::try_from(args) else {
            return Err(wrong_arity(kind.word(), found, span));
        };
        let Node::Name(name) = index.node else {
            let message = format!("the index of a {} must be a plain name", kind.word());
            let hint = format!("write {}", signature_of(kind.word()));
            return Err(ParseError::new(index.span, message, hint));
        };
        let fold = Fold { kind, index: name, from, to, body };
        self.tree(Node::Fold(Box::new(fold)), span, depth)
    }
}

/// How tightly a token binds between two operands, if it can stand there.
fn infix_level(token: Token) -> Option<Level> {
    match token {
        Token::Or => Some(Level::Or),
        Token::And => Some(Level::And),
        Token::Compare(_) => Some(Level::Compare),
        Token::Plus | Token::Minus => Some(Level::Add),
        Token::Star | Token::Slash => Some(Level::Mul),
        Token::Caret => Some(Level::Pow),
        _ => None,
    }
}

fn signature_of(word: &str) -> &'static str {
    match word {
        "sum" => "`sum(k, from, to, term)`",
        "product" => "`product(k, from, to, factor)`",
        _ => "`if(condition, then, otherwise)`",
    }
}

fn wrong_arity(word: &str, found: usize, span: Span) -> ParseError {
    let message =
        format!("`{word}` takes {} arguments, not {found}", 3 + usize::from(word != "if"));
    ParseError::new(span, message, format!("write {}", signature_of(word)))
}

fn check_arity(function: &BuiltIn, found: usize, span: Span) -> Parsed<()> {
    let least = function.args.len();
    let most = if function.variadic { functions::MAX_ARGUMENTS } else { least };
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let expected = match (function.variadic, least) {
        (true, _) => format!("{least} to {most} arguments"),
        (false, 1) => "1 argument".to_string(),
        (false, _) => format!("{least} arguments"),
    };
    let message = format!("`{}` takes {expected}, not {found}", function.name);
    Err(ParseError::new(span, message, format!("write `{}`", function.signature())))
}
