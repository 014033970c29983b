//! What is there: a tenant's things, as a file would say them.

use std::collections::BTreeMap;

use keybound_client::{
    http::Method,
    management::{Management, Paging},
};
use serde_json::{Map, Value, json};

use super::{
    people::{self, People},
    section::{APPLICATIONS, Beside, CLIENT_ID, SECTIONS, Section, TENANT, TENANT_OWNED},
};
use crate::{
    command::administer::resource::{asked, gathered},
    error::Failure,
    exit::Exit,
    output,
};

/// One that is there.
#[derive(Clone, Debug)]
pub(super) struct There {
    /// Its id at the API.
    pub(super) id: String,
    /// As a file says it.
    pub(super) said: Value,
}

/// The names of applications, by their ids.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Asks for them.
    pub(super) async fn ask(management: &Management) -> Result<Self, Failure> {
        let pages = management.pages("clients", Paging::Checkpoint).query("fields", "client_id,name");
        let found = gathered(pages, "applications", None).await?;
        let pair = |app: &Value| Some((text(app, CLIENT_ID)?, text(app, "name")?));
        Ok(Self(found.iter().filter_map(pair).collect()))
    }

    /// The id of the application of this name.
    pub(super) fn id(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(_, known)| *known == name).map(|(id, _)| id.as_str())
    }

    fn name(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// The members that name applications, as a file says them: by name. Of an application that is not there the id
    /// stays.
    fn said(&self, section: &Section, one: &mut Value) {
        let told = |value: &mut Value| {
            if let Some(name) = value.as_str().and_then(|id| self.name(id)) {
                *value = name.into();
            }
        };
        for member in section.applications {
            match one.get_mut(*member) {
                Some(Value::Array(list)) => list.iter_mut().for_each(told),
                Some(value) => told(value),
                None => {}
            }
        }
    }
}

/// All of a section that a file speaks of: not what is the tenant's own, nor the application that asks. The list beside
/// each only where it is wanted.
pub(super) async fn section(
    management: &Management,
    (section, is_beside): (&'static Section, bool),
    (names, own): (&Names, &str),
) -> Result<Vec<There>, Failure> {
    let pages = management.pages(&section.path.join("/"), section.paging);
    let mut there = Vec::new();
    for mut one in gathered(pages, section.name, None).await? {
        let Some(id) = text(&one, section.id) else { continue };
        let is_true = |member: &str| one.get(member) == Some(&Value::Bool(true));
        // An organization's own is named by that organization's id, which is the tenant's alone.
        if one.get("owner_id").is_some()
            || is_true("is_system")
            || is_true("global")
            || text(&one, CLIENT_ID).as_deref() == Some(own)
        {
            continue;
        }
        names.said(section, &mut one);
        if let Some(members) = one.as_object_mut() {
            members.retain(|name, value| !section.owned.contains(&name.as_str()) && !value.is_null());
        }
        if let (Some(list), Some(members)) = (section.beside.filter(|_| is_beside), one.as_object_mut()) {
            members.insert(list.name().to_owned(), beside(management, list, &id).await?);
        }
        there.push(There { id, said: one });
    }
    Ok(there)
}

/// The list that is written beside one.
async fn beside(management: &Management, list: Beside, id: &str) -> Result<Value, Failure> {
    match list {
        Beside::Permissions => permissions(management, id).await,
        Beside::Members => people::members(management, id).await,
    }
}

/// What a role lets people do: of each permission, what names it.
async fn permissions(management: &Management, role: &str) -> Result<Value, Failure> {
    let place = ["roles", role, Beside::Permissions.name()];
    let found = gathered(management.pages_at(&place, Paging::Offset), "permissions", None).await?;
    let mut named: Vec<Value> = found
        .iter()
        .map(|one| {
            let member = |name: &str| one.get(name).cloned().unwrap_or_default();
            json!({
                "permission_name": member("permission_name"),
                "resource_server_identifier": member("resource_server_identifier"),
            })
        })
        .collect();
    named.sort_by_key(ToString::to_string);
    Ok(named.into())
}

/// The settings of the tenant.
pub(super) async fn settings(management: &Management) -> Result<Value, Failure> {
    let path = ["tenants", "settings"];
    let mut told = asked(management, Method::GET, &path, None).await?;
    if let Some(members) = told.as_object_mut() {
        members.retain(|name, value| !TENANT_OWNED.contains(&name.as_str()) && !value.is_null());
    }
    Ok(told)
}

/// The whole tenant, as a file says it.
pub(super) async fn everything(management: &Management, own: &str) -> Result<Value, Failure> {
    let mut said = Map::new();
    if let Some(settings) = unless_refused(TENANT, settings(management).await)? {
        said.insert(TENANT.to_owned(), settings);
    }
    let names = Names::ask(management).await?;
    let mut people = People::default();
    for of in &SECTIONS {
        let known = (&names, own);
        let has_members = matches!(of.beside, Some(Beside::Members));
        let found = unless_refused(of.name, section(management, (of, !has_members), known).await)?;
        let Some(mut all) = found else { continue };
        if of.sealed.is_some() {
            untold(of, &all);
            all.clear();
        }
        for there in all.iter_mut().filter(|_| has_members) {
            let list = with_addresses(management, &there.id, &mut people).await;
            if let (Some(list), Some(said)) = (unless_refused("members", list)?, there.said.as_object_mut()) {
                said.insert(Beside::Members.name().to_owned(), list);
            }
        }
        all.sort_by_key(|there| super::file::key(of, &there.said));
        if of.name == APPLICATIONS || !all.is_empty() {
            said.insert(of.name.to_owned(), all.into_iter().map(|there| there.said).collect());
        }
    }
    Ok(said.into())
}

/// As deploy-cli does: what cannot be had is no part of a file, and whoever writes one is told which are there.
fn untold(of: &Section, all: &[There]) {
    let keys: Vec<_> = all.iter().map(|there| there.id.as_str()).collect();
    if let (Some(sealed), false) = (of.sealed, keys.is_empty()) {
        let note = format!(
            "note: {} are left out, their {sealed} is told to nobody: {}\n",
            of.name,
            keys.join(", ")
        );
        output::note(&output::tame(&note));
    }
}

async fn with_addresses(
    management: &Management,
    organization: &str,
    people: &mut People,
) -> Result<Value, Failure> {
    people::addressed(management, people::members(management, organization).await?, people).await
}

/// Whoever may not see a section gets the others, and is told.
fn unless_refused<T>(name: &str, found: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match found {
        Err(refused) if refused.exit() == Exit::CallRefused => {
            output::note(&output::tame(&format!("note: {name} is left out: {refused}\n")));
            Ok(None)
        }
        found => found.map(Some),
    }
}

fn text(one: &Value, member: &str) -> Option<String> {
    one.get(member).and_then(Value::as_str).map(str::to_owned)
}
