//! Held against Auth0's own table of log types, where it is at hand.

use std::{collections::BTreeMap, path::Path};

use keybound_authority::event::EventKind;

#[test]
#[expect(clippy::disallowed_methods, reason = "tests learn from the environment where the contract is")]
fn every_event_has_a_code_that_auth0_documents() {
    let Ok(contract) = std::env::var("KEYBOUND_CONTRACT") else {
        println!("skipped: KEYBOUND_CONTRACT is not set");
        return;
    };
    let table = std::fs::read_to_string(Path::new(&contract).join("contract/log-types.tsv")).unwrap();
    let documented: BTreeMap<&str, &str> = table.lines().filter_map(|line| line.split_once('\t')).collect();
    for kind in EventKind::ALL {
        assert!(documented.contains_key(kind.code()), "{kind:?}: {}", kind.code());
    }
}
