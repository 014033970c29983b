//! The authorization server's keys: fetched once, and once more when a token names one that is not among them.

use std::sync::{Arc, Mutex, PoisonError};

use keybound_client::{Ambient, Client, ClientError, discovery};
use keybound_proto::{
    jose::{JwtError, KeySet},
    time::{Lifetime, Timestamp},
    token::id::IdTokenError,
};

use crate::transport::{Surroundings, Transport};

/// Keys, and when they were fetched.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<Option<(Arc<KeySet>, Timestamp)>>);

impl Keys {
    /// Checks with the keys there are; with new ones where these cannot have signed it and are not of this moment.
    pub(crate) async fn check<T>(
        &self,
        client: &Client,
        (http, surroundings): (&Transport, &Surroundings),
        check: impl Fn(&KeySet) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let now = surroundings.now();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((keys, fetched)) = kept {
            match check(&keys) {
                Err(error) if wants_other_keys(&error) && now >= fetched.plus(PAUSE) => {}
                checked => return checked,
            }
        }
        let keys = Arc::new(discovery::keys(client.metadata(), http).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&keys), now));
        check(&keys)
    }
}

const fn wants_other_keys(error: &ClientError) -> bool {
    let (ClientError::Jwt(error) | ClientError::IdToken(IdTokenError::Jwt(error))) = error else {
        return false;
    };
    matches!(error, JwtError::NoKey | JwtError::Signature(_))
}

/// Keys are asked for no more often than this, however many forged tokens come.
const PAUSE: Lifetime = Lifetime::seconds(30);
