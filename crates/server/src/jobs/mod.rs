//! What is done now and then, beside answering.

mod sweep;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{app::App, oauth::backchannel_logout};

/// Runs until told to stop.
pub(crate) async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        let stops = tokio::select! {
            () = tokio::time::sleep(PAUSE) => false,
            stopped = stop.wait_for(|stop| *stop) => {
                drop(stopped);
                true
            }
        };
        if stops {
            return app.mail.finish(app.config.limits.drain_time).await;
        }
        round(&app).await;
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

/// How long between two rounds.
const PAUSE: Duration = Duration::from_secs(30);
