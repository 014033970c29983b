//! Whether an administrator's request costs the same in a tenant of a thousand users and in one of a million.

mod growth;
mod import;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use self::growth::{Growth, Size};
use crate::{
    grant::{ADDRESS, Schema},
    http::{self, Answer},
    server::{BOOTSTRAP, Ground, Server},
    table::{Bar, Table, Unit},
    timer::median,
};

const BAR: Bar = Bar::AtMost(3.0, Unit::Times);

const FEW: Size = Size { users: 1_000, events: 1_000 };
const MANY: Size = Size { users: 1_000_000, events: 100_000 };

/// Rounds of each request, and requests of a round.
const ROUNDS: usize = 5;
const REQUESTS: usize = 100;

const DIRECTORY: &str = "Username-Password-Authentication";

const OF_CONNECTION: &str =
    "users?per_page=50&include_totals=true&connection=Username-Password-Authentication";

/// What an administrator asks: a name, a method, a path and a body, where `N` is another number each time.
const ASKED: [(&str, &str, &str, Option<&str>); 12] = [
    ("a page of users", "GET", "users?per_page=50", None),
    ("a page of users with totals", "GET", "users?per_page=50&include_totals=true", None),
    ("a page of a connection's users with totals", "GET", OF_CONNECTION, None),
    ("users searched by email", "GET", "users?q=email%3A%22personN%40example.com%22", None),
    ("users searched by the beginning of a name", "GET", "users?per_page=10&q=name%3A%22Person%20N%22", None),
    ("users by email", "GET", "users-by-email?email=personN%40example.com", None),
    ("one user", "GET", "users/auth0%7CpersonN", None),
    ("a user patched", "PATCH", "users/auth0%7CpersonN", Some(r#"{"user_metadata":{"seat":"N"}}"#)),
    ("a page of the log", "GET", "logs?per_page=50", None),
    ("a page of the log with totals", "GET", "logs?per_page=50&include_totals=true", None),
    ("the log of one user", "GET", "users/auth0%7CpersonN/logs?per_page=10", None),
    ("the log searched by its kind", "GET", "logs?per_page=10&q=type%3As", None),
];

/// Measures both databases.
pub(crate) fn measure(
    table: &mut Table,
    binary: &Path,
    (folder, postgres): (&Path, Option<&str>),
) -> Result<()> {
    let server = Ground::new(folder)?.serve(binary)?;
    let growth = Growth::Sqlite(server.ground().database());
    beside(table, "SQLite", &server, &growth)?;
    drop(server);

    let Some(address) = postgres else {
        table.not_measured(
            "requests of an administrator, on PostgreSQL",
            BAR,
            &format!("{ADDRESS} names no PostgreSQL"),
        );
        return Ok(());
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let schema = runtime.block_on(Schema::make(address))?;
    let server = Ground::new(folder)?.with_data_at(schema.address()).serve(binary)?;
    let growth = Growth::Postgres(schema.address().to_owned());
    let measured = beside(table, "PostgreSQL", &server, &growth);
    drop(server);
    runtime.block_on(schema.discard())?;
    measured
}

fn beside(table: &mut Table, database: &str, server: &Server, growth: &Growth) -> Result<()> {
    let administrator = Administrator::of(server)?;
    administrator.furnish()?;
    growth.to(FEW)?;
    let few = administrator.costs(FEW)?;
    growth.to(MANY)?;
    let many = administrator.costs(MANY)?;
    for ((what, ..), (few, many)) in ASKED.iter().zip(few.iter().zip(&many)) {
        table.row(
            &format!("{what} of 1,000,000, of the time it takes of 1,000, on {database}"),
            many / few,
            BAR,
            format!("{:.2} ms beside {:.2} ms, one after the other; 100,000 rows of the log", many, few),
        );
    }
    administrator.import(table, database)
}

/// Whoever may do anything.
struct Administrator<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Administrator<'a> {
    fn of(server: &'a Server) -> Result<Self> {
        let [id, secret] = BOOTSTRAP;
        let body = json!({
            "grant_type": "client_credentials", "audience": format!("{}api/v2/", server.issuer()),
            "client_id": id, "client_secret": secret,
        });
        let request = request(
            server,
            ("POST", "/oauth/token"),
            None,
            Some(("application/json", body.to_string().as_bytes())),
        );
        let told: Value = serde_json::from_str(&http::ask(server.address(), &request)?.body)?;
        let token = told.get("access_token").and_then(Value::as_str).context("a token is issued")?.to_owned();
        Ok(Self { server, token })
    }

    fn request(&self, method: &str, path: &str, body: Option<(&str, &[u8])>) -> Vec<u8> {
        request(self.server, (method, &format!("/api/v2/{path}")), Some(&self.token), body)
    }

    fn ask(&self, method: &str, path: &str, body: Option<(&str, &[u8])>) -> Result<Answer> {
        http::ask(self.server.address(), &self.request(method, path, body))
    }

    /// The user that all others are copied from.
    fn furnish(&self) -> Result<()> {
        let user = json!({
            "connection": DIRECTORY, "user_id": "person0", "email": "person0@example.com", "name": "Person 0",
            "password": "Correct-Horse-7-Battery", "user_metadata": { "seat": "0" },
            "app_metadata": { "plan": "gold" },
        });
        let answer = self.ask("POST", "users", Some(("application/json", user.to_string().as_bytes())))?;
        ensure!(answer.status == 201, "a user is made: {}", answer.body);
        Ok(())
    }

    /// Milliseconds that each request takes.
    fn costs(&self, size: Size) -> Result<Vec<f64>> {
        ASKED.iter().map(|&(_, method, path, body)| self.cost((method, path, body), size)).collect()
    }

    fn cost(&self, (method, path, body): (&str, &str, Option<&str>), size: Size) -> Result<f64> {
        let runtime = http::runtime()?;
        runtime.block_on(async {
            let mut line = http::Line::open(self.server.address()).await?;
            let mut rounds = Vec::new();
            for round in 0..ROUNDS {
                let mut took = Duration::ZERO;
                for nth in 0..REQUESTS {
                    // Far apart, so that they do not lie beside each other on a disk.
                    let chosen = (round * REQUESTS + nth) * 7_919 % size.users;
                    let number = chosen.to_string();
                    let body = body.map(|body| body.replace('N', &number));
                    let body = body.as_ref().map(|body| ("application/json", body.as_bytes()));
                    let request = self.request(method, &path.replace('N', &number), body);
                    let begun = Instant::now();
                    let answer = line.ask(&request).await?;
                    took += begun.elapsed();
                    ensure!(answer.status == 200, "{method} {path}: {}", answer.body);
                }
                rounds.push(took.as_secs_f64() * 1_000.0 / REQUESTS as f64);
            }
            Ok(median(rounds))
        })
    }
}

fn request(
    server: &Server,
    (method, path): (&str, &str),
    token: Option<&str>,
    body: Option<(&str, &[u8])>,
) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\n", server.address().port());
    if let Some(token) = token {
        head.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    let mut bytes = match body {
        Some((kind, body)) => {
            head.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len()));
            [head.as_bytes(), body].concat()
        }
        None => {
            head.push_str("\r\n");
            head.into_bytes()
        }
    };
    bytes.shrink_to_fit();
    bytes
}
