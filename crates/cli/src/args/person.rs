//! The part of the grammar for people: logging in, out, and who it was.

use std::time::Duration;

use clap::Args;

use super::asking::{Place, Server};

/// `keybound login`
#[derive(Debug, Args)]
#[command(after_help = LOGIN_HELP)]
pub(crate) struct Login {
    /// Log in on another device: shows a code to type in there
    #[arg(long, conflicts_with_all = ["no_browser", "callback"])]
    pub(crate) device: bool,
    /// Open no browser; the address is printed
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Where the browser comes back to, as it is registered; without a port, any free one
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1/callback")]
    pub(crate) callback: String,
    /// How long to wait for the person
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Bind the tokens to a new key, which takes the kept one's place once the person is logged in
    #[arg(long)]
    pub(crate) new_key: bool,
    /// Print JSON, one line each: where to go, then who is logged in
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// What is asked of the person.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What is asked of the person")]
pub(crate) struct Asked {
    /// By which connection
    #[arg(long, value_name = "NAME", conflicts_with = "device")]
    pub(crate) connection: Option<String>,
    /// Within which organization; the ID token must name it
    #[arg(long, value_name = "ID or NAME", conflicts_with = "device")]
    pub(crate) organization: Option<String>,
    /// By which invitation to the organization
    #[arg(long, value_name = "TICKET", requires = "organization")]
    pub(crate) invitation: Option<String>,
    /// What must be asked: login, consent, select_account, create; or none
    #[arg(long, value_name = "PROMPTS", conflicts_with = "device")]
    pub(crate) prompt: Option<String>,
    /// Who it probably is
    #[arg(long, value_name = "WHO", conflicts_with = "device")]
    pub(crate) login_hint: Option<String>,
    /// Which page to begin with: login or signup
    #[arg(long, value_name = "PAGE", conflicts_with = "device")]
    pub(crate) screen_hint: Option<String>,
    /// How long ago the person may have logged in at the most
    #[arg(long, value_name = "SECONDS", conflicts_with = "device")]
    pub(crate) max_age: Option<u32>,
    /// A way of authentication that is wished for; can be given more than once
    #[arg(long, value_name = "ACR", conflicts_with = "device")]
    pub(crate) acr_values: Vec<String>,
    /// A language the person reads; can be given more than once
    #[arg(long, value_name = "LOCALE", conflicts_with = "device")]
    pub(crate) ui_locales: Vec<String>,
    /// Any other parameter of the authorization request; can be given more than once
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "device", value_parser = pair)]
    pub(crate) param: Vec<(String, String)>,
}

/// `keybound logout`
#[derive(Debug, Args)]
#[command(after_help = LOGOUT_HELP)]
pub(crate) struct Logout {
    /// Keep the key; tokens bound to it stay of use
    #[arg(long)]
    pub(crate) keep_key: bool,
    /// Open the browser at the server's logout page, which ends the session there too
    #[arg(long)]
    pub(crate) browser: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `keybound whoami`
#[derive(Debug, Args)]
#[command(after_help = WHOAMI_HELP)]
pub(crate) struct Whoami {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// A span of seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        _ => Err("must be a number of seconds".to_owned()),
    }
}

/// A name and its value.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    if name.is_empty() {
        Err("must be NAME=VALUE".to_owned())
    } else {
        Ok((name.to_owned(), value.to_owned()))
    }
}

const LOGIN_HELP: &str = "\
The browser comes back to this machine. Over ssh, open the printed address where the browser is after
`ssh -L PORT:127.0.0.1:PORT …`, or use --device.

What is not given comes from AUTH0_*, then from the `keybound dev` that was started in this folder, then from the
login of this profile before. `openid` and `offline_access` are always asked for.

Exit status: 0 logged in; 3 configuration; 4 the callback's port is taken; 8 a key cannot be used; 18 nothing can be
kept; 19 nobody came back in time; 20 refused, by the server or the person; 21 no answer that can be used; 130 Ctrl-C.";

const LOGOUT_HELP: &str = "\
The refresh token is revoked, what is kept of the login is forgotten, and so is the key. Where the server cannot be
reached, everything here is forgotten all the same, and that is said.

Exit status: 0 nobody is logged in now; 18 what is kept cannot be removed.";

const WHOAMI_HELP: &str = "\
Asks nobody: it is what the server said at login.

Exit status: 0 somebody is; 9 nobody is logged in; 18 what is kept cannot be read.";
