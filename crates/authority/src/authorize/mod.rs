//! What may be had at the authorization endpoint, and what must be asked first.
//!
//! ```text
//! ReturnAddress ─ request::trust ─► Trusted        else a page, never a redirect
//! AuthorizationRequest ─ request::check ─► Asked   from here on refusals go back to the client
//! Asked + Audience ─ request::grantable ─► Scopes
//! Session, Consent ─ prompt::next ─► Step          log in, consent, refuse, or issue a code
//! ```

pub mod audience;
pub mod claims;
pub mod consent;
pub mod object;
pub mod organization;
pub mod prompt;
pub mod push;
pub mod request;
pub mod response;
