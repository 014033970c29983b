//! How servers describe themselves: RFC 8414 with OpenID Connect Discovery, and RFC 9728.

mod read;
mod resource;
mod server;

pub use read::{LIMIT, MetadataError};
pub use resource::{ResourceMetadata, resource_metadata_url};
pub use server::ServerMetadata;

#[cfg(test)]
mod tests;
