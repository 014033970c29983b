//! Keys that are made in a token and never leave it (PKCS#11): hardware, or SoftHSM.

use std::{
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use keybound_crypto::AwsLc;
use keybound_proto::{
    id::Kid,
    jose::{Alg, Digest as _, Jwk, KeyShape, Sign, SignError},
    secret::Secret,
};

use super::DpopKey;

/// Why a token has no key for us. No message holds the PIN.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The token did not do it.
    #[error("the token refused: {0}")]
    Token(#[from] Error),
    /// The library knows no such token.
    #[error("there is no token named {0}")]
    Missing(String),
    /// More than one key has this name.
    #[error("more than one key of the token is named {0}")]
    Ambiguous(String),
    /// The key is of another kind.
    #[error("the key {0} is not on P-256")]
    Kind(String),
}

/// A token and the right to use its keys for ES256.
///
/// Signing blocks for as long as the token takes: milliseconds for one in this machine. Put one that is behind a
/// network behind a [`SignElsewhere`](crate::SignElsewhere).
pub struct Pkcs11Token {
    context: Pkcs11,
    slot: Slot,
    label: String,
    pin: Secret<String>,
}

impl Pkcs11Token {
    /// Opens the token of this label by its vendor's library.
    pub fn open(library: impl AsRef<Path>, label: &str, pin: Secret<String>) -> Result<Self, Pkcs11Error> {
        let context = Pkcs11::new(library)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(error.into()),
        }
        for slot in context.get_slots_with_initialized_token()? {
            if context.get_token_info(slot)?.label() == label {
                let token = Self { context, slot, label: label.to_owned(), pin };
                token.session()?;
                return Ok(token);
            }
        }
        Err(Pkcs11Error::Missing(label.to_owned()))
    }

    /// The key of this name.
    pub fn load(&self, name: &str) -> Result<Option<DpopKey>, Pkcs11Error> {
        let session = self.session()?;
        let Some(own) = one(&session, ObjectClass::PRIVATE_KEY, name)? else { return Ok(None) };
        let public = one(&session, ObjectClass::PUBLIC_KEY, name)?;
        let public = public.ok_or_else(|| Pkcs11Error::Kind(name.to_owned()))?;
        held(session, (own, public), name).map(Some)
    }

    /// Makes a key on P-256 that signs, cannot be extracted, and is there the next time.
    pub fn generate(&self, name: &str) -> Result<DpopKey, Pkcs11Error> {
        let session = self.session()?;
        let common = [Attribute::Token(true), Attribute::Label(name.as_bytes().to_vec())];
        let public = [Attribute::Private(false), Attribute::Verify(true), Attribute::EcParams(P256.to_vec())];
        let own = [
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ];
        let public = [&common[..], &public].concat();
        let own = [&common[..], &own].concat();
        let (public, own) = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &own)?;
        held(session, (own, public), name)
    }

    /// The key of this name, or a new one.
    pub fn load_or_generate(&self, name: &str) -> Result<DpopKey, Pkcs11Error> {
        self.load(name)?.map_or_else(|| self.generate(name), Ok)
    }

    /// Destroys the key of this name, where there is one.
    pub fn remove(&self, name: &str) -> Result<(), Pkcs11Error> {
        let session = self.session()?;
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            for object in session.find_objects(&named(class, name))? {
                session.destroy_object(object)?;
            }
        }
        Ok(())
    }

    fn session(&self) -> Result<Session, Pkcs11Error> {
        let session = self.context.open_rw_session(self.slot)?;
        match session.login(UserType::User, Some(&AuthPin::from(self.pin.reveal().as_str()))) {
            // Whoever logged in first did so for the whole program.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(error.into()),
        }
    }
}

fn named(class: ObjectClass, name: &str) -> [Attribute; 3] {
    [Attribute::Class(class), Attribute::KeyType(KeyType::EC), Attribute::Label(name.as_bytes().to_vec())]
}

fn one(session: &Session, class: ObjectClass, name: &str) -> Result<Option<ObjectHandle>, Pkcs11Error> {
    let found = session.find_objects(&named(class, name))?;
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(Pkcs11Error::Ambiguous(name.to_owned())),
    }
}

fn held(
    session: Session,
    (own, public): (ObjectHandle, ObjectHandle),
    name: &str,
) -> Result<DpopKey, Pkcs11Error> {
    let attributes = session.get_attributes(public, &[AttributeType::EcPoint, AttributeType::EcParams])?;
    let curve =
        attributes.iter().any(|attribute| matches!(attribute, Attribute::EcParams(oid) if *oid == P256));
    let point = attributes.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) if curve => coordinates(point),
        _ => None,
    });
    let public = point.and_then(|(x, y)| Jwk::new(KeyShape::P256 { x, y }).ok());
    let public = public.ok_or_else(|| Pkcs11Error::Kind(name.to_owned()))?;
    Ok(DpopKey::new(TokenKey { session: Mutex::new(session), own, public }, AwsLc))
}

/// An uncompressed point (SEC 1 §2.3.3), as PKCS#11 wraps it in an OCTET STRING; some tokens forget to.
fn coordinates(point: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    let point = point.strip_prefix(&[0x04, 0x41]).unwrap_or(point);
    let (x, y) = point.strip_prefix(&[0x04])?.split_at_checked(32)?;
    Some((x.try_into().ok()?, y.try_into().ok()?))
}

/// A private key in the token; the session is its own, since a session signs one thing at a time.
struct TokenKey {
    session: Mutex<Session>,
    own: ObjectHandle,
    public: Jwk,
}

impl Sign for TokenKey {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn kid(&self) -> Option<&Kid> {
        None
    }

    fn public(&self) -> &Jwk {
        &self.public
    }

    /// CKM_ECDSA takes a hash and gives `R ‖ S`, as JOSE does.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let hash = AwsLc.sha256(&[message]);
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.sign(&Mechanism::Ecdsa, self.own, &hash).map_err(|_| SignError)
    }
}

impl fmt::Debug for Pkcs11Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Token").field("label", &self.label).finish_non_exhaustive()
    }
}

/// `1.2.840.10045.3.1.7` in DER.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
