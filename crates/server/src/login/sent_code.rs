//! A code that was sent to somebody's address, and what whoever types it in must have.

use keybound_authority::{
    Refusal,
    event::Sender,
    login::identifier::Email,
    model::connection::{BruteForceProtection, ByEmail},
};
use keybound_proto::{id::ClientId, secret::Secret, time::Timestamp};
use keybound_store::{FleetingKey, StoreError};

use super::{
    blocks::{self, Reached},
    credentials::bucket,
};
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
        let guesses = self.guess(app, from, now).await?;
        let spent = self.code(&self.place()).spend(app, typed, now).await?;
        match spent {
            Ok(()) => app.fleeting.uncount(&self.guesses(from), blocks::COUNTED_FOR, now).await?,
            Err(_) if guesses == Some(GUESSES) => {
                let (identifier, connection) = (self.address.as_str(), &self.connection.name);
                let (key, from, most) = (self.guesses(from), from.address, GUESSES);
                blocks::begin(app, Reached { key, identifier, connection, from, most }, now).await;
            }
            Err(_) => {}
        }
        Ok(spent?)
    }

    /// Which guess from this network this is, where they are counted. Counted before it is known whether it is right: of
    /// many guesses at once, only so many are looked at. New codes bring no new guesses.
    async fn guess(&self, app: &App, from: &Sender, now: Timestamp) -> Result<Option<u64>, Failure> {
        if self.connection.brute_force_protection == BruteForceProtection::Off {
            return Ok(None);
        }
        match app.fleeting.count(&self.guesses(from), blocks::COUNTED_FOR, now).await? {
            here if here > GUESSES => Err(Refusal::AccountLocked.into()),
            here => Ok(Some(here)),
        }
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

/// Most guesses at one account from one network in a day.
///
/// There is no such limit for all networks together: whoever has many could use it up, and keep somebody out of their
/// own account for a day. What bounds those is what a code is: three tries each, and ten letters an hour to one
/// mailbox. Of six digits that is 720 tries a day, one chance in 1,400, and 240 letters that the owner sees.
const GUESSES: u64 = 20;
