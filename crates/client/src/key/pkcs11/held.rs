//! A private key that stays in its token, and signs there.

use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::{object::ObjectHandle, session::Session};
use keybound_proto::jose::{Alg, Jwk, SignError};
use tokio::runtime::Handle;

use super::kind;
use crate::{SignElsewhere, both::Boxed};

/// The session is its own, since a session signs one thing at a time.
pub(super) struct TokenKey {
    session: Arc<Mutex<Session>>,
    own: ObjectHandle,
    public: Jwk,
    alg: Alg,
}

impl TokenKey {
    pub(super) fn new(session: Session, own: ObjectHandle, (alg, public): (Alg, Jwk)) -> Self {
        Self { session: Arc::new(Mutex::new(session)), own, public, alg }
    }
}

impl SignElsewhere for TokenKey {
    fn alg(&self) -> Alg {
        self.alg
    }

    fn public(&self) -> &Jwk {
        &self.public
    }

    /// On a thread that may block, where there is a runtime that has them: a token answers in milliseconds at best, and
    /// one that is asked by many makes them wait for each other.
    fn sign<'a>(&'a self, message: &'a [u8]) -> Boxed<'a, Result<Vec<u8>, SignError>> {
        Box::pin(async move {
            let (session, own, alg) = (Arc::clone(&self.session), self.own, self.alg);
            let message = kind::signed(alg, message);
            let sign = move || {
                let session = session.lock().unwrap_or_else(PoisonError::into_inner);
                session.sign(&kind::signs(alg), own, &message).map_err(|_| SignError)
            };
            match Handle::try_current() {
                Ok(runtime) => runtime.spawn_blocking(sign).await.map_err(|_| SignError)?,
                Err(_) => sign(),
            }
        })
    }
}
