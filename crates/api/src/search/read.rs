//! Reads a query.

use std::fmt;

use super::{Bound, Expression, Member, Scope, Test, span};

/// Parentheses within parentheses.
const DEEPEST: usize = 32;

/// Terms in one query.
const MOST: usize = 256;

/// Characters in one query.
const LONGEST: usize = 8_000;

/// A wildcard in front looks at everything there is, so it needs something to look for.
const LITERALS: usize = 3;

/// What is not understood, and how many characters into the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// What it is.
    pub what: &'static str,
    /// Where it begins.
    pub at: usize,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.what, self.at)
    }
}

impl std::error::Error for Misread {}

/// Reads a whole query.
pub(super) fn query(text: &str, scope: &Scope) -> Result<Expression, Misread> {
    if text.trim() == "*" {
        return Ok(Expression::Anything);
    }
    if text.len() > LONGEST {
        return Err(Misread { what: "more than 8000 characters", at: LONGEST });
    }
    if let Some(at) = text.find('\0') {
        return Err(Misread { what: "a character that no text has", at });
    }
    let mut reader = Reader { text: text.chars().collect(), at: 0, terms: 0, scope };
    let expression = reader.either(None, 0)?;
    match reader.peek() {
        None => Ok(expression),
        Some(_) => Err(reader.misread("a parenthesis that nothing opens")),
    }
}

struct Reader<'a> {
    text: Vec<char>,
    at: usize,
    terms: usize,
    scope: &'a Scope,
}

/// One value as it was written: its parts around each `*`, and whether anything in it was quoted or escaped.
struct Word {
    parts: Vec<String>,
    literal: bool,
}

impl Reader<'_> {
    /// Terms joined by `OR`, or by nothing.
    fn either(&mut self, field: Option<&str>, depth: usize) -> Result<Expression, Misread> {
        if depth > DEEPEST {
            return Err(self.misread("parentheses nested too deeply"));
        }
        let mut parts = vec![self.both(field, depth)?];
        while !matches!(self.next_thing(), None | Some(')')) {
            self.keyword("OR");
            parts.push(self.both(field, depth)?);
        }
        Ok(joined(parts, Expression::Any))
    }

    /// Terms joined by `AND`.
    fn both(&mut self, field: Option<&str>, depth: usize) -> Result<Expression, Misread> {
        let mut parts = vec![self.one(field, depth)?];
        while self.keyword("AND") {
            parts.push(self.one(field, depth)?);
        }
        Ok(joined(parts, Expression::All))
    }

    /// A term, or a query in parentheses, perhaps denied.
    fn one(&mut self, field: Option<&str>, depth: usize) -> Result<Expression, Misread> {
        let begin = self.next_thing();
        if depth > DEEPEST {
            return Err(self.misread("signs nested too deeply"));
        }
        if self.keyword("NOT") || self.take('-') || self.take('!') {
            return Ok(Expression::Not(Box::new(self.one(field, depth + 1)?)));
        }
        if self.take('+') {
            return self.one(field, depth + 1);
        }
        if self.keyword("AND") || self.keyword("OR") {
            return Err(self.misread("a term is missing before this"));
        }
        match begin {
            None => Err(self.misread("a term is missing")),
            Some('(') => self.inside(field, depth),
            Some(_) => self.term(field, depth),
        }
    }

    fn inside(&mut self, field: Option<&str>, depth: usize) -> Result<Expression, Misread> {
        self.at += 1;
        let inner = self.either(field, depth + 1)?;
        match self.take(')') {
            true => Ok(inner),
            false => Err(self.misread("a parenthesis is not closed")),
        }
    }

    fn term(&mut self, field: Option<&str>, depth: usize) -> Result<Expression, Misread> {
        self.terms += 1;
        if self.terms > MOST {
            return Err(self.misread("too many terms"));
        }
        let begin = self.at;
        if field.is_none()
            && let Some(name) = self.name()
        {
            return self.about(&name, begin, depth);
        }
        let members = match field {
            Some(name) => self.member(name, begin)?,
            None => self.scope.named(),
        };
        self.tested(members, field)
    }

    /// What a field is followed by.
    fn about(&mut self, name: &str, begin: usize, depth: usize) -> Result<Expression, Misread> {
        if let "_exists_" | "_missing_" = name {
            let begin = self.at;
            let word = self.word()?;
            let [named] = word.parts.as_slice() else { return Err(self.misread("a field is missing")) };
            let there = Expression::Term(self.member(named, begin)?, Test::Exists);
            return Ok(if name == "_exists_" { there } else { Expression::Not(Box::new(there)) });
        }
        let members = self.member(name, begin)?;
        match self.next_thing() {
            Some('(') => self.inside(Some(name), depth),
            Some('[' | '{') => self.range(members, name),
            Some('>' | '<') => self.compared(members, name),
            _ => self.tested(members, Some(name)),
        }
    }

    fn tested(&mut self, members: Vec<Member>, field: Option<&str>) -> Result<Expression, Misread> {
        let begin = self.at;
        let Word { parts, literal } = self.word()?;
        let misread = |what| Misread { what, at: begin };
        if let [whole] = parts.as_slice() {
            self.must_fit(field, whole, begin)?;
            return match whole.is_empty() && !literal {
                true => Err(misread("a value is missing")),
                false => Ok(term(members, Test::Is(whole.clone()))),
            };
        }
        if parts.iter().all(String::is_empty) {
            return Ok(term(members, Test::Exists));
        }
        if field.is_some_and(|field| self.scope.is_whole(field) || self.scope.is_moment(field)) {
            return Err(misread("a wildcard where only whole values can be named"));
        }
        let literals: usize = parts.iter().map(|part| part.chars().count()).sum();
        if parts.first().is_some_and(String::is_empty) && literals < LITERALS {
            return Err(misread("a wildcard in front of fewer than three characters"));
        }
        Ok(term(members, Test::Like(parts)))
    }

    /// `[a TO b]`
    fn range(&mut self, members: Vec<Member>, name: &str) -> Result<Expression, Misread> {
        self.must_compare(name)?;
        let inclusive = self.peek() == Some('[');
        self.at += 1;
        let least = self.bound(name, inclusive)?;
        if !self.keyword("TO") {
            return Err(self.misread("a range without TO"));
        }
        let most = self.bound(name, false)?;
        self.next_thing();
        let inclusive = match (self.take(']'), self.take('}')) {
            (true, _) => true,
            (_, true) => false,
            _ => return Err(self.misread("a range is not closed")),
        };
        Ok(term(members, Test::Within(least, most.map(|bound| Bound { inclusive, ..bound }))))
    }

    /// `>a`, `<=b`
    fn compared(&mut self, members: Vec<Member>, name: &str) -> Result<Expression, Misread> {
        self.must_compare(name)?;
        let above = self.peek() == Some('>');
        self.at += 1;
        let inclusive = self.take('=');
        let bound = self.bound(name, inclusive)?;
        Ok(term(members, if above { Test::Within(bound, None) } else { Test::Within(None, bound) }))
    }

    fn must_compare(&self, name: &str) -> Result<(), Misread> {
        match self.scope.is_whole(name) {
            true => Err(self.misread("a range where only whole values can be named")),
            false => Ok(()),
        }
    }

    /// Where a point in time is meant, one is named.
    fn must_fit(&self, field: Option<&str>, value: &str, at: usize) -> Result<(), Misread> {
        match field.is_some_and(|field| self.scope.is_moment(field)) && span(value).is_none() {
            true => Err(Misread { what: "what is no time", at }),
            false => Ok(()),
        }
    }

    fn bound(&mut self, name: &str, inclusive: bool) -> Result<Option<Bound>, Misread> {
        self.next_thing();
        let begin = self.at;
        let Word { parts, .. } = self.word()?;
        match parts.as_slice() {
            [value] if !value.is_empty() => {
                self.must_fit(Some(name), value, begin)?;
                Ok(Some(Bound { value: value.clone(), inclusive }))
            }
            [before, after] if before.is_empty() && after.is_empty() => Ok(None),
            _ => Err(self.misread("a bound is missing")),
        }
    }

    /// A field's name and its colon, where that is what comes.
    fn name(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let length = rest.iter().position(|c| !(c.is_alphanumeric() || "_.-/$".contains(*c)))?;
        if length == 0 || rest.get(length) != Some(&':') {
            return None;
        }
        self.at += length + 1;
        Some(rest.get(..length)?.iter().collect())
    }

    fn member(&self, name: &str, begin: usize) -> Result<Vec<Member>, Misread> {
        let unknown = Misread { what: "a field that cannot be searched", at: begin };
        self.scope.member(name).map(|member| vec![member]).ok_or(unknown)
    }

    /// A value: in quotes, or up to a space or a bracket.
    fn word(&mut self) -> Result<Word, Misread> {
        let begin = self.at;
        if self.take('"') {
            let mut text = String::new();
            while let Some(c) = self.step() {
                match c {
                    '"' => return Ok(Word { parts: vec![text], literal: true }),
                    '\\' => text.extend(self.step()),
                    c => text.push(c),
                }
            }
            return Err(Misread { what: "a quotation mark is not closed", at: begin });
        }
        let mut word = Word { parts: vec![String::new()], literal: false };
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || "()[]{}".contains(c) => break,
                '?' | '~' | '^' | '"' => {
                    return Err(self.misread("a character with a meaning that is not offered"));
                }
                '/' if word.parts == [""] => return Err(self.misread("a regular expression")),
                '*' => word.parts.push(String::new()),
                '\\' => {
                    self.at += 1;
                    let Some(c) = self.peek() else { return Err(self.misread("a backslash at the end")) };
                    word.push(c);
                    word.literal = true;
                }
                c => word.push(c),
            }
            self.at += 1;
        }
        Ok(word)
    }

    /// One of the words between terms, where it stands alone.
    fn keyword(&mut self, word: &str) -> bool {
        self.next_thing();
        let end = self.at + word.len();
        let here = self.text.get(self.at..end).is_some_and(|here| here.iter().copied().eq(word.chars()));
        let alone = self.text.get(end).is_none_or(|c| c.is_whitespace() || "()\"".contains(*c));
        if here && alone {
            self.at = end;
        }
        here && alone
    }

    fn next_thing(&mut self) -> Option<char> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.peek()
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn step(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn take(&mut self, wanted: char) -> bool {
        let here = self.peek() == Some(wanted);
        self.at += usize::from(here);
        here
    }

    const fn misread(&self, what: &'static str) -> Misread {
        Misread { what, at: self.at }
    }
}

impl Word {
    fn push(&mut self, c: char) {
        if let Some(part) = self.parts.last_mut() {
            part.push(c);
        }
    }
}

/// A test of each of these members: where case does not matter, what is looked for is folded too.
fn term(members: Vec<Member>, test: Test) -> Expression {
    let (folded, exact): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.folded);
    let mut parts = Vec::new();
    if !exact.is_empty() {
        parts.push(Expression::Term(exact, test.clone()));
    }
    if !folded.is_empty() {
        parts.push(Expression::Term(folded, test.folded()));
    }
    joined(parts, Expression::Any)
}

fn joined(mut parts: Vec<Expression>, by: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            by(parts)
        }
    }
}

impl Test {
    fn folded(self) -> Self {
        let bound = |bound: Bound| Bound { value: bound.value.to_lowercase(), ..bound };
        match self {
            Self::Exists => Self::Exists,
            Self::Is(value) => Self::Is(value.to_lowercase()),
            Self::Like(parts) => Self::Like(parts.iter().map(|part| part.to_lowercase()).collect()),
            Self::Within(least, most) => Self::Within(least.map(bound), most.map(bound)),
        }
    }
}
