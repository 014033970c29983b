//! What can be asked of a thing that was just made.

use serde_json::{Map, Value, json};

use super::{Operation, id, operation};
use crate::operation::Told;

/// A link to every operation whose path goes on where the row's ends, by the name that its answer tells.
pub(super) fn of(row: &Operation) -> Map<String, Value> {
    let Told::Whole(kind) = row.told else { return Map::new() };
    // The first that is told of a thing is what it is called.
    let Some(called) = kind.told.first() else { return Map::new() };
    let below = format!("{}/{{", row.path);
    let known: Vec<&str> = row.names().collect();
    let next = operation::all().filter(|next| next.path.starts_with(&below));
    let links = next.filter_map(|next| {
        let mut parameters = Map::new();
        for (at, name) in next.names().enumerate() {
            let from = match at {
                at if at < known.len() => format!("$request.path.{name}"),
                at if at == known.len() => format!("$response.body#/{}", called.name),
                _ => return None,
            };
            parameters.insert(name.to_owned(), from.into());
        }
        let id = id(next);
        Some((id.clone(), json!({ "operationId": id, "parameters": parameters })))
    });
    links.collect()
}
