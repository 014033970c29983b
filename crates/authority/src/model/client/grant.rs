//! What a client may redeem.

use keybound_proto::request::token::grant;

/// What can be redeemed at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// CIBA Core §4.
    Ciba,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628 §3.4.
    DeviceCode,
    /// RFC 6749 §4.2: tokens that come by the browser, and are redeemed nowhere.
    Implicit,
    /// The second factor of a sign-in: what came by another channel; a grant of Auth0's own.
    MfaOob,
    /// The same: digits of an authenticator.
    MfaOtp,
    /// The same: a recovery code.
    MfaRecoveryCode,
    /// RFC 6749 §4.3, looking where the tenant looks by default.
    Password,
    /// The same in the connection that is named; a grant of Auth0's own.
    PasswordRealm,
    /// A code that was sent to the user; a grant of Auth0's own.
    Passwordless,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 8693.
    TokenExchange,
}

impl GrantKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::AuthorizationCode,
        Self::Ciba,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::Implicit,
        Self::MfaOob,
        Self::MfaOtp,
        Self::MfaRecoveryCode,
        Self::Password,
        Self::PasswordRealm,
        Self::Passwordless,
        Self::RefreshToken,
        Self::TokenExchange,
    ];

    /// Its name on the wire (`grant_type`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => grant::AUTHORIZATION_CODE,
            Self::Ciba => grant::CIBA,
            Self::ClientCredentials => grant::CLIENT_CREDENTIALS,
            Self::DeviceCode => grant::DEVICE_CODE,
            Self::Implicit => grant::IMPLICIT,
            Self::MfaOob => grant::MFA_OOB,
            Self::MfaOtp => grant::MFA_OTP,
            Self::MfaRecoveryCode => grant::MFA_RECOVERY_CODE,
            Self::Password => grant::PASSWORD,
            Self::PasswordRealm => grant::PASSWORD_REALM,
            Self::Passwordless => grant::PASSWORDLESS_OTP,
            Self::RefreshToken => grant::REFRESH_TOKEN,
            Self::TokenExchange => grant::TOKEN_EXCHANGE,
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of [`GrantKind`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grants(u16);

impl Grants {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// This one as well.
    #[must_use]
    pub const fn with(self, kind: GrantKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// Whether this one is among them.
    pub const fn allow(self, kind: GrantKind) -> bool {
        self.0 & kind.bit() != 0
    }
}

impl FromIterator<GrantKind> for Grants {
    fn from_iter<I: IntoIterator<Item = GrantKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_kind_is_found_by_its_name_on_the_wire() {
        for kind in GrantKind::ALL {
            assert_eq!(GrantKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(GrantKind::parse("urn:unheard-of"), None);
    }

    #[test]
    fn a_set_of_grants_holds_what_was_put_in_and_no_more() {
        let grants = Grants::from_iter([GrantKind::AuthorizationCode, GrantKind::RefreshToken]);
        assert!(grants.allow(GrantKind::AuthorizationCode));
        assert!(grants.allow(GrantKind::RefreshToken));
        assert!(!grants.allow(GrantKind::ClientCredentials));
        assert!(GrantKind::ALL.iter().all(|kind| !Grants::NONE.allow(*kind)));
    }
}
