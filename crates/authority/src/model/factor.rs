//! What people show beside their first factor, and what a tenant wants to see.

use std::fmt;

use keybound_proto::id::Subject;
use keybound_proto::identifier;
use keybound_proto::time::Timestamp;

identifier! {
    /// How the MFA API names one authenticator of one user: its kind, and a name of its own.
    AuthenticatorId, 64
}

/// How much somebody showed of who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factors {
    /// One thing: a password.
    #[default]
    One,
    /// A second thing besides.
    Two,
}

/// The authentication context of a sign-in with two factors (`acr`), as Auth0 and OpenID PAPE name it.
pub const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

impl Factors {
    /// How tokens call the context (`acr`); one factor has no name.
    pub const fn acr(self) -> Option<&'static str> {
        match self {
            Self::One => None,
            Self::Two => Some(MULTI_FACTOR),
        }
    }

    /// By what somebody was recognised (`amr`, RFC 8176 §2), where it is worth telling.
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::One => &[],
            Self::Two => &["mfa"],
        }
    }
}

/// The kinds of second factors there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactorKind {
    /// An authenticator that shows digits (RFC 6238).
    Otp,
    /// A code in a letter to the address that a user showed to be theirs.
    Email,
    /// The code kept for the day the others are lost; it is enrolled along with one of those.
    RecoveryCode,
}

impl FactorKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Otp, Self::Email, Self::RecoveryCode];

    /// Its name, among a tenant's factors and what a sign-in requires.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Email => "email",
            Self::RecoveryCode => "recovery-code",
        }
    }

    /// What kind of authenticator the MFA API calls it: a letter is one of those that answer by another channel.
    pub const fn authenticator_type(self) -> &'static str {
        match self {
            Self::Email => "oob",
            Self::Otp | Self::RecoveryCode => self.as_str(),
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What the id of such an authenticator begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Otp => "totp",
            Self::Email => "email",
            Self::RecoveryCode => "recovery-code",
        }
    }

    /// Whether it can be the first that somebody enrols.
    pub const fn stands_alone(self) -> bool {
        !matches!(self, Self::RecoveryCode)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for FactorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactorKinds(u8);

impl FactorKinds {
    /// Whether this one is among them.
    pub const fn contain(self, kind: FactorKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = FactorKind> {
        FactorKind::ALL.into_iter().filter(move |kind| self.contain(*kind))
    }
}

impl FromIterator<FactorKind> for FactorKinds {
    fn from_iter<I: IntoIterator<Item = FactorKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | kind.bit()))
    }
}

/// What a tenant wants of everybody who signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactorPolicy {
    /// When.
    pub when: Wanted,
    /// Which will do.
    pub kinds: FactorKinds,
}

/// When a second factor is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// At each sign-in, at whatever client; Auth0's `all-applications`.
    Always,
    /// Never.
    #[default]
    Never,
    /// At each sign-in of somebody who has one.
    OfHolders,
}

/// A second factor of a user's, as the ledger keeps it; what it is checked with stays there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// How the MFA API names it.
    pub id: AuthenticatorId,
    /// Whose.
    pub subject: Subject,
    /// What.
    pub kind: FactorKind,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was first shown; until then it counts for nothing.
    pub confirmed_at: Option<Timestamp>,
    /// The time step of the digits last taken: none of that step or before are taken again (RFC 6238 §5.2).
    pub last_step: Option<i64>,
}

impl Authenticator {
    /// Whether it counts.
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }
}
