//! What is done now and then, beside answering.

pub(crate) mod bulk;
mod exports;
mod imports;
pub(crate) mod log_streams;
mod sweep;

pub use bulk::work_off;
pub use log_streams::send_on;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{app::App, oauth::backchannel_logout};

/// Runs until told to stop.
pub(crate) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    for beat in 1_u32.. {
        let stops = tokio::select! {
            () = tokio::time::sleep(BEAT) => false,
            stopped = stop.wait_for(|stop| *stop) => {
                drop(stopped);
                true
            }
        };
        if stops {
            return app.mail.finish(app.config.limits.drain_time).await;
        }
        match beat % BEATS {
            0 => round(&app).await,
            _ => look(&app).await,
        }
    }
}

/// Sees which keys another process exchanged or revoked.
pub async fn look(app: &App) {
    if let Err(error) = app.keys.reload(&app.store, app.clock.now()).await {
        tracing::warn!(%error, "failed to read the signing keys");
    }
}

/// One round of it.
pub async fn round(app: &App) {
    sweep::sweep(app).await;
    backchannel_logout::tell(app).await;
    let lifetime = app.config.token.signing_key_lifetime;
    if let Err(error) = app.keys.rotate_when_due(&app.store, lifetime, app.clock.now()).await {
        tracing::error!(%error, "failed to look after the signing keys");
    }
}

/// How long between two looks at the keys: what was revoked elsewhere is good for no longer here.
const BEAT: Duration = Duration::from_secs(5);

/// How many of them are a round.
const BEATS: u32 = 6;
