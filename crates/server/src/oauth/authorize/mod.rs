//! `/authorize`: from a request to a code, with a person in between (RFC 6749 §4.1, OIDC Core §3.1).
//!
//! ```text
//! endpoint ─ asker ─► whom to answer          else a page, never a redirect
//!          ─ matter ─► what was asked          from here on refusals go back to the client
//!          ─ standing ─► how far the person is, and what comes next
//!          ─ reply ─► the answer, in four ways of travelling
//! ```

mod approach;
mod asker;
mod endpoint;
mod front;
mod join;
mod matter;
mod reply;
mod standing;
mod turn;

pub(crate) use approach::{Approach, Called};
pub(crate) use asker::Asker;
pub(crate) use endpoint::{get, post, resume};
pub(crate) use matter::Matter;
pub(crate) use reply::ANSWERS;
pub(crate) use standing::{Person, Standing, standing};
pub(crate) use turn::to_page;
