//! The tenant's encryption key is another from now on: in name alone, and it is said so.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::post};
use keybound_api::kept::{
    Form,
    encryption_key::{KEYS, of_the_tenant, rested},
};
use keybound_crypto::entropy;
use keybound_store::{Batch, documents::kept, events};

use super::{
    apply,
    list::all,
    place::{Names, Place},
};
use crate::{
    app::App,
    failure::Failure,
    management::{answer::done, inert::Inert, permit::Permit},
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/keys/encryption/rekey", post(rekey))
}

async fn rekey(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let inert = Inert::judged(&work, vec!["rekey".to_owned()])?;
    let (names, at) = (Names::new(), work.now.to_rfc3339());
    let place = Place::of(&app, &KEYS, &names).await?;
    let mut batch = Batch::new();
    for mut key in all(&app, &place).await? {
        if rested(&mut key.doc, &at) {
            kept::update(&mut batch, &app.store, &app.tenant.id, place.kept(), key);
        }
    }
    let kid = Form::Uuid.id(&entropy::bytes());
    let doc = of_the_tenant(&kid, &at);
    kept::insert(&mut batch, &app.store, &app.tenant.id, (place.kept(), &kid), doc);
    let event = inert.recorded(work.event("Rekey by", KEYS.kind.name.one, &kid));
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    apply(&app, &KEYS, batch).await?;
    Ok(inert.told(done(permit.caller())))
}
