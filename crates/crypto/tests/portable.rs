//! Keys go out and come back the same, and what does not fit is said.

use keybound_crypto::{KeyError, SigningKey};
use keybound_proto::jose::{Alg, Sign as _};

const ALL: [Alg; 4] = [Alg::Es256, Alg::Es384, Alg::EdDsa, Alg::Ps256];

/// RFC 5958, RFC 7468.
#[test]
fn a_key_in_pem_comes_back_the_same_with_its_line_breaks_escaped_too() {
    for alg in ALL {
        let key = SigningKey::generate(alg).unwrap();
        let pem = key.to_pem().unwrap();
        assert!(pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let escaped = pem.reveal().replace('\n', "\\n");
        for text in [pem.reveal(), &escaped] {
            assert_eq!(SigningKey::from_pem(alg, text).unwrap().public(), key.public());
            assert_eq!(SigningKey::from_any_pem(text).unwrap().alg(), alg);
        }
    }
}

/// RFC 5280 §4.1.2.7.
#[test]
fn a_public_half_is_told_from_another_keys() {
    for alg in ALL {
        let (key, other) = (SigningKey::generate(alg).unwrap(), SigningKey::generate(alg).unwrap());
        let public = key.public_pem().unwrap();
        assert!(key.belongs_to_pem(&public).unwrap());
        assert!(key.belongs_to_pem(&public.replace('\n', "\\n")).unwrap());
        assert!(!other.belongs_to_pem(&public).unwrap());
        assert_eq!(key.belongs_to_pem("nonsense"), Err(KeyError::Pem("PUBLIC KEY")));
    }
}

/// RFC 7518 §6.2.2, RFC 8037 §2.
#[test]
fn a_private_jwk_comes_back_the_same() {
    for alg in [Alg::Es256, Alg::Es384, Alg::EdDsa] {
        let key = SigningKey::generate(alg).unwrap();
        let again = SigningKey::from_jwk(key.to_jwk().unwrap().reveal()).unwrap();
        assert_eq!((again.alg(), again.public()), (alg, key.public()));
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let p256 = SigningKey::generate(Alg::Es256).unwrap();
    let p384 = SigningKey::generate(Alg::Es384).unwrap();
    assert_eq!(
        SigningKey::from_pem(Alg::Es256, p384.to_pem().unwrap().reveal()).unwrap_err(),
        KeyError::Encoding { alg: Alg::Es256 }
    );
    assert_eq!(
        SigningKey::from_any_pem(&p256.public_pem().unwrap()).unwrap_err(),
        KeyError::Pem("PRIVATE KEY")
    );
    let public = p256.public().to_json().to_string();
    assert!(matches!(SigningKey::from_jwk(&public), Err(KeyError::Jwk("it has no private part `d`"))));
    let other = SigningKey::generate(Alg::Es256).unwrap().to_jwk().unwrap();
    let other: serde_json::Value = serde_json::from_str(other.reveal()).unwrap();
    let mut mixed = p256.public().to_json();
    mixed["d"] = other["d"].clone();
    assert!(matches!(SigningKey::from_jwk(&mixed.to_string()), Err(KeyError::Jwk(_))));
}
