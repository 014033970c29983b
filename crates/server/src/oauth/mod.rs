//! The endpoints of OAuth and OpenID Connect.

pub(crate) mod ahead;
pub(crate) mod answer;
pub(crate) mod authorize;
pub(crate) mod backchannel_logout;
pub(crate) mod called;
pub(crate) mod device;
pub(crate) mod id_token_hint;
pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod pushed;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod userinfo;
pub(crate) mod waiting;
pub(crate) mod webfinger;
