//! The server through its router: request in, whole answer out.

#[cfg(test)]
mod assertions;
#[cfg(test)]
mod atproto;
#[cfg(test)]
mod authenticator;
#[cfg(test)]
#[path = "../lent/bodies.rs"]
mod bodies;
#[cfg(test)]
mod client_documents;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod described;
#[cfg(test)]
#[path = "../lent/desk.rs"]
mod desk;
#[cfg(test)]
#[path = "../lent/document.rs"]
mod document;
#[cfg(test)]
#[path = "../lent/documents_at.rs"]
mod documents_at;
#[cfg(test)]
mod every_route;
#[cfg(test)]
mod exchange;
#[cfg(test)]
#[path = "../factors/mod.rs"]
mod factors;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod http;
#[cfg(test)]
mod introspect;
#[cfg(test)]
#[path = "../lent/keys_at.rs"]
mod keys_at;
#[cfg(test)]
mod ladder;
#[cfg(test)]
#[path = "../lent/mod.rs"]
mod lent;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod mfa;
#[cfg(test)]
mod mfa_abuse;
#[cfg(test)]
mod mfa_letter;
#[cfg(test)]
mod opaque;
#[cfg(test)]
mod password;
#[cfg(test)]
mod passwordless;
#[cfg(test)]
mod post_office;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod published_keys;
#[cfg(test)]
mod pushed;
#[cfg(test)]
mod rate_limits;
#[cfg(test)]
mod redeem_code;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod register;
#[cfg(test)]
mod retry;
#[cfg(test)]
mod revoke;
#[cfg(test)]
#[path = "../signing/mod.rs"]
mod signing;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod strange_bodies;
#[cfg(test)]
mod tenant_log;
#[cfg(test)]
mod userinfo;
#[cfg(test)]
mod wallet;
#[cfg(test)]
mod webfinger;
#[cfg(test)]
mod world;
