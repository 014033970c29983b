//! Letters: how they leave, and that nobody waits for it.
//!
//! Whoever has one to send goes on at once. A task of its own hands it over, tries again where that may help, and says
//! in the tenant log when it could not: no request is held by a mail server, and none tells by its time whether there
//! was a letter.

mod carrier;
mod letter;
mod smtp;

use std::{sync::Arc, time::Duration};

use keybound_authority::{event::EventKind, login::identifier::Email as Address};
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_store::{FleetingKey, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use self::carrier::Carrier;
pub(crate) use self::letter::{Letter, one_line};
use self::smtp::{NotTaken, Route};
use crate::{
    app::App,
    config::{ConfigError, Email, Shown},
    failure::{Failure, Reason},
    registered,
    tenant_log::record_alone,
};

/// Counts one more letter of a kind to a mailbox, and refuses too many: whether or not anybody has an account there.
pub(crate) async fn room(
    app: &App,
    kind: &'static str,
    address: &Address,
    now: Timestamp,
) -> Result<(), Failure> {
    let (most, window) = TO_MAILBOX;
    let key = FleetingKey::new(kind, &[letter::mailbox(address).as_bytes()]);
    if app.fleeting.count(&key, window, now).await? > most {
        return Err(Reason::TooMany { retry_after: window.as_secs() }.into());
    }
    Ok(())
}

/// How letters leave, and how many wait.
#[derive(Clone)]
pub struct Mail {
    way: Way,
    /// Letters that wait or are on their way.
    room: Arc<Semaphore>,
    /// Letters on their way.
    lines: Arc<Semaphore>,
}

#[derive(Clone)]
enum Way {
    Off,
    Shown(Shown),
    Smtp(Arc<Route>),
    /// As an administrator said.
    Named(Arc<Carrier>),
}

/// There is no way out for a letter, and no use in waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotSent;

impl Mail {
    /// Makes ready what the operator wrote down.
    pub(crate) fn open(email: &Email) -> Result<Self, ConfigError> {
        let way = match email {
            Email::Off => Way::Off,
            Email::Shown(shown) => Way::Shown(shown.clone()),
            Email::Smtp(smtp) => Way::Smtp(Arc::new(Route::open(smtp)?)),
        };
        Ok(Self {
            way,
            room: Arc::new(Semaphore::new(ROOM as usize)),
            lines: Arc::new(Semaphore::new(LINES)),
        })
    }

    /// Waits until every letter has left or was given up.
    pub(crate) async fn finish(&self, longest: Duration) {
        if tokio::time::timeout(longest, self.room.acquire_many(ROOM)).await.is_err() {
            tracing::warn!("letters were left behind: the mail server did not take them in time");
        }
    }
}

/// Whether letters leave at all: as an administrator says now, or else as the operator wrote down.
pub(crate) async fn is_on(app: &App) -> Result<bool, StoreError> {
    Ok(!matches!(way(app).await?, Way::Off))
}

async fn way(app: &App) -> Result<Way, StoreError> {
    let named = registered::carrier(app).await?;
    Ok(named.map_or_else(|| app.mail.way.clone(), Way::Named))
}

/// Sends a letter, some time soon. Where too many wait already it is given up at once, and the log says so.
pub(crate) async fn send(app: &Arc<App>, letter: Letter) -> Result<(), NotSent> {
    let way = match way(app).await {
        Ok(way) => way,
        Err(error) => {
            given_up(app, letter, &format!("who carries letters could not be read: {error}")).await;
            return Ok(());
        }
    };
    match &way {
        Way::Off => return Err(NotSent),
        Way::Shown(shown) => {
            shown.show(&letter.shown());
            return Ok(());
        }
        Way::Smtp(_) | Way::Named(_) => {}
    }
    let Ok(place) = Arc::clone(&app.mail.room).try_acquire_owned() else {
        given_up(app, letter, "too many letters wait already").await;
        return Ok(());
    };
    tokio::spawn(deliver(Arc::clone(app), way, letter, place));
    Ok(())
}

impl Way {
    async fn hand_over(&self, letter: &Letter) -> Result<(), NotTaken> {
        match self {
            Self::Smtp(route) => route.hand_over(letter).await,
            Self::Named(carrier) => carrier.hand_over(letter).await,
            Self::Off | Self::Shown(_) => Ok(()),
        }
    }
}

async fn deliver(app: Arc<App>, way: Way, letter: Letter, place: OwnedSemaphorePermit) {
    let mut pauses = PAUSES.into_iter();
    loop {
        let handed = {
            // Never closed, so there is always a line after a while.
            let _line = app.mail.lines.acquire().await;
            way.hand_over(&letter).await
        };
        match (handed, pauses.next()) {
            (Ok(()), _) => break,
            (Err(NotTaken::Later(_)), Some(pause)) => tokio::time::sleep(pause).await,
            (Err(error), _) => {
                given_up(&app, letter, &error.to_string()).await;
                break;
            }
        }
    }
    drop(place);
}

/// Says in both logs that nobody will read a letter.
async fn given_up(app: &App, letter: Letter, problem: &str) {
    tracing::warn!(problem, "a letter could not be sent");
    let mut event = letter.about.because_of("mail.not_sent", problem);
    event.kind = EventKind::LetterNotSent;
    event.at = app.clock.now();
    record_alone(app, &event).await;
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").finish_non_exhaustive()
    }
}

/// Most letters of a kind to one mailbox.
const TO_MAILBOX: (u64, Lifetime) = (10, Lifetime::seconds(3600));

/// Most letters that wait or are on their way.
const ROOM: u32 = 256;

/// Most letters on their way at once.
const LINES: usize = 8;

/// How long to wait before a letter is tried again: what is in it lives for minutes.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];
