//! Events that report nothing but themselves.

use keybound_authority::event::Event;
use keybound_store::{Batch, events};

use crate::app::App;

/// Records an event that changes nothing. A person is not turned away because it could not be written.
pub(crate) async fn record_alone(app: &App, event: &Event) {
    let mut batch = Batch::new();
    events::record(&mut batch, &app.store, &app.tenant.id, event);
    if let Err(error) = app.store.apply(batch).await {
        tracing::error!(%error, kind = event.kind.code(), "an event was not recorded");
    }
}
