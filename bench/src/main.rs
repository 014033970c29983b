//! What Keybound costs, against the raw work in the same run. Run it with `cargo xtask bench`.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod administered;
mod fetcher;
mod grant;
mod guard;
mod http;
mod killed;
mod limits;
mod machine;
mod page;
mod password;
mod peer;
mod process;
mod proof;
mod prover;
mod raw;
mod ready;
mod server;
mod signatures;
mod stored;
mod table;
mod timer;
mod token;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::table::Table;

/// The parts, by the names that `--only` knows.
const PARTS: [&str; 13] = [
    "proof",
    "guard",
    "fetcher",
    "sqlite",
    "postgres",
    "token",
    "limits",
    "peer",
    "stored",
    "administered",
    "killed",
    "password",
    "process",
];

/// What was asked for.
#[derive(Debug, Default)]
struct Asked {
    only: Option<String>,
    dist: bool,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let asked = Asked::read(&words)?;
    let program = std::env::current_exe()?;
    // Beside our own program, so that databases lie on a real file system.
    let folder = program.parent().context("a program lies in a folder")?;
    let binary = folder.join("keybound");
    let shipped = asked.dist.then(|| folder.with_file_name("dist").join("keybound"));
    let postgres = told(grant::ADDRESS);
    let node = told(peer::NODE).map(PathBuf::from);
    let mut table = Table::default();
    for part in PARTS.into_iter().filter(|part| asked.only.as_deref().is_none_or(|only| only == *part)) {
        match part {
            "proof" => proof::measure(&mut table)?,
            "guard" => guard::measure(&mut table)?,
            "fetcher" => fetcher::measure(&mut table)?,
            "sqlite" => grant::sqlite(&mut table, folder)?,
            "postgres" => grant::postgres(&mut table, postgres.as_deref())?,
            "token" => token::measure(&mut table, &binary, folder)?,
            "peer" => peer::measure(&mut table, (&binary, node.as_deref()), folder)?,
            "limits" => limits::measure(&mut table, &binary, folder)?,
            "stored" => {
                stored::measure(&mut table, (&binary, node.as_deref()), (folder, postgres.as_deref()))?;
            }
            "administered" => {
                administered::measure(&mut table, &binary, (folder, postgres.as_deref()))?;
            }
            "killed" => killed::measure(&mut table, &binary, folder)?,
            "password" => password::measure(&mut table)?,
            _ => process::measure(&mut table, &binary, shipped.as_deref(), folder)?,
        }
    }
    if asked.only.is_none() {
        let root = root();
        let command = ["cargo xtask bench"].into_iter().chain(words.iter().map(String::as_str));
        let facts = machine::facts(&root, postgres.as_deref());
        page::write(&root, &table, &facts, &command.collect::<Vec<_>>().join(" "))?;
        println!("\nwritten to docs/benchmarks.md");
    }
    for missed in table.missed() {
        println!("missed: {missed}");
    }
    Ok(())
}

impl Asked {
    fn read(words: &[String]) -> Result<Self> {
        let mut asked = Self::default();
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--dist" => asked.dist = true,
                "--only" => {
                    let part = words.next().filter(|part| PARTS.contains(part));
                    asked.only =
                        Some(part.with_context(|| format!("--only takes one of {PARTS:?}"))?.to_owned());
                }
                other => bail!("{other} is neither --dist nor --only PART"),
            }
        }
        Ok(asked)
    }
}

#[expect(clippy::disallowed_methods, reason = "the task that runs us says where PostgreSQL and Node.js are")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|told| !told.is_empty())
}

/// The workspace's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
