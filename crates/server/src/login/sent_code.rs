//! A code that was sent to somebody's address, and what whoever types it in must have.

use keybound_authority::{
    Refusal,
    event::Sender,
    login::identifier::Email,
    model::connection::{BruteForceProtection, ByEmail},
};
use keybound_proto::{
    id::ClientId,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{FleetingKey, StoreError};

use super::credentials::bucket;
use crate::{app::App, codes::SentCode, failure::Failure};

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
        self.code(&self.place()).draw(app, self.connection.digits, now).await
    }

    /// Whether this is the code; a right one is spent.
    pub(crate) async fn spend(
        &self,
        app: &App,
        typed: &Secret<String>,
        from: &Sender,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.guess(app, from, now).await?;
        self.code(&self.place()).spend(app, typed, now).await??;
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

    fn code<'a>(&self, place: &'a [u8]) -> SentCode<'a> {
        SentCode { purpose: "sent-code", place, lifetime: self.connection.lifetime }
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

/// Most guesses at one account, from one network and from all: of six digits, one in ten thousand at most is found
/// in a day, whoever asks for as many codes as they like.
const GUESSES_HERE: u64 = 20;
const GUESSES: u64 = 100;
const GUESSING: Lifetime = Lifetime::seconds(86_400);
