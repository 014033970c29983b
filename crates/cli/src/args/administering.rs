//! The part of the grammar for whoever administers a tenant.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use super::asking::{Place, Server, Speaker};

/// The tenant, and who administers it. What is not given comes from `AUTH0_*`, then from the `keybound dev` that was
/// started in this folder, then from the login of the profile.
#[derive(Clone, Debug, Args)]
pub(crate) struct Access {
    /// The tenant: its issuer URL, or a domain [env: AUTH0_DOMAIN]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) issuer: Option<String>,
    /// The client that administers it [env: AUTH0_CLIENT_ID]; its secret comes from AUTH0_CLIENT_SECRET alone
    #[arg(long, value_name = "ID", global = true)]
    pub(crate) client_id: Option<String>,
    /// What the Management API is called in tokens [default: api/v2/ at the issuer]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) management_audience: Option<String>,
    /// Whose token it takes [default: as `keybound token` does]
    #[arg(long = "as", value_name = "WHO", global = true)]
    pub(crate) speaker: Option<Speaker>,
    /// Take tokens that are not bound, from a tenant that binds none: whoever steals one can use it
    #[arg(long, global = true)]
    pub(crate) unbound: bool,
    /// A certificate (PEM) to trust besides the system's, as `keybound dev --tls` makes one
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) trust: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl Access {
    /// The same as the commands that ask for tokens have it.
    pub(crate) fn server(&self) -> Server {
        Server {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            audience: None,
            scope: None,
            trust: self.trust.clone(),
            place: self.place.clone(),
        }
    }
}

/// How what was found is printed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Format {
    /// Print JSON, with everything there is
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print CSV
    #[arg(long, global = true, conflicts_with = "json")]
    pub(crate) csv: bool,
    /// Show secrets, which are left out otherwise where it is not JSON
    #[arg(long, global = true)]
    pub(crate) reveal: bool,
}

/// `keybound api`
#[derive(Debug, Args)]
#[command(after_help = API_HELP)]
pub(crate) struct Api {
    /// GET unless said, or POST where there is data; then the path: clients, users/auth0%7C1
    #[arg(value_name = "[METHOD] PATH", num_args = 1..=2, required = true)]
    pub(crate) what: Vec<String>,
    /// Body: the text itself, @FILE, or - for standard input
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// A parameter of the query; can be given more than once
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = super::person::pair)]
    pub(crate) query: Vec<(String, String)>,
    /// Print the answer's head too
    #[arg(long, short)]
    pub(crate) include: bool,
    /// Delete without asking
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// `keybound apps`, `users` and others
#[derive(Debug, Args)]
#[command(after_help = THINGS_HELP)]
pub(crate) struct Things {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// What is done with things.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List them
    #[command(alias = "ls")]
    List(List),
    /// Show one
    #[command(alias = "get")]
    Show(One),
    /// Make one; at a terminal, what is not given is asked for
    #[command(alias = "add")]
    Create(Written),
    /// Change one; at a terminal, what is not given is asked for
    Update(Change),
    /// Delete some, after asking
    #[command(alias = "rm")]
    Delete(Delete),
}

/// Which of many.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// A parameter of the query, as the API knows it; can be given more than once
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = super::person::pair)]
    pub(crate) query: Vec<(String, String)>,
    /// At most so many
    #[arg(long, short = 'n', value_name = "NUMBER")]
    pub(crate) number: Option<usize>,
    /// Which members to show, instead of the usual ones: name,app_type
    #[arg(long, value_name = "MEMBERS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
}

/// One of many.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// Its id
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// What is written.
#[derive(Debug, Args)]
pub(crate) struct Written {
    /// All of it: JSON, @FILE, or - for standard input
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// One member: name=Shop, callbacks='["https://a.example"]', refresh_token.leeway=0; can be given more than once
    #[arg(long, short, value_name = "MEMBER=VALUE", value_parser = super::person::pair)]
    pub(crate) set: Vec<(String, String)>,
}

/// What is changed.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Its id
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) written: Written,
}

/// What is deleted.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Their ids
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
}

/// `keybound logs`
#[derive(Debug, Args)]
#[command(after_help = THINGS_HELP)]
pub(crate) struct Logs {
    #[command(subcommand)]
    pub(crate) verb: LogVerb,
    #[command(flatten)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// What is done with what happened.
#[derive(Debug, Subcommand)]
pub(crate) enum LogVerb {
    /// List what happened, the latest first
    #[command(alias = "ls")]
    List(List),
    /// Show one
    #[command(alias = "get")]
    Show(One),
    /// Show what happens, as it happens
    Tail(Tail),
}

/// `keybound logs tail`
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Begin so many back, 100 at most
    #[arg(long, short = 'n', value_name = "NUMBER", default_value = "10", value_parser = clap::value_parser!(u32).range(..=100))]
    pub(crate) number: u32,
    /// How often to ask
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = super::person::seconds)]
    pub(crate) every: Duration,
}

/// `keybound tenant`
#[derive(Debug, Args)]
#[command(after_help = THINGS_HELP)]
pub(crate) struct Tenant {
    #[command(subcommand)]
    pub(crate) verb: TenantVerb,
    #[command(flatten)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// What is done with a tenant.
#[derive(Debug, Subcommand)]
pub(crate) enum TenantVerb {
    /// Show its settings
    Show,
    /// Change them
    Update(Written),
}

/// `keybound test …`
#[derive(Debug, Subcommand)]
pub(crate) enum Test {
    /// Get a token as an application that asks on its own behalf
    Token(TestToken),
    /// Log in at an application, in a browser here
    Login(TestLogin),
}

/// `keybound test token`
#[derive(Debug, Args)]
#[command(after_help = TEST_HELP)]
pub(crate) struct TestToken {
    /// The application: its client id
    #[arg(value_name = "CLIENT")]
    pub(crate) client: String,
    /// The API
    #[arg(long, short, value_name = "URL")]
    pub(crate) audience: String,
    /// The scopes, with blanks between them [default: all it may have]
    #[arg(long, short, value_name = "SCOPES")]
    pub(crate) scope: Option<String>,
    /// Show what a JWT says instead of the token itself
    #[arg(long)]
    pub(crate) decode: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// `keybound test login`
#[derive(Debug, Args)]
#[command(after_help = TEST_HELP)]
pub(crate) struct TestLogin {
    /// The application: its client id
    #[arg(value_name = "CLIENT")]
    pub(crate) client: String,
    /// The API
    #[arg(long, short, value_name = "URL")]
    pub(crate) audience: Option<String>,
    /// The scopes, with blanks between them
    #[arg(long, short, value_name = "SCOPES", default_value = "openid profile email")]
    pub(crate) scope: String,
    /// By which connection
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// Where the browser comes back to, as it is registered; without a port, any free one
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1/callback")]
    pub(crate) callback: String,
    /// Open no browser; the address is printed
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// How long to wait for the person
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = super::person::seconds)]
    pub(crate) timeout: Duration,
    /// Print JSON, one line each: where to go, then what came
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// `keybound apply`
#[derive(Debug, Args)]
#[command(after_help = APPLY_HELP)]
pub(crate) struct Apply {
    /// YAML, or JSON where it ends so; or - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// Delete what a section of the file does not name
    #[arg(long)]
    pub(crate) prune: bool,
    /// Only show what would be done
    #[arg(long)]
    pub(crate) check: bool,
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
    /// Print what would be done as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// `keybound export`
#[derive(Debug, Args)]
#[command(after_help = THINGS_HELP)]
pub(crate) struct Export {
    /// Where to, for its owner's eyes alone [default: standard output]
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Write JSON; so does a file whose name ends so
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) access: Access,
}

const TEST_HELP: &str = "\
The application's secret is read from the tenant, and its tokens are bound to a key of the moment: nothing is kept.

Exit status: 0 it went well; 3 the application cannot do that, or the configuration is wrong; 19 nobody came back in time;
20 refused; 21 no answer that can be used; 22 the tenant refused; 9 nobody is logged in; 130 Ctrl-C.";

const APPLY_HELP: &str = "\
Sections: tenant, resourceServers, clients, connections, clientGrants, roles, organizations (with members), rules,
rulesConfigs. What the file does not name is left as it is, unless --prune. `keybound export` writes such a file.

Exit status: 0 the tenant is as the file says; 24 it is not (--check); 25 not confirmed; 3 the file cannot be used, or
the configuration; 22 the tenant refused, 23 it failed: what was done is said; 9 nobody is logged in; 21 no answer;
130 Ctrl-C: what was begun is done.";

const API_HELP: &str = "\
The path is relative to the Management API and goes there as it is: write / and | in ids as %2F and %7C.

  keybound api clients -q fields=name,client_id
  keybound api patch resource-servers/ID --data '{\"token_dialect\":\"access_token_authz\"}'

Exit status: 0 answered below 400; 22 answered 400 to 499; 23 answered 500 and above; 25 not confirmed;
3 configuration; 8 a key cannot be used; 9 nobody is logged in; 20 the token was refused; 21 no answer that can be used.";

const THINGS_HELP: &str = "\
Exit status: 0 done; 2 command line; 22 the tenant refused; 23 the tenant failed; 25 not confirmed; 3 configuration;
8 a key cannot be used; 9 nobody is logged in; 20 the token was refused; 21 no answer that can be used.";
