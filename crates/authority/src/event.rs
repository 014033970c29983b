//! Everything worth recording, with its Auth0 code.

use std::net::IpAddr;

use keybound_proto::id::{ClientId, Subject};
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;

use crate::Refusal;
use crate::model::client::GrantKind;
use crate::model::name::{AudienceName, ConnectionName, OrganizationId, SessionId};

/// Something that happened, as the tenant log keeps it.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// Who asked, as far as it is known.
    pub client: Option<ClientId>,
    /// Of whom, as far as it is known.
    pub subject: Option<Subject>,
    /// The name somebody typed or is known by.
    pub user_name: Option<Box<str>>,
    /// Where they come from.
    pub connection: Option<ConnectionName>,
    /// Which browser session.
    pub session: Option<SessionId>,
    /// Within which organization.
    pub organization: Option<OrganizationId>,
    /// For which resource server.
    pub audience: Option<AudienceName>,
    /// What was granted, or asked for in vain.
    pub scopes: Option<Scopes>,
    /// Which key was shown.
    pub thumbprint: Option<Thumbprint>,
    /// Why not, if it was refused: our sub-reason code.
    pub reason: Option<&'static str>,
    /// In words, for the operator. Holds no secret.
    pub description: Option<Box<str>>,
    /// Where the request came from.
    pub from: Sender,
    /// Which request it was, where what was asked and answered is added when it is over.
    pub request: Option<Box<str>>,
}

/// Where a request came from, as the shell saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// Network address.
    pub address: Option<IpAddr>,
    /// What it calls itself (`User-Agent`).
    pub agent: Option<Box<str>>,
}

impl Event {
    /// Something happened, about which nothing else is said yet.
    pub fn new(kind: EventKind, at: Timestamp) -> Self {
        Self {
            kind,
            at,
            client: None,
            subject: None,
            user_name: None,
            connection: None,
            session: None,
            organization: None,
            audience: None,
            scopes: None,
            thumbprint: None,
            reason: None,
            description: None,
            from: Sender::default(),
            request: None,
        }
    }

    /// A grant was redeemed.
    pub fn redeemed(grant: GrantKind, at: Timestamp) -> Self {
        Self::new(EventKind::redeemed(grant), at)
    }

    /// A grant was refused.
    pub fn refused(grant: GrantKind, refusal: &Refusal, at: Timestamp) -> Self {
        Self::new(EventKind::refused(grant, refusal), at).because(refusal)
    }

    /// Says why it was refused.
    #[must_use]
    pub fn because(mut self, refusal: &Refusal) -> Self {
        self.reason = Some(refusal.code());
        self.description = Some(shortened(&refusal.to_string()));
        self
    }

    /// Says it in the words given; `code` is a stable sub-reason.
    #[must_use]
    pub fn because_of(mut self, code: &'static str, description: &str) -> Self {
        self.reason = Some(code);
        self.description = Some(shortened(description));
        self
    }

    /// Says where the request came from.
    #[must_use]
    pub fn from(mut self, sender: Sender) -> Self {
        self.from = sender;
        self
    }

    /// Says which client asked.
    #[must_use]
    pub fn by(mut self, client: &ClientId) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Says by which name: as much of what somebody typed as an email address may have.
    #[must_use]
    pub fn named(mut self, typed: &str) -> Self {
        self.user_name = Some(typed.chars().take(320).collect::<String>().into());
        self
    }

    /// Says of whom.
    #[must_use]
    pub fn about(mut self, subject: &Subject) -> Self {
        self.subject = Some(subject.clone());
        self
    }
}

/// A refusal may name what was asked for, and who asks may ask for much.
fn shortened(description: &str) -> Box<str> {
    const MOST: usize = 1_000;
    match description.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", description.get(..end).unwrap_or_default()).into(),
        None => description.into(),
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// What happened. Each has the code Auth0's tenant log gives it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Auth0's `type` code.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// In two or three words.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// Too many requests, and one of them was turned away.
    RateLimited = "api_limit", "Rate limit reached";
    /// Four fifths of what a rate limit allows are used.
    RateLimitNear = "api_limit_warning", "Rate limit nearly reached";
    /// A request was refused for a reason no other code covers: an authorization request, a sign-in, a token
    /// request of no known grant, a revocation, an access token at a resource of ours.
    LoginFailed = "f", "Failed login";
    /// A client had somebody called.
    BackchannelBegun = "ciba_start_succeeded", "Successful CIBA start";
    /// A client had nobody called.
    BackchannelNotBegun = "ciba_start_failed", "Failed CIBA start";
    /// A call was redeemed.
    BackchannelRedeemed = "ciba_exchange_succeeded", "Successful CIBA exchange";
    /// A call was not redeemed.
    BackchannelRefused = "ciba_exchange_failed", "Failed CIBA exchange";
    /// A client did not take the news that a session ended.
    BackchannelLogoutFailed = "oidc_backchannel_logout_failed", "Failed OIDC Back-Channel Logout request";
    /// A client took the news that a session ended.
    BackchannelLogoutSucceeded = "oidc_backchannel_logout_succeeded",
        "Successful OIDC Back-Channel Logout request";
    /// A token exchange was refused.
    TokenExchangeRefused = "fecte", "Failed custom token exchange";
    /// A device was not let in at `/activate`.
    DeviceActivationFailed = "fdeac", "Failed device activation";
    /// A device was given no code.
    DeviceAuthorizationRefused = "fdeaz", "Failed device authorization request";
    /// A person did not confirm a device.
    DeviceDeclined = "fdecc", "User canceled device confirmation";
    /// A device code was refused.
    DeviceCodeRefused = "fede", "Failed device code exchange";
    /// A second factor was wrong.
    FactorFailed = "gd_auth_failed", "MFA authentication failed";
    /// A second factor was shown.
    FactorShown = "gd_auth_succeed", "MFA authentication success";
    /// A second factor was shown for the first time, and counts from then on.
    FactorConfirmed = "gd_enrollment_complete", "MFA enrollment complete";
    /// Too many wrong digits were tried.
    FactorBlocked = "gd_otp_rate_limit_exceed", "Too many MFA failures";
    /// A recovery code was wrong.
    RecoveryFailed = "gd_recovery_failed", "MFA recovery failed";
    /// Too many wrong recovery codes were tried.
    RecoveryBlocked = "gd_recovery_rate_limit_exceed", "Too many MFA recovery failures";
    /// A recovery code was shown.
    Recovered = "gd_recovery_succeed", "MFA recovery success";
    /// A second factor was asked for.
    FactorAsked = "gd_start_auth", "Second factor started";
    /// Somebody began to enrol a second factor.
    EnrolmentBegun = "gd_start_enroll", "MFA enrollment started";
    /// The tenant wants other second factors than before.
    FactorsChanged = "gd_tenant_update", "MFA settings updated";
    /// A second factor was removed.
    FactorRemoved = "gd_unenroll", "MFA device unenrolled";
    /// A sign-in at the token endpoint waits for its second factor.
    FactorOwed = "mfar", "MFA required";
    /// A code for a second factor was sent.
    FactorSent = "gd_send_email", "MFA email sent";
    /// An out-of-band code was refused.
    OutOfBandRefused = "feoobft", "Failed out-of-band exchange";
    /// A one-time password was refused.
    OneTimePasswordRefused = "feotpft", "Failed one-time password exchange";
    /// A password at the token endpoint was refused.
    PasswordRefused = "fepft", "Failed password exchange";
    /// A code that was sent to somebody was refused, or none was sent.
    PasswordlessRefused = "fepotpft", "Failed passwordless exchange";
    /// A recovery code was refused.
    RecoveryCodeRefused = "fercft", "Failed recovery code exchange";
    /// A token of another provider was not given out; no such grant is redeemed.
    TokenVaultRefused = "feta", "Failed token vault exchange";
    /// An assertion was refused; no such grant is redeemed.
    AssertionRefused = "jwt_bearer_exchange_failed", "Failed JWT bearer exchange";
    /// An authorization code was refused.
    CodeRefused = "feacft", "Failed code exchange";
    /// A code to sign in with was sent.
    CodeSent = "cls", "Code sent";
    /// Client credentials were refused.
    CredentialsRefused = "feccft", "Failed client credentials exchange";
    /// A spent refresh token came back: its family was revoked.
    RefreshReused = "ferrt", "Refresh token reused";
    /// A refresh token was refused.
    RefreshRefused = "fertft", "Failed refresh token exchange";
    /// A pushed authorization request was refused.
    PushRefused = "fpar", "Failed pushed authorization request";
    /// An invitation was not accepted.
    InvitationRefused = "fi", "Failed invite accept";
    /// A password was not changed.
    PasswordChangeFailed = "fcp", "Failed password change";
    /// A letter could not be sent.
    LetterNotSent = "fn", "Failed to send a letter";
    /// A logout was refused.
    LogoutFailed = "flo", "Failed logout";
    /// The password was wrong.
    WrongPassword = "fp", "Failed login (wrong password)";
    /// An account was not made.
    SignupFailed = "fs", "Failed sign-up";
    /// A silent request could not be answered silently.
    SilentLoginFailed = "fsa", "Failed silent authentication";
    /// There is no such user.
    UnknownUser = "fu", "Failed login (unknown user)";
    /// An address failed too often, at whatever account.
    AddressBlocked = "limit_mu", "Address blocked";
    /// An address failed too often at one account.
    AccountBlocked = "limit_wc", "Account blocked";
    /// An administrator let somebody try again who had failed too often.
    BlockReleased = "ublkdu", "User login block released";
    /// An administrator read a secret.
    SecretRead = "mgmt_api_read", "Management API read of a secret";
    /// Somebody signed in.
    LoggedIn = "s", "Successful login";
    /// An administrator changed something.
    Managed = "sapi", "Management API operation";
    /// Somebody showed that an address is theirs.
    EmailVerified = "sv", "Successful email verification";
    /// A letter was sent by which somebody is to show that an address is theirs.
    VerificationSent = "svr", "Verification email requested";
    /// No such letter was sent.
    VerificationNotSent = "fvr", "Failed verification email request";
    /// A password was changed.
    PasswordChanged = "scp", "Successful password change";
    /// A user was deleted.
    UserDeleted = "sdu", "User deleted";
    /// An authorization code was redeemed.
    CodeRedeemed = "seacft", "Successful code exchange";
    /// Client credentials were redeemed.
    CredentialsRedeemed = "seccft", "Successful client credentials exchange";
    /// A device code was redeemed.
    DeviceCodeRedeemed = "sede", "Successful device code exchange";
    /// An out-of-band code was redeemed.
    OutOfBandRedeemed = "seoobft", "Successful out-of-band exchange";
    /// A one-time password was redeemed.
    OneTimePasswordRedeemed = "seotpft", "Successful one-time password exchange";
    /// A recovery code was redeemed.
    RecoveryCodeRedeemed = "sercft", "Successful recovery code exchange";
    /// A password was redeemed at the token endpoint.
    PasswordRedeemed = "sepft", "Successful password exchange";
    /// A refresh token was redeemed.
    RefreshRedeemed = "sertft", "Successful refresh token exchange";
    /// A token was exchanged for another.
    TokenExchanged = "secte", "Successful token exchange";
    /// Somebody logged out.
    LoggedOut = "slo", "Successful logout";
    /// Somebody became a member of an organization.
    MemberAdded = "organization_member_added", "Organization member added";
    /// An invitation was accepted.
    InvitationAccepted = "si", "Successful invite accept";
    /// A refresh token was revoked by its client.
    RefreshRevoked = "srrt", "Refresh token revoked";
    /// An account was made.
    SignedUp = "ss", "Successful sign-up";
    /// A silent request was answered.
    LoggedInSilently = "ssa", "Successful silent authentication";
}

impl EventKind {
    /// That a grant of this kind was redeemed. For a code that was sent to somebody, Auth0 documents a failure alone.
    pub const fn redeemed(grant: GrantKind) -> Self {
        match grant {
            GrantKind::AuthorizationCode => Self::CodeRedeemed,
            GrantKind::Ciba => Self::BackchannelRedeemed,
            GrantKind::ClientCredentials => Self::CredentialsRedeemed,
            GrantKind::DeviceCode => Self::DeviceCodeRedeemed,
            GrantKind::Implicit => Self::LoggedIn,
            GrantKind::MfaOob => Self::OutOfBandRedeemed,
            GrantKind::MfaOtp => Self::OneTimePasswordRedeemed,
            GrantKind::MfaRecoveryCode => Self::RecoveryCodeRedeemed,
            GrantKind::Password | GrantKind::PasswordRealm => Self::PasswordRedeemed,
            GrantKind::Passwordless => Self::LoggedIn,
            GrantKind::RefreshToken => Self::RefreshRedeemed,
            GrantKind::TokenExchange => Self::TokenExchanged,
        }
    }

    /// That a grant of this kind was refused before anybody could say why not.
    pub const fn failed(grant: GrantKind) -> Self {
        match grant {
            GrantKind::AuthorizationCode => Self::CodeRefused,
            GrantKind::Ciba => Self::BackchannelRefused,
            GrantKind::ClientCredentials => Self::CredentialsRefused,
            GrantKind::DeviceCode => Self::DeviceCodeRefused,
            GrantKind::Implicit => Self::LoginFailed,
            GrantKind::MfaOob => Self::OutOfBandRefused,
            GrantKind::MfaOtp => Self::OneTimePasswordRefused,
            GrantKind::MfaRecoveryCode => Self::RecoveryCodeRefused,
            GrantKind::Password | GrantKind::PasswordRealm => Self::PasswordRefused,
            GrantKind::Passwordless => Self::PasswordlessRefused,
            GrantKind::RefreshToken => Self::RefreshRefused,
            GrantKind::TokenExchange => Self::TokenExchangeRefused,
        }
    }

    /// That a token request was refused which asks for the grant of that name, be it one that is redeemed here or not.
    ///
    /// Auth0 names its own grants in its documents of the Authentication API, and what their failures are called in
    /// its log event type codes.
    pub fn failed_exchange(grant_type: &str) -> Self {
        if let Some(grant) = GrantKind::parse(grant_type) {
            return Self::failed(grant);
        }
        match grant_type {
            "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token" => {
                Self::TokenVaultRefused
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => Self::AssertionRefused,
            _ => Self::LoginFailed,
        }
    }

    /// That a grant of this kind was refused for that reason.
    pub const fn refused(grant: GrantKind, refusal: &Refusal) -> Self {
        match (grant, refusal) {
            (GrantKind::RefreshToken, Refusal::Reused) => Self::RefreshReused,
            (_, Refusal::FactorOwed) => Self::FactorOwed,
            (_, Refusal::AccountLocked) => Self::AccountBlocked,
            (_, Refusal::AddressLocked) => Self::AddressBlocked,
            _ => Self::failed(grant),
        }
    }
}

#[cfg(test)]
mod tests;
