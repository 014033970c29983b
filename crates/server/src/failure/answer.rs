//! The table: what each reason is called, and the statuses it has by the RFC, at Auth0, and at a resource.

use std::borrow::Cow;

use http::StatusCode;
use keybound_authority::{Refusal, model::client::GrantKind};
use keybound_proto::{
    code::ErrorCode::{self, *},
    dpop::ProofError,
    form::FormError,
    request::InvalidRequest,
};

use super::{AccessFailure, ManagementFailure, Reason, RequestFailure, texts};

/// One row: what we say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The error's name on the wire.
    pub code: ErrorCode,
    /// The status by the document named in `source`.
    pub rfc: StatusCode,
    /// The status Auth0 gives; ours where it gives none.
    pub auth0: StatusCode,
    /// The status at a protected resource.
    pub at_resource: StatusCode,
    /// For the client's developer.
    pub description: Cow<'static, str>,
    /// Our stable sub-reason.
    pub reason: &'static str,
    /// Which document says so.
    pub source: &'static str,
}

/// The row of a reason.
pub(super) fn answer(reason: &Reason) -> Answer {
    match reason {
        Reason::Access { failure, .. } => access(failure),
        Reason::Client { refusal, .. } | Reason::Refusal(refusal) => refused(refusal, None),
        Reason::Grant { grant, refusal } => refused(refusal, Some(*grant)),
        Reason::Internal { .. } => {
            row("server.internal", ServerError, 500, 500, "something failed on our side", "RFC 6749 §4.1.2.1")
        }
        Reason::Management(failure) => management(failure),
        Reason::Proof(error) => proof(error),
        Reason::Request(failure) => request(failure),
        Reason::TooMany { .. } => {
            row("limit.rate", TooManyRequests, 429, 429, "Rate limit exceeded.", "RFC 6585 §4")
        }
        Reason::Unavailable { .. } => row(
            "server.unavailable",
            TemporarilyUnavailable,
            503,
            503,
            "try again later",
            "RFC 6749 §4.1.2.1",
        ),
    }
}

fn proof(error: &ProofError) -> Answer {
    if error.asks_for_nonce() {
        return row(error.code(), UseDpopNonce, 400, 400, texts::NONCE, "RFC 9449 §8, §9").at_resource(401);
    }
    let text = format!("DPoP proof refused: {error} ({})", error.code());
    match error {
        ProofError::MemoryFull => row(error.code(), TemporarilyUnavailable, 503, 503, text, "RFC 9449 §11.1"),
        _ => row(error.code(), InvalidDpopProof, 400, 400, text, "RFC 9449 §5, §7.1").at_resource(401),
    }
}

fn refused(refusal: &Refusal, grant: Option<GrantKind>) -> Answer {
    use Refusal as R;

    let of_grant = texts::unknown(grant.unwrap_or(GrantKind::AuthorizationCode));
    let own = || texts::named(refusal);
    let row = |code, rfc, auth0, text: Cow<'static, str>, source| {
        row(refusal.code(), code, rfc, auth0, text, source)
    };
    match refusal {
        R::BadSecret => {
            row(AccessDenied, 401, 401, "Unauthorized".into(), "Auth0; RFC 6749 §5.2 invalid_client")
        }
        R::MissingSecret | R::UnknownClient | R::WrongMethod { .. } => {
            row(InvalidClient, 401, 401, own(), "RFC 6749 §5.2")
        }
        R::AssertionAudience
        | R::AssertionExpired
        | R::AssertionMalformed
        | R::AssertionNames
        | R::AssertionReused
        | R::AssertionSignature
        | R::AssertionTooLong => row(InvalidClient, 401, 401, own(), "RFC 7523 §3.2"),
        R::DocumentUnusable { .. } => {
            row(InvalidClient, 401, 401, own(), "OAuth Client ID Metadata Document §4; RFC 6749 §5.2")
        }
        R::DocumentUnreachable => row(
            TemporarilyUnavailable,
            503,
            503,
            own(),
            "OAuth Client ID Metadata Document §4; RFC 6749 §4.1.2.1",
        ),
        R::NoClient => {
            row(InvalidRequest, 400, 400, "Missing required parameter: client_id".into(), "RFC 6749 §3.2.1")
        }
        R::GrantNotAllowed { .. } => row(UnauthorizedClient, 400, 403, own(), "RFC 6749 §5.2"),
        R::UnsupportedGrant => {
            row(UnsupportedGrantType, 400, 400, "Unsupported grant type".into(), "RFC 6749 §5.2")
        }
        R::BearerForbidden | R::ProofRequired => row(
            InvalidDpopProof,
            400,
            400,
            format!("DPoP proof required: {refusal} ({})", refusal.code()).into(),
            "RFC 9449 §5",
        ),
        R::KeyMissing => row(
            InvalidDpopProof,
            400,
            400,
            format!(
                "DPoP proof required: {refusal}; send one by that key in the DPoP header ({})",
                refusal.code()
            )
            .into(),
            "RFC 9449 §5",
        ),
        R::WrongKey => row(InvalidGrant, 400, 400, texts::OTHER_KEY.into(), "RFC 9449 §5, §10"),
        R::AudienceMissing => row(AccessDenied, 400, 403, NO_AUDIENCE.into(), "Auth0"),
        R::UnknownAudience { .. } | R::NoClientGrant { .. } | R::ScopeNotGranted { .. } => {
            row(AccessDenied, 400, 403, own(), "Auth0; RFC 8707 §2, RFC 6749 §5.2")
        }
        R::AudienceTwice | R::AudienceChanged | R::AudienceMalformed => {
            row(InvalidTarget, 400, 400, own(), "RFC 8707 §2")
        }
        R::WouldUnbind => row(InvalidTarget, 400, 400, own(), "RFC 8693 §2.2.2"),
        R::BadToken
        | R::MayNotAct
        | R::NotItsActor
        | R::NotItsToken
        | R::TooManyActors
        | R::UnboundSubject => row(InvalidRequest, 400, 400, own(), "RFC 8693 §2.2.2"),
        R::ScopeWider { .. } => row(InvalidScope, 400, 400, own(), "RFC 6749 §6"),
        R::TwoLives => row(
            InvalidRequest,
            400,
            400,
            "Cannot request both online_access and offline_access scopes".into(),
            "Auth0",
        ),
        R::SessionOver => row(InvalidGrant, 400, 403, of_grant.into(), "RFC 6749 §5.2"),
        R::UnknownGrant | R::NotYours | R::Expired | R::Idle | R::Revoked | R::Reused => {
            row(InvalidGrant, 400, 403, of_grant.into(), "RFC 6749 §5.2")
        }
        R::NotAnswered | R::AskedTooFast | R::Declined | R::NeverAnswered
            if grant == Some(GrantKind::Ciba) =>
        {
            called(refusal)
        }
        R::UnknownUserId => {
            row(UnknownUserId, 400, 400, "User ID is malformed or unknown".into(), "CIBA Core §13")
        }
        R::BadBindingMessage => row(InvalidBindingMessage, 400, 400, own(), "CIBA Core §13"),
        R::Unreachable => row(AccessDenied, 403, 403, own(), "CIBA Core §13"),
        R::NotAnswered => row(
            AuthorizationPending,
            400,
            403,
            "User has yet to authorize device code.".into(),
            "RFC 8628 §3.5",
        ),
        R::AskedTooFast => row(SlowDown, 400, 429, TOO_FAST.into(), "RFC 8628 §3.5"),
        R::Declined => row(AccessDenied, 400, 403, own(), "RFC 8628 §3.5"),
        R::NeverAnswered => row(ExpiredToken, 400, 403, own(), "RFC 8628 §3.5"),
        R::NotAMember | R::OrganizationConnection | R::OrganizationUnknown if grant.is_some_and(of_users) => {
            row(InvalidGrant, 400, 403, own(), "RFC 6749 §5.2")
        }
        R::NotAMember | R::OrganizationConnection | R::OrganizationNotGranted | R::InvitedOther => {
            row(AccessDenied, 403, 403, own(), "Auth0; RFC 6749 §4.1.2.1")
        }
        R::RedirectMismatch => row(InvalidGrant, 400, 403, own(), "RFC 6749 §5.2"),
        R::VerifierMismatch => {
            row(InvalidGrant, 400, 403, "Failed to verify code verifier".into(), "RFC 7636 §4.6")
        }
        R::VerifierMissing | R::VerifierUnexpected => row(InvalidGrant, 400, 403, own(), "RFC 9700 §2.1.1"),
        R::LoginRequired => row(LoginRequired, 400, 400, "Login required".into(), "OIDC Core §3.1.2.6"),
        R::ConsentRequired => row(ConsentRequired, 400, 400, "Consent required".into(), "OIDC Core §3.1.2.6"),
        R::InteractionRequired => {
            row(InteractionRequired, 400, 400, "Interaction required".into(), "OIDC Core §3.1.2.6")
        }
        R::ConsentDenied => {
            row(AccessDenied, 403, 403, "User did not authorize the request".into(), "RFC 6749 §4.1.2.1")
        }
        R::PushUnknown => row(InvalidRequestUri, 400, 400, own(), "RFC 9101 §6; RFC 9126 §4"),
        R::PushRequired => row(InvalidRequest, 400, 400, own(), "RFC 9126 §5, §6"),
        R::SignatureRequired => row(InvalidRequest, 400, 400, own(), "RFC 9101 §10.5"),
        R::ObjectAudience
        | R::ObjectExpired
        | R::ObjectMalformed
        | R::ObjectNames
        | R::ObjectNested
        | R::ObjectSignature
        | R::ObjectTooLong => row(InvalidRequestObject, 400, 400, own(), "RFC 9101 §6"),
        R::TwoKeys => row(InvalidRequest, 400, 400, own(), "RFC 9449 §10.1"),
        R::RedirectUnknown => row(InvalidRequest, 400, 400, CALLBACK.into(), "RFC 6749 §3.1.2.4"),
        R::AccountLocked | R::AddressLocked => row(TooManyAttempts, 429, 429, BLOCKED.into(), "Auth0"),
        R::WrongPassword | R::UnknownUser => {
            row(InvalidGrant, 400, 403, "Wrong email or password.".into(), "RFC 6749 §5.2")
        }
        R::NotByEmail | R::NoMail => row(BadConnection, 400, 400, NO_CONNECTION.into(), "Auth0"),
        R::BadAddress => row(BadEmail, 400, 400, own(), "Auth0"),
        R::WrongCode => row(InvalidGrant, 400, 403, WRONG_CODE.into(), "RFC 6749 §5.2"),
        R::TooManyGuesses => row(InvalidGrant, 400, 403, GUESSED.into(), "RFC 6749 §5.2"),
        R::FactorOwed => row(MfaRequired, 403, 403, "Multifactor authentication required".into(), "Auth0"),
        R::AcrUnmet => {
            row(UnmetAuthenticationRequirements, 403, 403, own(), "OIDC Core §5.5.1.1; OIDC Unmet §2")
        }
        R::DidMissing => row(AccessDenied, 403, 403, own(), "OAuth for AT Protocol; RFC 6749 §4.1.2.1"),
        R::AtprotoGrant => row(InvalidScope, 400, 400, own(), "OAuth for AT Protocol; RFC 6749 §5.2"),
        R::AtprotoNonces => row(UnauthorizedClient, 400, 403, own(), "OAuth for AT Protocol; RFC 6749 §5.2"),
        R::FrontChannel => row(UnsupportedResponseType, 400, 400, own(), "RFC 9449 §11.7; RFC 6749 §4.1.2.1"),
        R::NoFactor => row(UnmetAuthenticationRequirements, 403, 403, own(), "OIDC Unmet §2; RFC 9470 §5"),
        R::WrongFactor | R::FactorUsed => {
            row(InvalidGrant, 403, 403, "Invalid otp_code.".into(), "Auth0; RFC 6749 §5.2")
        }
        R::WrongBindingCode => {
            row(InvalidGrant, 403, 403, "Invalid binding_code.".into(), "Auth0; RFC 6749 §5.2")
        }
        R::AddressUnverified => row(AccessDenied, 403, 403, own(), "Auth0"),
        R::WrongRecoveryCode => {
            row(InvalidGrant, 403, 403, "MFA Authorization rejected.".into(), "Auth0; RFC 6749 §5.2")
        }
        R::FactorLocked => row(TooManyAttempts, 429, 429, own(), "Auth0"),
        R::MfaTokenExpired => row(ExpiredToken, 403, 403, "mfa_token is expired".into(), "Auth0"),
        R::NotEnrolled => row(AssociationRequired, 403, 403, own(), "Auth0"),
        R::AlreadyEnrolled => row(AccessDenied, 403, 403, "User is already enrolled.".into(), "Auth0"),
        R::FactorUnsupported => row(UnsupportedChallengeType, 400, 400, own(), "Auth0"),
        R::StepUpNeeded => row(InsufficientUserAuthentication, 401, 401, own(), "RFC 9470 §3"),
        R::UserBlocked => row(Unauthorized, 401, 403, "user is blocked".into(), "Auth0"),
        // What is left is wrong with the request itself.
        _ => row(InvalidRequest, 400, 400, own(), "RFC 6749 §4.1.2.1"),
    }
}

/// What somebody was granted before may be worth nothing any more; a machine asks anew each time.
fn of_users(grant: GrantKind) -> bool {
    grant != GrantKind::ClientCredentials
}

/// What a client hears while it asks, and whoever it had called has not said yes (CIBA Core §11).
fn called(refusal: &Refusal) -> Answer {
    let (code, text) = match refusal {
        Refusal::NotAnswered => (AuthorizationPending, "The end-user authorization is pending"),
        Refusal::AskedTooFast => (SlowDown, CALLED_TOO_FAST),
        Refusal::Declined => (AccessDenied, "The end-user denied the authorization request"),
        _ => (ExpiredToken, "The end-user did not answer in time"),
    };
    row(refusal.code(), code, 400, 400, text, "CIBA Core §11")
}

fn access(failure: &AccessFailure) -> Answer {
    use AccessFailure as A;

    let text = failure.to_string();
    let row = |code, status, source| row(failure.code(), code, status, status, text.clone(), source);
    match failure {
        A::Missing => row(Unauthorized, 401, "RFC 6750 §3.1"),
        A::Malformed | A::Several => row(InvalidRequest, 400, "RFC 6750 §3.1"),
        A::Scope { .. } => row(InsufficientScope, 403, "RFC 6750 §3.1"),
        A::Downgraded | A::Unbound | A::KeyMismatch => row(InvalidToken, 401, "RFC 9449 §7.1, §7.2"),
        A::Expired | A::UserGone | A::Untrusted { .. } => row(InvalidToken, 401, "RFC 6750 §3.1"),
    }
}

fn request(failure: &RequestFailure) -> Answer {
    use RequestFailure as F;

    let text = match failure {
        F::Form(FormError::Missing(name)) | F::Invalid(InvalidRequest::Form(FormError::Missing(name))) => {
            format!("Missing required parameter: {name}")
        }
        other => other.to_string(),
    };
    let row = |code, status, source| row(failure.code(), code, status, status, text.clone(), source);
    match failure {
        F::Form(_) | F::Parameter { .. } => row(InvalidRequest, 400, "RFC 6749 §3.2"),
        F::Invalid(error) => row(error.code(), 400, "RFC 6749 §4.1.2.1, §5.2"),
        F::Host => row(InvalidRequest, 400, "RFC 9112 §3.2"),
        F::Awaited => row(InvalidRequest, 408, "RFC 9110 §15.5.9"),
        F::Interrupted => row(InvalidRequest, 400, "RFC 9112 §8"),
        F::MediaType => row(InvalidRequest, 415, "RFC 9110 §15.5.16"),
        F::Method => row(MethodNotAllowed, 405, "RFC 9110 §15.5.6"),
        F::NoSuchPath => row(InvalidRequest, 404, "RFC 9110 §15.5.5"),
        F::TooLarge { .. } => row(InvalidRequest, 413, "RFC 9110 §15.5.14"),
        F::TooSlow => row(TemporarilyUnavailable, 503, "RFC 9110 §15.6.4"),
    }
}

fn management(failure: &ManagementFailure) -> Answer {
    let status = failure.status().as_u16();
    row(failure.reason(), InvalidRequest, status, status, failure.to_string(), "Auth0")
}

fn row(
    reason: &'static str,
    code: ErrorCode,
    rfc: u16,
    auth0: u16,
    description: impl Into<Cow<'static, str>>,
    source: &'static str,
) -> Answer {
    let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (rfc, auth0) = (status(rfc), status(auth0));
    Answer { code, rfc, auth0, at_resource: auth0, description: description.into(), reason, source }
}

impl Answer {
    fn at_resource(self, status: u16) -> Self {
        Self { at_resource: StatusCode::from_u16(status).unwrap_or(self.at_resource), ..self }
    }
}

const NO_AUDIENCE: &str = "No audience parameter was provided, and no default audience has been configured";
const TOO_FAST: &str = "You are polling faster than the specified interval of 5 seconds.";
const CALLED_TOO_FAST: &str = "You are polling faster than allowed. Try again in 10 seconds.";
const CALLBACK: &str =
    "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.";
const NO_CONNECTION: &str = "Connection does not exist";
const WRONG_CODE: &str = "Wrong email or verification code.";
const GUESSED: &str = "You've reached the maximum number of attempts. Please try to login again.";
const BLOCKED: &str = "Your account has been blocked after multiple consecutive login attempts.";
