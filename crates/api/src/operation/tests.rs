use std::collections::BTreeSet;

use super::*;

#[test]
fn no_operation_has_two_rows() {
    let mut seen = BTreeSet::new();
    for row in all() {
        assert!(seen.insert((row.path, row.method)), "{} {}", row.method.as_str(), row.path);
        assert_eq!(find(row.method.as_str(), row.path).map(|row| row.summary), Some(row.summary));
    }
    assert!(find("HEAD", "/api/v2/clients").is_some());
    assert!(find("PUT", "/api/v2/clients").is_none());
    assert!(find("GET", "/api/v2/nothing").is_none());
}

#[test]
fn only_the_management_api_asks_for_its_scopes_and_always_does() {
    for row in all().filter(|row| row.path != "/api/v2/openapi.json") {
        let managed = row.path.starts_with("/api/v2/");
        assert_eq!(managed, !row.guard.scopes().is_empty(), "{}", row.path);
        assert_eq!(managed, row.dialect == Dialect::Management, "{}", row.path);
    }
}

#[test]
fn what_a_row_may_refuse_follows_from_it() {
    let refusals = |method, path| find(method, path).unwrap().refusals();
    assert_eq!(refusals("GET", "/api/v2/clients"), [400, 401, 403, 429, 503]);
    assert_eq!(refusals("PATCH", "/api/v2/clients/{id}"), [400, 401, 403, 404, 408, 409, 413, 415, 429, 503]);
    assert_eq!(refusals("GET", "/.well-known/jwks.json"), [400, 429, 503]);
}

/// Each operation that Auth0 has is one of ours, or one of those of which we say that we do not have it.
#[test]
fn no_operation_of_the_contract_is_unheard_of() {
    let Some(text) = contract() else { return };
    let rows: BTreeSet<(String, &str)> = all()
        .filter_map(|row| Some((nameless(row.path.strip_prefix("/api/v2")?), row.method.as_str())))
        .collect();
    let mut compared = 0;
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (method, path) = (columns[2], columns[3]);
        let is_ours = rows.contains(&(nameless(path), method));
        let is_known = is_ours || crate::later::find(method, &format!("/api/v2{path}")).is_some();
        assert!(is_known, "{method} {path}");
        assert!(is_ours || columns[0] != "must", "{method} {path} is one that must be ours");
        compared += 1;
    }
    assert!(compared > 400, "{compared}");
}

/// The table of Auth0's operations, where it is.
#[expect(clippy::disallowed_methods, reason = "the contract is found by the environment")]
fn contract() -> Option<String> {
    let Some(contract) = std::env::var_os("KEYBOUND_CONTRACT") else {
        println!("skipped: KEYBOUND_CONTRACT is not set");
        return None;
    };
    let path = std::path::Path::new(&contract).join("contract/management-ops.tsv");
    Some(std::fs::read_to_string(path).unwrap())
}

/// A path without the names of its names.
fn nameless(path: &str) -> String {
    path.split('/').map(|step| if step.starts_with('{') { "{}" } else { step }).collect::<Vec<_>>().join("/")
}

/// No scope opens here what it does not open at Auth0. Some of theirs open less of a thing, or a user's own: those are
/// not among ours.
#[test]
fn no_scope_opens_more_than_the_contract_has_it_open() {
    let Some(text) = contract() else { return };
    let rows: Vec<(String, &Operation)> = all()
        .filter_map(|row| Some((nameless(row.path.strip_prefix("/api/v2")?), row)))
        .filter(|(_, row)| !row.guard.scopes().is_empty())
        .collect();
    let mut compared = 0;
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let asked = rows
            .iter()
            .find(|(path, row)| *path == nameless(columns[3]) && row.method.as_str() == columns[2]);
        let Some((_, row)) = asked else { continue };
        let theirs: BTreeSet<&str> = columns[5].split(' ').filter(|scope| !scope.is_empty()).collect();
        let ours: BTreeSet<&str> = row.guard.scopes().iter().copied().collect();
        assert!(ours.is_subset(&theirs), "{} {}: {ours:?}", row.method.as_str(), row.path);
        compared += 1;
    }
    assert!(compared > 50, "{compared}");
}
