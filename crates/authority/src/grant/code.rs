//! Redeeming an authorization code (RFC 6749 §4.1.3).

use keybound_proto::id::{ClientId, Subject};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;
use keybound_proto::uri::RedirectUri;

use crate::model::digest::CodeDigest;
use crate::model::name::{AudienceName, ConnectionName, FamilyId, IdTokenNonce, SessionId};

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
    /// The SHA-256 a verifier must have (RFC 7636, `S256`).
    pub challenge: Option<[u8; 32]>,
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
