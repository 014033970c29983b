//! The master key made in a PKCS#11 token: the key that makes it never leaves, and without it nothing opens.

use std::path::{Path, PathBuf};

use cryptoki::{
    context::Pkcs11,
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectClass},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use keybound_server::{
    Config, ConfigError, Secret, StartError,
    config::{Bootstrap, Database, MasterKey, TokenKey},
    start,
};

use crate::lent_token::{PIN, empty};

const TOKEN: &str = "servers";

fn by(library: &Path, pin: &str) -> TokenKey {
    let (library, pin) = (library.to_owned(), Secret::new(pin.to_owned()));
    TokenKey { library, token: TOKEN.to_owned(), key: "master".to_owned(), pin }
}

fn config(folder: &Path, key: TokenKey) -> Config {
    let mut config = Config::default();
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.database = Database::Sqlite(folder.join("keybound.db"));
    config.token_key = Some(key);
    config
}

/// Why a server does not start. It never says the PIN.
async fn stopped(config: Config) -> String {
    let pin = config.token_key.as_ref().map(|key| key.pin.reveal().clone()).unwrap_or_default();
    let Err(error) = start(config).await else { panic!("it starts") };
    assert!(matches!(error, StartError::Token(_)), "{error:?}");
    for said in [error.to_string(), format!("{error:?}")] {
        assert!(!said.contains(&pin), "{said}");
    }
    error.to_string()
}

fn session(context: &Pkcs11, slot: Slot) -> Session {
    let session = context.open_rw_session(slot).unwrap();
    // The server may have logged in before, for the whole program.
    let _ = session.login(UserType::User, Some(&AuthPin::from(PIN)));
    session
}

/// A key that makes HMACs and cannot be read.
fn make_key(context: &Pkcs11, slot: Slot, name: &str) {
    let session = session(context, slot);
    let template = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::ValueLen(32.into()),
        Attribute::Label(name.as_bytes().to_vec()),
    ];
    let made = session.generate_key(&Mechanism::GenericSecretKeyGen, &template).unwrap();
    assert!(session.get_attributes(made, &[AttributeType::Value]).unwrap_or_default().is_empty());
}

#[tokio::test]
async fn a_library_that_is_not_there_is_named_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let said = stopped(config(folder.path(), by(&PathBuf::from("/nowhere/libtoken.so"), "s3cret-pin"))).await;
    assert!(said.contains("failed to open the PKCS#11 library /nowhere/libtoken.so"), "{said}");
    assert!(!folder.path().join("master.key").exists(), "no other key takes its place");
}

#[test]
fn the_pin_comes_from_a_file_or_the_environment_and_there_is_one_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let (file, pin) = (folder.path().join("keybound.toml"), folder.path().join("pin"));
    std::fs::write(&pin, "us3r-pin\n").unwrap();
    let table = "[pkcs11]\nlibrary = \"/lib/token.so\"\ntoken = \"servers\"\nkey = \"master\"\n";
    let load = |text: &str, environment: &[(&str, &str)]| {
        std::fs::write(&file, text).unwrap();
        let found = |name: &str| environment.iter().find(|(own, _)| *own == name);
        Config::load(Some(&file), |name| found(name).map(|(_, value)| (*value).to_owned()))
    };
    let with_file = format!("{table}pin_file = {:?}\n", pin.display().to_string());
    for (text, environment) in [(with_file.as_str(), &[][..]), (table, &[("KEYBOUND_PKCS11_PIN", PIN)])] {
        let key = load(text, environment).unwrap().token_key.unwrap();
        assert_eq!(key, by(Path::new("/lib/token.so"), PIN));
        assert!(!format!("{key:?}").contains(PIN), "{key:?}");
    }
    let without = load(table, &[]).unwrap_err();
    assert!(matches!(without, ConfigError::Half { missing: "KEYBOUND_PKCS11_PIN" }), "{without}");
    let alone = load("", &[("KEYBOUND_PKCS11_PIN", PIN)]).unwrap_err();
    assert!(matches!(alone, ConfigError::Half { missing: "pkcs11" }), "{alone}");
    assert!(load(&format!("{table}pin = \"us3r-pin\"\n"), &[]).is_err(), "no PIN among settings");
    let key = "A".repeat(43);
    let both = load(&with_file, &[("KEYBOUND_MASTER_KEY", key.as_str())]).unwrap_err();
    assert!(both.to_string().contains("one of them will do"), "{both}");
    let postgres = format!("database = \"postgres://db/keybound\"\n{with_file}");
    assert!(load(&postgres, &[]).is_ok(), "it is a master key like another");
}

/// In the library that the suite `keys` lends; the one test that needs it, since a token is one for the whole program.
#[tokio::test]
async fn what_a_token_seals_opens_with_its_key_alone() {
    let Some((library, slot, context)) = empty(TOKEN) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mine = || config(folder.path(), by(&library, PIN));
    assert_eq!(stopped(mine()).await, NO_KEY, "nobody makes one in silence");
    let wrong = stopped(config(folder.path(), by(&library, "wr0ng-pin"))).await;
    assert_eq!(wrong, "failed to make the master key: the token servers refused the PIN");
    let away = TokenKey { token: "elsewhere".to_owned(), ..by(&library, PIN) };
    let away = stopped(config(folder.path(), away)).await;
    assert_eq!(away, "failed to make the master key: there is no token named elsewhere");

    make_key(&context, slot, "master");
    let mut first = mine();
    let client_secret = Secret::new("a-secret-that-is-sealed".to_owned());
    first.bootstrap = Some(Bootstrap { client_id: "m2m".to_owned(), client_secret });
    start(first).await.unwrap().shutdown().await;
    start(mine()).await.unwrap().shutdown().await;

    make_key(&context, slot, "other");
    let mut other = mine();
    other.token_key = Some(TokenKey { key: "other".to_owned(), ..by(&library, PIN) });
    let Err(error) = start(other).await else { panic!("another key opens it") };
    assert!(error.to_string().contains("not sealed with this key"), "{error}");
    let mut given = mine();
    (given.token_key, given.master_key) = (None, Some(MasterKey::new([0; 32])));
    assert!(start(given).await.is_err());
    start(mine()).await.unwrap().shutdown().await;

    make_key(&context, slot, "master");
    let two = stopped(mine()).await;
    assert_eq!(two, "failed to make the master key: more than one key of the token is named master");
    let all = session(&context, slot).find_objects(&[Attribute::Class(ObjectClass::SECRET_KEY)]).unwrap();
    assert_eq!(all.len(), 3, "the server made none and took none away");
}

const NO_KEY: &str = "failed to make the master key: the token has no secret key named master";
