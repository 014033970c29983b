//! The server through its router: request in, whole answer out.

mod cors;
mod described;
mod http;
mod machine;
mod matrix;
mod proofs;
mod redeem_code;
mod refresh;
mod retry;
mod revoke;
mod tenant_log;
mod userinfo;
mod wallet;
mod world;
