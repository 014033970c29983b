//! Keys that are made in a token and never leave it (PKCS#11): hardware, or SoftHSM.

mod held;
mod kind;

use std::{error::Error as StdError, fmt, path::Path};

use cryptoki::{
    error::Error,
    object::{Attribute, ObjectClass, ObjectHandle},
    session::Session,
};
use keybound_crypto::{
    AwsLc,
    pkcs11::{Token, TokenError, named, one},
};
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
pub struct Pkcs11Token(Token);

impl Pkcs11Token {
    /// Opens the token of this label by its vendor's library.
    pub fn open(library: impl AsRef<Path>, label: &str, pin: Secret<String>) -> Result<Self, Pkcs11Error> {
        Ok(Self(Token::open(library, label, pin)?))
    }

    /// The key of this name.
    pub fn load(&self, name: &str) -> Result<Option<DpopKey>, Pkcs11Error> {
        let session = self.0.session()?;
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
        let can = self.0.mechanisms()?;
        let needed = [makes.mechanism_type(), kind::signs(alg).mechanism_type()];
        if !needed.iter().all(|needed| can.contains(needed)) {
            return Err(Pkcs11Error::Algorithm(alg));
        }
        let session = self.0.session()?;
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
        let session = self.0.session()?;
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            for object in session.find_objects(&named(class, name)).map_err(refused)? {
                session.destroy_object(object).map_err(refused)?;
            }
        }
        Ok(())
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
    TokenError::from(error).into()
}

impl From<TokenError> for Pkcs11Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Missing(label) => Self::Missing(label),
            TokenError::Ambiguous(name) => Self::Ambiguous(name),
            TokenError::Refused(source) => Self::Token(source),
            other => Self::Token(other.into()),
        }
    }
}

impl fmt::Debug for Pkcs11Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pkcs11Token").field(&self.0).finish()
    }
}
