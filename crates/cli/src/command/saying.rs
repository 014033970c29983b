//! What the client library says, as a sentence a person can act on and the exit status that belongs to it.

use keybound_client::{
    ClientError, ConfigError, key::KeyStoreError, management::Refusal, proto::metadata::MetadataError,
};

use crate::{error::Failure, exit::Exit};

/// The failure of whatever was asked of a server or a key.
pub(super) fn failure(error: &ClientError) -> Failure {
    failed_to(class(error).1, error)
}

/// The same of something that has a name.
pub(super) fn failed_to(act: &str, error: &ClientError) -> Failure {
    let (exit, _) = class(error);
    let failed = Failure::new(exit, format!("{act}: {error} ({})", error.code()));
    match advice(error) {
        Some(advice) => failed.hint(advice),
        None => failed,
    }
}

fn class(error: &ClientError) -> (Exit, &'static str) {
    match error {
        ClientError::Joined(error) => class(error),
        ClientError::LoginRequired | ClientError::MfaRequired { .. } => (Exit::NobodyLoggedIn, "get a token"),
        ClientError::Refused { .. } if error.oauth_code() == Some("invalid_grant") => {
            (Exit::NobodyLoggedIn, "get a token")
        }
        ClientError::Refused { .. } | ClientError::ScopesMissing { .. } => (Exit::Refused, "get a token"),
        ClientError::KeyStore(KeyStoreError::NoKeyring(_)) | ClientError::Store(_) => {
            (Exit::Store, "use what is kept")
        }
        ClientError::Timeout => (Exit::Late, "log in"),
        ClientError::Management(refusal) if refusal.status >= 500 => (Exit::CallFailed, "ask"),
        ClientError::Management(_) => (Exit::CallRefused, "ask"),
        _ if error.code().starts_with("client.key_") => (Exit::Key, "use the key"),
        _ => (Exit::NoAnswer, "ask"),
    }
}

fn advice(error: &ClientError) -> Option<&'static str> {
    match error {
        ClientError::Joined(error) => return advice(error),
        ClientError::LoginRequired => {
            return Some(
                "`keybound login` begins anew; it asks for a refresh token, which some servers grant only where the client and the API allow it",
            );
        }
        ClientError::MfaRequired { .. } => {
            return Some("the server wants a second factor, and asks for it at `keybound login`");
        }
        ClientError::ScopesMissing { .. } => {
            return Some("`keybound login --scope …` asks the person for more; what was granted is kept");
        }
        ClientError::KeyStore(KeyStoreError::Key { .. } | KeyStoreError::Open { .. }) => {
            return Some(
                "`keybound login --new-key` or `keybound keys generate --replace` makes another, to which new tokens are bound",
            );
        }
        ClientError::Store(_) => {
            return Some("`keybound login` begins anew, where its folder can be written");
        }
        ClientError::Timeout => return Some("`keybound login --timeout SECONDS` waits longer"),
        ClientError::Transport(_) => {
            return Some(
                "is the server running, and is its certificate to be trusted? `--trust FILE` adds one; `keybound dev` starts a server here",
            );
        }
        ClientError::Metadata(MetadataError::Mismatch { .. }) => {
            return Some("`keybound discover URL` shows what the server calls itself: name it exactly so");
        }
        ClientError::Metadata(_) | ClientError::Status { status: 404 } => {
            return Some(
                "no authorization server describes itself there; `keybound discover URL` tries an address",
            );
        }
        ClientError::Clock { .. } | ClientError::IdToken(_) | ClientError::Jwt(_) => {
            return Some(
                "compare this machine's clock with the server's (`timedatectl` tells whether it is kept right)",
            );
        }
        ClientError::Management(refusal) => return advice_of(refusal),
        ClientError::TokenType { wanted, .. } if wanted.starts_with("DPoP") => {
            return Some(
                "the server binds no tokens for this API: see to it there, or take --unbound where a command has it",
            );
        }
        ClientError::Endpoint("device_authorization_endpoint") => {
            return Some("leave out --device: this server sends people to a browser");
        }
        _ => {}
    }
    match error.oauth_code()? {
        "invalid_client" => Some("AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET must be those of one client"),
        // Auth0 says access_denied for a wrong secret too.
        "access_denied" | "unauthorized_client" => {
            Some("AUTH0_CLIENT_SECRET may be another client's, or the client has no grant for this audience")
        }
        "invalid_grant" => Some("this login is over: `keybound login` begins anew"),
        _ => None,
    }
}

fn advice_of(refusal: &Refusal) -> Option<&'static str> {
    match (refusal.status, refusal.code.as_deref()) {
        (401, _) => Some(
            "the token is for another tenant or its time is over: `keybound token --refresh` gets another",
        ),
        (403, Some("insufficient_scope")) => {
            Some("give the client that administers these scopes: its grant for the Management API holds them")
        }
        (404, _) => Some("ids are shown by `list`"),
        (409, _) => Some("it is there already, or somebody changed it meanwhile: look at it and try again"),
        _ => None,
    }
}

/// The configuration cannot be used.
pub(super) fn misconfigured(error: &ConfigError) -> Failure {
    let failed = Failure::new(Exit::Configuration, format!("read the configuration: {error}"));
    match error {
        ConfigError::Missing("AUTH0_DOMAIN") => failed.hint("say which server: --issuer URL or AUTH0_DOMAIN"),
        ConfigError::Missing("AUTH0_CLIENT_ID") => {
            failed.hint("say who asks: --client-id ID or AUTH0_CLIENT_ID")
        }
        _ => failed,
    }
}
