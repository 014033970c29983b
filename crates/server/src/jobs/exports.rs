//! Users that go out in a file.

use keybound_proto::time::Lifetime;
use keybound_store::{
    Batch, StoreError,
    documents::{self, Users, Window, kept::Kept},
    ledger::job_parts::{self, Kind},
};
use serde_json::{Map, Value, json};

use super::bulk::{KEPT_FOR, WORK, count, keep, says};
use crate::{app::App, management::users};

/// Writes the next part of a file, or ends the job.
pub(super) async fn step(app: &App, found: Kept, batch: &mut Batch) -> Result<(), StoreError> {
    let mut says = says(&found);
    let work = says.get(WORK).cloned().unwrap_or_default();
    let (mut part, mut written) = (count(&work, "part"), count(&work, "written"));
    let most = says.get("limit").and_then(Value::as_i64).unwrap_or(i64::MAX);
    let from = says.get("connection").and_then(Value::as_str).map(str::to_owned);
    let file = File::of(&says);

    let window = Window::after(work.get("after").and_then(Value::as_str), STEP);
    let mut page = documents::page::<Users>(&app.store, &app.tenant.id, &window).await?;
    users::with_logins(app, &mut page.documents).await?;
    let last = page.documents.last().map(|user| user.id.clone());
    let over = page.documents.len() < STEP as usize;
    let mut text = if part == 0 { file.head() } else { String::new() };
    for user in &page.documents {
        let Some(user) = user.doc.as_object() else { continue };
        if written < most && from.as_deref().is_none_or(|from| users::connection_of(user) == Some(from)) {
            file.line(user, &mut text);
            written += 1;
        }
    }
    if !text.is_empty() {
        let until = app.clock.now().plus(Lifetime::seconds(KEPT_FOR));
        job_parts::put(batch, &app.tenant.id, (&found.id, Kind::Output, part), (&text, Some(until)));
        part += 1;
    }
    if over || written >= most {
        let until = app.clock.now().plus(Lifetime::seconds(KEPT_FOR)).as_unix();
        says.insert("status".to_owned(), "completed".into());
        says.insert("percentage_done".to_owned(), 100.into());
        says.insert(WORK.to_owned(), json!({ "until": until }));
    } else {
        says.insert("status".to_owned(), "processing".into());
        says.insert(WORK.to_owned(), json!({ "after": last, "part": part, "written": written }));
    }
    keep(app, (found, says), batch);
    Ok(())
}

/// How users are written.
struct File {
    csv: bool,
    /// What is written of each, and what it is called.
    columns: Vec<(String, String)>,
}

impl File {
    fn of(says: &Map<String, Value>) -> Self {
        let listed = says.get("fields").and_then(Value::as_array).into_iter().flatten();
        let column = |field: &Value| {
            let name = field["name"].as_str()?;
            Some((name.to_owned(), field["export_as"].as_str().unwrap_or(name).to_owned()))
        };
        let mut columns: Vec<(String, String)> = listed.filter_map(column).collect();
        if columns.is_empty() {
            columns = USUAL.iter().map(|(name, called)| ((*name).to_owned(), (*called).to_owned())).collect();
        }
        Self { csv: says.get("format").and_then(Value::as_str) == Some("csv"), columns }
    }

    fn head(&self) -> String {
        if !self.csv {
            return String::new();
        }
        let called: Vec<String> =
            self.columns.iter().map(|(_, called)| cell(&Value::from(&**called))).collect();
        called.join(",") + "\r\n"
    }

    fn line(&self, user: &Map<String, Value>, text: &mut String) {
        let found = self.columns.iter().map(|(name, called)| (called, at(user, name)));
        if self.csv {
            let cells: Vec<String> = found.map(|(_, value)| value.map(cell).unwrap_or_default()).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        } else {
            let members = found.filter_map(|(called, value)| Some((called.clone(), value?.clone())));
            text.push_str(&Value::Object(members.collect()).to_string());
            text.push('\n');
        }
    }
}

/// What stands at a path: `user_metadata.colour`, `identities[0].connection`.
fn at<'u>(user: &'u Map<String, Value>, path: &str) -> Option<&'u Value> {
    let mut steps = path.split(['.', '[']).map(|step| step.strip_suffix(']').unwrap_or(step));
    let first = user.get(steps.next()?)?;
    steps.try_fold(first, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })
}

/// RFC 4180 §2; what a spreadsheet would take for a formula is told to be text.
fn cell(value: &Value) -> String {
    let plain = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let formula = value.is_string() && plain.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let plain = if formula { format!("'{plain}") } else { plain };
    format!("\"{}\"", plain.replace('"', "\"\""))
}

/// What is written where nobody says what.
const USUAL: &[(&str, &str)] = &[
    ("user_id", "Id"),
    ("given_name", "Given Name"),
    ("family_name", "Family Name"),
    ("nickname", "Nickname"),
    ("name", "Name"),
    ("email", "Email"),
    ("email_verified", "Email Verified"),
    ("created_at", "Created At"),
    ("updated_at", "Updated At"),
    ("identities[0].connection", "Connection"),
];

/// As many users as are written together.
const STEP: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    /// OWASP, "CSV Injection".
    #[test]
    fn a_cell_ends_where_it_ends_and_is_never_a_formula() {
        assert_eq!(cell(&json!("a \"b\",\r\nc")), "\"a \"\"b\"\",\r\nc\"");
        assert_eq!(cell(&json!("=HYPERLINK(\"x\")")), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!((cell(&json!(-5)), cell(&json!(null))), ("\"-5\"".to_owned(), "\"\"".to_owned()));
    }

    #[test]
    fn a_column_may_be_deep_within() {
        let user = json!({ "user_metadata": { "a": { "b": 1 } }, "identities": [{ "connection": "db" }] });
        let user = user.as_object().unwrap();
        assert_eq!(at(user, "user_metadata.a.b"), Some(&json!(1)));
        assert_eq!(at(user, "identities[0].connection"), Some(&json!("db")));
        for nowhere in ["", "x", "identities[1].connection", "identities[x]", "user_metadata.a.b.c"] {
            assert_eq!(at(user, nowhere), None, "{nowhere}");
        }
    }
}
