//! What `docs/management-settings.md` says of every setting, and `docs/reference/openapi.json` of every operation, is
//! what the tables say.

use keybound_api::{
    Heed, Kind, authentication_method, client, client_grant, connection, device_credential, identity,
    kept::{self, rule},
    openapi, organization, resource_server, role, session,
    settings::{self, tenant},
    ticket, user, within,
};

const KINDS: [&Kind; 27] = [
    &client::KIND,
    &client::secret::ROTATION,
    &resource_server::KIND,
    &client_grant::KIND,
    &connection::KIND,
    &user::KIND,
    &organization::KIND,
    &organization::CONNECTION,
    &organization::INVITATION,
    &role::KIND,
    &session::KIND,
    &session::REFRESH_TOKEN,
    &session::ACCESS,
    &identity::KIND,
    &authentication_method::KIND,
    &device_credential::KIND,
    &ticket::PASSWORD,
    &ticket::EMAIL,
    &ticket::ENROLMENT,
    &within::CONNECTION,
    &within::ROLES,
    &within::CLIENT,
    &kept::action::BOUND,
    &kept::risk::SETTINGS,
    &kept::risk::NEW_DEVICE,
    &rule::CONFIG,
    &tenant::KIND,
];

/// The tables as the page prints them.
fn tables() -> String {
    let mut page = String::new();
    let settings = settings::ALL.iter().map(|setting| setting.kind);
    let kept = kept::ALL.iter().map(|resource| resource.kind);
    for kind in KINDS.into_iter().chain(settings).chain(kept) {
        let mut rows = kind.table();
        rows.dedup();
        let names = |wanted: fn(&Heed) -> bool| {
            let names: Vec<String> =
                rows.iter().filter(|(_, heed)| wanted(heed)).map(|(name, _)| format!("`{name}`")).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let obeyed = names(|heed| *heed == Heed::Obeyed);
        let shown = names(|heed| *heed == Heed::Shown);
        let inert = names(|heed| matches!(heed, Heed::Inert(_)));
        let refused = names(|heed| matches!(heed, Heed::Refused(_)));
        let title = kind.name.path;
        page.push_str(&format!(
            "\n## {title}\n\n* **Obeyed:** {obeyed}.\n* **Shown:** {shown}.\n* **Inert:** {inert}.\n* **Refused:** {refused}.\n"
        ));
    }
    page
}

#[test]
fn the_page_of_settings_says_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/management-settings.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let tables = tables();
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration to read from")]
    if std::env::var_os("KEYBOUND_GENERATE").is_some() {
        let top = page.split("\n## ").next().unwrap_or_default();
        std::fs::write(path, format!("{top}{tables}")).expect("the page can be written");
        return;
    }
    assert!(
        page.ends_with(&tables),
        "stale: run `cargo xtask generate`, or let the end of {path} read:\n{tables}"
    );
}

#[test]
fn the_document_of_operations_is_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/openapi.json");
    let document = openapi::document("https://id.example.com/");
    let text = serde_json::to_string_pretty(&document).expect("text and numbers always have a JSON") + "\n";
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration to read from")]
    if std::env::var_os("KEYBOUND_GENERATE").is_some() {
        std::fs::write(path, text).expect("the document can be written");
        return;
    }
    let kept = std::fs::read_to_string(path).expect("the document is there");
    assert!(kept == text, "stale: run `cargo xtask generate`");
}
