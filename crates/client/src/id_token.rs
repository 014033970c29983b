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
    /// Within which organization: an identifier beginning `org_`, or a name in whatever case.
    pub organization: Option<&'a str>,
}

/// The algorithms an ID token may be signed with: those the server names, as far as we know them; RS256 where it
/// names none, as OIDC Core §2 has it.
pub fn algorithms(metadata: &ServerMetadata) -> AlgSet {
    match &metadata.id_token_signing_alg_values_supported[..] {
        [] => AlgSet::of(&[Alg::Rs256]),
        names => names.iter().filter_map(|name| Alg::parse(name)).collect(),
    }
}

/// Checks the ID token that came with these tokens.
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
        max_age: wanted.max_age,
        leeway: client.clocks.tolerance,
    };
    let token = Unverified::parse(id_token.reveal().as_bytes())?;
    let token = token.verify_with(backend, keys, algorithms(client.metadata()))?;
    let claims = IdClaims::check(&token, &expect, backend, now)?;
    match wanted.organization {
        Some(organization) if !is_within(&claims, organization) => Err(IdTokenError::Organization.into()),
        _ => Ok(claims),
    }
}

/// As Auth0's SDKs compare: identifiers byte for byte, names in lower case.
fn is_within(claims: &IdClaims, wanted: &str) -> bool {
    let Some(own) = &claims.organization else { return false };
    if wanted.starts_with("org_") {
        own.id == wanted
    } else {
        own.name.as_deref() == Some(&wanted.to_lowercase())
    }
}
