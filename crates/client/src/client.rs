//! Who asks, and whom.

use std::sync::Arc;

use keybound_proto::{
    id::ClientId,
    metadata::ServerMetadata,
    request::token::{MachineRequest, RefreshRequest, TokenRequest},
    time::Timestamp,
    uri::{Issuer, Origin},
};

use crate::{Authentication, ClientError, Clocks, DpopKey, Exchange, Origins, Retry, Role, Signer};

/// A client of one authorization server.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) issuer: Issuer,
    pub(crate) metadata: Arc<ServerMetadata>,
    pub(crate) client_id: ClientId,
    pub(crate) authentication: Authentication,
    pub(crate) key: Option<DpopKey>,
    pub(crate) origins: Arc<Origins>,
    pub(crate) clocks: Clocks,
    pub(crate) retry: Retry,
    pub(crate) request_signer: Option<Signer>,
    pub(crate) pushes: bool,
}

impl Client {
    /// A public client without a key. Give it one with [`bound_to`](Self::bound_to).
    pub fn new(issuer: Issuer, metadata: ServerMetadata, client_id: ClientId) -> Self {
        Self {
            issuer,
            metadata: Arc::new(metadata),
            client_id,
            authentication: Authentication::Public,
            key: None,
            origins: Arc::default(),
            clocks: Clocks::default(),
            retry: Retry::default(),
            request_signer: None,
            pushes: false,
        }
    }

    /// The same client that can show who it is.
    #[must_use]
    pub fn authenticated(self, authentication: Authentication) -> Self {
        Self { authentication, ..self }
    }

    /// The same client whose tokens are bound to this key: it accepts no others.
    #[must_use]
    pub fn bound_to(self, key: DpopKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The same client that shares what it learns of servers.
    #[must_use]
    pub fn sharing(self, origins: Arc<Origins>) -> Self {
        Self { origins, ..self }
    }

    /// The same client that knows this of clocks.
    #[must_use]
    pub fn by_clocks(self, clocks: Clocks) -> Self {
        Self { clocks, ..self }
    }

    /// The same client that waits like this before it asks again.
    #[must_use]
    pub fn retrying(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// The same client that signs its authorization requests (RFC 9101).
    #[must_use]
    pub fn signing_requests(self, signer: Signer) -> Self {
        Self { request_signer: Some(signer), ..self }
    }

    /// The same client that pushes its authorization requests (RFC 9126), also where the server does not insist.
    #[must_use]
    pub fn pushing_requests(self) -> Self {
        Self { pushes: true, ..self }
    }

    /// Its authorization server.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What that server says about itself.
    pub fn metadata(&self) -> &ServerMetadata {
        &self.metadata
    }

    /// Its name there.
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The key its tokens are bound to.
    pub const fn key(&self) -> Option<&DpopKey> {
        self.key.as_ref()
    }

    /// What it learnt of servers.
    pub const fn origins(&self) -> &Arc<Origins> {
        &self.origins
    }

    /// Asks on its own behalf (RFC 6749 §4.4).
    pub fn client_credentials(&self, request: MachineRequest) -> Exchange<'_> {
        Exchange::new(self, TokenRequest::ClientCredentials(request))
    }

    /// Redeems a refresh token (RFC 6749 §6).
    ///
    /// Where the server sends no new one, the tokens hold this one again. Keep the old tokens until the new ones
    /// are stored: an answer may get lost on its way.
    pub fn refresh(&self, request: RefreshRequest) -> Exchange<'_> {
        Exchange::new(self, TokenRequest::RefreshToken(request))
    }

    /// What time it is at the server, by what the operator knows and by what its answers told.
    pub(crate) fn time_there(&self, now: Timestamp) -> Timestamp {
        let endpoint = self.metadata.token_endpoint.as_deref().and_then(|url| Origin::of_url(url).ok());
        let origin = endpoint.as_ref().unwrap_or_else(|| self.issuer.origin());
        self.origins.time_at(origin, Role::AuthorizationServer, self.clocks.there(now))
    }

    /// Whether the server takes proofs by the key's algorithm, as far as it says (RFC 9449 §5.1).
    pub(crate) fn check_algorithm(&self, key: &DpopKey) -> Result<(), ClientError> {
        match self.metadata.dpop_algs() {
            Some(accepted) if !accepted.contains(key.alg()) => {
                let accepted = self.metadata.dpop_signing_alg_values_supported.join(", ");
                Err(ClientError::Algorithm { accepted, ours: key.alg().name() })
            }
            _ => Ok(()),
        }
    }
}
