//! What a client must do, and how long what it is given lives.

use keybound_proto::time::Lifetime;

use super::credential::ClientKeys;

/// How a client signs its authorization requests (RFC 9101); Auth0's `signed_request_object`.
#[derive(Clone, Debug)]
pub struct RequestObjectPolicy {
    /// Whether one that is not signed is refused.
    pub required: Signing,
    /// With which keys.
    pub keys: ClientKeys,
}

/// Whether a client signs its authorization requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// As it likes.
    Optional,
    /// Always.
    Required,
}

/// Whether a client's proofs carry a nonce of ours (RFC 9449 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceDemand {
    /// They are not looked at.
    Off,
    /// None is needed, but one that is there must be good.
    Optional,
    /// A good one is needed.
    Required,
}

/// Whether a public client's refresh tokens are bound to the key that was shown (RFC 9449 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefreshBinding {
    /// They are, as the document demands.
    #[default]
    Bound,
    /// They are not: the client proves the code exchange and cannot prove the refresh. Whoever steals one can use it.
    UnboundDespiteRfc9449,
}

/// How a client's authorization requests come (RFC 9126).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushPolicy {
    /// Whether one that was not pushed is refused; Auth0's `require_pushed_authorization_requests`.
    pub required: Pushing,
    /// How long one that was pushed waits for its browser; Auth0's `par_request_expiry`.
    pub lifetime: Lifetime,
}

/// Whether a client sends its authorization requests ahead (RFC 9126 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushing {
    /// As it likes.
    Optional,
    /// Always.
    Required,
}

/// How a client's refresh tokens live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshPolicy {
    /// Whether each use brings a new one.
    pub rotation: Rotation,
    /// How long after the sign-in, however much it is used; `None` is for ever.
    pub absolute: Option<Lifetime>,
    /// How long without use; `None` is for ever.
    pub idle: Option<Lifetime>,
}

/// Whether each use of a refresh token brings a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The same token goes on.
    Keep,
    /// A successor takes its place.
    Rotate {
        /// How long a spent token still brings its successor, for a client that lost the answer.
        leeway: Lifetime,
    },
}
