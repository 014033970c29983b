//! Users come in files: how fast, in how much memory, and what is said meanwhile.
#![expect(clippy::indexing_slicing, reason = "JSON answers null for a member it lacks, and does not panic")]

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{Administrator, DIRECTORY};
use crate::table::{Bar, Table, Unit};

const FLAT: Bar = Bar::AtMost(64.0, Unit::Megabytes);

/// Files that are imported, and users in each: as many as the limit for a file lets pass.
const FILES: usize = 4;
const ROWS: usize = 25_000;

/// How long all of it may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(900);

impl Administrator<'_> {
    /// Imports users in files, looks at each report, and at the memory in use.
    pub(super) fn import(&self, table: &mut Table, database: &str) -> Result<()> {
        let answer = self.ask("GET", "connections?strategy=auth0&fields=id,name", None)?;
        let connections: Value = serde_json::from_str(&answer.body)?;
        let connection = connections
            .as_array()
            .and_then(|all| all.iter().find(|one| one["name"] == DIRECTORY))
            .and_then(|one| one["id"].as_str())
            .context("the directory has an id")?;
        let before = self.server.resident()?;
        let (mut peak, mut reports) = (before, 0);
        let begun = Instant::now();
        for file in 0..FILES {
            let job = self.upload(connection, file)?;
            let mut last = -1;
            loop {
                let answer = self.ask("GET", &format!("jobs/{job}"), None)?;
                let told: Value = serde_json::from_str(&answer.body)?;
                peak = peak.max(self.server.resident()?);
                let done = told["percentage_done"].as_i64().unwrap_or(0);
                ensure!(done >= last, "a report goes back from {last} to {done} %");
                reports += usize::from(done > last);
                last = done;
                match told["status"].as_str() {
                    Some("completed") => {
                        if told["summary"]["inserted"] != ROWS {
                            let faults = self.ask("GET", &format!("jobs/{job}/errors"), None)?.body;
                            bail!("not all are imported: {told}: {:.500}", faults);
                        }
                        break;
                    }
                    Some("pending" | "processing") if begun.elapsed() < PATIENCE => {
                        thread::sleep(Duration::from_millis(50));
                    }
                    _ => bail!("the import ended in {told}"),
                }
            }
        }
        let rate = (FILES * ROWS) as f64 / begun.elapsed().as_secs_f64();
        table.row(
            &format!("memory that an import of 100,000 users takes beside 1,000,000, on {database}"),
            (peak - before) / 1e6,
            FLAT,
            format!(
                "{FILES} files of {ROWS} users, {rate:.0} users a second, {reports} reports of progress; {:.0} MB before",
                before / 1e6
            ),
        );
        Ok(())
    }

    fn upload(&self, connection: &str, file: usize) -> Result<String> {
        let users: Vec<Value> = (0..ROWS)
            .map(|nth| {
                let number = file * ROWS + nth;
                json!({
                    "email": format!("import{number}@example.com"), "name": format!("Import {number}"),
                    "email_verified": true, "user_metadata": { "seat": number.to_string() },
                    "password_hash": "$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
                })
            })
            .collect();
        let boundary = "what-stands-between-parts";
        let field = |name: &str, value: &str| {
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = format!(
            "{}--{boundary}\r\nContent-Disposition: form-data; name=\"users\"; filename=\"users.json\"\r\nContent-Type: application/json\r\n\r\n{}\r\n--{boundary}--\r\n",
            field("connection_id", connection),
            Value::Array(users),
        );
        let kind = format!("multipart/form-data; boundary={boundary}");
        let answer = self.ask("POST", "jobs/users-imports", Some((&kind, body.as_bytes())))?;
        ensure!(answer.status == 202, "the file is taken: {}", answer.body);
        let told: Value = serde_json::from_str(&answer.body)?;
        Ok(told["id"].as_str().context("a job has an id")?.to_owned())
    }
}
