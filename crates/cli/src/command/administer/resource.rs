//! List, show, make, change and delete: of any kind.

use keybound_client::{
    http::Method,
    management::{Management, Pages},
};
use serde_json::Value;

use super::{
    ask::confirmed,
    kind::{APIS, APPLICATIONS, CONNECTIONS, GRANTS, Kind, ROLES, TENANT, USERS},
    known_tenant, moving,
    progress::Progress,
    shown, tenant_of,
    written::document,
};
use crate::{
    args::{
        administering::{Delete, Format, List, Tenant, TenantVerb, Things, Verb},
        moving::{Users, UsersVerb},
    },
    command::{asking::done, saying::failed_to},
    error::Failure,
    exit::Exit,
    output,
};

/// `keybound apis`
pub(crate) fn apis(things: &Things) -> Result<Exit, Failure> {
    run(&APIS, things)
}

/// `keybound apps`
pub(crate) fn applications(things: &Things) -> Result<Exit, Failure> {
    run(&APPLICATIONS, things)
}

/// `keybound connections`
pub(crate) fn connections(things: &Things) -> Result<Exit, Failure> {
    run(&CONNECTIONS, things)
}

/// `keybound grants`
pub(crate) fn grants(things: &Things) -> Result<Exit, Failure> {
    run(&GRANTS, things)
}

/// `keybound roles`
pub(crate) fn roles(things: &Things) -> Result<Exit, Failure> {
    run(&ROLES, things)
}

/// `keybound users`
pub(crate) fn users(users: &Users) -> Result<Exit, Failure> {
    done(async {
        let (management, asker) = known_tenant(&users.access).await?;
        match &users.verb {
            UsersVerb::Each(verb) => dealt(&management, &USERS, verb, users.format).await,
            UsersVerb::Import(import) => moving::import(&management, import, users.format).await,
            UsersVerb::Export(export) => moving::export((&management, &asker), export, users.format).await,
        }
    })
}

/// `keybound tenant`
pub(crate) fn tenant(tenant: &Tenant) -> Result<Exit, Failure> {
    done(async {
        let management = tenant_of(&tenant.access).await?;
        let settings = match &tenant.verb {
            TenantVerb::Show => asked(&management, Method::GET, TENANT.path, None).await?,
            TenantVerb::Update(written) => {
                let there = asked(&management, Method::GET, TENANT.path, None).await?;
                let change = document(written, TENANT.asked, &there)?;
                asked(&management, Method::PATCH, TENANT.path, Some(&change)).await?
            }
        };
        shown::one(&settings, tenant.format);
        Ok(Exit::Done)
    })
}

fn run(kind: &'static Kind, things: &Things) -> Result<Exit, Failure> {
    done(async { dealt(&tenant_of(&things.access).await?, kind, &things.verb, things.format).await })
}

async fn dealt(
    management: &Management,
    kind: &'static Kind,
    verb: &Verb,
    format: Format,
) -> Result<Exit, Failure> {
    match verb {
        Verb::List(list) => listed(management, kind, list, format).await?,
        Verb::Show(one) => show(management, kind, &one.id, format).await?,
        Verb::Create(written) => {
            let document = document(written, kind.asked, &Value::Null)?;
            let made = asked(management, Method::POST, kind.path, Some(&document)).await?;
            shown::one(&made, format);
            let id = made.get(kind.id).and_then(Value::as_str).unwrap_or_default();
            output::note(&output::tame(&format!("made the {} {id}\n", kind.one)));
        }
        Verb::Update(change) => {
            let place = place(kind, &change.id);
            let is_asked = change.written.data.is_none() && change.written.set.is_empty();
            let there = match is_asked {
                true => asked(management, Method::GET, &place, None).await?,
                false => Value::Null,
            };
            let document = document(&change.written, kind.asked, &there)?;
            let changed = asked(management, Method::PATCH, &place, Some(&document)).await?;
            shown::one(&changed, format);
        }
        Verb::Delete(delete) => deleted(management, kind, delete).await?,
    }
    Ok(Exit::Done)
}

/// Lists them, with a note of how far it is.
pub(super) async fn listed(
    management: &Management,
    kind: &'static Kind,
    list: &List,
    format: Format,
) -> Result<(), Failure> {
    let pages = management.pages(&kind.path.join("/"), kind.paging);
    let pages = list.query.iter().fold(pages, |pages, (name, value)| pages.query(name, value));
    let items = gathered(pages, kind.many, list.number).await?;
    if items.is_empty() && !format.json && !format.csv {
        output::note(&format!("there are no {}\n", kind.many));
    }
    let chosen: Vec<&str> = list.columns.iter().map(String::as_str).collect();
    shown::many(&items, if chosen.is_empty() { kind.columns } else { &chosen }, format);
    Ok(())
}

/// All there are, or the first so many.
pub(super) async fn gathered(
    mut pages: Pages<Value>,
    what: &'static str,
    most: Option<usize>,
) -> Result<Vec<Value>, Failure> {
    let most = most.unwrap_or(usize::MAX);
    if let Ok(most @ 1..Pages::<Value>::MOST) = u32::try_from(most) {
        pages = pages.size(most);
    }
    let (mut items, mut progress) = (Vec::new(), Progress::of(what));
    loop {
        let page = pages.page().await.map_err(|error| failed_to(&format!("list {what}"), &error))?;
        items.extend(page.items);
        match page.next.filter(|_| items.len() < most) {
            Some(next) => pages = pages.after(next),
            None => break,
        }
        progress.at(items.len() as u64, page.total);
    }
    items.truncate(most);
    Ok(items)
}

/// Shows one.
pub(super) async fn show(
    management: &Management,
    kind: &Kind,
    id: &str,
    format: Format,
) -> Result<(), Failure> {
    shown::one(&asked(management, Method::GET, &place(kind, id), None).await?, format);
    Ok(())
}

async fn deleted(management: &Management, kind: &Kind, delete: &Delete) -> Result<(), Failure> {
    for id in &delete.ids {
        // Whoever confirms sees what it is, not only a number.
        let found = asked(management, Method::GET, &place(kind, id), None).await?;
        let name = found.get("name").or_else(|| found.get("email")).and_then(Value::as_str);
        let what = name.map_or_else(|| id.clone(), |name| format!("{name} ({id})"));
        confirmed(&format!("delete the {} {what}", kind.one), delete.force)?;
        asked(management, Method::DELETE, &place(kind, id), None).await?;
        output::note(&output::tame(&format!("deleted {what}\n")));
    }
    Ok(())
}

/// One request; what it tells.
pub(super) async fn asked(
    management: &Management,
    method: Method,
    place: &[&str],
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let act = format!("{} {}", method.as_str(), place.join("/"));
    let mut call = management.at(method, place);
    if let Some(body) = body {
        call = call.json(body);
    }
    call.await.map_err(|error| failed_to(&act, &error))
}

/// Where one is.
fn place<'a>(kind: &Kind, id: &'a str) -> Vec<&'a str> {
    [kind.path, &[id]].concat()
}
