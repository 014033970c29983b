//! Where keys are kept: each store keeps one key for all who ask, and shows it to nobody.

use keybound_client::{
    DpopKey,
    key::{EnvironmentKeys, FileKeys, KeyPair, KeyStore, KeyStoreError, MemoryKeys, load_or_generate},
    proto::jose::Alg,
};

const ALGS: [Alg; 4] = [Alg::Es256, Alg::EdDsa, Alg::Es384, Alg::Ps256];

async fn keeps_and_forgets(store: &dyn KeyStore) {
    for alg in ALGS {
        let (name, pair) = (alg.name(), KeyPair::generate(alg).unwrap());
        assert!(store.load(name).await.unwrap().is_none());
        store.save(name, &pair).await.unwrap();
        let found = store.load(name).await.unwrap().unwrap();
        assert_eq!((found.thumbprint(), found.alg()), (pair.thumbprint(), alg));
        let other = KeyPair::generate(alg).unwrap();
        let first = store.keep_first(name, &other).await.unwrap();
        assert_eq!(first.thumbprint(), pair.thumbprint(), "the first stays");
        store.save(name, &other).await.unwrap();
        assert_eq!(store.load(name).await.unwrap().unwrap().thumbprint(), other.thumbprint());
        store.remove(name).await.unwrap();
        store.remove(name).await.unwrap();
        assert!(store.load(name).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn memory_and_files_keep_keys_of_every_algorithm() {
    let folder = tempfile::tempdir().unwrap();
    keeps_and_forgets(&MemoryKeys::default()).await;
    keeps_and_forgets(&FileKeys::new(folder.path().join("keys"))).await;
}

#[tokio::test]
async fn a_key_that_is_kept_is_used_and_one_of_another_kind_is_refused() {
    let store = MemoryKeys::default();
    let key = load_or_generate(&store, "app", Alg::EdDsa).await.unwrap();
    assert_eq!(key.alg(), Alg::EdDsa);
    let again = load_or_generate(&store, "app", Alg::EdDsa).await.unwrap();
    assert_eq!(again.thumbprint(), key.thumbprint());
    let error = load_or_generate(&store, "app", Alg::Es256).await.unwrap_err();
    assert_eq!(error.code(), "client.key_store");
    assert_eq!(
        error.to_string(),
        "the key kept as app is for EdDSA, not for ES256; remove it or use another name"
    );
}

/// Processes share a folder as these stores do: nothing but the files is common to them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_make_a_key_at_once_one_wins_and_all_have_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let asked: Vec<_> = (0..24)
        .map(|_| {
            let store = FileKeys::new(&keys);
            tokio::spawn(async move { load_or_generate(&store, "app", Alg::Es256).await.unwrap() })
        })
        .collect();
    let mut thumbprints = Vec::new();
    for key in asked {
        thumbprints.push(key.await.unwrap().thumbprint().to_string());
    }
    thumbprints.dedup();
    assert_eq!(thumbprints.len(), 1);
    let files: Vec<_> = std::fs::read_dir(&keys).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["app.pem"], "nothing is left beside it");
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_file_is_its_owners_alone_and_one_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let store = FileKeys::new(&keys);
    load_or_generate(&store, "app", Alg::Es256).await.unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(keys.clone()), mode(keys.join("app.pem"))), (0o700, 0o600));
    std::fs::set_permissions(keys.join("app.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = store.load("app").await.unwrap_err();
    assert!(matches!(&error, KeyStoreError::Open { file } if file.ends_with("app.pem")), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_key_and_a_name_that_is_no_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileKeys::new(folder.path());
    store.save("app", &KeyPair::generate(Alg::Es256).unwrap()).await.unwrap();
    std::fs::write(folder.path().join("app.pem"), "nonsense").unwrap();
    assert!(matches!(store.load("app").await, Err(KeyStoreError::Key { name }) if name == "app"));
    for name in ["", "..", "a/b", "a\\b", "a.b", "ä", &"a".repeat(129)] {
        assert!(matches!(store.load(name).await, Err(KeyStoreError::Name(_))), "{name}");
    }
}

/// What `keybound keys` prints is what Auth0's SDKs and ours read.
#[tokio::test]
async fn lines_for_the_environment_read_back_and_are_read_only() {
    let pair = KeyPair::generate(Alg::Es256).unwrap();
    let lines = pair.environment_lines().unwrap();
    let lookup = |name: &str| {
        let line = lines.reveal().lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.strip_prefix("=\"")?.strip_suffix('"')?.to_owned())
    };
    let store = EnvironmentKeys::from_lookup(lookup).unwrap();
    let key = load_or_generate(&store, "whatever", Alg::Es256).await.unwrap();
    assert_eq!(*key.thumbprint(), pair.thumbprint());
    assert!(matches!(store.save("x", &pair).await, Err(KeyStoreError::ReadOnly("AUTH0_DPOP_PRIVATE_KEY"))));
    assert!(matches!(store.remove("x").await, Err(KeyStoreError::ReadOnly(_))));
    let none = EnvironmentKeys::from_lookup(|_| None).unwrap();
    let error = load_or_generate(&none, "whatever", Alg::Es256).await.unwrap_err();
    assert_eq!(error.to_string(), "AUTH0_DPOP_PRIVATE_KEY cannot be written from here");
    let error = KeyPair::generate(Alg::EdDsa).unwrap().environment_lines().unwrap_err();
    assert_eq!(error.code(), "client.key_export");
}

#[test]
fn a_pair_travels_as_pem_pkcs8_and_jwk_and_prints_no_secret() {
    for alg in ALGS {
        let pair = KeyPair::generate(alg).unwrap();
        let pem = pair.to_pem().unwrap();
        let escaped = pem.reveal().replace('\n', "\\n");
        let mut same = vec![
            KeyPair::from_pem(pem.reveal()).unwrap(),
            KeyPair::from_pem(&escaped).unwrap(),
            KeyPair::from_pkcs8(pair.to_pkcs8().unwrap().reveal()).unwrap(),
        ];
        match pair.to_jwk() {
            Ok(jwk) => same.push(KeyPair::from_jwk(jwk.reveal()).unwrap()),
            Err(error) => assert_eq!((alg, error.code()), (Alg::Ps256, "client.key_export")),
        }
        for other in same {
            assert_eq!((other.thumbprint(), other.alg()), (pair.thumbprint(), alg));
            assert_eq!(other.spki().unwrap(), pair.spki().unwrap());
        }
        assert_eq!(format!("{pair:?}"), format!("KeyPair({})", pair.thumbprint()));
        let key = DpopKey::from(pair.clone());
        assert_eq!((*key.thumbprint(), key.alg()), (pair.thumbprint(), alg));
    }
    for bad in ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
        assert_eq!(KeyPair::from_pem(bad).unwrap_err().code(), "client.key_import");
        assert_eq!(KeyPair::from_jwk(bad).unwrap_err().code(), "client.key_import");
        assert_eq!(KeyPair::from_pkcs8(bad.as_bytes()).unwrap_err().code(), "client.key_import");
    }
}

#[cfg(feature = "keyring")]
#[tokio::test]
async fn a_keyring_keeps_keys_of_every_algorithm() {
    use keybound_client::key::Keyring;
    keeps_and_forgets(&Keyring::over(keyring_core::mock::Store::new().unwrap(), "keybound tests")).await;
}

/// `KEYBOUND_KEYRING` says that this machine has one, as `cargo xtask test --only keys` sees to.
#[cfg(feature = "keyring")]
#[tokio::test]
async fn the_systems_keyring_keeps_keys_and_tokens_and_a_machine_without_one_says_so() {
    use keybound_client::{
        key::Keyring,
        session::{KeyringStore, TokenStore as _},
    };
    let system = Keyring::system("keybound tests");
    #[expect(clippy::disallowed_methods, reason = "the suite tells that there is one")]
    let told = std::env::var_os("KEYBOUND_KEYRING");
    if told.is_none() {
        // Nobody's own keyring is written to.
        if let Err(error) = system.load("none of this name").await {
            assert!(matches!(error, KeyStoreError::NoKeyring(_)), "{error:?}");
            assert!(error.to_string().starts_with("there is no keyring to keep keys in: "), "{error}");
        }
        return;
    }
    keeps_and_forgets(&system).await;
    let folder = tempfile::tempdir().unwrap();
    let store = KeyringStore::new(Keyring::system("keybound token tests"), folder.path());
    assert!(store.load("one").await.unwrap().is_none());
    // Longer than any keyring's attribute: a session holds several tokens.
    let (first, second) = (vec![b'a'; 40_000], b"another".to_vec());
    for value in [&first, &second] {
        store.save("one", value).await.unwrap();
        assert_eq!(store.load("one").await.unwrap().unwrap().reveal(), value);
    }
    let turn = store.lock("one").await.unwrap();
    let waiting = store.clone();
    let next = tokio::spawn(async move { waiting.lock("one").await.map(drop) });
    drop(turn);
    next.await.unwrap().unwrap();
    store.remove("one").await.unwrap();
    store.remove("one").await.unwrap();
    assert!(store.load("one").await.unwrap().is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the file to wait at, and no token");
}
