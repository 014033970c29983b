//! A person at a browser, over HTTP.

use std::collections::BTreeMap;

use http::{HeaderMap, Request, StatusCode, header};
use keybound_client::http::{Body, Http, Web};
use keybound_proto::{form::Form, uri};

use crate::world::{EMAIL, PASSWORD};

/// It keeps cookies for each host and port, and follows redirects one by one.
pub(crate) struct Browser {
    web: Web,
    jar: BTreeMap<(String, String), String>,
}

/// A whole answer.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(web: &Web) -> Self {
        Self { web: web.clone(), jar: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, url: &str) -> Page {
        self.send(Request::get(url), url, String::new()).await
    }

    /// Sends a form from a page of the same server.
    pub(crate) async fn post(&mut self, url: &str, form: &Form) -> Page {
        let request = Request::post(url)
            .header("sec-fetch-site", "same-origin")
            .header("origin", "null")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, url, form.encode()).await
    }

    /// Goes to the login and answers its pages as Ada would, up to where they lead out of the server.
    pub(crate) async fn signs_in(&mut self, url: &str) -> String {
        let server = origin(url).to_owned();
        let mut page = self.get(url).await;
        loop {
            let Some(next) = page.location() else {
                panic!("{} at {}: {}", page.status, page.url, page.body)
            };
            if origin(&next) != server {
                return next;
            }
            page = self.get(&next).await;
            if page.status == StatusCode::OK && page.body.contains("name=\"password\"") {
                page = self.fills_in(&page).await;
            } else if page.status == StatusCode::OK && page.body.contains("value=\"accept\"") {
                page = self.accepts(&page).await;
            }
        }
    }

    pub(crate) async fn fills_in(&mut self, page: &Page) -> Page {
        let (url, query) = page.url.split_once('?').unwrap();
        let state = Form::parse(query.as_bytes()).unwrap();
        let form = Form::new()
            .with("state", state.text("state").unwrap())
            .with("username", EMAIL)
            .with("password", PASSWORD)
            .with("action", "default");
        self.post(url, &form).await
    }

    /// Lets somebody else's client have what it asks for.
    async fn accepts(&mut self, page: &Page) -> Page {
        let (url, query) = page.url.split_once('?').unwrap();
        let state = Form::parse(query.as_bytes()).unwrap();
        let form = Form::new().with("state", state.text("state").unwrap()).with("action", "accept");
        self.post(url, &form).await
    }

    async fn send(&mut self, request: http::request::Builder, url: &str, body: String) -> Page {
        let host = origin(url).to_owned();
        let own = self.jar.iter().filter(|((of, _), _)| *of == host);
        let cookies: Vec<_> = own.map(|((_, name), value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(Body::from(body)).unwrap();
        let (parts, body) = Http::send(&self.web, request).await.unwrap().into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let key = (host.clone(), name.to_owned());
            if attributes.contains("Max-Age=0") {
                self.jar.remove(&key);
            } else {
                self.jar.insert(key, value.to_owned());
            }
        }
        let body = String::from_utf8_lossy(body.as_bytes()).into_owned();
        Page { url: url.to_owned(), status: parts.status, headers: parts.headers, body }
    }
}

impl Page {
    /// Where it sends the browser, with what stands behind a `#` (RFC 9110 §10.2.2).
    pub(crate) fn location(&self) -> Option<String> {
        let location = self.headers.get(header::LOCATION)?.to_str().unwrap();
        let (address, fragment) = location.split_at(location.find('#').unwrap_or(location.len()));
        Some(format!("{}{fragment}", uri::join(&self.url, address).unwrap()))
    }
}

/// Scheme, host and port.
fn origin(url: &str) -> &str {
    let (scheme, rest) = url.split_once("://").unwrap();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    &url[..scheme.len() + 3 + end]
}
