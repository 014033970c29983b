//! What a client asks at the token endpoint: one variant per grant (RFC 6749 §4.1.3, §4.4.2, §6).

use super::InvalidRequest;
use crate::{form::Form, pkce::CodeVerifier, scope::Scopes, secret::Secret, uri::Resource};

/// A token request, read and not believed. Who asks is read beside it, by [`super::client`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenRequest {
    /// `authorization_code`
    AuthorizationCode(CodeRequest),
    /// `client_credentials`
    ClientCredentials(MachineRequest),
    /// `urn:ietf:params:oauth:grant-type:device_code`
    Device(DeviceRequest),
    /// `refresh_token`
    RefreshToken(RefreshRequest),
    /// A grant this room does not know, by its name: `unsupported_grant_type`.
    Other(String),
}

/// A code to redeem (RFC 6749 §4.1.3, RFC 7636 §4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRequest {
    /// The code.
    pub code: Secret<String>,
    /// The address the code came by, byte for byte; OAuth 2.1 lets it be left out.
    pub redirect_uri: Option<String>,
    /// The other half of the PKCE challenge.
    pub verifier: Option<CodeVerifier>,
    /// Resources asked for out of those granted (RFC 8707 §2.2).
    pub resources: Vec<Resource>,
}

/// A device asks whether its user is done (RFC 8628 §3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// What it was told to ask with.
    pub device_code: Secret<String>,
}

/// A refresh token to redeem (RFC 6749 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRequest {
    /// The refresh token.
    pub token: Secret<String>,
    /// What is asked for; `None` is all that was granted.
    pub scopes: Option<Scopes>,
    /// Auth0's way to name another API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
}

/// A machine asks on its own behalf (RFC 6749 §4.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineRequest {
    /// What is asked for; `None` is all that an administrator granted.
    pub scopes: Option<Scopes>,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
    /// Within which organization.
    pub organization: Option<String>,
}

impl TokenRequest {
    /// Parameters that may come more than once, for [`Form::parse_repeatable`].
    pub const REPEATABLE: &'static [&'static str] = &["resource"];

    /// Reads the parameters its grant needs, and no others.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(match form.required("grant_type")? {
            "authorization_code" => Self::AuthorizationCode(CodeRequest {
                code: Secret::new(form.required("code")?.to_owned()),
                redirect_uri: form.text("redirect_uri").map(str::to_owned),
                verifier: form.text("code_verifier").map(CodeVerifier::parse).transpose()?,
                resources: resources(form)?,
            }),
            "client_credentials" => Self::ClientCredentials(MachineRequest {
                scopes: scopes(form)?,
                audience: form.text("audience").map(str::to_owned),
                resources: resources(form)?,
                organization: form.text("organization").map(str::to_owned),
            }),
            DEVICE_CODE => Self::Device(DeviceRequest {
                device_code: Secret::new(form.required("device_code")?.to_owned()),
            }),
            "refresh_token" => Self::RefreshToken(RefreshRequest {
                token: Secret::new(form.required("refresh_token")?.to_owned()),
                scopes: scopes(form)?,
                audience: form.text("audience").map(str::to_owned),
                resources: resources(form)?,
            }),
            other => Self::Other(other.to_owned()),
        })
    }

    /// The registered name of its grant.
    pub fn grant_type(&self) -> &str {
        match self {
            Self::AuthorizationCode(_) => "authorization_code",
            Self::ClientCredentials(_) => "client_credentials",
            Self::Device(_) => DEVICE_CODE,
            Self::RefreshToken(_) => "refresh_token",
            Self::Other(name) => name,
        }
    }

    /// The parameters, as a client sends them; who it is comes on top.
    pub fn to_form(&self) -> Form {
        let form = Form::new().with("grant_type", self.grant_type());
        let (form, resources) = match self {
            Self::AuthorizationCode(request) => (
                form.with("code", request.code.reveal())
                    .with_some("redirect_uri", request.redirect_uri.as_deref())
                    .with_some("code_verifier", request.verifier.as_ref().map(CodeVerifier::reveal)),
                &request.resources[..],
            ),
            Self::ClientCredentials(request) => (
                form.with_some("scope", text(request.scopes.as_ref()).as_deref())
                    .with_some("audience", request.audience.as_deref())
                    .with_some("organization", request.organization.as_deref()),
                &request.resources[..],
            ),
            Self::Device(request) => (form.with("device_code", request.device_code.reveal()), &[][..]),
            Self::RefreshToken(request) => (
                form.with("refresh_token", request.token.reveal())
                    .with_some("scope", text(request.scopes.as_ref()).as_deref())
                    .with_some("audience", request.audience.as_deref()),
                &request.resources[..],
            ),
            Self::Other(_) => (form, &[][..]),
        };
        resources.iter().fold(form, |form, resource| form.with("resource", resource.as_str()))
    }
}

/// RFC 8628 §3.4.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// `scope`, when it is there.
pub(super) fn scopes(form: &Form) -> Result<Option<Scopes>, InvalidRequest> {
    Ok(form.text("scope").map(Scopes::parse).transpose()?)
}

/// Every `resource` (RFC 8707 §2).
pub(super) fn resources(form: &Form) -> Result<Vec<Resource>, InvalidRequest> {
    form.all("resource").map(Resource::parse).collect::<Result<_, _>>().map_err(InvalidRequest::Target)
}

fn text(scopes: Option<&Scopes>) -> Option<String> {
    scopes.map(Scopes::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{code::ErrorCode, form::FormError};

    fn parse(body: &str) -> Result<TokenRequest, InvalidRequest> {
        TokenRequest::parse(&Form::parse_repeatable(body.as_bytes(), TokenRequest::REPEATABLE).unwrap())
    }

    /// RFC 6749 §4.1.3 and RFC 7636 §4.5.
    #[test]
    fn a_code_request_carries_code_address_and_verifier() {
        let verifier = "a".repeat(43);
        let body = format!(
            "grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fa%2F&code_verifier={verifier}"
        );
        let TokenRequest::AuthorizationCode(request) = parse(&body).unwrap() else { panic!("a code") };
        assert_eq!(request.code.reveal(), "x");
        assert_eq!(request.redirect_uri.as_deref(), Some("https://a/"));
        assert_eq!(request.verifier.unwrap().reveal(), verifier);
        let missing = InvalidRequest::Form(FormError::Missing("code"));
        assert_eq!(parse("grant_type=authorization_code&code="), Err(missing));
        let short = parse("grant_type=authorization_code&code=x&code_verifier=short").unwrap_err();
        assert_eq!(short.code(), ErrorCode::InvalidRequest);
    }

    /// RFC 6749 §6: a scope left out means all that was granted.
    #[test]
    fn a_refresh_request_tells_no_scope_from_some_scope() {
        let TokenRequest::RefreshToken(request) =
            parse("grant_type=refresh_token&refresh_token=r&scope=").unwrap()
        else {
            panic!("a refresh")
        };
        assert_eq!(request.scopes, None);
        let bad = parse("grant_type=refresh_token&refresh_token=r&scope=a%22b").unwrap_err();
        assert_eq!(bad.code(), ErrorCode::InvalidScope);
    }

    /// RFC 8707 §2.
    #[test]
    fn a_resource_is_an_absolute_uri_and_may_be_repeated() {
        let two =
            parse("grant_type=client_credentials&resource=https%3A%2F%2Fa&resource=urn%3Ax%3Ab").unwrap();
        let TokenRequest::ClientCredentials(request) = two else { panic!("a machine") };
        assert_eq!(request.resources.len(), 2);
        for bad in ["orders", "https%3A%2F%2Fa%23f", "%2Fa"] {
            let refusal = parse(&format!("grant_type=client_credentials&resource={bad}")).unwrap_err();
            assert_eq!(refusal.code(), ErrorCode::InvalidTarget, "{bad}");
        }
    }

    /// RFC 6749 §5.2.
    #[test]
    fn an_unknown_grant_is_known_by_its_name() {
        assert_eq!(parse("grant_type=password&username=u"), Ok(TokenRequest::Other("password".into())));
        assert_eq!(parse("code=x"), Err(InvalidRequest::Form(FormError::Missing("grant_type"))));
    }

    #[test]
    fn what_a_client_writes_is_what_a_server_reads() {
        for body in [
            "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fa%2Fb&code_verifier=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi&organization=org_1&resource=urn%3Aa&resource=urn%3Ab",
            "grant_type=refresh_token&refresh_token=r&scope=openid&audience=x",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d",
        ] {
            assert_eq!(parse(body).unwrap().to_form().encode(), body);
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let code = parse(
            "grant_type=authorization_code&code=s3cret&code_verifier=s3cret00000000000000000000000000000000000000000",
        );
        let refresh = parse("grant_type=refresh_token&refresh_token=s3cret");
        assert!(!format!("{code:?}{refresh:?}").contains("s3cret"));
    }
}
