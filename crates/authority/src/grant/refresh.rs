//! Redeeming a refresh token (RFC 6749 §6; RFC 9449 §5; RFC 9700 §4.14).

use keybound_proto::id::{ClientId, Subject};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;

use crate::model::digest::RefreshDigest;
use crate::model::name::{AudienceName, ConnectionName, FamilyId, SessionId};

/// A refresh token as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// What the token hashes to.
    pub digest: RefreshDigest,
    /// Which grant it descends from.
    pub family: FamilyId,
    /// Whose it is.
    pub client: ClientId,
    /// On whose behalf.
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// In which browser session it was granted.
    pub session: SessionId,
    /// When they then showed who they are (`auth_time`).
    pub authenticated_at: Timestamp,
    /// For what; `None` is the userinfo endpoint only.
    pub audience: Option<AudienceName>,
    /// What was granted.
    pub scopes: Scopes,
    /// The only key that may use it (RFC 9449 §5).
    pub bound_to: Option<Thumbprint>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When the family ends, however much it is used.
    pub expires_at: Option<Timestamp>,
    /// When this token ends if it is not used.
    pub idle_at: Option<Timestamp>,
}

/// What the ledger knows of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was never used, or it is of the kind that may be used again.
    Fresh(RefreshToken),
    /// Its family was revoked.
    Revoked(RefreshToken),
    /// It was used, and a successor took its place.
    Spent {
        /// The token.
        token: RefreshToken,
        /// When it was used.
        at: Timestamp,
    },
    /// There is no such token.
    Unknown,
}
