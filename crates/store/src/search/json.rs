//! Members somewhere in a document: each list on the way there is looked through, one deep.

use keybound_api::search::Test;

use super::{numeric, text::Side};
use crate::sql::{Composed, Dialect};

/// Goes on with what must hold of any value at the end of that way.
pub(super) fn test(out: &mut Composed, path: &[String], test: &Test) {
    out.say("EXISTS (SELECT 1 FROM ");
    let value = match out.dialect() {
        Dialect::Postgres => postgres(out, path),
        Dialect::Sqlite => sqlite(out, path),
    };
    out.say(" WHERE ");
    match test {
        Test::Exists => {
            out.say(&value.is_something);
        }
        test => {
            out.say("(");
            Side::Bytes(&value.text).test(out, test);
            out.say(" OR ");
            numeric(out, &value.number, test);
            out.say(")");
        }
    }
    out.say(")");
}

/// What is known of a value at the end of the way.
struct Value {
    is_something: String,
    /// Its text, of which truth values have one; else nothing.
    text: String,
    /// Itself, where it is a number; else nothing.
    number: String,
}

/// Lax paths look through lists by themselves.
fn postgres(out: &mut Composed, path: &[String]) -> Value {
    let way: String = path.iter().map(|name| format!(".\"{name}\"")).collect();
    out.say("jsonb_path_query(doc, CAST(").give(format!("${way}[*]")).say(" AS jsonpath)) AS v (v)");
    Value {
        is_something: "jsonb_typeof(v) NOT IN ('null', 'array') AND v <> '{}'".to_owned(),
        text: "CASE WHEN jsonb_typeof(v) IN ('string', 'boolean') THEN v #>> '{}' END".to_owned(),
        number: "(CASE WHEN jsonb_typeof(v) = 'number' THEN CAST(v #>> '{}' AS DOUBLE PRECISION) END)"
            .to_owned(),
    }
}

/// A table for each name: what is no list is a list of one.
fn sqlite(out: &mut Composed, path: &[String]) -> Value {
    for (depth, name) in path.iter().enumerate() {
        let (before, is_object) = match depth {
            0 => ("doc".to_owned(), "TRUE".to_owned()),
            depth => (format!("e{}.value", depth - 1), format!("e{}.type = 'object'", depth - 1)),
        };
        if depth > 0 {
            out.say(", ");
        }
        let way = format!("$.\"{name}\"");
        out.say("json_each(CASE WHEN ").say(&is_object).say(" THEN CASE json_type(").say(&before).say(", ");
        out.give(way.as_str()).say(") WHEN 'array' THEN ").say(&before).say(" -> ").give(way.as_str());
        out.say(" ELSE json_array(").say(&before).say(" -> ").give(way.as_str());
        out.say(&format!(") END ELSE '[]' END) AS e{depth}"));
    }
    let e = format!("e{}", path.len().saturating_sub(1));
    Value {
        is_something: format!(
            "{e}.type NOT IN ('null', 'array') AND ({e}.type <> 'object' OR {e}.value <> '{{}}')"
        ),
        text: format!(
            "CASE {e}.type WHEN 'text' THEN {e}.atom WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END"
        ),
        number: format!("(CASE WHEN {e}.type IN ('integer', 'real') THEN {e}.atom END)"),
    }
}
