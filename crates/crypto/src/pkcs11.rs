//! Tokens that keep keys to themselves (PKCS#11): hardware, or SoftHSM.

use std::{
    error::Error as StdError,
    fmt,
    path::{Path, PathBuf},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::{Mechanism, MechanismType},
    object::{Attribute, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use keybound_proto::secret::Secret;

/// Why a token does nothing for us. No message holds the PIN.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The vendor's library cannot be used.
    #[error("failed to open the PKCS#11 library {path}: {source}", path = path.display())]
    Library {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The library knows no such token: it is not there, or not plugged in.
    #[error("there is no token named {0}")]
    Missing(String),
    /// The PIN is not the token's.
    #[error("the token {0} refused the PIN")]
    Pin(String),
    /// Too many wrong PINs were tried.
    #[error("the PIN of the token {0} is locked")]
    Locked(String),
    /// More than one key has this name.
    #[error("more than one key of the token is named {0}")]
    Ambiguous(String),
    /// No key that hashes has this name.
    #[error("the token has no secret key named {0}")]
    NoKey(String),
    /// The token did not do it.
    #[error("the token refused: {0}")]
    Refused(#[source] Box<dyn StdError + Send + Sync>),
}

/// A token, and the right to use its keys.
pub struct Token {
    context: Pkcs11,
    slot: Slot,
    label: String,
    pin: Secret<String>,
}

impl Token {
    /// Opens the token of this label by its vendor's library.
    pub fn open(library: impl AsRef<Path>, label: &str, pin: Secret<String>) -> Result<Self, TokenError> {
        let path = library.as_ref();
        let unusable = |source: Error| TokenError::Library { path: path.to_owned(), source: source.into() };
        let context = Pkcs11::new(path).map_err(unusable)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(unusable(error)),
        }
        for slot in context.get_slots_with_initialized_token().map_err(refused)? {
            if context.get_token_info(slot).map_err(refused)?.label() == label {
                let token = Self { context, slot, label: label.to_owned(), pin };
                token.session()?;
                return Ok(token);
            }
        }
        Err(TokenError::Missing(label.to_owned()))
    }

    /// A session in which its keys can be used.
    pub fn session(&self) -> Result<Session, TokenError> {
        let session = self.context.open_rw_session(self.slot).map_err(refused)?;
        match session.login(UserType::User, Some(&AuthPin::from(self.pin.reveal().as_str()))) {
            // Whoever logged in first did so for the whole program.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                Err(TokenError::Pin(self.label.clone()))
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::Locked(self.label.clone())),
            Err(error) => Err(refused(error)),
        }
    }

    /// What it can do.
    pub fn mechanisms(&self) -> Result<Vec<MechanismType>, TokenError> {
        self.context.get_mechanism_list(self.slot).map_err(refused)
    }

    /// 32 bytes that only the secret key of this name brings forth, for whoever says the same purpose: the key makes an
    /// HMAC-SHA-256 of it, in the token, and stays there.
    pub fn derive(&self, name: &str, purpose: &str) -> Result<Secret<[u8; 32]>, TokenError> {
        let session = self.session()?;
        let key = one(&session, ObjectClass::SECRET_KEY, name)?;
        let key = key.ok_or_else(|| TokenError::NoKey(name.to_owned()))?;
        let made = session.sign(&Mechanism::Sha256Hmac, key, purpose.as_bytes()).map_err(refused)?;
        let made = Secret::new(made);
        let bytes = made.reveal().as_slice().try_into().map_err(|_| {
            TokenError::Refused(format!("it made {} bytes instead of 32", made.reveal().len()).into())
        })?;
        Ok(Secret::new(bytes))
    }
}

/// What a key of this name and class is found by.
pub fn named(class: ObjectClass, name: &str) -> [Attribute; 2] {
    [Attribute::Class(class), Attribute::Label(name.as_bytes().to_vec())]
}

/// The one key of this name and class.
pub fn one(session: &Session, class: ObjectClass, name: &str) -> Result<Option<ObjectHandle>, TokenError> {
    let found = session.find_objects(&named(class, name)).map_err(refused)?;
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(TokenError::Ambiguous(name.to_owned())),
    }
}

fn refused(error: Error) -> TokenError {
    TokenError::Refused(error.into())
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        refused(error)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("label", &self.label).finish_non_exhaustive()
    }
}
