//! The part of the grammar for people who move in and out of a tenant.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::administering::{Access, Format, Verb};

/// `keybound users`
#[derive(Debug, Args)]
#[command(after_help = USERS_HELP)]
pub(crate) struct Users {
    #[command(subcommand)]
    pub(crate) verb: UsersVerb,
    #[command(flatten)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// What is done with people.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersVerb {
    #[command(flatten)]
    Each(Verb),
    /// Take in the users of a file
    #[command(after_help = IMPORT_HELP)]
    Import(ImportUsers),
    /// Write users out
    #[command(after_help = EXPORT_HELP)]
    Export(ExportUsers),
}

/// `keybound users import`
#[derive(Debug, Args)]
pub(crate) struct ImportUsers {
    /// A JSON list of users, in Auth0's schema of bulk imports; or - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// Into which connection: its name or its id
    #[arg(long, short, value_name = "NAME|ID", alias = "connection-name", alias = "connection-id")]
    pub(crate) connection: String,
    /// Change who is there already; else they are errors
    #[arg(long)]
    pub(crate) upsert: bool,
    /// What the job is called elsewhere
    #[arg(long, value_name = "TEXT")]
    pub(crate) external_id: Option<String>,
    /// Do not wait for the end: print the job's id
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// `keybound users export`
#[derive(Debug, Args)]
pub(crate) struct ExportUsers {
    /// Of this connection alone: its name or its id
    #[arg(long, short, value_name = "NAME|ID", alias = "connection-name", alias = "connection-id")]
    pub(crate) connection: Option<String>,
    /// How they are written [default: json, or csv where the file's name ends so]
    #[arg(long = "format", value_name = "FORMAT")]
    pub(crate) written: Option<FileFormat>,
    /// What is written of each: email,user_metadata.plan=Plan
    #[arg(long, value_name = "MEMBERS", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// At most so many
    #[arg(long, short = 'n', value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) number: Option<u32>,
    /// Where to, for its owner's eyes alone [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Do not wait for the end: print the job's id
    #[arg(long, conflicts_with = "output")]
    pub(crate) no_wait: bool,
}

/// How users are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// One object a line
    Json,
    /// One user a line, with a head
    Csv,
}

const USERS_HELP: &str = "\
Exit status: 0 done; 2 command line; 22 the tenant refused; 23 the tenant failed; 25 not confirmed;
26 some users of a file were not taken in; 3 configuration; 8 a key cannot be used; 9 nobody is logged in;
20 the token was refused; 21 no answer that can be used.";

const IMPORT_HELP: &str = "\
Waits for the end, and tells how many came and who did not and why; --json prints the job with its errors, --csv the
errors alone. Auth0 takes files of up to 500 KB, Keybound what its `import_bytes` says; nothing is split here.

Exit status: 0 all are in; 26 some are not; 2 the file is no list, or the command line; 22 the tenant refused.";

const EXPORT_HELP: &str = "\
Where the users go to a file, --json prints the job. Passwords never go out.

Exit status: 0 done; 2 command line; 22 the tenant refused; 1 the file cannot be written.";
