//! Forgets what has expired.

use keybound_store::{AT_ONCE, Fleeting, Sweep};

use crate::app::App;

/// One round: in small steps, so that nobody waits long for it.
pub(super) async fn sweep(app: &App) {
    let now = app.clock.now();
    if let Fleeting::Memory(memory) = &app.fleeting {
        memory.sweep(now);
    }
    app.passwords.rest();
    for _ in 0..STEPS {
        match keybound_store::sweep(&app.store, Sweep::default(), now).await {
            Ok(swept) if swept >= AT_ONCE as usize => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "failed to forget what has expired");
                return;
            }
        }
    }
}

/// How many steps a round has at most.
const STEPS: usize = 50;
