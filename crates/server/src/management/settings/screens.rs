//! What is said of many screens at once, and of a letter that its body names.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::StatusCode;
use keybound_api::{
    Verb,
    page::Paging,
    settings::{
        Audience,
        email::LETTER,
        over,
        prompts::{RENDERINGS, SCREEN},
    },
};
use keybound_store::{
    Batch,
    documents::kept::{self, Kept},
    ledger::Slice,
};
use serde_json::{Value, json};

use super::{
    drawer::{Drawer, Settled, TRIES, Wrote, members, settle, shelf},
    make,
};
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::text, answer::told, body::Sent, inert::Inert, managed::Members, permit::Permit, query::Query,
    },
};

/// `POST /api/v2/email-templates`: the body says which letter it is.
pub(super) async fn write_letter(
    permit: Permit,
    State(app): State<Arc<App>>,
    sent: Sent,
) -> Result<Response, Failure> {
    let input = sent.read_by(LETTER.kind, Verb::Create)?;
    let sort = text(&input, "template").unwrap_or_default();
    make(&app, &permit, &Drawer::named(&LETTER, vec![sort]), &sent, StatusCode::OK).await
}

/// `GET /api/v2/prompts/rendering`: the screens of which anything was said.
pub(super) async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let (paging, selection) = (query.paging()?, query.selection()?);
    let wanted = |view: &Members| {
        ["prompt", "screen", "rendering_mode"]
            .iter()
            .all(|name| query.0.text(name).is_none_or(|wanted| text(view, name) == Some(wanted)))
    };
    let mut views = Vec::new();
    for Kept { id, doc, .. } in all(&app).await? {
        let drawer = Drawer::named(&SCREEN, id.split('/').collect());
        views.push(drawer.told(&app, members(doc), Audience::Reader));
    }
    views.retain(wanted);
    let total = i64::try_from(views.len()).unwrap_or(i64::MAX);
    let (skip, take) = match &paging {
        Paging::Offset { page, per_page, .. } => (page.saturating_mul(*per_page), *per_page),
        Paging::Checkpoint { take, .. } => (0, *take),
    };
    let some = views.into_iter().skip(skip as usize).take(take as usize);
    let items = some.map(|view| Value::Object(selection.apply(view))).collect();
    let page = paging.write(&SCREEN.kind.name, items, total, None);
    Ok(told(permit.caller(), StatusCode::OK, &page))
}

/// `PATCH /api/v2/prompts/rendering`
pub(super) async fn change(
    permit: Permit,
    State(app): State<Arc<App>>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&RENDERINGS, Verb::Update)?;
    let inert = Inert::judged(&work, RENDERINGS.inert(Verb::Update, &input))?;
    let configs = input.get("configs").and_then(Value::as_array).cloned().unwrap_or_default();
    for _ in 0..TRIES {
        // Screens that are named twice are written once.
        let mut drawers: Vec<(Drawer<'_>, Option<Kept>, Members)> = Vec::new();
        for config in &configs {
            let names = ["prompt", "screen"].iter().filter_map(|name| config.get(*name)?.as_str()).collect();
            let drawer = Drawer::named(&SCREEN, names);
            let mut patch = members(config.clone());
            patch.retain(|name, _| !matches!(name.as_str(), "prompt" | "screen"));
            match drawers.iter_mut().find(|(known, ..)| known.id == drawer.id) {
                Some((_, _, now)) => *now = over(std::mem::take(now), patch),
                None => {
                    let read = drawer.find(&app).await?;
                    let now = over(drawer.before(read.as_ref())?, patch);
                    drawers.push((drawer, read, now));
                }
            }
        }
        let (mut batch, mut views) = (Batch::new(), Vec::new());
        for (drawer, read, now) in drawers {
            let event = inert.recorded(work.event("Update", SCREEN.kind.name.one, &drawer.id));
            let mut view = drawer.told(&app, now.clone(), Audience::Reader);
            view.remove("tenant");
            views.push(Value::Object(view));
            drawer.stage(&mut batch, &app, Wrote { read, now }, &event)?;
        }
        if settle(&app, batch).await? == Settled::Written {
            return Ok(inert.told(told(work.caller, StatusCode::OK, &json!({ "configs": views }))));
        }
    }
    Err(Drawer::named(&SCREEN, Vec::new()).changed_meanwhile())
}

/// All of them: there are no more than there are screens.
async fn all(app: &App) -> Result<Vec<Kept>, Failure> {
    let mut found: Vec<Kept> = Vec::new();
    loop {
        let after = found.last().map(|last| last.id.clone()).unwrap_or_default();
        let slice = Slice { after: &after, skip: 0, take: STEP };
        let some = kept::page(&app.store, &app.tenant.id, shelf(&SCREEN).whole(), slice).await?;
        let full = some.len() >= STEP as usize;
        found.extend(some);
        if !full {
            return Ok(found);
        }
    }
}

const STEP: u32 = 500;
