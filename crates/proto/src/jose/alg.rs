//! The closed list of signature algorithms.

use std::fmt;

/// How a signature is made (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// `none` and the HMAC family have no variant: what cannot be named cannot be confused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Alg {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Alg {
    /// Every algorithm there is.
    pub const ALL: [Self; 5] = [Self::Es256, Self::Es384, Self::EdDsa, Self::Ps256, Self::Rs256];

    /// Reads a registered name, which is case-sensitive (RFC 7515 §4.1.1).
    ///
    /// `Ed25519` (RFC 9864) is another name of `EdDSA`, since no other curve is offered under it.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "PS256" => Some(Self::Ps256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }

    /// Its registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }

    /// Every name under which it is accepted, so that a list of names tells the whole truth.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Es256 => &["ES256"],
            Self::Es384 => &["ES384"],
            Self::EdDsa => &["EdDSA", "Ed25519"],
            Self::Ps256 => &["PS256"],
            Self::Rs256 => &["RS256"],
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Some of the algorithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AlgSet(u8);

impl AlgSet {
    /// Every algorithm there is.
    pub const ALL: Self = Self::of(&Alg::ALL);
    /// ES256 alone: what Auth0 advertises for DPoP.
    pub const ES256: Self = Self::of(&[Alg::Es256]);
    /// No algorithm: accepts nothing.
    pub const NONE: Self = Self(0);

    /// Exactly these.
    pub const fn of(algs: &[Alg]) -> Self {
        let mut bits = 0;
        let mut rest = algs;
        while let [first, others @ ..] = rest {
            bits |= first.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Whether `alg` is among them.
    pub const fn contains(self, alg: Alg) -> bool {
        self.0 & alg.bit() != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These and `alg`.
    #[must_use]
    pub const fn with(self, alg: Alg) -> Self {
        Self(self.0 | alg.bit())
    }

    /// These but for `alg`.
    #[must_use]
    pub const fn without(self, alg: Alg) -> Self {
        Self(self.0 & !alg.bit())
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Every name under which one of them is accepted, for a metadata document.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.iter().flat_map(|alg| alg.names()).copied()
    }

    /// Each, in the order of [`Alg::ALL`].
    pub fn iter(self) -> AlgSetIter {
        AlgSetIter { set: self, at: Alg::ALL.iter() }
    }
}

impl FromIterator<Alg> for AlgSet {
    fn from_iter<I: IntoIterator<Item = Alg>>(algs: I) -> Self {
        algs.into_iter().fold(Self::NONE, Self::with)
    }
}

impl IntoIterator for AlgSet {
    type Item = Alg;
    type IntoIter = AlgSetIter;

    fn into_iter(self) -> AlgSetIter {
        self.iter()
    }
}

/// Names with blanks between them, as `algs="…"` wants them (RFC 9449 §7.1).
impl fmt::Display for AlgSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// Goes through an [`AlgSet`].
#[derive(Clone, Debug)]
pub struct AlgSetIter {
    set: AlgSet,
    at: std::slice::Iter<'static, Alg>,
}

impl Iterator for AlgSetIter {
    type Item = Alg;

    fn next(&mut self) -> Option<Alg> {
        self.at.by_ref().copied().find(|alg| self.set.contains(*alg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for alg in Alg::ALL {
            assert_eq!(Alg::parse(alg.name()), Some(alg));
            assert!(alg.names().contains(&alg.name()));
            assert!(alg.names().iter().all(|name| Alg::parse(name) == Some(alg)));
        }
        assert_eq!(AlgSet::of(&[Alg::EdDsa]).to_string(), "EdDSA Ed25519");
    }

    #[test]
    fn none_and_hmac_and_foreign_names_cannot_be_read() {
        for name in [
            "none", "None", "nOnE", "", "HS256", "HS384", "HS512", "ES256K", "RS1", "ES521", "RSA-OAEP",
            "es256",
        ] {
            assert_eq!(Alg::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_set_prints_and_lists_what_it_holds() {
        let set: AlgSet = [Alg::Rs256, Alg::Es256].into_iter().collect();
        assert_eq!(set.to_string(), "ES256 RS256");
        assert_eq!(set.without(Alg::Rs256), AlgSet::ES256);
        assert_eq!(set.and(AlgSet::ES256), AlgSet::ES256);
        assert_eq!(AlgSet::ALL.iter().count(), 5);
        assert!(AlgSet::NONE.is_empty() && !set.is_empty());
    }
}
