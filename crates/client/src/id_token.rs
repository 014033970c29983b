//! ID tokens: whether to believe them (OIDC Core §3.1.3.7, and Auth0's rules for organizations).

mod keys;

use keybound_proto::{
    id::IdTokenNonce,
    jose::{Alg, AlgSet, KeySet, Unverified, Verify},
    metadata::ServerMetadata,
    time::{Lifetime, Timestamp},
    token::id::{Expect, IdClaims, IdTokenError},
};

use crate::{Client, ClientError, Tokens};

pub use keys::Keys;

/// What was asked for, and must be in the ID token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// What the request carried; `None` where it carried none, as in a refresh or on a device.
    pub nonce: Option<&'a IdTokenNonce>,
    /// How long ago the user may have logged in at the most.
    pub max_age: Option<Lifetime>,
    /// Within which organization: see [`is_within`].
    pub organization: Option<&'a str>,
    /// The code, where the token came through the browser beside it (OIDC Core §3.3.2.10). One that the token
    /// endpoint gave for a code needs no such tie: the code is spent, and was its verifier's alone.
    pub code: Option<&'a str>,
}

/// The algorithms an ID token may be signed with: those the server names, as far as we know them; RS256 where it
/// names none, as OIDC Core §2 has it.
pub fn algorithms(metadata: &ServerMetadata) -> AlgSet {
    match &metadata.id_token_signing_alg_values_supported[..] {
        [] => AlgSet::of(&[Alg::Rs256]),
        names => names.iter().filter_map(|name| Alg::parse(name)).collect(),
    }
}

/// Checks the ID token that came with these tokens, by the server's clock as far as its answers told.
pub fn check(
    client: &Client,
    tokens: &Tokens,
    wanted: &Wanted<'_>,
    (keys, backend): (&KeySet, &impl Verify),
    now: Timestamp,
) -> Result<IdClaims, ClientError> {
    let id_token = tokens.id_token.as_ref().ok_or(ClientError::IdTokenMissing)?;
    let expect = Expect {
        issuer: &client.issuer,
        client_id: &client.client_id,
        nonce: wanted.nonce,
        access_token: Some(tokens.access_token.reveal()),
        code: wanted.code,
        max_age: wanted.max_age,
        leeway: client.clocks.tolerance,
    };
    let token = Unverified::parse(id_token.reveal().as_bytes())?;
    let token = token.verify_with(backend, keys, algorithms(client.metadata()))?;
    let claims = IdClaims::check(&token, &expect, backend, client.time_there(now))?;
    match wanted.organization {
        Some(organization) if !is_within(&claims, organization) => Err(IdTokenError::Organization.into()),
        _ => Ok(claims),
    }
}

/// Whether the user logged in to this organization, as Auth0's SDKs tell: what begins with `org_` is an identifier
/// and must be the `org_id`, byte for byte; anything else is a name and must be the `org_name`, in whatever case.
pub fn is_within(claims: &IdClaims, organization: &str) -> bool {
    if organization.starts_with("org_") {
        return claims.organization.as_deref() == Some(organization);
    }
    let name = claims.organization_name.as_deref();
    name.is_some_and(|name| name.to_lowercase() == organization.to_lowercase())
}
