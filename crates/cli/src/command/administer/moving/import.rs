//! Users of a file, taken in.

use keybound_client::{
    ClientError,
    management::{Import, Job, Known, Mail, Management},
};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::job::{begun, connection, counted, name, over, told, why};
use crate::{
    args::{administering::Format, moving::ImportUsers},
    command::{administer::shown, call::body, saying::failed_to},
    error::Failure,
    exit::Exit,
    output,
};

/// Takes them in; the exit status says whether all of them came.
pub(crate) async fn run(
    management: &Management,
    arguments: &ImportUsers,
    format: Format,
) -> Result<Exit, Failure> {
    let users = read(&arguments.file)?;
    let import = Import {
        connection_id: connection(management, &arguments.connection).await?,
        known: if arguments.upsert { Known::Updated } else { Known::Refused },
        external_id: arguments.external_id.clone(),
        mail: Mail::Unsent,
    };
    let size = users.len();
    let job = management.jobs().import_users(&import, users).await;
    let job = job.map_err(|error| refused(&arguments.file, size, &error))?;
    if arguments.no_wait && !job.is_over() {
        begun(&job, format.json);
        return Ok(Exit::Done);
    }
    let Some(job) = over(management, job, "users").await? else { return Ok(Exit::Interrupted) };
    let act = format!("ask what went wrong with the job {}", name(&job));
    let errors = management.jobs().errors(name(&job)).await.map_err(|error| failed_to(&act, &error))?;
    let errors: Vec<Value> = errors.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    if job.status.as_deref() == Some("failed") && errors.is_empty() && !format.json {
        return Err(Failure::new(Exit::CallRefused, format!("import {}: {}", arguments.file, why(&job))));
    }
    let status = match (job.status.as_deref(), counted(&job, "failed").unwrap_or(errors.len() as u64)) {
        (Some("failed"), _) if errors.is_empty() => Exit::CallRefused,
        (Some("completed"), 0) => Exit::Done,
        _ => Exit::Rows,
    };
    tell(&job, errors, format);
    Ok(status)
}

/// The file, seen to be a list before it is sent.
fn read(file: &str) -> Result<Vec<u8>, Failure> {
    let bytes = body(&if file == "-" { file.to_owned() } else { format!("@{file}") })?;
    match serde_json::from_slice::<Vec<IgnoredAny>>(&bytes) {
        Ok(_) => Ok(bytes),
        // What stands there is not repeated: it may be a secret.
        Err(error) => Err(Failure::new(
            Exit::Usage,
            format!("read {file}: it is no JSON list, at line {} column {}", error.line(), error.column()),
        )
        .hint("a file with a user on each line becomes a list by `jq -s . FILE`")),
    }
}

fn refused(file: &str, size: usize, error: &ClientError) -> Failure {
    match error {
        ClientError::Management(refusal) if refusal.status == 413 => {
            failed_to(&format!("import {file}, which has {size} bytes"), error)
                .hint("that is what the tenant takes at once: make several files, each a list of its own")
        }
        error => failed_to(&format!("import {file}"), error),
    }
}

fn tell(job: &Job, errors: Vec<Value>, format: Format) {
    if format.json {
        let mut said = told(job);
        if let Some(members) = said.as_object_mut() {
            members.insert("errors".to_owned(), errors.into());
        }
        return output::result(&format!("{said:#}\n"));
    }
    let count = |name| counted(job, name).unwrap_or_default();
    let summary = format!(
        "{} inserted, {} updated, {} failed, of {} users\n",
        count("inserted"),
        count("updated"),
        count("failed"),
        count("total")
    );
    let rows: Vec<Value> = errors.iter().flat_map(rows).collect();
    if format.csv {
        output::note(&summary);
        return shown::many(&rows, &["user", "code", "path", "message"], format);
    }
    let line = |row: &Value| {
        let [user, message, code] = ["user", "message", "code"].map(|name| text(row, name));
        format!("{user}: {message} ({code})").replace('\n', " ") + "\n"
    };
    output::result(&output::tame(&(summary + &rows.iter().map(line).collect::<String>())));
}

/// What went wrong with one user, each for itself.
fn rows(error: &Value) -> Vec<Value> {
    let user = error.get("user").unwrap_or(&Value::Null);
    let named = ["email", "username", "user_id"].iter().find_map(|name| user.get(name)?.as_str());
    let named = named.map_or_else(|| user.to_string(), str::to_owned);
    let faults = error.get("errors").and_then(Value::as_array).into_iter().flatten();
    let row = |fault| {
        let [code, path, message] = ["code", "path", "message"].map(|name| text(fault, name));
        json!({ "user": named, "code": code, "path": path, "message": message })
    };
    faults.map(row).collect()
}

fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_a_row_and_a_user_is_told_by_what_there_is() {
        let fault = json!({ "code": "INVALID_FORMAT", "message": "no", "path": "email" });
        let of = |user: Value| rows(&json!({ "user": user, "errors": [fault, fault] }));
        assert_eq!(of(json!({ "user_id": "7", "username": "ann" })).len(), 2);
        assert_eq!(of(json!({ "user_id": "7", "username": "ann" }))[0]["user"], "ann");
        assert_eq!(
            of(json!({}))[1],
            json!({ "user": "{}", "code": "INVALID_FORMAT", "path": "email", "message": "no" })
        );
        assert!(rows(&json!("odd")).is_empty());
    }
}
