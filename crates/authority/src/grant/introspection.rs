//! What is told of a token to a client that asks (RFC 7662).
//!
//! Auth0 has no introspection, so nobody's habits decide who may ask: whoever a token was issued to, and of an access
//! token the API it is meant for. To everybody else, and of what is good no more, every token looks the same.

use keybound_proto::token::access::AccessClaims;

use super::Circumstances;
use super::exchange::on_behalf_of;
use super::refresh::{Found, RefreshToken, check_life};
use crate::Refusal;
use crate::model::audience::OnBehalfOf;
use crate::model::client::Client;

/// Refuses a client that cannot show who it is: guesses at tokens would cost nothing (RFC 7662 §2.1, §4).
pub const fn may_ask(client: &Client) -> Result<(), Refusal> {
    if client.is_public() { Err(Refusal::MissingSecret) } else { Ok(()) }
}

/// Whether an access token is any business of a client: its own are, and those meant for the API that it is. Asked before
/// anything is read about the token.
pub fn concerns(token: &AccessClaims, client: &Client) -> Result<(), Refusal> {
    let is_meant = |api| token.audiences.iter().any(|audience| audience == api);
    let concerned =
        token.client_id == client.id || client.api.as_ref().is_some_and(|api| is_meant(api.as_str()));
    if concerned { Ok(()) } else { Err(Refusal::NotYours) }
}

/// The refresh token that was found, if it is the client's own. Asked before anything is read about it.
pub fn own<'a>(found: &'a Found, client: &Client) -> Result<&'a RefreshToken, Refusal> {
    let token = found.token().ok_or(Refusal::UnknownGrant)?;
    if token.client == client.id { Ok(token) } else { Err(Refusal::NotYours) }
}

/// Whether a client hears of an access token, whose signature and time are good. A user who is gone or shut out takes
/// their tokens along.
pub fn access(token: &AccessClaims, around: &Circumstances<'_>) -> Result<(), Refusal> {
    concerns(token, around.client)?;
    if on_behalf_of(token) == OnBehalfOf::User {
        // To AT Protocol they go by another name.
        let spoken = around.user.filter(|user| user.did.as_ref() == Some(&token.subject));
        around.user(spoken.map_or(&token.subject, |user| &user.subject))?;
    }
    Ok(())
}

/// The refresh token of which a client hears: its own alone, while it could be redeemed.
pub fn refresh(found: Found, around: &Circumstances<'_>) -> Result<RefreshToken, Refusal> {
    check_life(own(&found, around.client)?, around.now)?;
    let token = match found {
        Found::Fresh(token) => token,
        Found::Spent { .. } => return Err(Refusal::Reused),
        Found::Revoked(_) => return Err(Refusal::Revoked),
        Found::Unknown => return Err(Refusal::UnknownGrant),
    };
    around.user(&token.subject)?;
    around.within(token.organization.as_ref())?;
    Ok(token)
}

#[cfg(test)]
mod tests;
