//! Keys in a PKCS#11 token, here SoftHSM: they sign there and never leave.

use std::{env, path::PathBuf, sync::Mutex};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    object::{Attribute, AttributeType, ObjectClass},
    session::UserType,
    slot::Slot,
    types::AuthPin,
};
use keybound_client::{
    Prover, Proving,
    crypto::AwsLc,
    key::{Pkcs11Error, Pkcs11Token},
    proto::{
        dpop::{Expect, HeldBy, Proof},
        jose::{Alg, AlgSet},
        secret::Secret,
        uri::Htu,
    },
};

use crate::wire::{NOW, Standing};

/// An empty token of this name in the library the suite `keys` names. A library is opened once, and told to make one
/// token at a time.
fn token(label: &str) -> Option<(PathBuf, Slot, Pkcs11)> {
    static OPENED: Mutex<Option<Pkcs11>> = Mutex::new(None);
    #[expect(clippy::disallowed_methods, reason = "the suite tells where the library is")]
    let Some(library) = env::var_os("KEYBOUND_PKCS11") else {
        println!("skipped: no PKCS#11 token; `cargo xtask test --only keys` lends one");
        return None;
    };
    let library = PathBuf::from(library);
    let mut opened = OPENED.lock().unwrap();
    let context = opened.get_or_insert_with(|| {
        let context = Pkcs11::new(&library).unwrap();
        context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        context
    });
    let slot = *context.get_slots_with_token().unwrap().last().unwrap();
    let officer = AuthPin::from("officer-pin");
    context.init_token(slot, &officer, label).unwrap();
    let slots = context.get_slots_with_initialized_token().unwrap();
    let is_named = |slot: &Slot| context.get_token_info(*slot).unwrap().label() == label;
    let slot = slots.into_iter().find(is_named).unwrap();
    let session = context.open_rw_session(slot).unwrap();
    session.login(UserType::So, Some(&officer)).unwrap();
    session.init_pin(&AuthPin::from("us3r-pin")).unwrap();
    session.logout().unwrap();
    drop(session);
    Some((library, slot, context.clone()))
}

#[tokio::test]
async fn a_key_in_a_token_proves_is_there_again_and_cannot_be_read() {
    let Some((library, slot, context)) = token("keybound") else { return };
    let pin = || Secret::new("us3r-pin".to_owned());
    let wrong = Pkcs11Token::open(&library, "keybound", Secret::new("wr0ng-pin".into())).unwrap_err();
    assert!(matches!(wrong, Pkcs11Error::Token(_)) && !wrong.to_string().contains("wr0ng"), "{wrong}");
    assert!(matches!(Pkcs11Token::open(&library, "other", pin()), Err(Pkcs11Error::Missing(_))));
    let token = Pkcs11Token::open(&library, "keybound", pin()).unwrap();
    assert!(token.load("orders").unwrap().is_none());
    let key = token.load_or_generate("orders").unwrap();
    let again = Pkcs11Token::open(&library, "keybound", pin()).unwrap().load_or_generate("orders").unwrap();
    assert_eq!(again.thumbprint(), key.thumbprint());

    let prover = Prover::holding(again);
    let url = "https://api.example/orders";
    let proof = prover.prove(&Proving::new("GET", url), &Standing).await.unwrap();
    let urls = [Htu::parse(url).unwrap()];
    let expect = Expect::new("GET", &urls, HeldBy::Key(key.thumbprint()));
    let checked = Proof::parse([proof.as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, NOW);
    assert!(checked.is_ok());

    let session = context.open_ro_session(slot).unwrap();
    let own = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
    assert_eq!(own.len(), 1);
    assert!(session.get_attributes(own[0], &[AttributeType::Value]).unwrap_or_default().is_empty());
    let is = session.get_attributes(own[0], &[AttributeType::Extractable, AttributeType::Sensitive]).unwrap();
    assert_eq!(is, [Attribute::Extractable(false), Attribute::Sensitive(true)]);

    token.generate("orders").unwrap();
    assert!(matches!(token.load("orders"), Err(Pkcs11Error::Ambiguous(name)) if name == "orders"));
    token.remove("orders").unwrap();
    assert!(token.load("orders").unwrap().is_none());
    assert_ne!(token.load_or_generate("orders").unwrap().thumbprint(), key.thumbprint());
    assert!(!format!("{token:?}").contains("us3r"));
}

/// RFC 7518 §3.1, RFC 8037: each proves, is there again as what it is, and what cannot or must not be made is said.
#[tokio::test]
async fn keys_of_every_kind_prove_without_blocking_and_are_there_again() {
    let Some((library, ..)) = token("kinds") else { return };
    let token = Pkcs11Token::open(&library, "kinds", Secret::new("us3r-pin".to_owned())).unwrap();
    for alg in [Alg::Es256, Alg::Es384, Alg::Ps256, Alg::EdDsa] {
        let name = alg.name();
        let made = token.generate_for(name, alg).unwrap();
        assert!(made.signer().sign_here(b"x").is_none(), "{name} would block");
        let again = token.load(name).unwrap().unwrap();
        assert_eq!((again.thumbprint(), again.signer().alg()), (made.thumbprint(), alg));
        let url = "https://api.example/orders";
        let urls = [Htu::parse(url).unwrap()];
        let mut expect = Expect::new("GET", &urls, HeldBy::Key(made.thumbprint()));
        expect.algs = AlgSet::of(&Alg::ALL);
        let prover = Prover::holding(again);
        let proving = Proving::new("GET", url);
        let proofs = (0..8).map(|_| prover.prove(&proving, &Standing));
        for proof in futures_util::future::join_all(proofs).await {
            let proof = proof.unwrap();
            let checked = Proof::parse([proof.as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, NOW);
            assert!(checked.is_ok(), "{name}");
        }
    }
    let refused = token.generate_for("old", Alg::Rs256).unwrap_err();
    assert!(matches!(refused, Pkcs11Error::Algorithm(Alg::Rs256)) && refused.to_string().contains("RS256"));
    assert!(token.load("old").unwrap().is_none());
}
