//! The client against servers that misbehave on purpose: rows CL01 to CL19 of the conformance list.

#[cfg(test)]
mod assertion;
#[cfg(test)]
mod ciba;
#[cfg(test)]
mod code;
#[cfg(test)]
mod config;
#[cfg(test)]
mod depart;
#[cfg(test)]
mod device;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod fetch_busy;
#[cfg(test)]
mod fetch_call;
#[cfg(test)]
mod fetch_layer;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod handle;
#[cfg(test)]
#[path = "../heard/mod.rs"]
mod heard;
#[cfg(test)]
mod id_token;
#[cfg(test)]
mod key_store;
#[cfg(test)]
mod leaving;
#[cfg(all(test, feature = "pkcs11"))]
#[path = "../../../crypto/tests/lent/token.rs"]
mod lent_token;
#[cfg(test)]
mod log_in;
#[cfg(test)]
mod management;
#[cfg(test)]
mod management_contract;
#[cfg(test)]
mod management_fields;
#[cfg(test)]
mod mfa;
#[cfg(test)]
mod passwordless;
#[cfg(all(test, feature = "pkcs11"))]
mod pkcs11;
#[cfg(test)]
mod resource;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod session;
#[cfg(test)]
mod session_beside;
#[cfg(test)]
mod token;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod web;
#[cfg(test)]
mod wire;
