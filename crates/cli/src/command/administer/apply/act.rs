//! Doing what a plan says.

use keybound_client::{http::Method, management::Management};
use serde_json::{Map, Value, json};

use super::{
    found::Names,
    plan::{Act, Change},
    section::{APPLICATIONS, Section},
};
use crate::{command::administer::resource::asked, error::Failure, output};

/// Does it, one after the other; what is done is told at once, since what comes after may fail. Deletions come last,
/// in the opposite order: nothing is deleted that something else still names.
pub(super) async fn carry_out(
    management: &Management,
    changes: &[Change],
    own: Names,
) -> Result<(), Failure> {
    let mut names = own;
    let (removals, others): (Vec<_>, Vec<_>) = changes
        .iter()
        .filter(|change| change.is_done())
        .partition(|change| matches!(change.act, Act::Remove(_)));
    for change in others.into_iter().chain(removals.into_iter().rev()) {
        one(management, change, &names).await?;
        let is_application = change.section.is_some_and(|section| section.name == APPLICATIONS);
        if is_application && matches!(change.act, Act::Make(_)) {
            names = Names::ask(management).await?;
        }
        output::note(&output::tame(&format!("done: {}\n", super::shown::line(change))));
    }
    Ok(())
}

async fn one(management: &Management, change: &Change, names: &Names) -> Result<(), Failure> {
    let Some(section) = change.section else {
        if let Act::Alter { members, .. } = &change.act {
            let body = Value::from(members.clone());
            asked(management, Method::PATCH, &["tenants", "settings"], Some(&body)).await?;
        }
        return Ok(());
    };
    match &change.act {
        Act::Make(document) => {
            let (body, beside) = written(section, document.clone(), names);
            let made = asked(management, Method::POST, section.path, Some(&body)).await?;
            let id = made.get(section.id).and_then(Value::as_str).unwrap_or_default();
            lay_beside(management, (section, id), &Value::Null, beside.as_ref()).await
        }
        Act::Alter { id, members, before } => {
            let (body, beside) = written(section, members.clone().into(), names);
            if body.as_object().is_some_and(|members| !members.is_empty()) {
                asked(management, Method::PATCH, &[section.path, &[id]].concat(), Some(&body)).await?;
            }
            let before = section.beside.and_then(|list| before.get(list)).unwrap_or(&Value::Null);
            lay_beside(management, (section, id), before, beside.as_ref()).await
        }
        Act::Remove(id) => {
            asked(management, Method::DELETE, &[section.path, &[id]].concat(), None).await.map(drop)
        }
        Act::Leave => Ok(()),
    }
}

/// A document as the API takes it, and the list that is written beside it.
fn written(section: &Section, mut document: Value, names: &Names) -> (Value, Option<Value>) {
    let meant = |value: &mut Value| {
        if let Some(id) = value.as_str().and_then(|name| names.id(name)) {
            *value = id.into();
        }
    };
    for member in section.applications {
        match document.get_mut(*member) {
            Some(Value::Array(list)) => list.iter_mut().for_each(meant),
            Some(value) => meant(value),
            None => {}
        }
    }
    let beside = section.beside.and_then(|list| document.as_object_mut()?.remove(list));
    (document, beside)
}

/// Adds what is missing in the list beside one, and takes away what is too much.
async fn lay_beside(
    management: &Management,
    (section, id): (&Section, &str),
    before: &Value,
    wanted: Option<&Value>,
) -> Result<(), Failure> {
    let (Some(list), Some(wanted)) = (section.beside, wanted) else { return Ok(()) };
    let (before, wanted) = (items(before), items(wanted));
    let beyond = |these: &[Map<String, Value>], those: &[Map<String, Value>]| -> Vec<Map<String, Value>> {
        these.iter().filter(|one| !those.contains(one)).cloned().collect()
    };
    let place = [section.path, &[id, list]].concat();
    for (method, items) in
        [(Method::POST, beyond(&wanted, &before)), (Method::DELETE, beyond(&before, &wanted))]
    {
        if !items.is_empty() {
            asked(management, method, &place, Some(&json!({ list: items }))).await?;
        }
    }
    Ok(())
}

fn items(list: &Value) -> Vec<Map<String, Value>> {
    list.as_array().into_iter().flatten().filter_map(Value::as_object).cloned().collect()
}
