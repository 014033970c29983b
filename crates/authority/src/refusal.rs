//! Every reason to say no.

use keybound_proto::request::registration::DocumentError;
use keybound_proto::scope::Scopes;

use crate::authenticate_client::Owed;
use crate::model::client::GrantKind;
use crate::model::name::AudienceName;

macro_rules! refusals {
    (one_of_each($audience:ident, $scopes:ident);
        $($(#[$doc:meta])* $variant:ident $({ $($(#[$fdoc:meta])* $field:ident: $type:ty = $sample:expr),* $(,)? })?
        = $code:literal, $text:literal;)*) => {
        /// Why a request is refused. Messages finish "refused because …" and hold no secret.
        ///
        /// What a refusal is called on the wire depends on the route; see the server's answer table.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum Refusal {
            $(
                $(#[$doc])*
                #[error($text)]
                $variant $({ $($(#[$fdoc])* $field: $type),* })?,
            )*
        }

        impl Refusal {
            /// Every sub-reason code, in the order of the enum.
            pub const CODES: &'static [&'static str] = &[$($code,)*];

            /// One of each, in the order of the enum, for what must be told about all of them: about this audience
            /// and these scopes.
            pub fn one_of_each($audience: &AudienceName, $scopes: &Scopes) -> Vec<Self> {
                vec![$(Self::$variant $({ $($field: $sample),* })?,)*]
            }

            /// Its stable sub-reason code: the same in descriptions, logs and docs.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)*
                }
            }
        }
    };
}

refusals! {
    one_of_each(audience, scopes);

    // Who asks (RFC 6749 §2.3).
    /// The client's assertion is for somebody else, or for others too.
    AssertionAudience = "client.assertion_audience", "the client assertion is not meant for this server alone";
    /// The client's assertion is over, or has not begun.
    AssertionExpired = "client.assertion_expired", "the client assertion is expired or not valid yet";
    /// The client's assertion would live longer than any may.
    AssertionTooLong = "client.assertion_lifetime", "the client assertion lives longer than 300 s";
    /// The client's assertion is no signed token, or not one of its kind.
    AssertionMalformed = "client.assertion_malformed", "the client assertion is not a JWT as RFC 7523 wants it";
    /// The client's assertion speaks of another client.
    AssertionNames = "client.assertion_names", "iss and sub of the client assertion are not the client";
    /// The client's assertion was used before.
    AssertionReused = "client.assertion_reused", "the client assertion was used before";
    /// None of the client's keys signed its assertion.
    AssertionSignature = "client.assertion_signature", "no key of the client signed the client assertion";
    /// The secret is not the client's.
    BadSecret = "client.bad_secret", "the client secret is wrong";
    /// What stands at the address that names the client does not describe it.
    DocumentUnusable {
        /// Why.
        problem: DocumentError = DocumentError::Name,
    } = "client.document", "the client's metadata document {problem}";
    /// What stands at the address that names the client cannot be had now.
    DocumentUnreachable = "client.document_unreachable", "the client's metadata document is not to be had now";
    /// The client may not use this grant.
    GrantNotAllowed {
        /// Which grant.
        grant: GrantKind = GrantKind::ClientCredentials,
    } = "client.grant_not_allowed", "the client may not use this grant";
    /// A confidential client did not authenticate.
    MissingSecret = "client.missing_secret", "the client must authenticate";
    /// Nobody said which client asks.
    NoClient = "client.none", "no client is named";
    /// The client may not have bearer tokens, and showed no key.
    BearerForbidden = "client.bearer_forbidden", "the client must prove possession of a key";
    /// There is no such client.
    UnknownClient = "client.unknown", "there is no such client";
    /// The client authenticated in another way than it registered.
    WrongMethod {
        /// How it must.
        owed: Owed = Owed::Nothing,
    } = "client.wrong_method", "the client must authenticate as it registered";

    // Which key (RFC 9449; the issuance matrix).
    /// The audience takes bound tokens only, and no key was shown.
    ProofRequired = "binding.proof_required", "the audience takes only tokens bound to a key";
    /// The client forbids bearer tokens, and the audience issues no others.
    AudienceCannotBind = "binding.audience_cannot_bind",
        "the client must have bound tokens and the audience has no policy for them";

    /// A refresh token that ends with a session would belong to nobody in particular.
    OnlineUnbound = "binding.online_unbound", "online_access takes a proof of a public client";

    // Where (RFC 8707; Auth0's audiences and client grants).
    /// A machine must say which audience it means.
    AudienceMissing = "audience.missing", "no audience is named and the tenant has no default";
    /// The name is not one.
    AudienceMalformed = "audience.malformed", "the audience is not a printable name";
    /// `audience` and `resource` name different ones.
    AudienceTwice = "audience.two", "two audiences are named in one request";
    /// There is no such audience.
    UnknownAudience {
        /// Which.
        audience: AudienceName = audience.clone(),
    } = "audience.unknown", "there is no such audience";
    /// Nobody granted the client this audience.
    NoClientGrant {
        /// Which.
        audience: AudienceName = audience.clone(),
    } = "audience.no_client_grant", "the client has no grant for the audience";
    /// The audience was not in the original grant.
    AudienceChanged = "audience.changed", "the audience is not the one first granted";

    // What.
    /// A machine asked for scopes nobody granted it.
    ScopeNotGranted {
        /// Which.
        scopes: Scopes = scopes.clone(),
    } = "scope.not_granted", "the client has not been granted the scopes";
    /// A refresh asked for more than was granted (RFC 6749 §6).
    ScopeWider {
        /// What is too much.
        scopes: Scopes = scopes.clone(),
    } = "scope.wider", "more is asked for than was granted";

    // Codes and refresh tokens.
    /// It has expired.
    Expired = "grant.expired", "it has expired";
    /// The refresh token was not used for too long.
    Idle = "grant.idle", "it was not used for too long";
    /// It belongs to another client.
    NotYours = "grant.not_yours", "it belongs to another client";
    /// It needs the key it is bound to, and none was shown.
    KeyMissing = "grant.key_missing", "it is bound to a key and no proof was sent";
    /// The redirect URI is not the one the code was issued for (RFC 6749 §4.1.3).
    RedirectMismatch = "grant.redirect_mismatch", "the redirect uri is not the one the code was issued for";
    /// It was used before.
    Reused = "grant.reused", "it was used before";
    /// It was revoked.
    Revoked = "grant.revoked", "it was revoked";
    /// It ended with the browser session it was granted in.
    SessionOver = "grant.session_over", "the session it was granted in is over";
    /// There is no such code or refresh token.
    UnknownGrant = "grant.unknown", "it is unknown";
    /// The grant type is one this server does not know.
    UnsupportedGrant = "grant.unsupported", "the grant type is unknown";
    /// It is bound to another key.
    WrongKey = "grant.wrong_key", "DPoP proof thumbprints don't match";

    // Calls (CIBA Core §7, §13).
    /// A call is about who somebody is.
    OpenidMissing = "call.openid_missing", "openid scope must be requested";
    /// There is nobody of that name.
    UnknownUserId = "call.unknown_user", "the user's id is malformed or unknown";
    /// The message cannot be shown to be what it is.
    BadBindingMessage = "call.binding_message",
        "the binding message is not 1 to 64 letters, digits, spaces or any of +-_.,:#";
    /// No letter reaches them.
    Unreachable = "call.unreachable", "the user cannot be reached by email";

    // Waiting for a person: devices (RFC 8628 §3.5), and calls (CIBA Core §11).
    /// The user has not answered yet.
    NotAnswered = "waiting.pending", "the user has not answered yet";
    /// The client asks faster than it may.
    AskedTooFast = "waiting.too_fast", "the client asks faster than it may";
    /// The user said no.
    Declined = "waiting.declined", "the user did not let the client in";
    /// Nobody answered in time.
    NeverAnswered = "waiting.expired", "the user did not answer in time";
    /// What was typed in is no code that a device shows.
    UserCodeUnknown = "device.user_code_unknown", "no device shows this code";

    // PKCE (RFC 7636; RFC 9700 §2.1.1).
    /// A public client must send a challenge, and any client for the scope `atproto`.
    ChallengeMissing = "pkce.challenge_missing", "the client must send a code challenge";
    /// The verifier is not the challenge's.
    VerifierMismatch = "pkce.verifier_mismatch", "the code verifier does not match the challenge";
    /// A challenge was sent, but no verifier.
    VerifierMissing = "pkce.verifier_missing", "the code verifier is missing";
    /// No challenge was sent, but a verifier: somebody may have stripped the challenge.
    VerifierUnexpected = "pkce.verifier_unexpected", "a code verifier came without a challenge";

    // The authorization request (RFC 6749 §4.1.1; OIDC Core §3.1.2).
    /// The request demands a way of signing in that there is not (OIDC Core §5.5.1.1).
    AcrUnmet = "authorize.acr_unmet", "the request demands a way of signing in that is not offered";
    /// The user said no.
    ConsentDenied = "authorize.consent_denied", "the user said no";
    /// Consent is needed, and the request forbids to ask.
    ConsentRequired = "authorize.consent_required", "the user must consent";
    /// Something else must be asked, and the request forbids to ask.
    InteractionRequired = "authorize.interaction_required", "the user must do something first";
    /// Nobody is signed in, and the request forbids to ask.
    LoginRequired = "authorize.login_required", "nobody is signed in";
    /// A pushed request names one key, and its proof shows another (RFC 9449 §10.1).
    TwoKeys = "authorize.two_keys", "dpop_jkt and the proof name different keys";
    /// Tokens that come by the browser are bound to no key, and these would have to be (RFC 9449 §11.7).
    FrontChannel = "authorize.front_channel", "tokens that come by the browser cannot be bound to a key";
    /// Access that ends with the session and access that does not are asked for at once.
    TwoLives = "authorize.two_lives", "online_access and offline_access are asked for at once";
    /// No redirect URI is named, and the client has not exactly one.
    RedirectMissing = "authorize.redirect_missing", "no redirect uri is named";
    /// The redirect URI is not one the client registered.
    RedirectUnknown = "authorize.redirect_unknown", "the redirect uri is not registered";
    /// The client must push its requests, and this one came by the browser (RFC 9126 §6).
    PushRequired = "authorize.push_required", "the client must push its authorization requests";
    /// There is no such pushed request: it never was, it is over, it was answered, or it is another client's.
    PushUnknown = "authorize.push_unknown", "the pushed request is unknown, expired or used";
    /// The client must sign its requests, and this one is not (RFC 9101 §10.5).
    SignatureRequired = "authorize.signature_required", "the client must sign its authorization requests";
    /// The signed request is for somebody else.
    ObjectAudience = "request_object.audience", "the request object is not meant for this server";
    /// The signed request is over, or has not begun.
    ObjectExpired = "request_object.expired", "the request object is expired or not valid yet";
    /// The signed request would live longer than any may.
    ObjectTooLong = "request_object.lifetime", "the request object lives longer than 3600 s";
    /// The signed request is no signed token, or holds what are no parameters.
    ObjectMalformed = "request_object.malformed", "the request object is not a JWT as RFC 9101 wants it";
    /// The signed request speaks of another client.
    ObjectNames = "request_object.names", "iss and client_id of the request object are not the client";
    /// The signed request holds another, or the name of one.
    ObjectNested = "request_object.nested", "the request object holds request or request_uri";
    /// None of the client's keys signed it.
    ObjectSignature = "request_object.signature", "no key of the client signed the request object";
    /// A page that is not the client's wants the answer by message.
    WebOrigin = "authorize.web_origin", "the origin is not one of the client's";

    // AT Protocol.
    /// The user has no name by which the protocol knows people.
    DidMissing = "atproto.did_missing", "the user has no DID";
    /// The protocol's tokens come by a code.
    AtprotoGrant = "atproto.grant", "the scope atproto is granted by a code alone";
    /// The client's proofs need no nonce, and the protocol's do.
    AtprotoNonces = "atproto.nonces", "the scope atproto takes a client that must send nonces";

    // Signing in.
    /// The account is blocked for this address.
    AccountLocked = "login.account_locked", "the account failed too often from this address";
    /// The address is blocked.
    AddressLocked = "login.address_locked", "the address failed too often";
    /// The password is wrong.
    WrongPassword = "login.wrong_password", "the password is wrong";
    /// There is no such user. Told exactly as a wrong password.
    UnknownUser = "login.unknown_user", "there is no such user";
    /// An administrator shut the user out.
    UserBlocked = "login.user_blocked", "user is blocked";
    /// No connection is named, and the tenant has none to look in by default.
    NoDirectory = "login.no_directory", "no connection is named and the tenant has no default directory";
    /// The client's users do not come from this connection.
    ConnectionNotEnabled = "login.connection_not_enabled", "the connection does not serve the client";

    // Codes that are sent (Auth0's passwordless).
    /// No such connection serves the client.
    NotByEmail = "passwordless.no_connection", "no connection that sends codes serves the client";
    /// There is no way for a letter to leave.
    NoMail = "passwordless.no_mail", "the server has no way to send email";
    /// The address cannot be one.
    BadAddress = "passwordless.bad_address", "the email address is not one";
    /// The code is not the one that was sent, or none was, or it is over.
    WrongCode = "passwordless.wrong_code", "the code is not the one that was sent last, or it is over";
    /// It was guessed at too often, and is no code any more.
    TooManyGuesses = "passwordless.too_many_guesses", "the code was guessed at too often";
    // The second factor.
    /// A second factor is owed, and was not shown yet.
    FactorOwed = "mfa.required", "a second factor is owed";
    /// A second factor is owed, and there is none that the user could show or enrol.
    NoFactor = "mfa.no_factor", "a second factor is owed and the tenant offers none that the user can show";
    /// The digits are wrong.
    WrongFactor = "mfa.wrong_code", "the code is wrong";
    /// The digits were shown before.
    FactorUsed = "mfa.code_used", "the code was used before";
    /// What was typed in is not the code of the letter, or there was none, or it is over.
    WrongBindingCode = "mfa.wrong_binding_code", "the code is not the one that was sent, or it is over";
    /// The recovery code is wrong.
    WrongRecoveryCode = "mfa.wrong_recovery_code", "the recovery code is wrong";
    /// Too many wrong codes.
    FactorLocked = "mfa.locked", "too many wrong codes were tried";
    /// The sign-in waited too long for its second factor.
    MfaTokenExpired = "mfa.token_expired", "the sign-in waited too long for its second factor";
    /// The user has no such factor.
    NotEnrolled = "mfa.not_enrolled", "the user has no such factor";
    /// No letter reaches the user, as far as anybody knows.
    AddressUnverified = "mfa.address_unverified", "no letter leaves, or the user's address is not verified";
    /// The user has a factor already, and enrolling another takes that one.
    AlreadyEnrolled = "mfa.already_enrolled", "the user has a factor already";
    /// There is no such kind of factor here.
    FactorUnsupported = "mfa.unsupported", "no such factor is offered";
    /// What changes somebody's factors needs a token of a sign-in with two of them (RFC 9470).
    StepUpNeeded = "mfa.step_up", "it takes a token of a sign-in with two factors";

    // Organizations; Auth0's.
    /// The client, or its grant, knows no organizations.
    OrganizationNotAllowed = "organization.not_allowed", "parameter organization is not allowed for this client";
    /// The client, or its grant, is for organizations only.
    OrganizationRequired = "organization.required", "parameter organization is required for this client";
    /// The tenant takes ids only.
    OrganizationByName = "organization.by_name", "parameter organization must be an organization id";
    /// There is no such organization.
    OrganizationUnknown = "organization.unknown", "parameter organization is invalid";
    /// The connection is not one of the organization's.
    OrganizationConnection = "organization.connection_not_enabled",
        "the connection is not enabled for the organization";
    /// The user does not belong to the organization, or does no longer.
    NotAMember = "organization.not_a_member", "the user is not part of the organization";
    /// The client's grant does not hold for the organization.
    OrganizationNotGranted = "organization.not_granted", "the client has no grant for the organization";
    /// The ticket is for nothing, for another organization or client, over, or used.
    InvitationUnknown = "organization.invitation_unknown", "invitation not found or already used";
    /// The invitation was sent to somebody else.
    InvitedOther = "organization.invited_other",
        "the specified account is not allowed to accept the current invitation";

    // Exchanging tokens (RFC 8693).
    /// The audience takes no token bound to a key, and the subject token is.
    WouldUnbind = "exchange.would_unbind", "the token is bound to a key and the audience takes none that are";
    /// The subject token was neither issued to the client nor meant for it.
    NotItsToken = "exchange.not_its_token", "the token was neither issued to the client nor meant for it";
    /// The subject token names somebody else who may act.
    MayNotAct = "exchange.may_not_act", "the token lets somebody else act";
    /// The actor token is not the client's own.
    NotItsActor = "exchange.not_its_actor", "the actor token was issued to another client";
    /// It passed through too many hands.
    TooManyActors = "exchange.too_many_actors", "too many have acted one after the other";
    /// A public client's subject token is one that anybody could have stolen.
    UnboundSubject = "exchange.unbound_subject", "a public client exchanges only tokens that are bound to its key";
    /// What was shown is no access token of ours that can still be used.
    BadToken = "exchange.bad_token", "what was given is no live access token of this server";

    // Signing up.
    /// There is one already.
    UserExists = "signup.user_exists", "the user already exists";
    /// Strangers may not make accounts here.
    SignupClosed = "signup.closed", "the connection does not take sign-ups";
    /// The email or the user name cannot be one.
    BadIdentifier = "signup.bad_identifier", "the email or user name is not one";
    /// The password is too weak.
    WeakPassword = "signup.weak_password", "the password is too weak";

    // Logging out.
    /// The address to return to is not registered.
    ReturnToUnknown = "logout.return_to_unknown", "the address to return to is not registered";
    /// The ID token given as a hint is not ours.
    BadHint = "logout.bad_hint", "the id token hint is not one of ours";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = Refusal::CODES.iter().collect();
        assert_eq!(codes.len(), Refusal::CODES.len());
        assert!(Refusal::CODES.iter().all(|code| code.split('.').count() == 2));
    }

    #[test]
    fn one_of_each_is_every_one_in_order() {
        let all = Refusal::one_of_each(&AudienceName::parse("urn:api").unwrap(), &Scopes::none());
        assert_eq!(all.iter().map(Refusal::code).collect::<Vec<_>>(), Refusal::CODES);
    }
}
