//! What a search means to a database: the same as `keybound_api::search` says of a document, which is held against it.
//!
//! Every value is given beside the statement; its text is made of ours alone.

mod json;
mod sort;
mod text;

use keybound_api::search::{Expression, Member, Test, number, span};

pub use self::sort::{Order, Sort};
use self::text::Side;
use crate::sql::Composed;

/// Where a member is found.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A text, compared byte by byte.
    Text(&'static str),
    /// What a row is called: equal by its key, else compared byte by byte.
    Key(&'static str),
    /// Digits, compared as the database orders keys.
    Digits(&'static str),
    /// Seconds since 1970.
    Time(&'static str),
    /// A number.
    Number(&'static str),
    /// The same text for all.
    Always(String),
    /// Somewhere in the document, perhaps in a list.
    Json,
}

/// Goes on with what must hold of a row.
pub(crate) fn condition(out: &mut Composed, wanted: &Expression, place: &impl Fn(&Member) -> Place) {
    match wanted {
        Expression::Anything => {
            out.say("TRUE");
        }
        Expression::All(parts) => joined(out, parts, " AND ", |out, part| condition(out, part, place)),
        Expression::Any(parts) => joined(out, parts, " OR ", |out, part| condition(out, part, place)),
        Expression::Not(part) => {
            // What is not there is not so, and never unknown.
            out.say("(");
            condition(out, part, place);
            out.say(" IS NOT TRUE)");
        }
        Expression::Term(members, test) => {
            joined(out, members, " OR ", |out, member| term(out, (member, &place(member)), test));
        }
    }
}

/// How much of a table is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those that an index finds.
    Few,
    /// All of them, in their order, until there are enough.
    All,
}

impl Reach {
    /// How much an expression reaches, by what single terms do.
    pub(crate) fn of(wanted: &Expression, is_known: &impl Fn(&Member, &Test) -> bool) -> Self {
        let is_few = |part: &Expression| Self::of(part, is_known) == Self::Few;
        let few = match wanted {
            Expression::Anything | Expression::Not(_) => false,
            Expression::All(parts) => parts.iter().any(is_few),
            Expression::Any(parts) => parts.iter().all(is_few),
            Expression::Term(members, test) => members.iter().all(|member| is_known(member, test)),
        };
        if few { Self::Few } else { Self::All }
    }
}

fn term(out: &mut Composed, (member, place): (&Member, &Place), test: &Test) {
    match (place, test) {
        (Place::Text(expression), _) => Side::Bytes(expression).test(out, test),
        (Place::Key(expression), Test::Is(_)) => Side::Keys(expression).test(out, test),
        (Place::Key(expression), _) => Side::Bytes(expression).test(out, test),
        (Place::Digits(expression), _) => Side::Keys(expression).test(out, test),
        (Place::Time(expression), _) => moment(out, expression, test),
        (Place::Number(expression), _) => numeric(out, expression, test),
        (Place::Always(text), _) => {
            out.say(if test.holds_text(text) { "TRUE" } else { "FALSE" });
        }
        (Place::Json, _) => json::test(out, member.path(), test),
    }
}

/// Parts in parentheses.
fn joined<T>(out: &mut Composed, parts: &[T], by: &str, mut each: impl FnMut(&mut Composed, &T)) {
    out.say("(");
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.say(by);
        }
        each(out, part);
    }
    out.say(")");
}

/// A comparison of numbers. What is no number is none of them.
fn numeric(out: &mut Composed, expression: &str, test: &Test) {
    let compare = |out: &mut Composed, sign: &str, wanted: &str| match number(wanted) {
        Some(number) => {
            out.say(expression)
                .say(sign)
                .say("CAST(")
                .give(format!("{number:?}"))
                .say(" AS DOUBLE PRECISION)");
        }
        None => {
            out.say("FALSE");
        }
    };
    out.say("(");
    match test {
        Test::Exists => {
            out.say(expression).say(" IS NOT NULL");
        }
        Test::Is(wanted) => compare(out, " = ", wanted),
        Test::Like(_) => {
            out.say("FALSE");
        }
        Test::Within(least, most) => {
            out.say(expression).say(" IS NOT NULL");
            for (bound, signs) in [(least, [" >= ", " > "]), (most, [" <= ", " < "])] {
                if let Some(bound) = bound {
                    let [inclusive, exclusive] = signs;
                    out.say(" AND ");
                    compare(out, if bound.inclusive { inclusive } else { exclusive }, &bound.value);
                }
            }
        }
    }
    out.say(")");
}

/// A comparison of points in time: a day, an hour or a minute is all of it.
fn moment(out: &mut Composed, expression: &str, test: &Test) {
    let mut parts = Vec::new();
    match test {
        Test::Exists => {}
        Test::Is(wanted) => {
            let whole = span(wanted);
            parts.push((" >= ", whole.map(|(start, _)| start)));
            parts.push((" < ", whole.map(|(_, end)| end)));
        }
        Test::Like(_) => parts.push((" < ", None)),
        Test::Within(least, most) => {
            let edge =
                |text: &str, is_start| span(text).map(|(start, end)| if is_start { start } else { end });
            if let Some(bound) = least {
                parts.push((" >= ", edge(&bound.value, bound.inclusive)));
            }
            if let Some(bound) = most {
                parts.push((" < ", edge(&bound.value, !bound.inclusive)));
            }
        }
    }
    out.say("(").say(expression).say(" IS NOT NULL");
    for (sign, at) in parts {
        match at {
            Some(at) => out.say(" AND ").say(expression).say(sign).give(at),
            // What is no time lies nowhere; the reader of queries refuses it before.
            None => out.say(" AND FALSE"),
        };
    }
    out.say(")");
}
