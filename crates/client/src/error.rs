//! What went wrong, and whether trying again can help.

mod told;

use std::{sync::Arc, time::Duration};

use keybound_proto::{
    id::IdError,
    jose::{JwtError, KeySetError, SignError, Thumbprint},
    metadata::MetadataError,
    response::{
        authorization::InvalidResponse, mfa::MfaRequirements, token::InvalidAnswer, userinfo::WrongSubject,
    },
    secret::Secret,
    token::id::IdTokenError,
    uri::UriError,
};

pub use self::told::Again;
use crate::http::TransportError;

/// Why there is no answer, or none that may be used. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server and the key have no algorithm in common (RFC 9449 §5.1).
    #[error("the server accepts proofs by {accepted}, and the key makes them by {ours}")]
    Algorithm {
        /// What the server accepts.
        accepted: String,
        /// What the key makes.
        ours: &'static str,
    },
    /// The answer of the token endpoint cannot be read.
    #[error("the answer cannot be used: {0}")]
    Answer(#[from] InvalidAnswer),
    /// The server registered the client with a way to show who it is that the client cannot go.
    #[error("the server wants the client to authenticate by {method}, which it cannot")]
    Authentication {
        /// The way, as the server spells it.
        method: String,
    },
    /// The token is for another API than the one it would be sent to.
    #[error("the fetcher of {base} wants tokens for {wanted}, and this one is for {found}")]
    Audience {
        /// The base address of the fetcher.
        base: String,
        /// The API it wants tokens for.
        wanted: String,
        /// The API the token is for, as far as it can be read.
        found: String,
    },
    /// The request would have to be sent again, and its body was a stream: there is nothing left of it. What the
    /// server wanted is known now, so the next request succeeds.
    #[error(
        "the server wants the request again ({wanted}), and its body was a stream that is spent; the next one succeeds"
    )]
    BodySpent {
        /// What the server wanted.
        wanted: &'static str,
    },
    /// No browser could be opened.
    #[error("no browser could be opened")]
    Browser,
    /// The server is too busy, and says so.
    #[error("the server is busy ({status}){}", after(*.retry_after))]
    Busy {
        /// The HTTP status.
        status: u16,
        /// Its code as spelled, where it gave one.
        error: Option<String>,
        /// The same for a developer to read.
        description: Option<String>,
        /// When to come back, where it said so.
        retry_after: Option<Duration>,
    },
    /// The browser came back with something that is no answer.
    #[error("the browser came back with no answer: {0}")]
    Callback(#[from] InvalidResponse),
    /// A proof was refused twice, the second time although it was made by the server's clock.
    #[error("the proof is refused: our clock is {} s {} the server's", .offset.unsigned_abs(), if *.offset < 0 { "ahead of" } else { "behind" })]
    Clock {
        /// Seconds by which the server's clock is ahead of ours, as its `Date` tells.
        offset: i64,
    },
    /// The metadata names no such endpoint.
    #[error("the authorization server has no {0}")]
    Endpoint(&'static str),
    /// A value cannot stand in a header or an address.
    #[error("the {0} of the request cannot be written")]
    Header(&'static str),
    /// The ID token is missing, although `openid` was asked for.
    #[error("the answer holds no ID token")]
    IdTokenMissing,
    /// The ID token is not to be believed.
    #[error("the ID token is refused: {0}")]
    IdToken(#[from] IdTokenError),
    /// Another server answered (RFC 9207 §2.4). What it said is not to be shown.
    #[error("the answer comes from another authorization server")]
    Issuer,
    /// The token is not to be believed.
    #[error("the token is refused: {0}")]
    Jwt(#[from] JwtError),
    /// Somebody else asked for the same, and this is what came of it.
    #[error(transparent)]
    Joined(Arc<Self>),
    /// The key is elsewhere, and signing with it takes waiting.
    #[error("the key is elsewhere: sign by waiting for it")]
    KeyElsewhere,
    /// The key cannot be written in that form.
    #[cfg(feature = "crypto")]
    #[error("the key cannot be exported: {0}")]
    KeyExport(#[source] keybound_crypto::KeyError),
    /// No key could be made.
    #[cfg(feature = "crypto")]
    #[error("no key could be made: {0}")]
    KeyGeneration(#[source] keybound_crypto::KeyError),
    /// What was given is no key that can be used.
    #[cfg(feature = "crypto")]
    #[error("the key cannot be imported: {0}")]
    KeyImport(#[source] keybound_crypto::KeyError),
    /// There is no key: it was not made yet, or was forgotten at logout.
    #[error("there is no key: none was made yet, or it was forgotten at logout")]
    KeyMissing,
    /// The key could not be read from where it is kept, or not be kept.
    #[cfg(feature = "crypto")]
    #[error(transparent)]
    KeyStore(#[from] crate::key::KeyStoreError),
    /// The server's keys cannot be read.
    #[error("the keys of the authorization server cannot be used: {0}")]
    Keys(#[from] KeySetError),
    /// Nothing is kept that could be refreshed: the user has to log in.
    #[error("there is no refresh token: the user has to log in")]
    LoginRequired,
    /// The Management API said no.
    #[cfg(feature = "management")]
    #[error("the Management API refused: {0}")]
    Management(Box<crate::management::Refusal>),
    /// The description of a server cannot be used.
    #[error("the metadata cannot be used: {0}")]
    Metadata(#[from] MetadataError),
    /// The first factor was accepted and a second one is wanted: see [`Client::mfa_otp`](crate::Client::mfa_otp)
    /// and what stands beside it.
    #[error("a second factor is wanted ({status}){}", described(.description.as_deref()))]
    MfaRequired {
        /// The HTTP status.
        status: u16,
        /// What the second factor is shown with.
        mfa_token: Secret<String>,
        /// What the user can, or first must, do.
        requirements: MfaRequirements,
        /// For a developer to read.
        description: Option<String>,
    },
    /// A name is no name.
    #[error("the identifier cannot be used: {0}")]
    Name(#[from] IdError),
    /// A nonce was demanded and none was given.
    #[error("the server demands a nonce and {0}")]
    Nonce(&'static str),
    /// A nonce was demanded, given, used, and refused.
    #[error("the server at {origin} demands a nonce and refused the one it gave")]
    NonceRetrySpent {
        /// Who demands it.
        origin: String,
    },
    /// The token is not to be sent there.
    #[error("the token must not be sent to {origin}")]
    OriginNotAllowed {
        /// Where it would have gone.
        origin: String,
    },
    /// No proof can be made of that.
    #[error("no proof can be made: {0}")]
    Proof(&'static str),
    /// One redirect led to another until there were too many, or one led nowhere.
    #[error("the redirect cannot be followed: {0}")]
    Redirect(&'static str),
    /// The server said no.
    #[error("the server refused ({status}): {error}{}", described(.description.as_deref()))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its code as spelled.
        error: String,
        /// The same for a developer to read.
        description: Option<String>,
    },
    /// Less was granted than was asked for. What was granted is kept.
    #[error("the scopes {} were not granted", .missing.join(" "))]
    ScopesMissing {
        /// What was not granted.
        missing: Vec<String>,
    },
    /// The key could not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What came back was not asked for here: the `state` is another's.
    #[error("the answer does not belong to this request")]
    State,
    /// The server answered with a status that says nothing more.
    #[error("the server answered with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The API wants the user to log in in another way, or once more (RFC 9470): [`Demand::of_login`] asks for it.
    ///
    /// [`Demand::of_login`]: crate::protected::Demand::of_login
    #[error("the API wants another login{}", described(.description.as_deref()))]
    StepUp {
        /// What it wants of the login.
        demand: Box<crate::protected::Demand>,
        /// For a developer to read.
        description: Option<String>,
    },
    /// What is kept could not be read or written.
    #[cfg(all(feature = "crypto", feature = "web"))]
    #[error(transparent)]
    Store(#[from] crate::session::StoreError),
    /// The answer speaks of another user.
    #[error(transparent)]
    Subject(#[from] WrongSubject),
    /// The key is not the one the token is bound to: the user has to log in with it.
    #[error("the key is {found}, and the token is bound to {wanted}")]
    Thumbprint {
        /// The thumbprint of the key.
        found: Thumbprint,
        /// The thumbprint the token is bound to.
        wanted: Thumbprint,
    },
    /// Nobody came back in time.
    #[error("the browser did not come back in time")]
    Timeout,
    /// The token is not bound although a proof was sent (RFC 9449 §5), or the other way round. It was discarded.
    #[error("the token is of type {found}, not {wanted}")]
    TokenType {
        /// What the server sent.
        found: String,
        /// What can be used.
        wanted: &'static str,
    },
    /// What was kept of a login cannot be read, or the login is over.
    #[error("nothing is known of this login: it was never begun here, is over, or took too long")]
    Transaction,
    /// Nothing came back.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An address is not one.
    #[error("the address cannot be used: {0}")]
    Uri(#[from] UriError),
    /// The browser made no key: it wants a secure context, or does not know P-256.
    #[error("the browser's WebCrypto made no key for ES256; it wants a page over https")]
    WebCrypto,
}

fn after(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(" and can be asked again in {} s", wait.as_secs())).unwrap_or_default()
}

fn described(description: Option<&str>) -> String {
    description.map(|text| format!(" ({text})")).unwrap_or_default()
}
