//! Which foreign types the published rooms show: each is a version that everyone who uses us must share.
#![expect(clippy::indexing_slicing, reason = "JSON answers null for a member it lacks, and does not panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run;

/// Rooms meant for others, then the crates whose types and traits they may show with every feature on. What only a
/// browser's build shows is for another target, and not seen.
const ROOMS: &[(&str, &[&str])] = &[
    ("proto", &["serde_core", "serde_json", "zeroize"]),
    (
        "client",
        &[
            "bytes",
            "futures_core",
            "http",
            "keybound_crypto",
            "keybound_proto",
            "keyring_core",
            "reqwest",
            "serde_core",
            "serde_json",
            "tower_layer",
            "tower_service",
        ],
    ),
    (
        "web",
        &[
            "axum",
            "axum_core",
            "bytes",
            "http",
            "keybound_client",
            "keybound_crypto",
            "keybound_proto",
            "serde_json",
        ],
    ),
    (
        "resource",
        &[
            "axum",
            "axum_core",
            "bytes",
            "http",
            "keybound_crypto",
            "keybound_proto",
            "reqwest",
            "tower_layer",
            "tower_service",
        ],
    ),
];

/// Part of the language.
const STANDARD: &[&str] = &["core", "alloc", "std"];

/// Set for the children that run us in rustdoc's place.
const MARK: &str = "KEYBOUND_XTASK_AS_RUSTDOC";

/// Refuses a public signature, field or implementation that names a crate which is not in the list.
pub(crate) fn exposed() -> Result<()> {
    let metadata =
        run::output(run::cargo().args(["metadata", "--no-deps", "--format-version=1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let target = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    let mut wrong = Vec::new();
    for (room, may) in ROOMS {
        let mut command = run::cargo();
        let room_named = format!("keybound-{room}");
        command.args(["rustdoc", "--quiet", "--locked", "--lib", "--all-features", "--package", &room_named]);
        command.args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"]);
        run::output(command.env("RUSTDOC", env::current_exe()?).env(MARK, "1"))?;
        let file = Path::new(target).join(format!("doc/keybound_{room}.json"));
        let text = fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
        for (name, items) in shown(&serde_json::from_str(&text)?)? {
            if !may.contains(&name.as_str()) {
                let items: Vec<String> = items.into_iter().collect();
                wrong.push(format!("{room} shows {name}, in {}", items.join(", ")));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("foreign types in a published room: {}", wrong.join("; "));
    }
    println!("exposed: {} rooms show no foreign type beyond their lists", ROOMS.len());
    Ok(())
}

/// Whether cargo started us as its rustdoc; then runs the real one, which prints JSON only when told that it may.
///
/// The permission is set here and not for cargo: build scripts read it too, and would build everything twice.
pub(crate) fn stands_in_for_rustdoc() -> Result<bool> {
    if env::var_os(MARK).is_none() {
        return Ok(false);
    }
    let status = Command::new("rustdoc").args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status()?;
    if !status.success() {
        bail!("rustdoc ended with {status}");
    }
    Ok(true)
}

/// Foreign crates, each with the items that show it.
fn shown(document: &Value) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let items = document["index"].as_object().context("rustdoc lists no items")?;
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    for item in items.values().filter(|item| item["crate_id"] == 0) {
        let inner = &item["inner"];
        let by_itself = |name: &str| inner["impl"][name] == true || inner["impl"][name].is_object();
        if by_itself("is_synthetic") || by_itself("blanket_impl") {
            continue; // what the compiler says of every type, and what others say of all types
        }
        let mut ids = BTreeSet::new();
        named(inner, &mut ids);
        for id in ids {
            let number = document["paths"][id.to_string()]["crate_id"].as_u64().unwrap_or(0);
            let name = document["external_crates"][number.to_string()]["name"].as_str().unwrap_or_default();
            if number != 0 && !STANDARD.contains(&name) {
                let of = &inner["impl"]["for"]["resolved_path"]["path"];
                let item = item["name"].as_str().or(of.as_str()).unwrap_or("an implementation");
                found.entry(name.to_owned()).or_default().insert(item.to_owned());
            }
        }
    }
    Ok(found)
}

/// The ids of all paths in a signature, and of what is exported again.
fn named(value: &Value, ids: &mut BTreeSet<u64>) {
    match value {
        Value::Object(members) => {
            if members.contains_key("path") || members.contains_key("source") {
                ids.extend(members.get("id").and_then(Value::as_u64));
            }
            members.values().for_each(|value| named(value, ids));
        }
        Value::Array(values) => values.iter().for_each(|value| named(value, ids)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_foreign_type_in_a_signature_is_found_and_a_standard_one_is_not() {
        let path = |id: u64| json!({ "resolved_path": { "path": "X", "id": id } });
        let document = json!({
            "index": {
                "1": { "crate_id": 0, "name": "send", "inner": { "function": { "sig": [path(2), path(3)] } } },
                "4": { "crate_id": 0, "inner": { "impl": { "blanket_impl": path(2), "for": path(2) } } },
            },
            "paths": { "2": { "crate_id": 7 }, "3": { "crate_id": 8 } },
            "external_crates": { "7": { "name": "hyper" }, "8": { "name": "core" } },
        });
        let shown = shown(&document).expect("it is read");
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["hyper"]);
        assert!(shown["hyper"].contains("send") && shown["hyper"].len() == 1);
    }
}
