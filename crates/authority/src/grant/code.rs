//! Redeeming an authorization code (RFC 6749 §4.1.3).

use keybound_proto::id::{ClientId, IdTokenNonce, Subject};
use keybound_proto::jose::{Digest, Thumbprint};
use keybound_proto::pkce::{CodeChallenge, CodeVerifier};
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;
use keybound_proto::uri::RedirectUri;

use super::refresh::Root;
use super::{Circumstances, Holder, Issue, SignedIn, Tie, Verdict};
use crate::Refusal;
use crate::binding::bind;
use crate::model::client::GrantKind;
use crate::model::digest::{CodeDigest, RefreshDigest};
use crate::model::factor::Factors;
use crate::model::name::{AudienceName, ConnectionName, FamilyId, OrganizationId, SessionId};

/// What was agreed at the authorization endpoint, waiting to be redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What the code hashes to.
    pub digest: CodeDigest,
    /// The family of whatever it will issue: known beforehand, so that a second use can revoke the first.
    pub family: FamilyId,
    /// For whom.
    pub client: ClientId,
    /// Where it was sent; `None` when the request named no redirect URI (RFC 6749 §4.1.3).
    pub redirect_uri: Option<RedirectUri>,
    /// What the verifier must fit (RFC 7636).
    pub challenge: Option<CodeChallenge>,
    /// The only key that may redeem it (`dpop_jkt`, RFC 9449 §10).
    pub jkt: Option<Thumbprint>,
    /// Who agreed.
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// In which browser session.
    pub session: SessionId,
    /// When they last showed who they are (`auth_time`).
    pub authenticated_at: Timestamp,
    /// How much of it.
    pub factors: Factors,
    /// Within which organization.
    pub organization: Option<OrganizationId>,
    /// To what; `None` is the userinfo endpoint only.
    pub audience: Option<AudienceName>,
    /// What the client asked for.
    pub asked: Scopes,
    /// What was granted.
    pub scopes: Scopes,
    /// What the ID token must repeat.
    pub id_token_nonce: Option<IdTokenNonce>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What the ledger knows of a code that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was never used.
    Fresh(Code),
    /// It was used before.
    Spent(Code),
    /// There is no such code.
    Unknown,
}

impl Found {
    /// The code, used or not: it says which audience and which user to read before deciding.
    pub const fn code(&self) -> Option<&Code> {
        match self {
            Self::Fresh(code) | Self::Spent(code) => Some(code),
            Self::Unknown => None,
        }
    }
}

/// What the client sent along with the code.
#[derive(Clone, Debug)]
pub struct Redemption<'a> {
    /// The redirect URI it says it was sent to.
    pub redirect_uri: Option<&'a str>,
    /// The verifier it sent.
    pub verifier: Option<&'a CodeVerifier>,
    /// What the refresh token hashes to that will be issued, if one is.
    pub next: RefreshDigest,
}

/// Decides what comes of a code.
///
/// Ownership and key are looked at before anything is given away or taken back: whoever has the code alone can
/// neither use nor spend it, nor revoke what it issued. A wrong verifier spends it, because its owner never sends
/// one (RFC 7636 §7.1 leaves an attacker a single guess).
pub fn redeem(
    found: Found,
    sent: &Redemption<'_>,
    around: &Circumstances<'_>,
    digest: &impl Digest,
) -> Result<Verdict, Refusal> {
    around.may(GrantKind::AuthorizationCode)?;
    let (code, reused) = match found {
        Found::Fresh(code) => (code, false),
        Found::Spent(code) => (code, true),
        Found::Unknown => return Err(Refusal::UnknownGrant),
    };
    if code.client != around.client.id {
        return Err(Refusal::NotYours);
    }
    // RFC 9449 §10: a code asked for with `dpop_jkt` is redeemed with that key or not at all.
    around.holds(code.jkt.as_ref())?;
    check_redirect(&code, sent)?;
    match check_verifier(&code, sent, digest) {
        Err(refusal @ Refusal::VerifierMismatch) if !reused => return Ok(Verdict::Spend { refusal }),
        other => other?,
    }
    if code.expires_at <= around.now {
        return Err(Refusal::Expired);
    }
    if reused {
        return Ok(Verdict::RevokeFamily { family: code.family, refusal: Refusal::Reused });
    }
    give(GrantKind::AuthorizationCode, code, sent.next, around)
}

/// What was agreed becomes tokens, if all of it still stands.
pub(super) fn give(
    grant: GrantKind,
    code: Code,
    next: RefreshDigest,
    around: &Circumstances<'_>,
) -> Result<Verdict, Refusal> {
    around.user(&code.subject)?;
    let organization = around.within(code.organization.as_ref())?;
    let target = around.target(code.audience.as_ref())?;
    let binding = bind(around.client, &target, around.held)?;
    let signed_in = SignedIn {
        subject: code.subject,
        connection: code.connection,
        session: Some(code.session),
        authenticated_at: code.authenticated_at,
        factors: code.factors,
        id_token_nonce: code.id_token_nonce,
    };
    let root = Root {
        family: &code.family,
        signed_in: &signed_in,
        organization: organization.as_ref(),
        audience: code.audience.as_ref(),
        scopes: &code.scopes,
    };
    let refresh = root.refresh(next, around)?;
    let tie = Tie::of(code.family, signed_in.session.as_ref(), &refresh);
    Ok(Verdict::Issue(Box::new(Issue {
        grant,
        client: code.client,
        holder: Holder::User(signed_in),
        organization,
        audience: code.audience,
        asked: code.asked,
        scopes: code.scopes,
        binding,
        refresh,
        tie,
    })))
}

/// RFC 6749 §4.1.3: what was named when asking is named again, byte for byte.
fn check_redirect(code: &Code, sent: &Redemption<'_>) -> Result<(), Refusal> {
    match (&code.redirect_uri, sent.redirect_uri) {
        (None, None) => Ok(()),
        (Some(named), Some(repeated)) if named.as_str() == repeated => Ok(()),
        _ => Err(Refusal::RedirectMismatch),
    }
}

/// RFC 7636 §4.6, and RFC 9700 §4.8.2: a verifier without a challenge means that somebody removed the challenge.
fn check_verifier(code: &Code, sent: &Redemption<'_>, digest: &impl Digest) -> Result<(), Refusal> {
    match (&code.challenge, sent.verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if challenge.matches(verifier, digest) => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::VerifierMismatch),
        (Some(_), None) => Err(Refusal::VerifierMissing),
        (None, Some(_)) => Err(Refusal::VerifierUnexpected),
    }
}

#[cfg(test)]
mod tests;
