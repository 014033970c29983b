//! What a tenant has one of: one set of handlers for every row of [`keybound_api::settings::ALL`].

mod drawer;
mod screens;
mod tenant;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{MethodRouter, get},
};
use http::StatusCode;
use keybound_api::{
    Verb, operation,
    settings::{ALL, Audience, Setting, over},
};
use keybound_store::{Batch, documents::kept, events};
use serde_json::{Value, json};

use self::drawer::{Drawer, Wrote, settle};
pub(super) use self::{
    drawer::{Settled, TRIES},
    tenant::{find as tenant, rewrite as rewrite_tenant},
};
use super::{
    answer::{done, told},
    body::{Sent, refused},
    inert::Inert,
    managed::Members,
    permit::Permit,
    query::Query,
};
use crate::{app::App, failure::Failure};

/// The names that stand in a path, in the place of which names.
type Names = Vec<(String, String)>;

/// The routes of every setting.
pub(super) fn routes() -> Router<Arc<App>> {
    let settings = ALL.iter().fold(Router::new(), |router, setting| {
        setting.paths.iter().fold(router, |router, path| router.route(path, at(setting, path)))
    });
    settings
        .route("/api/v2/tenants/settings", get(tenant::read).patch(tenant::change))
        .route("/api/v2/email-templates", axum::routing::post(screens::write_letter))
        .route("/api/v2/prompts/rendering", get(screens::list).patch(screens::change))
}

/// What may be done with a setting at a path: that of which there is a row.
fn at(setting: &'static Setting, path: &'static str) -> MethodRouter<Arc<App>> {
    let row = |method: &str| operation::find(method, path);
    let mut methods = MethodRouter::new();
    if row("GET").is_some() {
        methods = methods.get(
            move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, query| {
                read(setting, permit, app, names, query)
            },
        );
    }
    if row("POST").is_some() {
        methods = methods.post(
            move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, sent: Sent| async move {
                let drawer = Drawer::of(setting, &names)?;
                make(&app, &permit, &drawer, &sent, StatusCode::CREATED).await
            },
        );
    }
    if row("PATCH").is_some() {
        methods = methods.patch(
            move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, sent| {
                write(setting, Verb::Update, permit, app, names, sent)
            },
        );
    }
    if let Some(row) = row("PUT") {
        let told = row.status == 200;
        methods = methods.put(
            move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>, sent| async move {
                match told {
                    true => write(setting, Verb::Create, permit, app, names, sent).await,
                    false => put(setting, permit, app, names, sent).await,
                }
            },
        );
    }
    if row("DELETE").is_some() {
        methods =
            methods.delete(move |permit: Permit, State(app): State<Arc<App>>, Path(names): Path<Names>| {
                remove(setting, permit, app, names)
            });
    }
    methods
}

async fn read(
    setting: &'static Setting,
    permit: Permit,
    app: Arc<App>,
    names: Names,
    query: Query,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let selection = query.selection()?;
    let drawer = Drawer::of(setting, &names)?;
    let wrote = drawer.before(drawer.find(&app).await?.as_ref())?;
    let secrets = setting.secrets.iter().any(|name| wrote.contains_key(*name));
    let view = selection.apply(drawer.told(&app, wrote, Audience::Reader));
    if secrets && setting.secrets.iter().any(|name| view.get(*name).is_some_and(Value::is_string)) {
        let mut batch = Batch::new();
        events::record(&mut batch, &app.store, &app.tenant.id, &work.read_event(setting.kind.name.one));
        app.store.apply(batch).await?;
    }
    Ok(told(work.caller, StatusCode::OK, &Value::Object(view)))
}

/// Makes what was not there.
pub(super) async fn make(
    app: &App,
    permit: &Permit,
    drawer: &Drawer<'_>,
    sent: &Sent,
    made: StatusCode,
) -> Result<Response, Failure> {
    let work = permit.work(app);
    let setting = drawer.setting;
    let input = setting.read(Verb::Create, sent.bytes()).map_err(refused)?;
    let inert = Inert::judged(&work, setting.inert(Verb::Create, &input, &input))?;
    let input = over(Members::new(), input);
    if drawer.find(app).await?.is_some() {
        return Err(drawer.taken());
    }
    let event = inert.recorded(work.event("Create", setting.kind.name.one, &drawer.id));
    let mut batch = Batch::new();
    drawer.stage(&mut batch, app, Wrote { read: None, now: input.clone() }, &event)?;
    if settle(app, batch).await? == Settled::Overtaken {
        return Err(drawer.taken());
    }
    let view = drawer.told(app, input, Audience::Writer);
    Ok(inert.told(told(work.caller, made, &Value::Object(view))))
}

/// Changes what is there, or writes it anew.
async fn write(
    setting: &'static Setting,
    verb: Verb,
    permit: Permit,
    app: Arc<App>,
    names: Names,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let drawer = Drawer::of(setting, &names)?;
    let input = setting.read(verb, sent.bytes()).map_err(refused)?;
    let changed = |wrote| match verb {
        Verb::Create => over(Members::new(), input.clone()),
        Verb::Update => setting.over(wrote, input.clone()),
    };
    let whole = changed(drawer.before(drawer.find(&app).await?.as_ref())?);
    let inert = Inert::judged(&work, setting.inert(verb, &input, &whole))?;
    let event = inert.recorded(work.event("Update", setting.kind.name.one, &drawer.id));
    let now = drawer.change(&app, &event, changed);
    let view = drawer.told(&app, now.await?, Audience::Writer);
    Ok(inert.told(told(work.caller, StatusCode::OK, &Value::Object(view))))
}

/// Writes what is told by nothing but whether it was there.
async fn put(
    setting: &'static Setting,
    permit: Permit,
    app: Arc<App>,
    names: Names,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let drawer = Drawer::of(setting, &names)?;
    let input = setting.read(Verb::Create, sent.bytes()).map_err(refused)?;
    let inert = Inert::judged(&work, setting.kind.inert(Verb::Create, &input))?;
    let read = drawer.find(&app).await?;
    let made = read.is_none();
    let event = inert.recorded(work.event("Update", setting.kind.name.one, &drawer.id));
    let mut batch = Batch::new();
    drawer.stage(&mut batch, &app, Wrote { read, now: over(Members::new(), input) }, &event)?;
    if settle(&app, batch).await? == Settled::Overtaken {
        return Err(drawer.changed_meanwhile());
    }
    Ok(inert.told(match made {
        true => told(work.caller, StatusCode::CREATED, &json!({})),
        false => done(work.caller),
    }))
}

async fn remove(
    setting: &'static Setting,
    permit: Permit,
    app: Arc<App>,
    names: Names,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let drawer = Drawer::of(setting, &names)?;
    if drawer.find(&app).await?.is_some() {
        let mut batch = Batch::new();
        kept::delete(&mut batch, &app.tenant.id, drawer.place(), &drawer.id);
        let event = work.event("Delete", setting.kind.name.one, &drawer.id);
        events::record(&mut batch, &app.store, &app.tenant.id, &event);
        settle(&app, batch).await?;
    }
    Ok(done(work.caller))
}
