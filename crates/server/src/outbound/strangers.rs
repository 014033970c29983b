//! Calls to addresses that strangers name: none of them leads inside (OAuth Client ID Metadata Document §6.5).

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use http::HeaderMap;
use keybound_proto::uri::Origin;
use keybound_resource::{Fetch, Fetched};
use reqwest::{
    Certificate, ClientBuilder, Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use super::{Found, LONGEST, Outbound, OutboundError, builder, reach::is_public};
use crate::config::Reach;

/// Calls addresses that strangers name.
///
/// It is the addresses a name resolves to that are judged, and those very addresses are then connected to: a name that
/// means something else a moment later gains nothing. Nothing is kept open to them.
#[derive(Clone, Debug)]
pub(crate) struct Strangers {
    outside: reqwest::Client,
    inside: Outbound,
    unguarded: Arc<[Origin]>,
}

impl Strangers {
    /// Guarded, but for the origins that the operator named; these certificates (PEM) are trusted besides the system's.
    pub(crate) fn new(unguarded: &[Origin], trusted: Option<&[u8]>) -> Result<Self, String> {
        let trusted =
            trusted.map(Certificate::from_pem_bundle).transpose().map_err(|error| error.to_string())?;
        let client = || builder().tls_certs_merge(trusted.clone().unwrap_or_default());
        let outside = client().https_only(true).pool_max_idle_per_host(0).dns_resolver(Arc::new(PublicOnly));
        let inside = client().dns_resolver(Arc::new(Anywhere));
        let built = |client: ClientBuilder| client.build().map_err(|error| error.to_string());
        Ok(Self { outside: built(outside)?, inside: Outbound(built(inside)?), unguarded: unguarded.into() })
    }

    /// Reads a JSON document of so many bytes at the most.
    pub(crate) async fn read(&self, url: &str, most: usize) -> Result<Found, OutboundError> {
        let origin = Origin::of_url(url).map_err(|_| OutboundError::Insecure)?;
        if self.unguarded.contains(&origin) {
            return self.inside.find(url, most).await;
        }
        check(url)?;
        super::get(&self.outside, url, most).await
    }
}

impl Strangers {
    /// Sends what was written to the public internet, and is content with any success.
    pub(crate) async fn send(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<(), OutboundError> {
        check(url)?;
        super::send(&self.outside, url, headers, body).await
    }
}

impl Fetch for Strangers {
    fn fetch<'a>(&'a self, url: &'a str) -> Fetched<'a> {
        Box::pin(async move { Ok(self.read(url, LONGEST).await?.body.into()) })
    }
}

/// An address that is written in numbers is resolved by nobody, so it is judged here; in the reading of the one who
/// connects, to whom `127.1` is an address too.
fn check(url: &str) -> Result<(), OutboundError> {
    let url = Url::parse(url).map_err(|_| OutboundError::Insecure)?;
    if url.scheme() != "https" {
        return Err(OutboundError::Insecure);
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse() {
        Ok(address) if !is_public(address) => Err(OutboundError::Inside),
        _ => Ok(()),
    }
}

/// Where a host is that an administrator named: nowhere, where one of its addresses is not everybody's and the operator
/// did not say that this may be.
pub(crate) async fn reached(host: &str, reach: Reach) -> Result<Vec<IpAddr>, OutboundError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let unknown = |error: io::Error| OutboundError::Failed(format!("its name was not resolved: {error}"));
    let found = addresses(bare).await.map_err(unknown)?;
    let found: Vec<IpAddr> = found.into_iter().map(|address| address.ip()).collect();
    match reach == Reach::Anywhere || found.iter().all(|address| is_public(*address)) {
        true => Ok(found),
        false => Err(OutboundError::Inside),
    }
}

/// Resolves names to public addresses, or not at all.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move { Ok(judged(addresses(name.as_str()).await?)?) })
    }
}

/// Resolves names to whatever they mean.
struct Anywhere;

impl Resolve for Anywhere {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Addrs = Box::new(addresses(name.as_str()).await?.into_iter());
            Ok(found)
        })
    }
}

/// RFC 6761 §6.3: whatever ends in `localhost` is this machine; no resolver is asked, and not every one knows.
async fn addresses(name: &str) -> io::Result<Vec<SocketAddr>> {
    let bare = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    if bare == "localhost" || bare.ends_with(".localhost") {
        return Ok(vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()]);
    }
    Ok(tokio::net::lookup_host((name, 0)).await?.collect())
}

/// All of them, if all are public: whoever gives both kinds means the other one.
fn judged(found: Vec<SocketAddr>) -> io::Result<Addrs> {
    match found.iter().all(|address| is_public(address.ip())) {
        true => Ok(Box::new(found.into_iter())),
        false => Err(io::Error::other(OutboundError::Inside)),
    }
}

#[cfg(test)]
mod tests;
