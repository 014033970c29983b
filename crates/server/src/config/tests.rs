use super::*;

fn nothing(_: &str) -> Option<String> {
    None
}

#[test]
fn an_unknown_key_is_an_error_that_names_it() {
    let error = Config::from_toml("listne = \"127.0.0.1:1\"").unwrap_err().to_string();
    assert!(error.contains("listne"), "{error}");
    let error = Config::from_toml("[dpop]\npasst_seconds = 1").unwrap_err().to_string();
    assert!(error.contains("passt_seconds"), "{error}");
}

/// Conformance AS29.
#[test]
fn a_plain_http_issuer_is_refused_outside_this_machine() {
    for good in ["http://localhost:8420", "http://127.0.0.1:1/", "http://[::1]:8420/", "https://id.example/"]
    {
        assert!(IssuerUrl::parse("issuer", good).is_ok(), "{good}");
    }
    for bad in [
        "http://id.example/",
        "ftp://localhost/",
        "id.example",
        "https://a@b/",
        "https://a/?q",
        "https://a/#f",
    ] {
        assert!(IssuerUrl::parse("issuer", bad).is_err(), "{bad}");
    }
}

#[test]
fn an_issuer_ends_with_a_slash_even_when_it_was_written_without() {
    assert_eq!(IssuerUrl::parse("issuer", "https://id.example").unwrap().as_str(), "https://id.example/");
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keybound.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[token]\nidempotent_retry = false\n").unwrap();
    let config =
        Config::load(Some(&path), |name| (name == "KEYBOUND_LISTEN").then(|| "[::1]:2".into())).unwrap();
    assert_eq!(config.listen, "[::1]:2".parse().unwrap());
    assert!(!config.token.idempotent_retry);
}

#[test]
fn listening_to_the_world_needs_an_issuer_and_postgres_a_master_key() {
    let world = |name: &str| (name == "KEYBOUND_LISTEN").then(|| "0.0.0.0:1".to_owned());
    assert!(matches!(Config::load(None, world), Err(ConfigError::IssuerMissing { .. })));
    let postgres = |name: &str| (name == "KEYBOUND_DATABASE").then(|| "postgres://u:p@h/d".to_owned());
    assert!(matches!(Config::load(None, postgres), Err(ConfigError::MasterKeyMissing)));
    assert!(Config::load(None, nothing).is_ok());
}

#[test]
fn settings_without_effect_are_kept_unless_the_file_says_otherwise() {
    let kept = |text: &str| Config::from_toml(text).map(|config| config.inert_settings);
    assert_eq!(kept("").unwrap(), InertSettings::Kept);
    assert_eq!(kept("[management]\ninert = \"keep\"\n").unwrap(), InertSettings::Kept);
    assert_eq!(kept("[management]\ninert = \"refuse\"\n").unwrap(), InertSettings::Refused);
    assert!(kept("[management]\ninert = \"drop\"\n").is_err());
    let reach = |text: &str| Config::from_toml(text).map(|config| config.administrators_reach);
    assert_eq!(reach("").unwrap(), Reach::Public);
    assert_eq!(reach("[management]\noutbound = \"anywhere\"\n").unwrap(), Reach::Anywhere);
    assert!(reach("[management]\noutbound = \"inside\"\n").is_err());
}

#[test]
fn whether_a_revocation_is_proved_is_said_in_words() {
    let said = |word: &str| Config::from_toml(&format!("[dpop]\nrevocation = \"{word}\""));
    assert_eq!(Config::default().proof.revocation, Proving::Optional);
    assert_eq!(said("optional").unwrap().proof.revocation, Proving::Optional);
    assert_eq!(said("proof").unwrap().proof.revocation, Proving::Required);
    assert!(said("required").is_err() && said("true").is_err());
}

#[test]
fn half_a_bootstrap_client_is_refused() {
    let half = |name: &str| (name == "KEYBOUND_BOOTSTRAP_CLIENT_ID").then(|| "a".to_owned());
    assert!(matches!(
        Config::load(None, half),
        Err(ConfigError::Half { missing: "KEYBOUND_BOOTSTRAP_CLIENT_SECRET" })
    ));
}

#[test]
fn no_secret_shows_in_a_printed_configuration() {
    let environment = |name: &str| match name {
        "KEYBOUND_DATABASE" => Some("postgres://u:hunter2@h/d".to_owned()),
        "KEYBOUND_REDIS" => Some("redis://:hunter2@h".to_owned()),
        "KEYBOUND_MASTER_KEY" => Some("A".repeat(42) + "E"),
        "KEYBOUND_BOOTSTRAP_CLIENT_ID" => Some("me".to_owned()),
        "KEYBOUND_BOOTSTRAP_CLIENT_SECRET" => Some("hunter2".to_owned()),
        _ => None,
    };
    let printed = format!("{:?}", Config::load(None, environment).unwrap());
    assert!(!printed.contains("hunter2") && !printed.contains("AAAA"), "{printed}");
}

#[test]
fn a_master_key_file_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data").join("master.key");
    let first = MasterKey::from_file(&path, [1; 32]).unwrap();
    let second = MasterKey::from_file(&path, [2; 32]).unwrap();
    assert_eq!(first, second);
    assert_eq!(first.reveal(), &[1; 32]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// RFC 8314 §3: what is written down for a mail server crosses a network by TLS alone.
#[test]
fn a_mail_server_is_spoken_to_by_tls_except_on_this_machine() {
    let file = |more: &str| format!("[email]\nfrom = \"Keybound <id@example.com>\"\n{more}");
    let read = |more: &str| {
        let config = Config::from_toml(&file(more))?;
        config.check().map(|()| config)
    };
    let Email::Smtp(smtp) = read("host = \"smtp.example.com\"").unwrap().email else { panic!("no smtp") };
    assert_eq!((smtp.protection, smtp.port, smtp.login), (Protection::StartTls, None, None));
    let plain = |host: &str| read(&format!("host = \"{host}\"\nprotection = \"plaintext-on-loopback\""));
    assert!(plain("127.0.0.1").is_ok() && plain("localhost").is_ok() && plain("::1").is_ok());
    for host in ["10.0.0.1", "smtp.example.com", "localhost.example.com"] {
        assert!(plain(host).unwrap_err().to_string().contains("loopback"), "{host}");
    }
    for wrong in ["host = \"a\"\nprotection = \"none\"", "host = \"a\"\npassword = \"p\"", "hots = \"a\""] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    assert!(Config::from_toml("[email]\nhost = \"a\"\nfrom = \"nobody\"").is_err());
}

#[test]
fn the_password_of_the_mail_server_comes_from_the_file_or_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keybound.toml");
    std::fs::write(&path, "[email]\nhost = \"a\"\nfrom = \"id@example.com\"\nuser = \"keybound\"").unwrap();
    let told = |name: &str| (name == "KEYBOUND_EMAIL_PASSWORD").then(|| "s3cret".to_owned());
    let config = Config::load(Some(&path), told).unwrap();
    let Email::Smtp(Smtp { login: Some(login), .. }) = &config.email else { panic!("no login") };
    assert_eq!(login.password.reveal(), "s3cret");
    assert!(!format!("{config:?}").contains("s3cret"));
    let missing = Config::load(Some(&path), nothing).unwrap_err().to_string();
    assert!(missing.contains("KEYBOUND_EMAIL_PASSWORD"), "{missing}");
    assert!(Config::load(None, told).is_err(), "a password for nobody");
}

#[test]
fn a_master_key_may_lie_in_a_file_but_not_in_two_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{}\n", "A".repeat(43))).unwrap();
    let named = format!("master_key_file = {:?}", path.display().to_string());
    assert_eq!(Config::from_toml(&named).unwrap().master_key.unwrap().reveal(), &[0; 32]);
    let both = format!("{named}\nmaster_key = {:?}", "A".repeat(43));
    assert!(Config::from_toml(&both).unwrap_err().to_string().contains("master_key_file"));
    let lookup = |name: &str| (name == "KEYBOUND_MASTER_KEY_FILE").then(|| path.display().to_string());
    assert!(Config::load(None, lookup).unwrap().master_key.is_some());
    assert!(Config::from_toml("master_key_file = \"/nowhere/at/all\"").is_err());
}

#[test]
fn rate_limits_are_chosen_by_name_and_changed_row_by_row() {
    let rates = |text: &str| Config::from_toml(text).map(|config| config.limits.rates);
    assert_eq!(rates("").unwrap(), Rates::default());
    assert_eq!(rates("[limits]\nrates = \"off\"").unwrap(), Rates::off());
    let text = "[limits]\nrates = \"auth0\"\n[limits.rate.token]\nburst = 7\nrequests = 8\nseconds = 9";
    let rule = rates(text).unwrap().of(Limited::Token).unwrap();
    assert_eq!((rule.by, rule.burst, rule.requests, rule.seconds), (By::Network, 7, 8, 9));
    let error = rates("[limits.rate.tokens]\nburst = 7\nrequests = 8\nseconds = 9").unwrap_err().to_string();
    assert!(error.contains("limits.rate.tokens"), "{error}");
}

#[test]
fn clients_that_describe_themselves_are_read_where_a_word_says_so() {
    let said = |text: &str| {
        Config::from_toml(&format!("[client_documents]\n{text}")).map(|config| config.client_documents)
    };
    assert_eq!(said("").unwrap(), ClientDocuments::default());
    assert_eq!(ClientDocuments::default().reading, Reading::Closed);
    let all = said("reading = \"open\"\ndpop = \"required\"\nlocalhost = \"taken\"").unwrap();
    assert_eq!(
        (all.reading, all.dpop, all.localhost),
        (Reading::Open, DocumentProofs::Required, LocalhostClients::Taken)
    );
    let origins =
        said("unguarded_origins = [\"https://notes.internal:8443\", \"http://127.0.0.1:1\"]").unwrap();
    assert_eq!(origins.unguarded_origins.len(), 2);
    for odd in
        ["reading = true", "unguarded_origins = [\"http://notes.internal\"]", "unguarded_origins = [\"*\"]"]
    {
        assert!(said(odd).is_err(), "{odd}");
    }
    let missing = said("root_certificates = \"/nowhere/at/all\"").unwrap();
    assert!(missing.certificates().unwrap_err().to_string().contains("root_certificates"));
}
