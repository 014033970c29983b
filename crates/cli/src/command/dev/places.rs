//! Where the three servers of `keybound dev` are, as URLs.

use std::net::SocketAddr;

/// The public URLs of issuer, API and page.
#[derive(Clone, Debug)]
pub(super) struct Places {
    issuer: String,
    api: String,
    api_origins: [String; 2],
    page: Vec<String>,
}

impl Places {
    /// `localhost` at these ports; `issuer` only when the caller knows better.
    pub(super) fn new(scheme: &str, ports: [u16; 3], page_addr: SocketAddr, issuer: Option<&str>) -> Self {
        let [server, api, page] = ports;
        let mut origins =
            vec![format!("{scheme}://localhost:{page}"), format!("{scheme}://127.0.0.1:{page}")];
        if !page_addr.ip().is_loopback() && !page_addr.ip().is_unspecified() {
            origins.push(format!("{scheme}://{page_addr}"));
        }
        Self {
            issuer: issuer.map_or_else(|| format!("{scheme}://localhost:{server}/"), with_slash),
            api: format!("{scheme}://localhost:{api}/"),
            api_origins: [format!("{scheme}://localhost:{api}"), format!("{scheme}://127.0.0.1:{api}")],
            page: origins,
        }
    }

    /// The issuer, with its slash.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The issuer's origin.
    pub(super) fn issuer_origin(&self) -> &str {
        origin(&self.issuer)
    }

    /// The API's URL and its audience, with its slash.
    pub(super) fn api(&self) -> &str {
        &self.api
    }

    /// Every origin the API is called at; proofs are judged against these.
    pub(super) const fn api_origins(&self) -> &[String; 2] {
        &self.api_origins
    }

    /// The page's URL, for people.
    pub(super) fn page(&self) -> String {
        self.page.first().map(|origin| with_slash(origin)).unwrap_or_default()
    }

    /// Every origin the page may be opened at.
    pub(super) fn page_origins(&self) -> &[String] {
        &self.page
    }
}

fn with_slash(url: &str) -> String {
    format!("{}/", url.strip_suffix('/').unwrap_or(url))
}

/// Scheme and authority of an absolute URL.
fn origin(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end =
        url.get(after_scheme..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| after_scheme + at);
    url.get(..end).unwrap_or(url)
}
