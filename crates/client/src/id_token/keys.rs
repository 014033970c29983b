//! The keys of an authorization server: asked for once, and again when a token names one that is not among them.

use std::sync::{Arc, Mutex, PoisonError};

use keybound_proto::{
    jose::{JwtError, KeySet, Verify},
    time::{Lifetime, Timestamp},
    token::id::{IdClaims, IdTokenError},
};

use super::Wanted;
use crate::{Ambient, Client, ClientError, Tokens, discovery, http::Http};

/// Keys of one authorization server, kept while they are good.
///
/// A token by a key that is not among them makes them be asked for again, but not more than twice a minute,
/// however many forged tokens come. Keys that are old are asked for again too; where that fails, they serve on.
#[derive(Debug, Default)]
pub struct Keys(Mutex<Kept>);

#[derive(Clone, Debug, Default)]
struct Kept {
    keys: Option<Arc<KeySet>>,
    fetched: Timestamp,
    asked: Timestamp,
}

impl Keys {
    /// Checks something with the keys there are; with new ones where these cannot have signed it.
    pub async fn check<T>(
        &self,
        client: &Client,
        (http, ambient): (&impl Http, &impl Ambient),
        check: impl Fn(&KeySet) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let now = ambient.now();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(keys) = kept.keys else { return check(&*self.fetch(client, http, now).await?) };
        let may_ask = now >= kept.asked.plus(PAUSE);
        if may_ask && now >= kept.fetched.plus(GOOD_FOR) {
            return match self.fetch(client, http, now).await {
                Ok(newer) => check(&newer),
                Err(_) => check(&keys),
            };
        }
        match check(&keys) {
            Err(error) if may_ask && wants_other_keys(&error) => {
                check(&*self.fetch(client, http, now).await?)
            }
            checked => checked,
        }
    }

    /// Checks the ID token that came with these tokens.
    pub async fn check_id_token(
        &self,
        client: &Client,
        tokens: &Tokens,
        wanted: &Wanted<'_>,
        (http, ambient, backend): (&impl Http, &impl Ambient, &impl Verify),
    ) -> Result<IdClaims, ClientError> {
        let check = |keys: &KeySet| super::check(client, tokens, wanted, (keys, backend), ambient.now());
        self.check(client, (http, ambient), check).await
    }

    async fn fetch(
        &self,
        client: &Client,
        http: &impl Http,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, ClientError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).asked = now;
        let keys = Arc::new(discovery::keys(client.metadata(), http).await?);
        let kept = Kept { keys: Some(Arc::clone(&keys)), fetched: now, asked: now };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(keys)
    }
}

const fn wants_other_keys(error: &ClientError) -> bool {
    let (ClientError::Jwt(error) | ClientError::IdToken(IdTokenError::Jwt(error))) = error else {
        return false;
    };
    matches!(error, JwtError::NoKey | JwtError::Signature(_))
}

/// How long to wait before asking again.
const PAUSE: Lifetime = Lifetime::seconds(30);

/// How long keys are used without asking.
const GOOD_FOR: Lifetime = Lifetime::seconds(3_600);
