//! A code that was sent to somebody's address, and what whoever types it in must have.
//!
//! What is kept is the code's hash, sealed: six digits hashed alone are six digits. It ends after minutes, after the
//! first right answer, after three wrong ones, and when another one is sent.

use keybound_authority::{
    Refusal,
    event::Sender,
    login::identifier::Email,
    model::{
        connection::{BruteForceProtection, ByEmail},
        digest::CodeDigest,
    },
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    id::ClientId,
    jose::Digest as _,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{Claimed, FleetingKey, StoreError};

use super::credentials::bucket;
use crate::{app::App, failure::Failure};

/// Where a code was sent to, and which client asked for it: it can be redeemed nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentTo<'a> {
    pub(crate) connection: &'a ByEmail,
    pub(crate) client: &'a ClientId,
    pub(crate) address: &'a Email,
}

impl SentTo<'_> {
    /// Draws a code, in place of any that was sent there before.
    pub(crate) async fn draw(&self, app: &App, now: Timestamp) -> Result<Secret<String>, StoreError> {
        let code = digits(self.connection.digits);
        let salt = entropy::bytes::<SALT>();
        let kept = [&salt[..], hashed(&salt, &code).as_bytes()].concat();
        let sealed = app.codes.seal(&self.place(), &kept);
        app.fleeting.keep(&self.key(), &sealed, now.plus(self.connection.lifetime), now).await?;
        Ok(code)
    }

    /// Whether this is the code. A wrong one is counted, and the third ends it; a right one is spent: of any number
    /// that come at once, one is right.
    pub(crate) async fn spend(
        &self,
        app: &App,
        typed: &Secret<String>,
        from: &Sender,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.guess(app, from, now).await?;
        let Some(sealed) = app.fleeting.peek(&self.key(), now).await? else {
            return Err(Refusal::WrongCode.into());
        };
        let Ok(kept) = app.codes.open(&self.place(), &sealed) else {
            return Err(Refusal::WrongCode.into());
        };
        let Some((salt, hash)) = kept.reveal().split_at_checked(SALT) else {
            return Err(Refusal::WrongCode.into());
        };
        if !self.may_try(app, salt, now).await? {
            app.fleeting.take(&self.key(), now).await?;
            return Err(Refusal::TooManyGuesses.into());
        }
        let right = <[u8; 32]>::try_from(hash)
            .is_ok_and(|hash| Secret::new(*hashed(salt, typed).as_bytes()) == Secret::new(hash));
        if !right {
            return Err(Refusal::WrongCode.into());
        }
        // Whoever takes another one than was looked at was overtaken by a new code.
        match app.fleeting.take(&self.key(), now).await? {
            Some(taken) if taken == sealed => {}
            _ => return Err(Refusal::WrongCode.into()),
        }
        app.fleeting.uncount(&self.guesses(from), GUESSING, now).await?;
        Ok(())
    }

    /// Counted before it is known whether it is right: of many guesses at once, only so many are looked at. New codes
    /// bring no new guesses.
    async fn guess(&self, app: &App, from: &Sender, now: Timestamp) -> Result<(), Failure> {
        if self.connection.brute_force_protection == BruteForceProtection::Off {
            return Ok(());
        }
        let anywhere = FleetingKey::new("code-guesses", &[&self.place()]);
        let here = app.fleeting.count(&self.guesses(from), GUESSING, now).await?;
        if here > GUESSES_HERE || app.fleeting.count(&anywhere, GUESSING, now).await? > GUESSES {
            return Err(Refusal::AccountLocked.into());
        }
        Ok(())
    }

    /// One of the tries that a code has. Claims, and not a count: a window that ends would bring new ones.
    async fn may_try(&self, app: &App, salt: &[u8], now: Timestamp) -> Result<bool, StoreError> {
        let until = now.plus(self.connection.lifetime);
        for nth in 0..TRIES {
            let one = FleetingKey::new("code-try", &[salt, &[nth]]);
            if app.fleeting.claim(&one, until, now).await? == Claimed::First {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn key(&self) -> FleetingKey {
        FleetingKey::new("sent-code", &[&self.place()])
    }

    fn guesses(&self, from: &Sender) -> FleetingKey {
        FleetingKey::new("code-guesses-of", &[&self.place(), &bucket(from.address)])
    }

    /// Everything a code is for, so that none of it can be another's.
    fn place(&self) -> Vec<u8> {
        let parts = [&*self.connection.id, self.client.as_str(), self.address.as_str()];
        parts.iter().flat_map(|part| part.bytes().chain([0])).collect()
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

/// Most guesses at one account, from one network and from all: of six digits, one in ten thousand at most is found
/// in a day, whoever asks for as many codes as they like.
const GUESSES_HERE: u64 = 20;
const GUESSES: u64 = 100;
const GUESSING: Lifetime = Lifetime::seconds(86_400);

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
