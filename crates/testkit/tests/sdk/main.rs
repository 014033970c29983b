//! The whole client library against our real server and our real guard, over real sockets.
//!
//! Everything goes through a [`relay`] that can cut and hold answers, is overheard by [`place`], and whatever this
//! process logs at `TRACE` meanwhile is searched by [`log`] for what was overheard. No proof may come twice.

#[cfg(test)]
mod api;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod child;
#[cfg(test)]
#[path = "../../../server/tests/factors/mod.rs"]
mod factors;
#[cfg(test)]
#[path = "../../../server/tests/lent/keys_at.rs"]
mod keys_at;
#[cfg(test)]
mod log;
#[cfg(test)]
mod place;
#[cfg(test)]
#[path = "../../../server/tests/routes/post_office.rs"]
mod post_office;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod time;
#[cfg(test)]
mod world;

#[cfg(test)]
mod busy;
#[cfg(test)]
mod called;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod id_tokens;
#[cfg(test)]
mod introspection;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod ladder;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod lost_keys;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod managed;
#[cfg(test)]
mod nonces;
#[cfg(test)]
mod online;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod passwordless;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod pushed;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod revoked_keys;
#[cfg(test)]
mod second_factors;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod step_up;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod web_app;
