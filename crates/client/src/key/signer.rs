//! A private key, here or elsewhere.

use std::{fmt, sync::Arc};

use keybound_proto::{
    id::Kid,
    jose::{Alg, Jwk, Sign, SignError},
};

use crate::both::{Both, Boxed};

/// A private key that takes its time: one behind a network, or in a browser.
pub trait SignElsewhere: Both {
    /// The algorithm it signs with.
    fn alg(&self) -> Alg;

    /// How others name it, where it has a name.
    fn kid(&self) -> Option<&Kid> {
        None
    }

    /// Its public half.
    fn public(&self) -> &Jwk;

    /// Signs in the form JOSE wants (ECDSA as `R ‖ S`).
    fn sign<'a>(&'a self, message: &'a [u8]) -> Boxed<'a, Result<Vec<u8>, SignError>>;
}

/// A private key, wherever it is. Copies are the same key.
#[derive(Clone)]
pub struct Signer(Arc<Place>);

enum Place {
    Here(Box<dyn Sign>),
    Elsewhere(Box<dyn SignElsewhere>),
}

impl Signer {
    /// One that signs at once.
    pub fn here(key: impl Sign + 'static) -> Self {
        Self::at(Place::Here(Box::new(key)))
    }

    /// One that takes its time.
    pub fn elsewhere(key: impl SignElsewhere + 'static) -> Self {
        Self::at(Place::Elsewhere(Box::new(key)))
    }

    #[cfg_attr(
        target_arch = "wasm32",
        expect(clippy::arc_with_non_send_sync, reason = "a browser's keys stay on its one thread")
    )]
    fn at(place: Place) -> Self {
        Self(Arc::new(place))
    }

    /// The algorithm it signs with.
    pub fn alg(&self) -> Alg {
        match &*self.0 {
            Place::Here(key) => key.alg(),
            Place::Elsewhere(key) => key.alg(),
        }
    }

    /// How others name it, where it has a name.
    pub fn kid(&self) -> Option<&Kid> {
        match &*self.0 {
            Place::Here(key) => key.kid(),
            Place::Elsewhere(key) => key.kid(),
        }
    }

    /// Its public half.
    pub fn public(&self) -> &Jwk {
        match &*self.0 {
            Place::Here(key) => key.public(),
            Place::Elsewhere(key) => key.public(),
        }
    }

    /// Signs at once; `None` where the key is elsewhere.
    pub fn sign_here(&self, message: &[u8]) -> Option<Result<Vec<u8>, SignError>> {
        match &*self.0 {
            Place::Here(key) => Some(key.sign(message)),
            Place::Elsewhere(_) => None,
        }
    }

    /// Signs, and waits where the key is elsewhere.
    pub async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &*self.0 {
            Place::Here(key) => key.sign(message),
            Place::Elsewhere(key) => key.sign(message).await,
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if matches!(*self.0, Place::Here(_)) { "here" } else { "elsewhere" };
        write!(f, "Signer({}, {place})", self.alg().name())
    }
}
