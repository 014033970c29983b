//! Every exit status, as API: scripts may rely on each number and its meaning.
//!
//! | status | meaning |
//! | --- | --- |
//! | 0 | done; of `proof explain`: every check that could be made has passed |
//! | 1 | failed for a reason without a number of its own |
//! | 2 | the command line is wrong |
//! | 3 | the configuration is wrong |
//! | 4 | an address is taken or cannot be listened on |
//! | 5 | the database cannot be used |
//! | 6 | a certificate or a key for TLS cannot be used |
//! | 7 | `dev` could not set its tenant up |
//! | 8 | a DPoP key cannot be read, kept or used |
//! | 9 | nobody is logged in, or the login is over |
//! | 10 | proof: it cannot be read, or parts are missing (RFC 9449 §4.3 checks 1 to 4) |
//! | 11 | proof: its key or algorithm is not accepted (checks 5 and 7) |
//! | 12 | proof: its signature is wrong (check 6) |
//! | 13 | proof: it was made for another method or URL (checks 8 and 9) |
//! | 14 | proof: it was made at another time (check 11) |
//! | 15 | proof: its nonce is missing or wrong (check 10) |
//! | 16 | proof: it was made for another access token, or by another key than the token's (check 12) |
//! | 17 | proof: it was used before (§11.1) |
//! | 18 | what is kept cannot be read or written, or there is no keyring |
//! | 19 | `login`: the person did not come back in time |
//! | 20 | the authorization server, or the person there, refused |
//! | 21 | there was no answer that can be used |
//! | 22 | `call`, `api` and the commands that administer: answered 400 to 499 |
//! | 23 | `call`, `api` and the commands that administer: answered 500 and above |
//! | 24 | `apply --check`: the tenant is not as the file says |
//! | 25 | something had to be confirmed and was not |
//! | 26 | `users import`: some users of the file were not taken in |
//! | 130 | ended by Ctrl-C: of `login`, nothing was kept; of `apply`, what was begun is done and told |

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed,
    Usage,
    Configuration,
    Address,
    Database,
    Tls,
    Tenant,
    Key,
    NobodyLoggedIn,
    ProofShape,
    ProofKey,
    ProofSignature,
    ProofRequest,
    ProofTime,
    ProofNonce,
    ProofToken,
    ProofReplay,
    Store,
    Late,
    Refused,
    NoAnswer,
    CallRefused,
    CallFailed,
    Differs,
    Unconfirmed,
    Rows,
    Interrupted,
}

impl Exit {
    /// Its number.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Address => 4,
            Self::Database => 5,
            Self::Tls => 6,
            Self::Tenant => 7,
            Self::Key => 8,
            Self::NobodyLoggedIn => 9,
            Self::ProofShape => 10,
            Self::ProofKey => 11,
            Self::ProofSignature => 12,
            Self::ProofRequest => 13,
            Self::ProofTime => 14,
            Self::ProofNonce => 15,
            Self::ProofToken => 16,
            Self::ProofReplay => 17,
            Self::Store => 18,
            Self::Late => 19,
            Self::Refused => 20,
            Self::NoAnswer => 21,
            Self::CallRefused => 22,
            Self::CallFailed => 23,
            Self::Differs => 24,
            Self::Unconfirmed => 25,
            Self::Rows => 26,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}
