//! The whole grammar of the command line.

pub(crate) mod administering;
pub(crate) mod asking;
pub(crate) mod moving;
pub(crate) mod person;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// An authorization server whose tokens are no use to a thief.
#[derive(Debug, Parser)]
#[command(name = "keybound", version, about, propagate_version = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the authorization server
    Serve(Serve),
    /// Run everything on this machine: server, demo API and demo page
    Dev(Dev),
    /// Log in, in a browser here or on another device
    Login(Box<person::Login>),
    /// Forget a login, and have its refresh token revoked
    Logout(person::Logout),
    /// Say who is logged in
    Whoami(person::Whoami),
    /// Get a token that is bound to your key
    Token(asking::Token),
    /// Call an API with such a token
    Call(asking::Call),
    /// Ask an authorization server what it can do, and whether DPoP will work
    Discover(asking::Discover),
    /// The key tokens are bound to; and the keys a tenant signs with
    #[command(subcommand)]
    Keys(Box<asking::Keys>),
    /// Make any request of a tenant's Management API
    Api(administering::Api),
    /// The APIs of a tenant
    Apis(administering::Things),
    /// The applications of a tenant
    #[command(alias = "clients")]
    Apps(administering::Things),
    /// The people of a tenant
    Users(moving::Users),
    /// The roles of a tenant
    Roles(administering::Things),
    /// The ways to log in at a tenant
    Connections(administering::Things),
    /// What applications may ask of APIs on their own behalf
    Grants(administering::Things),
    /// What happened at a tenant, and what happens
    Logs(administering::Logs),
    /// Try an application of a tenant
    #[command(subcommand)]
    Test(Box<administering::Test>),
    /// Make a tenant match a file, after showing what would be done
    Apply(administering::Apply),
    /// Write a tenant out as such a file
    Export(administering::Export),
    /// The settings of a tenant
    Tenant(administering::Tenant),
    /// Look at DPoP proofs
    #[command(subcommand)]
    Proof(Proof),
    /// Print what a shell needs to complete this command
    Completions(Completions),
}

/// `keybound serve`
#[derive(Debug, Args)]
#[command(after_help = SERVE_HELP)]
pub(crate) struct Serve {
    /// Configuration file (TOML); the environment and the options below win over it
    #[arg(long, value_name = "FILE", env = "KEYBOUND_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Address and port to listen on [env: KEYBOUND_LISTEN] [default: 127.0.0.1:8420]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Who this server says it is [env: KEYBOUND_ISSUER] [default: http://localhost:PORT/]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// sqlite:PATH, sqlite::memory: or postgres://… [env: KEYBOUND_DATABASE] [default: sqlite::memory:]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Redis for short memories shared between processes [env: KEYBOUND_REDIS]
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// Where to tell metrics (Prometheus), never to the public [env: KEYBOUND_METRICS_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics_listen: Option<String>,
    #[command(flatten)]
    pub(crate) log: Log,
}

/// `keybound dev`
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Where the authorization server listens: a port, or an address and a port
    #[arg(long, value_name = "[ADDRESS:]PORT", default_value = "8420", value_parser = listen)]
    pub(crate) listen: SocketAddr,
    /// Where the demo API listens [default: the next port]
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = listen)]
    pub(crate) api_listen: Option<SocketAddr>,
    /// Where the demo page listens [default: the next port but one]
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = listen)]
    pub(crate) page_listen: Option<SocketAddr>,
    /// Who the server says it is, when browsers reach it under another name [default: http://localhost:PORT/]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Folder for the database, the keys and the password of the demo user
    #[arg(long, value_name = "DIR", default_value = ".keybound")]
    pub(crate) data: PathBuf,
    /// Keep everything in memory: gone when this command ends
    #[arg(long, conflicts_with = "data")]
    pub(crate) ephemeral: bool,
    /// Serve https with a certificate of a local CA, made at first start
    #[arg(long)]
    pub(crate) tls: bool,
    /// Print one line of JSON instead of the text, once everything is ready
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) log: Log,
}

/// `keybound proof …`
#[derive(Debug, Subcommand)]
pub(crate) enum Proof {
    /// Make every check of RFC 9449 §4.3 on a proof, and say what to do about those that fail
    Explain(Explain),
}

/// `keybound proof explain`
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_HELP)]
pub(crate) struct Explain {
    /// The proof: the value of the DPoP header, or `-` to read it from standard input
    #[arg(value_name = "PROOF", allow_hyphen_values = true)]
    pub(crate) proof: String,
    /// Method of the request the proof came with
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// URL of the request the proof came with
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Access token the proof came with
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Nonce the server had given
    #[arg(long, value_name = "NONCE")]
    pub(crate) nonce: Option<String>,
    /// The time to judge by, in seconds since 1970 [default: now]
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    pub(crate) now: Option<i64>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `keybound completions`
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// What to log, to standard error.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// What to log: a level, or `target=level,…`
    #[arg(long, value_name = "FILTER", env = "KEYBOUND_LOG")]
    pub(crate) log: Option<String>,
    /// How to log
    #[arg(long, value_name = "FORMAT", env = "KEYBOUND_LOG_FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// For machines, one object a line
    Json,
}

/// A port alone means this machine alone.
fn listen(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    named
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| "must be a port, or an address and a port like 127.0.0.1:8420".to_owned())
}

const SERVE_HELP: &str = "\
Secrets come from the environment or the file only:
  KEYBOUND_MASTER_KEY               32 bytes as base64url; made beside an SQLite database when absent
  KEYBOUND_PKCS11_PIN               what opens the token in which `[pkcs11]` says the master key is made
  KEYBOUND_BOOTSTRAP_CLIENT_ID      with …_SECRET: a machine-to-machine client with every Management scope
  KEYBOUND_BOOTSTRAP_CLIENT_SECRET

Keys of the configuration file (an unknown key is an error):
  listen also_listen issuer metrics_listen database redis master_key trusted_proxies
  [bootstrap] client_id client_secret       [tls] certificate key
  [pkcs11] library token key pin_file
  [limits] body_bytes header_bytes header_seconds body_seconds request_seconds drain_seconds
           connections password_workers
  [dpop]   past_seconds future_seconds nonce_lifetime_seconds nonce_epoch_seconds cell algorithms
  [token]  idempotent_retry retry_window_seconds code_lifetime_seconds signing_key_lifetime_seconds
  [tenant] localhost_consent logout_urls organization_names

Exit status: 0 stopped as told; 2 command line; 3 configuration; 4 address taken; 5 database; 6 TLS; 1 other.";

const COMPLETIONS_HELP: &str = "\
  bash   keybound completions bash > ~/.local/share/bash-completion/completions/keybound
  zsh    keybound completions zsh > \"${fpath[1]}/_keybound\"
  fish   keybound completions fish > ~/.config/fish/completions/keybound.fish

Exit status: 0 printed; 2 command line.";

const EXPLAIN_HELP: &str = "\
Checks that need --method, --url, --token or --nonce are skipped without them. Nothing is sent anywhere.

Exit status: 0 every check made has passed; 10 cannot be read; 11 key or algorithm; 12 signature;
13 method or URL; 14 time; 15 nonce; 16 access token; 17 used before. With several, the first of the list.";
