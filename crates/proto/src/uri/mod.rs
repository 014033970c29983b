//! Addresses, each with its own equality.
//!
//! An [`Issuer`] is compared byte for byte, trailing slash and all. A [`RedirectUri`] is too, except for the port
//! of a loopback address. An [`Htu`] is compared in the normal form of RFC 3986. A [`Resource`] is a name that
//! happens to look like an address. None of them may be compared by the rules of another.

mod document;
mod htu;
mod issuer;
mod origin;
mod parts;
mod redirect;
mod reference;
mod resource;

pub use document::DocumentUrl;
pub use htu::Htu;
pub use issuer::Issuer;
pub use origin::Origin;
pub use parts::UriError;
pub use redirect::RedirectUri;
pub use reference::{Base, join};
pub use resource::Resource;

#[cfg(test)]
mod tests;
