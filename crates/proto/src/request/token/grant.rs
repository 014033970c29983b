//! The names of the grants, as `grant_type` spells them.

/// RFC 6749 §4.1.3.
pub const AUTHORIZATION_CODE: &str = "authorization_code";
/// OpenID Connect Client-Initiated Backchannel Authentication §4.
pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// RFC 6749 §4.4.2.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";
/// RFC 8628 §3.4.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 6749 §4.2: a name for what is redeemed nowhere.
pub const IMPLICIT: &str = "implicit";
/// RFC 7523 §2.1.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Auth0's: a factor that answers by another channel.
pub const MFA_OOB: &str = "http://auth0.com/oauth/grant-type/mfa-oob";
/// Auth0's: a one-time password of an authenticator.
pub const MFA_OTP: &str = "http://auth0.com/oauth/grant-type/mfa-otp";
/// Auth0's: the code for users who lost their factors.
pub const MFA_RECOVERY_CODE: &str = "http://auth0.com/oauth/grant-type/mfa-recovery-code";
/// RFC 6749 §4.3.2, which RFC 9700 §2.4 forbids.
pub const PASSWORD: &str = "password";
/// Auth0's: the same for one connection.
pub const PASSWORD_REALM: &str = "http://auth0.com/oauth/grant-type/password-realm";
/// Auth0's: a code sent by email or SMS.
pub const PASSWORDLESS_OTP: &str = "http://auth0.com/oauth/grant-type/passwordless/otp";
/// RFC 6749 §6.
pub const REFRESH_TOKEN: &str = "refresh_token";
/// RFC 8693 §2.1.
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
