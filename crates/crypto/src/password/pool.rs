//! Buffers, and the work done in them.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroize as _;

use super::{
    foreign::Foreign,
    phc::{PasswordError, Phc},
};
use crate::entropy;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// How often the memory is gone through.
    pub passes: u32,
    /// Lanes; they are filled one after the other.
    pub lanes: u32,
}

impl Cost {
    /// What OWASP asks for: 19 MiB, two passes, one lane.
    pub const OWASP: Self = Self { memory: 19_456, passes: 2, lanes: 1 };

    /// The most we spend on a stored hash: 256 MiB once, or what takes as long.
    const MOST: u64 = 262_144;

    pub(super) fn parameters(self, output: usize) -> Result<Params, PasswordError> {
        let work = u64::from(self.memory) * u64::from(self.passes);
        if work > Self::MOST || self.lanes > 16 {
            return Err(PasswordError::TooCostly);
        }
        Params::new(self.memory, self.passes, self.lanes, Some(output)).map_err(|_| PasswordError::Hash)
    }
}

/// Whether a password is the one that was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Match,
    /// It is not.
    Mismatch,
    /// It is, but it was hashed at another cost than ours: hash it again.
    Outdated,
}

/// A bounded number of buffers in which passwords are hashed, one a thread at a time.
pub struct Pool {
    cost: Cost,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

/// Buffers at rest, and how many more may be made.
struct Shelf {
    resting: Vec<Vec<Block>>,
    unmade: usize,
}

const SALT: usize = 16;
const HASH: usize = 32;

impl Pool {
    /// Most bytes a password may have.
    pub const LONGEST: usize = 4096;

    /// At most `buffers` hashes at once, each at [`Cost::OWASP`]. More wait for their turn.
    pub const fn new(buffers: NonZeroUsize) -> Self {
        Self::with_cost(buffers, Cost::OWASP)
    }

    /// The same at another cost, for tests and for machines with other memory.
    pub const fn with_cost(buffers: NonZeroUsize, cost: Cost) -> Self {
        let shelf = Shelf { resting: Vec::new(), unmade: buffers.get() };
        Self { cost, shelf: Mutex::new(shelf), returned: Condvar::new() }
    }

    /// Hashes a new password under a fresh salt, as a PHC string.
    pub fn hash(&self, password: &[u8]) -> Result<String, PasswordError> {
        let salt = entropy::bytes::<SALT>();
        let hash = self.work(self.cost, password, &salt, HASH)?;
        Ok(Phc { cost: self.cost, salt: salt.into(), hash }.to_string())
    }

    /// Compares a password with what was stored: a PHC string of our own, at the cost that stands there, or a hash that
    /// was made elsewhere, which is outdated whenever it matches.
    ///
    /// # Errors
    /// Where it is no hash, or one that costs too much.
    pub fn verify(&self, password: &[u8], stored: &str) -> Result<Verdict, PasswordError> {
        if !stored.starts_with("$argon2id$") {
            return self.verify_foreign(password, &Foreign::parse(stored)?);
        }
        let stored = Phc::parse(stored)?;
        let hash = self.work(stored.cost, password, &stored.salt, stored.hash.len())?;
        Ok(match verify_slices_are_equal(&hash, &stored.hash) {
            Err(_) => Verdict::Mismatch,
            Ok(()) if stored.cost == self.cost => Verdict::Match,
            Ok(()) => Verdict::Outdated,
        })
    }

    /// Whether a hash that was made elsewhere can be compared with.
    ///
    /// # Errors
    /// Where it is no hash that is known, or one that costs too much.
    pub fn check_foreign(stored: &str) -> Result<(), PasswordError> {
        Foreign::parse(stored).map(drop)
    }

    /// Who guesses wrong waits as long as at a hash of our own: a cheap one must not show who was brought along.
    fn verify_foreign(&self, password: &[u8], stored: &Foreign) -> Result<Verdict, PasswordError> {
        if password.len() > Self::LONGEST {
            return Err(PasswordError::TooLong);
        }
        match stored.is(password)? {
            true => Ok(Verdict::Outdated),
            false => Ok(self.dummy(password)),
        }
    }

    /// Takes as long as [`Self::verify`] for a user that does not exist, and always fails.
    pub fn dummy(&self, password: &[u8]) -> Verdict {
        let hash = self.work(self.cost, password, &[0; SALT], HASH);
        std::hint::black_box(&hash);
        Verdict::Mismatch
    }

    /// Gives the buffers at rest back to the system; the next hash makes its own again.
    pub fn release(&self) {
        let mut shelf = self.shelf();
        shelf.unmade += shelf.resting.len();
        shelf.resting = Vec::new();
    }

    fn work(
        &self,
        cost: Cost,
        password: &[u8],
        salt: &[u8],
        output: usize,
    ) -> Result<Vec<u8>, PasswordError> {
        if password.len() > Self::LONGEST {
            return Err(PasswordError::TooLong);
        }
        let parameters = cost.parameters(output)?;
        let needed = parameters.block_count();
        let mut hash = vec![0; output];
        let mut loan = self.borrow();
        if loan.buffer.len() < needed {
            loan.buffer.resize(needed, Block::new());
        }
        let room = loan.buffer.get_mut(..needed).unwrap_or_default();
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        let outcome = argon.hash_password_into_with_memory(password, salt, &mut hash, room);
        if outcome.is_err() {
            hash.zeroize();
            return Err(PasswordError::Hash);
        }
        Ok(hash)
    }

    fn borrow(&self) -> Loan<'_> {
        let mut shelf = self.shelf();
        loop {
            if let Some(buffer) = shelf.resting.pop() {
                return Loan { pool: self, buffer };
            }
            if let Some(fewer) = shelf.unmade.checked_sub(1) {
                shelf.unmade = fewer;
                return Loan { pool: self, buffer: Vec::new() };
            }
            shelf = self.returned.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn usual(&self) -> usize {
        self.cost.parameters(HASH).map_or(0, |parameters| parameters.block_count())
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// A buffer that goes back on the shelf, also when the thread unwinds.
struct Loan<'a> {
    pool: &'a Pool,
    buffer: Vec<Block>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        let usual = self.pool.usual();
        let mut shelf = self.pool.shelf();
        if buffer.len() == usual {
            shelf.resting.push(buffer);
        } else {
            shelf.unmade += 1;
        }
        drop(shelf);
        self.pool.returned.notify_one();
    }
}
