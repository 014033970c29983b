//! Keys in a PKCS#11 token, here SoftHSM: they sign there and never leave.

use cryptoki::object::{Attribute, AttributeType, ObjectClass};
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

use crate::{
    lent_token::{PIN, empty},
    wire::{NOW, Standing},
};

#[tokio::test]
async fn a_key_in_a_token_proves_is_there_again_and_cannot_be_read() {
    let Some((library, slot, context)) = empty("keybound") else { return };
    let pin = || Secret::new(PIN.to_owned());
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
    let Some((library, ..)) = empty("kinds") else { return };
    let token = Pkcs11Token::open(&library, "kinds", Secret::new(PIN.to_owned())).unwrap();
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
