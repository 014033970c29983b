//! Codes of digits that were sent to somebody: kept as sealed hashes, guessed at a few times, spent once.
//!
//! What is kept is the code's hash, sealed: six digits hashed alone are six digits. It ends after minutes, after the
//! first right answer, after three wrong ones, and when another one is sent in its place.

use keybound_authority::{Refusal, model::digest::CodeDigest};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    jose::Digest as _,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{Claimed, FleetingKey, StoreError};

use crate::app::App;

/// A code that was sent, or is about to be.
#[derive(Clone, Copy)]
pub(crate) struct SentCode<'a> {
    /// What codes of its kind are for.
    pub(crate) purpose: &'static str,
    /// Everything it is for, so that none of it can be another's.
    pub(crate) place: &'a [u8],
    /// How long it can be shown.
    pub(crate) lifetime: Lifetime,
}

impl SentCode<'_> {
    /// Draws a code, in place of any that was sent there before.
    pub(crate) async fn draw(
        &self,
        app: &App,
        length: u32,
        now: Timestamp,
    ) -> Result<Secret<String>, StoreError> {
        let code = digits(length);
        let salt = entropy::bytes::<SALT>();
        let kept = [&salt[..], hashed(&salt, &code).as_bytes()].concat();
        let sealed = app.codes.seal(&self.bound_to(), &kept);
        app.fleeting.keep(&self.key(), &sealed, now.plus(self.lifetime), now).await?;
        Ok(code)
    }

    /// Whether this is the code. A wrong one is counted, and the third ends it; a right one is spent: of any number
    /// that come at once, one is right.
    pub(crate) async fn spend(
        &self,
        app: &App,
        typed: &Secret<String>,
        now: Timestamp,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let wrong = Ok(Err(Refusal::WrongCode));
        let Some(sealed) = app.fleeting.peek(&self.key(), now).await? else { return wrong };
        let Ok(kept) = app.codes.open(&self.bound_to(), &sealed) else { return wrong };
        let Some((salt, hash)) = kept.reveal().split_at_checked(SALT) else { return wrong };
        if !self.may_try(app, salt, now).await? {
            app.fleeting.take(&self.key(), now).await?;
            return Ok(Err(Refusal::TooManyGuesses));
        }
        let right = <[u8; 32]>::try_from(hash)
            .is_ok_and(|hash| Secret::new(*hashed(salt, typed).as_bytes()) == Secret::new(hash));
        if !right {
            return wrong;
        }
        // Whoever takes another one than was looked at was overtaken by a new code.
        match app.fleeting.take(&self.key(), now).await? {
            Some(taken) if taken == sealed => Ok(Ok(())),
            _ => wrong,
        }
    }

    /// One of the tries that a code has. Claims, and not a count: a window that ends would bring new ones.
    async fn may_try(&self, app: &App, salt: &[u8], now: Timestamp) -> Result<bool, StoreError> {
        let until = now.plus(self.lifetime);
        for nth in 0..TRIES {
            let one = FleetingKey::new("code-try", &[salt, &[nth]]);
            if app.fleeting.claim(&one, until, now).await? == Claimed::First {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn key(&self) -> FleetingKey {
        FleetingKey::new(self.purpose, &[self.place])
    }

    fn bound_to(&self) -> Vec<u8> {
        [self.purpose.as_bytes(), b"\0", self.place].concat()
    }
}

fn hashed(salt: &[u8], code: &Secret<String>) -> CodeDigest {
    CodeDigest::from_bytes(AwsLc.sha256(&[b"\xffsent", salt, code.reveal().as_bytes()]))
}

/// Digits of which each is as likely as any other.
fn digits(count: u32) -> Secret<String> {
    let mut code = String::new();
    while code.len() < count as usize {
        let drawn = entropy::bytes::<16>().into_iter().filter(|byte| *byte < 250);
        let drawn = drawn.map(|byte| char::from(b'0' + byte % 10));
        code.extend(drawn.take(count as usize - code.len()));
    }
    Secret::new(code)
}

const SALT: usize = 16;

/// As at Auth0.
const TRIES: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_digits_and_all_of_them_come() {
        let drawn: String = (0..100).map(|_| digits(6).reveal().clone()).collect();
        assert_eq!(drawn.len(), 600);
        assert!(('0'..='9').all(|digit| drawn.contains(digit)), "{drawn}");
        assert_eq!(digits(10).reveal().len(), 10);
    }
}
