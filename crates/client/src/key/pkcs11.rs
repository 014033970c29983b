//! Keys that are made in a token and never leave it (PKCS#11): hardware, or SoftHSM.

mod held;
mod kind;

use std::{error::Error as StdError, fmt, path::Path};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    object::{Attribute, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use keybound_crypto::AwsLc;
use keybound_proto::{jose::Alg, secret::Secret};

use self::held::TokenKey;
use super::DpopKey;

/// Why a token has no key for us. No message holds the PIN.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The token did not do it.
    #[error("the token refused: {0}")]
    Token(#[source] Box<dyn StdError + Send + Sync>),
    /// The library knows no such token.
    #[error("there is no token named {0}")]
    Missing(String),
    /// More than one key has this name.
    #[error("more than one key of the token is named {0}")]
    Ambiguous(String),
    /// The key is of a kind that signs nothing for us.
    #[error("the key {0} is neither on P-256, P-384 or Ed25519 nor an RSA key of 2048 bits and more")]
    Kind(String),
    /// The token makes no keys of this kind, or nobody should.
    #[error("the token makes no key for {}", .0.name())]
    Algorithm(Alg),
}

/// A token and the right to use its keys: for ES256, and for ES384, PS256 and EdDSA where the token can.
///
/// A key signs on a thread that may block, so it is one that is [waited for](crate::SignElsewhere), never one that
/// [signs here](crate::Outgoing::sign_here).
///
/// ```no_run
/// # use keybound_client::proto::secret::Secret;
/// use keybound_client::{Client, key::Pkcs11Token, proto::jose::Alg};
///
/// # fn example(client: Client, pin: Secret<String>) -> Result<Client, Box<dyn std::error::Error>> {
/// let token = Pkcs11Token::open("/usr/lib/softhsm/libsofthsm2.so", "keybound", pin)?;
/// let key = match token.load("orders")? {
///     Some(key) => key,
///     None => token.generate_for("orders", Alg::Es384)?,
/// };
/// # Ok(
/// client.bound_to(key)
/// # )
/// # }
/// ```
pub struct Pkcs11Token {
    context: Pkcs11,
    slot: Slot,
    label: String,
    pin: Secret<String>,
}

impl Pkcs11Token {
    /// Opens the token of this label by its vendor's library.
    pub fn open(library: impl AsRef<Path>, label: &str, pin: Secret<String>) -> Result<Self, Pkcs11Error> {
        let context = Pkcs11::new(library).map_err(refused)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(refused(error)),
        }
        for slot in context.get_slots_with_initialized_token().map_err(refused)? {
            if context.get_token_info(slot).map_err(refused)?.label() == label {
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

    /// Makes a key for ES256 that cannot be extracted, and is there the next time.
    pub fn generate(&self, name: &str) -> Result<DpopKey, Pkcs11Error> {
        self.generate_for(name, Alg::Es256)
    }

    /// Makes one for another algorithm, where the token can.
    pub fn generate_for(&self, name: &str, alg: Alg) -> Result<DpopKey, Pkcs11Error> {
        let makes = kind::makes(alg).ok_or(Pkcs11Error::Algorithm(alg))?;
        let can = self.context.get_mechanism_list(self.slot).map_err(refused)?;
        let needed = [makes.mechanism_type(), kind::signs(alg).mechanism_type()];
        if !needed.iter().all(|needed| can.contains(needed)) {
            return Err(Pkcs11Error::Algorithm(alg));
        }
        let session = self.session()?;
        let common = [Attribute::Token(true), Attribute::Label(name.as_bytes().to_vec())];
        let public = [Attribute::Private(false), Attribute::Verify(true)];
        let own = [
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ];
        let public = [&common[..], &public, &kind::shape(alg)].concat();
        let own = [&common[..], &own].concat();
        let (public, own) = session.generate_key_pair(&makes, &public, &own).map_err(refused)?;
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
            for object in session.find_objects(&named(class, name)).map_err(refused)? {
                session.destroy_object(object).map_err(refused)?;
            }
        }
        Ok(())
    }

    fn session(&self) -> Result<Session, Pkcs11Error> {
        let session = self.context.open_rw_session(self.slot).map_err(refused)?;
        match session.login(UserType::User, Some(&AuthPin::from(self.pin.reveal().as_str()))) {
            // Whoever logged in first did so for the whole program.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(refused(error)),
        }
    }
}

fn named(class: ObjectClass, name: &str) -> [Attribute; 2] {
    [Attribute::Class(class), Attribute::Label(name.as_bytes().to_vec())]
}

fn one(session: &Session, class: ObjectClass, name: &str) -> Result<Option<ObjectHandle>, Pkcs11Error> {
    let found = session.find_objects(&named(class, name)).map_err(refused)?;
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
    let attributes = session.get_attributes(public, &kind::READ).map_err(refused)?;
    let public = kind::public(&attributes).ok_or_else(|| Pkcs11Error::Kind(name.to_owned()))?;
    Ok(DpopKey::elsewhere(TokenKey::new(session, own, public), AwsLc))
}

fn refused(error: Error) -> Pkcs11Error {
    Pkcs11Error::Token(error.into())
}

impl fmt::Debug for Pkcs11Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Token").field("label", &self.label).finish_non_exhaustive()
    }
}
