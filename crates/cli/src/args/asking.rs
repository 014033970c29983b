//! The part of the grammar for whoever asks servers for something: keys, tokens, calls.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::administering::{Access, Format};

/// Where keys are kept, and under which name.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// Which key and login to use
    #[arg(long, value_name = "NAME", default_value = "default", global = true)]
    pub(crate) profile: String,
    /// Folder for keys and tokens, for its owner alone, or `keyring` [default: keybound in the user's configuration]
    #[arg(long, value_name = "DIR", env = "KEYBOUND_STORE", global = true)]
    pub(crate) store: Option<PathBuf>,
    /// Keep keys and tokens in the keyring of the system, as `--store keyring` does
    #[arg(long, global = true)]
    pub(crate) keyring: bool,
}

/// The authorization server and the client; what is not given comes from `AUTH0_*` variables.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The authorization server: its issuer URL, or a domain [env: AUTH0_DOMAIN]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// The client's id there [env: AUTH0_CLIENT_ID]; its secret comes from AUTH0_CLIENT_SECRET alone
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The API the token is for [env: AUTH0_AUDIENCE]
    #[arg(long, short, value_name = "URL")]
    pub(crate) audience: Option<String>,
    /// The scopes to ask for, with blanks between them [env: AUTH0_SCOPE]
    #[arg(long, value_name = "SCOPES")]
    pub(crate) scope: Option<String>,
    /// A certificate (PEM) to trust besides the system's, as `keybound dev --tls` makes one
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Who asks for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Speaker {
    /// Whoever is logged in
    Person,
    /// The client itself, by its secret (client_credentials)
    Client,
}

/// `keybound keys …`
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a key and keep it, in a file that only its owner may read
    Generate(Generate),
    /// Show the kept key's public half, or with a KID a key the tenant signs with
    Show(Show),
    /// Keep a key made elsewhere: PEM of PKCS#8, or a JWK
    Import(Import),
    /// Write out the private key, as environment lines, PEM or JWK
    Export(Export),
    /// List the keys the tenant signs with
    List(Signing),
    /// Have the tenant sign with its next key
    Rotate(Rotate),
    /// Have every token signed by a key refused
    Revoke(Revoke),
}

/// `keybound keys generate`
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// What it signs with
    #[arg(long, value_name = "ALG", default_value = "ES256")]
    pub(crate) alg: Kind,
    /// Put it in the place of the key that is there; tokens bound to that one are no use any more
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `keybound keys show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A key the tenant signs with
    #[arg(value_name = "KID")]
    pub(crate) kid: Option<String>,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

/// The keys a tenant signs with.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    #[command(flatten)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) access: Access,
}

/// `keybound keys rotate`
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

/// `keybound keys revoke`
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The key
    #[arg(value_name = "KID")]
    pub(crate) kid: String,
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) signing: Signing,
}

/// `keybound keys import`
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// File with the key, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Put it in the place of the key that is there
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `keybound keys export`
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "env")]
    pub(crate) format: KeyFormat,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    #[value(name = "ES256")]
    Es256,
    #[value(name = "ES384")]
    Es384,
    #[value(name = "EdDSA", alias = "Ed25519")]
    EdDsa,
    #[value(name = "PS256")]
    Ps256,
}

/// How a private key is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyFormat {
    /// Lines of an environment file: AUTH0_DPOP_PUBLIC_KEY and AUTH0_DPOP_PRIVATE_KEY (ES256 alone)
    Env,
    /// PKCS#8, -----BEGIN PRIVATE KEY-----
    Pem,
    /// RFC 7517
    Jwk,
}

/// `keybound token`
#[derive(Debug, Args)]
#[command(after_help = TOKEN_HELP)]
pub(crate) struct Token {
    /// Whose it is [default: the person's who is logged in at this server and client, or else the client's]
    #[arg(long = "as", value_name = "WHO")]
    pub(crate) speaker: Option<Speaker>,
    /// Ask for a new one, whatever is kept
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Show what a JWT says instead of the token itself
    #[arg(long)]
    pub(crate) decode: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// `keybound call`
#[derive(Debug, Args)]
#[command(after_help = CALL_HELP)]
pub(crate) struct Call {
    /// GET, POST, …
    #[arg(value_name = "METHOD")]
    pub(crate) method: String,
    /// Address of the API; the token goes nowhere else
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// Whose the token is [default: the person's who is logged in at this server and client, or else the client's]
    #[arg(long = "as", value_name = "WHO")]
    pub(crate) speaker: Option<Speaker>,
    /// Body: the text itself, @FILE, or - for standard input
    #[arg(long, short, value_name = "BODY", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// A header; can be given more than once
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// Show each attempt on standard error, secrets redacted
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print the answer's head too
    #[arg(long, short)]
    pub(crate) include: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// `keybound discover`
#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// The authorization server: its issuer URL, or a domain
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// A certificate (PEM) to trust besides the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const TOKEN_HELP: &str = "\
Whoever is logged in is asked for: their refresh token brings a new access token when the kept one is nearly over,
and one for another API with --audience (where the server allows it). Nobody is, or another server or client is
named: then the client asks on its own behalf (client_credentials), if AUTH0_CLIENT_SECRET is set.
The token is bound to the kept key and of no use without it.

Exit status: 0 there is one; 3 configuration; 8 a key cannot be used; 9 nobody is logged in; 18 what is kept cannot
be used; 20 refused; 21 no answer that can be used.";

const CALL_HELP: &str = "\
Exit status: 0 answered below 400; 22 answered 400 to 499; 23 answered 500 and above; 3 configuration;
8 a key cannot be used; 9 nobody is logged in; 18 what is kept cannot be used; 20 the token was refused; 21 no answer
that can be used.";
