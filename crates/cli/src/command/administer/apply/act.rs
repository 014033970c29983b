//! Doing what a plan says.

use std::pin::{Pin, pin};

use keybound_client::{http::Method, management::Management};
use serde_json::{Map, Value, json};
use tokio::signal::ctrl_c;

use super::{
    found::Names,
    people,
    plan::{Act, Change},
    section::{APPLICATIONS, Beside, Section},
};
use crate::{command::administer::resource::asked, error::Failure, exit::Exit, output};

/// Does it, one after the other; what is done is told at once, since what comes after may fail. Deletions come last,
/// in the opposite order: nothing is deleted that something else still names. Ctrl-C lets what was begun end.
pub(super) async fn carry_out(
    management: &Management,
    changes: &[Change],
    own: Names,
) -> Result<Exit, Failure> {
    let mut names = own;
    let (removals, others): (Vec<_>, Vec<_>) = changes
        .iter()
        .filter(|change| change.is_done())
        .partition(|change| matches!(change.act, Act::Remove(_)));
    let all = removals.len() + others.len();
    let stopped = |why: &str, done: usize| {
        let far = format!("{done} of {all} are done, and the same command goes on");
        output::note(&output::tame(&format!("{why}: {far}\n")));
    };
    let mut interrupt = pin!(ctrl_c());
    let mut is_last = false;
    for (done, change) in others.into_iter().chain(removals.into_iter().rev()).enumerate() {
        if is_last {
            stopped("interrupted", done);
            return Ok(Exit::Interrupted);
        }
        let line = super::shown::line(change);
        let Some(outcome) = ended(one(management, change, &names), interrupt.as_mut(), &mut is_last).await
        else {
            stopped(&format!("perhaps done: {line}"), done);
            return Ok(Exit::Interrupted);
        };
        if let Err(failure) = outcome {
            stopped(&format!("not done: {line}"), done);
            return Err(failure);
        }
        output::note(&output::tame(&format!("done: {line}\n")));
        let is_application = change.section.is_some_and(|section| section.name == APPLICATIONS);
        if is_application && matches!(change.act, Act::Make(_)) {
            names = Names::ask(management).await?;
        }
    }
    Ok(Exit::Done)
}

/// How it ended; `None` where a second Ctrl-C gives it up.
async fn ended<T, C>(
    work: impl Future<Output = T>,
    interrupt: Pin<&mut impl Future<Output = C>>,
    is_last: &mut bool,
) -> Option<T> {
    let mut work = pin!(work);
    tokio::select! {
        outcome = &mut work => return Some(outcome),
        _ = interrupt => *is_last = true,
    }
    tokio::select! {
        outcome = work => Some(outcome),
        _ = ctrl_c() => None,
    }
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
        Act::Make(document) | Act::Rewrite(document) if section.sealed.is_some() => {
            let id = document.get(section.id).and_then(Value::as_str).unwrap_or_default();
            let members = document.as_object().into_iter().flatten().filter(|(name, _)| *name != section.id);
            let body: Map<_, _> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
            let place = [section.path, &[id]].concat();
            asked(management, Method::PUT, &place, Some(&body.into())).await.map(drop)
        }
        Act::Make(document) => {
            let (body, beside) = written(section, document.clone(), names);
            let made = asked(management, Method::POST, section.path, Some(&body)).await?;
            let id = made.get(section.id).and_then(Value::as_str).unwrap_or_default();
            let laid = lay_beside(management, (section, id), &Value::Null, beside.as_ref()).await;
            laid.inspect_err(|_| half_done(change))
        }
        Act::Alter { id, members, before } => {
            let (body, beside) = written(section, members.clone().into(), names);
            if body.as_object().is_some_and(|members| !members.is_empty()) {
                asked(management, Method::PATCH, &[section.path, &[id]].concat(), Some(&body)).await?;
            }
            let before = section.beside.and_then(|list| before.get(list.name())).unwrap_or(&Value::Null);
            let laid = lay_beside(management, (section, id), before, beside.as_ref()).await;
            laid.inspect_err(|_| half_done(change))
        }
        Act::Remove(id) => {
            asked(management, Method::DELETE, &[section.path, &[id]].concat(), None).await.map(drop)
        }
        Act::Rewrite(_) | Act::Leave => Ok(()),
    }
}

/// It is there, or was changed, but for the list beside it.
fn half_done(change: &Change) {
    if let Some(list) = change.section.and_then(|section| section.beside) {
        let line = super::shown::line(change);
        output::note(&output::tame(&format!("half done: {line}: its {} are not all so yet\n", list.name())));
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
    let beside = section.beside.and_then(|list| document.as_object_mut()?.remove(list.name()));
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
    if matches!(list, Beside::Members) {
        return people::lay(management, id, (before, wanted)).await;
    }
    let list = list.name();
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
