//! Error codes: how each is spelled, and the document that says what it means.

use std::fmt;

/// The document a code comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Auth0's Authentication API; no standard registered it.
    Auth0,
    /// OpenID Connect Client-Initiated Backchannel Authentication §11, §13.
    Ciba,
    /// OpenID Connect Core §3.1.2.6.
    OidcCore,
    /// OpenID Connect Core Error Code `unmet_authentication_requirements`.
    OidcUnmet,
    /// The OAuth 2.0 Authorization Framework §4.1.2.1, §5.2.
    Rfc6749,
    /// Bearer Token Usage §3.1.
    Rfc6750,
    /// Token Revocation §2.2.1.
    Rfc7009,
    /// Dynamic Client Registration §3.2.2.
    Rfc7591,
    /// Device Authorization Grant §3.5.
    Rfc8628,
    /// Resource Indicators §2.
    Rfc8707,
    /// JWT-Secured Authorization Request §6.
    Rfc9101,
    /// Rich Authorization Requests §5.
    Rfc9396,
    /// Demonstrating Proof of Possession §5, §8.
    Rfc9449,
    /// Step Up Authentication Challenge §3.
    Rfc9470,
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident $text:literal $source:ident,)+) => {
        /// Why a request was refused, in a word a program can act on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])+ $name,)+
        }

        impl ErrorCode {
            /// Every code there is, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// As it is spelled on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Who says what it means.
            pub const fn source(self) -> Source {
                match self { $(Self::$name => Source::$source,)+ }
            }

            /// The code of this spelling, exactly; `None` for one we do not know.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

codes! {
    /// The resource owner or the server said no.
    AccessDenied "access_denied" Rfc6749,
    /// The user must choose an account, and `prompt=none` forbids asking.
    AccountSelectionRequired "account_selection_required" OidcCore,
    /// No second factor is enrolled yet.
    AssociationRequired "association_required" Auth0,
    /// The user has not decided yet; ask again later.
    AuthorizationPending "authorization_pending" Rfc8628,
    /// No such connection, or not for this client.
    BadConnection "bad.connection" Auth0,
    /// What is given as an email address is none.
    BadEmail "bad.email" Auth0,
    /// The user must consent, and `prompt=none` forbids asking.
    ConsentRequired "consent_required" OidcCore,
    /// This endpoint is switched off for the tenant.
    EndpointDisabled "endpoint_disabled" Auth0,
    /// The login hint token is too old.
    ExpiredLoginHintToken "expired_login_hint_token" Ciba,
    /// The device code or request identifier is too old.
    ExpiredToken "expired_token" Rfc8628,
    /// The token permits less than this needs.
    InsufficientScope "insufficient_scope" Rfc6750,
    /// The user authenticated too weakly or too long ago.
    InsufficientUserAuthentication "insufficient_user_authentication" Rfc9470,
    /// The user must do something, and `prompt=none` forbids asking.
    InteractionRequired "interaction_required" OidcCore,
    /// The authorization details are unknown or malformed.
    InvalidAuthorizationDetails "invalid_authorization_details" Rfc9396,
    /// The binding message cannot be shown.
    InvalidBindingMessage "invalid_binding_message" Ciba,
    /// The client is unknown, or did not prove who it is.
    InvalidClient "invalid_client" Rfc6749,
    /// A member of the client's registration is not acceptable.
    InvalidClientMetadata "invalid_client_metadata" Rfc7591,
    /// The DPoP proof is missing or wrong.
    InvalidDpopProof "invalid_dpop_proof" Rfc9449,
    /// The code or token is unknown, spent, expired, or another's.
    InvalidGrant "invalid_grant" Rfc6749,
    /// A redirection address in the registration is not acceptable.
    InvalidRedirectUri "invalid_redirect_uri" Rfc7591,
    /// A parameter is missing, repeated, or malformed.
    InvalidRequest "invalid_request" Rfc6749,
    /// The request object is not acceptable.
    InvalidRequestObject "invalid_request_object" Rfc9101,
    /// The `request_uri` is unknown, spent, or cannot be read.
    InvalidRequestUri "invalid_request_uri" Rfc9101,
    /// The scope is unknown, malformed, or more than was granted.
    InvalidScope "invalid_scope" Rfc6749,
    /// The software statement is not acceptable.
    InvalidSoftwareStatement "invalid_software_statement" Rfc7591,
    /// The resource is unknown, malformed, or not for this client.
    InvalidTarget "invalid_target" Rfc8707,
    /// The access token is expired, revoked, malformed, or bound to another key.
    InvalidToken "invalid_token" Rfc6750,
    /// The user code does not match.
    InvalidUserCode "invalid_user_code" Ciba,
    /// Wrong user name or password.
    InvalidUserPassword "invalid_user_password" Auth0,
    /// The user must log in, and `prompt=none` forbids asking.
    LoginRequired "login_required" OidcCore,
    /// The endpoint exists, and takes another method.
    MethodNotAllowed "method_not_allowed" Auth0,
    /// A second factor is needed before tokens are.
    MfaRequired "mfa_required" Auth0,
    /// A user code is needed.
    MissingUserCode "missing_user_code" Ciba,
    /// The password was found in a leak.
    PasswordLeaked "password_leaked" Auth0,
    /// The `registration` parameter is not supported.
    RegistrationNotSupported "registration_not_supported" OidcCore,
    /// The `request` parameter is not supported.
    RequestNotSupported "request_not_supported" Rfc9101,
    /// The `request_uri` parameter is not supported.
    RequestUriNotSupported "request_uri_not_supported" Rfc9101,
    /// Something failed on our side.
    ServerError "server_error" Rfc6749,
    /// Polling too fast.
    SlowDown "slow_down" Rfc8628,
    /// Busy or under maintenance; try again later.
    TemporarilyUnavailable "temporarily_unavailable" Rfc6749,
    /// Blocked after too many failed attempts.
    TooManyAttempts "too_many_attempts" Auth0,
    /// Asking too often.
    TooManyRequests "too_many_requests" Auth0,
    /// The transaction at the authentication device failed.
    TransactionFailed "transaction_failed" Ciba,
    /// The software statement is not trusted here.
    UnapprovedSoftwareStatement "unapproved_software_statement" Rfc7591,
    /// The user is blocked, or may not log in here.
    Unauthorized "unauthorized" Auth0,
    /// The client may not use this grant.
    UnauthorizedClient "unauthorized_client" Rfc6749,
    /// Whom the hint means is unknown.
    UnknownUserId "unknown_user_id" Ciba,
    /// The authentication asked for cannot be had.
    UnmetAuthenticationRequirements "unmet_authentication_requirements" OidcUnmet,
    /// This kind of second factor is not supported.
    UnsupportedChallengeType "unsupported_challenge_type" Auth0,
    /// This server does not know the grant.
    UnsupportedGrantType "unsupported_grant_type" Rfc6749,
    /// This server does not answer in this way.
    UnsupportedResponseType "unsupported_response_type" Rfc6749,
    /// This kind of token cannot be revoked here.
    UnsupportedTokenType "unsupported_token_type" Rfc7009,
    /// The proof must carry the nonce that comes with this answer.
    UseDpopNonce "use_dpop_nonce" Rfc9449,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// RFC 6749 §4.1.2.1 and §5.2: printable ASCII without quote and backslash.
    #[test]
    fn every_code_is_spelled_once_with_allowed_characters_and_read_back() {
        let mut seen = BTreeSet::new();
        for &code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            let own = |b: u8| b == b'.' && code.source() == Source::Auth0;
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || own(b)), "{code}");
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
        }
        assert_eq!(ErrorCode::parse("INVALID_GRANT"), None);
        assert_eq!(ErrorCode::parse(""), None);
    }

    /// RFC 9449 §5 and §8.
    #[test]
    fn the_codes_of_dpop_are_those_of_rfc_9449() {
        let ours = ErrorCode::ALL.iter().filter(|code| code.source() == Source::Rfc9449);
        let ours = ours.map(|code| code.as_str()).collect::<Vec<_>>();
        assert_eq!(ours, ["invalid_dpop_proof", "use_dpop_nonce"]);
    }
}
