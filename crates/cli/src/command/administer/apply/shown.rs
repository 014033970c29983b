//! A plan, for people.

use serde_json::Value;

use super::{
    plan::{Act, Change},
    section::TENANT,
};

/// The whole plan, and what it comes to.
pub(super) fn plan(changes: &[Change]) -> String {
    let mut text = String::new();
    let mut section = "";
    for change in changes.iter().filter(|change| change.is_done()) {
        let name = change.section.map_or(TENANT, |section| section.name);
        if name != section {
            text += &format!("{name}\n");
            section = name;
        }
        text += &format!("  {}\n", detailed(change));
    }
    let count = |wanted: fn(&Act) -> bool| changes.iter().filter(|change| wanted(&change.act)).count();
    let (made, altered) =
        (count(|act| matches!(act, Act::Make(_))), count(|act| matches!(act, Act::Alter { .. })));
    let (removed, left) =
        (count(|act| matches!(act, Act::Remove(_))), count(|act| matches!(act, Act::Leave)));
    let rewritten = count(|act| matches!(act, Act::Rewrite(_)));
    text += &format!("{made} to make, {altered} to change, {removed} to delete");
    text += &if rewritten > 0 { format!(", {rewritten} to write again\n") } else { "\n".to_owned() };
    if left > 0 {
        text += &format!("{left} are there that the file does not name; they stay (--prune deletes them)\n");
    }
    text
}

/// One change, in a line.
pub(super) fn line(change: &Change) -> String {
    let section = change.section.map_or(TENANT, |section| section.name);
    format!("{section} {}", detailed(change))
}

fn detailed(change: &Change) -> String {
    let key = &change.key;
    match &change.act {
        Act::Make(_) => format!("+ {key}"),
        Act::Rewrite(_) => format!("= {key}: written again, since nobody is told what it is"),
        Act::Remove(_) => format!("- {key}"),
        Act::Leave => format!("  {key}"),
        Act::Alter { members, before, .. } => {
            let said = members.iter().map(|(name, value)| match (before.get(name), value) {
                (before, Value::Bool(_) | Value::Number(_)) => {
                    format!("{name} {} → {value}", before.unwrap_or(&Value::Null))
                }
                (Some(Value::Array(before)), Value::Array(list)) => {
                    let beyond = |these: &[Value], those: &[Value]| {
                        these.iter().filter(|one| !those.contains(one)).count()
                    };
                    format!("{name} (+{} −{})", beyond(list, before), beyond(before, list))
                }
                _ => name.clone(),
            });
            format!("~ {key}: {}", said.collect::<Vec<_>>().join(", "))
        }
    }
}
