//! What was found: a table for people, CSV and JSON for programs.

use serde_json::Value;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::{args::administering::Format, output};

/// Prints many.
pub(super) fn many(items: &[Value], columns: &[&str], format: Format) {
    output::result(&match format {
        Format { json: true, .. } => format!("{:#}\n", Value::from(items.to_vec())),
        Format { csv: true, reveal, .. } => csv(items, columns, reveal),
        Format { reveal, .. } => output::tame(&table(items, columns, reveal)),
    });
}

/// Prints one: its members below each other.
pub(super) fn one(item: &Value, format: Format) {
    let names: Vec<&str> = item.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    output::result(&match format {
        Format { json: true, .. } => format!("{item:#}\n"),
        Format { csv: true, reveal, .. } => csv(std::slice::from_ref(item), &names, reveal),
        Format { reveal, .. } => {
            let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
            let row =
                |name: &&str| format!("{name:<width$}  {}", cell(item, name, reveal)).trim_end().to_owned();
            let rows = names.iter().map(|name| row(name) + "\n");
            output::tame(&rows.collect::<String>())
        }
    });
}

fn table(items: &[Value], columns: &[&str], reveal: bool) -> String {
    let head: Vec<String> = columns.iter().map(|column| column.to_uppercase()).collect();
    let rows =
        items.iter().map(|item| columns.iter().map(|name| shortened(&cell(item, name, reveal))).collect());
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns.len()).map(|at| width(at).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            // Some letters are two cells wide, and some are none.
            cell.clone() + &" ".repeat(width.saturating_sub(cell.width()))
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// RFC 4180, with lines that end as Unix ends them.
fn csv(items: &[Value], columns: &[&str], reveal: bool) -> String {
    let line = |cells: Vec<String>| {
        format!("{}\n", cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","))
    };
    let head = line(columns.iter().map(|&column| column.to_owned()).collect());
    let rows = items.iter().map(|item| line(columns.iter().map(|name| cell(item, name, reveal)).collect()));
    std::iter::once(head).chain(rows).collect()
}

fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

/// A member as text. A name with dots leads into objects.
fn cell(item: &Value, name: &str, reveal: bool) -> String {
    let member = item.get(name).or_else(|| name.split('.').try_fold(item, |value, step| value.get(step)));
    let last = name.rsplit('.').next().unwrap_or(name);
    if SECRETS.contains(&last) && !reveal && member.is_some_and(|member| !member.is_null()) {
        return "(--reveal shows it)".to_owned();
    }
    match member {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Some(value) if reveal => value.to_string(),
        Some(value) => {
            let mut value = value.clone();
            hide(&mut value);
            value.to_string()
        }
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.iter_mut().for_each(|(name, value)| match SECRETS.contains(&&**name) {
                true => *value = "(--reveal shows it)".into(),
                false => hide(value),
            })
        }
        Value::Array(list) => list.iter_mut().for_each(hide),
        _ => {}
    }
}

fn shortened(text: &str) -> String {
    let text = text.replace(['\n', '\r', '\t'], " ");
    if text.width() <= MOST {
        return text;
    }
    let mut width = 0;
    let fits = |letter: &char| {
        width += letter.width().unwrap_or_default();
        width < MOST
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Members a shoulder should not be looked over for.
const SECRETS: &[&str] = &[
    "client_secret",
    "signing_secret",
    "secret",
    "password",
    "access_token",
    "refresh_token_value",
    "ticket",
];

/// As wide as a cell may be.
const MOST: usize = 48;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_aligned_and_hides_secrets_and_long_texts() {
        let items = [
            json!({ "name": "Shop", "client_secret": "hush", "callbacks": ["a", "b"] }),
            json!({ "name": "x".repeat(60), "addons": { "secret": "hush" } }),
        ];
        let shown = table(&items, &["name", "client_secret", "callbacks", "addons"], false);
        assert!(shown.starts_with("NAME") && shown.contains("a b") && !shown.contains("hush"), "{shown}");
        assert!(shown.lines().nth(2).unwrap().starts_with(&format!("{}…", "x".repeat(47))));
        assert!(table(&items, &["addons.secret"], true).contains("hush"));
    }

    #[test]
    fn wide_letters_take_two_cells() {
        let items = [json!({ "a": "職員", "b": "x" }), json!({ "a": "clerk", "b": "y" })];
        assert_eq!(table(&items, &["a", "b"], false), "A      B\n職員   x\nclerk  y\n");
        let long = shortened(&"職".repeat(40));
        assert_eq!((long.width(), long.chars().last()), (47, Some('…')));
    }

    /// RFC 4180 §2.
    #[test]
    fn csv_quotes_what_would_end_a_cell() {
        let items = [json!({ "name": "a,\"b\"\nc", "ok": true })];
        assert_eq!(csv(&items, &["name", "ok"], false), "name,ok\n\"a,\"\"b\"\"\nc\",true\n");
    }
}
