//! Access tokens for the userinfo endpoint alone: sealed, since nobody reads them but us.
//!
//! Each belongs to the key that signs ID tokens when it is made, and is good for nothing once that is not published any
//! more: as a signed one would be.

use keybound_authority::{
    grant::Tie,
    model::name::{FamilyId, SessionId},
};
use keybound_crypto::seal::{SealKey, derive_key};
use keybound_proto::{
    id::Kid,
    jose::{Claims, KeySet, decode_base64url, encode_base64url},
    secret::Secret,
    token::access::AccessClaims,
};
use serde_json::Value;

/// What seals them: a key for each key that signs, since under one there could be too many.
#[derive(Debug)]
pub(crate) struct OpaqueTokens(Secret<[u8; 32]>);

impl OpaqueTokens {
    /// Those sealed under a master key.
    pub(crate) fn under(master: &Secret<[u8; 32]>) -> Self {
        Self(derive_key(master, "server/opaque-tokens"))
    }

    /// A token that says this and ends with that.
    pub(crate) fn seal(
        &self,
        kid: Option<&Kid>,
        (claims, tie): (&AccessClaims, &Tie),
    ) -> Result<Secret<String>, serde_json::Error> {
        let mut said = serde_json::to_value(claims)?;
        if let Value::Object(said) = &mut said {
            said.extend(tie.family.as_ref().map(|family| (FAMILY.to_owned(), family.as_str().into())));
            said.extend(tie.session.as_ref().map(|session| (SESSION.to_owned(), session.as_str().into())));
        }
        let sealed = self.key(kid.map_or("", Kid::as_str)).seal(PLACE, said.to_string().as_bytes());
        Ok(Secret::new(format!("{PREFIX}{}", encode_base64url(sealed))))
    }

    /// What a token says and ends with, or why it is none; `None` where it does not look like one. Its time is still to
    /// be judged.
    pub(crate) fn open(
        &self,
        published: &KeySet,
        token: &str,
    ) -> Option<Result<(Claims, Tie), &'static str>> {
        let sealed = decode_base64url(token.strip_prefix(PREFIX)?);
        let Ok(sealed) = sealed else { return Some(Err("it is not base64url")) };
        let mut kids = published.keys().iter().filter_map(|key| key.kid());
        let opened = kids.find_map(|kid| self.key(kid.as_str()).open(PLACE, &sealed).ok());
        let Some(opened) = opened else { return Some(Err("it was not sealed by us")) };
        Some(read(opened.reveal()).ok_or("it was sealed by us and cannot be read"))
    }

    fn key(&self, kid: &str) -> SealKey {
        SealKey::derive(&self.0, kid)
    }
}

fn read(opened: &[u8]) -> Option<(Claims, Tie)> {
    let claims = Claims::read(opened).ok()?;
    let text = |name: &str| claims.claim(name).and_then(|value| value.as_str());
    let tie = Tie {
        family: text(FAMILY).map(FamilyId::parse).transpose().ok()?,
        session: text(SESSION).map(SessionId::parse).transpose().ok()?,
    };
    Some((claims, tie))
}

/// What whoever looks for lost secrets knows them by.
const PREFIX: &str = "kbat_";

const PLACE: &[u8] = b"access token";

/// What a token ends with, beside its claims.
const FAMILY: &str = "family";
const SESSION: &str = "sid";
