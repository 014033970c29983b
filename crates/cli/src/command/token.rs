//! `keybound token`: a token bound to the kept key.

use keybound_client::{
    Tokens,
    proto::{jose::Compact, time::Timestamp},
    session::Renew,
};
use serde_json::{Value, json};

use super::{
    asking::{Asker, done, web},
    saying::failure,
};
use crate::{args::asking::Token, error::Failure, exit::Exit, output};

/// Prints one, kept or new.
pub(crate) fn run(arguments: &Token) -> Result<Exit, Failure> {
    let tokens = done(async {
        let asker = Asker::new(&arguments.server, arguments.speaker).await?;
        let session = asker.session(web(asker.trust.as_ref())?).await?;
        let renew = if arguments.refresh { Renew::Now } else { Renew::WhenDue };
        session.token_when(&asker.want(), renew).await.map_err(|error| failure(&error))
    })?;
    tell(&tokens, arguments.decode, arguments.json)
}

/// Prints one: as it is, what it says, or what is known of it.
pub(super) fn tell(tokens: &Tokens, decode: bool, as_json: bool) -> Result<Exit, Failure> {
    let said = decoded(tokens);
    if decode && said.is_none() {
        return Err(Failure::new(
            Exit::NoAnswer,
            "decode the token: it is no JWT, and says nothing to its client",
        ));
    }
    output::result(&match (decode, as_json) {
        (true, _) => format!("{:#}\n", said.unwrap_or_default()),
        (false, true) => format!("{:#}\n", told(tokens)),
        (false, false) => format!("{}\n", tokens.access_token.reveal()),
    });
    Ok(Exit::Done)
}

/// What is known of one.
pub(super) fn told(tokens: &Tokens) -> Value {
    json!({
        "access_token": tokens.access_token.reveal(),
        "token_type": if tokens.is_bound() { "DPoP" } else { "Bearer" },
        "bound_to": tokens.bound_to.map(|key| key.to_string()),
        "expires_at": tokens.expires.map(Timestamp::as_unix),
        "scope": tokens.scopes.as_ref().map(ToString::to_string),
    })
}

/// Header and claims of a JWT, unverified: for a person to look at.
fn decoded(tokens: &Tokens) -> Option<Value> {
    const MOST: usize = 64 * 1024;
    let token = Compact::parse(tokens.access_token.reveal().as_bytes(), MOST).ok()?;
    let header: Value = serde_json::from_slice(&token.header().ok()?).ok()?;
    let payload: Value = serde_json::from_slice(&token.payload().ok()?).ok()?;
    Some(json!({ "header": header, "payload": payload }))
}
