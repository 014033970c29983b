//! A person with a browser, as far as a form needs one: follows redirects, keeps cookies, types and presses buttons.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// What the person does where they are asked for their consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Accept,
    Cancel,
}

/// An answer, as it came.
pub(crate) struct Page {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Page {
    fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// One request over plain HTTP.
pub(crate) fn ask(method: &str, url: &str, headers: &str, body: &str) -> Page {
    let rest = url.strip_prefix("http://").expect("it is plain");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(authority).expect("somebody listens");
    let length = body.len();
    let kind = "Content-Type: application/x-www-form-urlencoded";
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{headers}{kind}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("it has a status");
    Page { status, head: head.to_owned(), body: body.to_owned() }
}

/// Signs in at the pages behind this address, and comes back to the program that waits, or to a page on which there is
/// nothing more to fill in; the page that is shown then.
pub(crate) fn sign_in(url: &str, (user, password): (&str, &str), answer: Answer) -> Page {
    let mut cookies = BTreeMap::new();
    let (mut url, mut form) = (url.to_owned(), None::<String>);
    for _ in 0..14 {
        let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
        let jar: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = format!("Cookie: {}\r\nOrigin: {origin}\r\n", jar.join("; "));
        let method = if form.is_some() { "POST" } else { "GET" };
        let page = ask(method, &url, &headers, &form.take().unwrap_or_default());
        if url.starts_with("http://127.0.0.1:") && url.contains("/callback?") {
            return page;
        }
        for cookie in page.headers("set-cookie") {
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some(to) = page.headers("location").next() {
            url = if to.starts_with('/') { format!("{origin}{to}") } else { to.to_owned() };
            continue;
        }
        assert_eq!(page.status, 200, "{url}: {}", page.body);
        if !page.body.contains("<form") {
            return page;
        }
        form = Some(filled(&page.body, (user, password), answer));
        if let Some(action) =
            attribute(tag(&page.body, "<form"), "action").filter(|action| !action.is_empty())
        {
            url = if action.starts_with('/') { format!("{origin}{action}") } else { action };
        }
    }
    panic!("signing in went nowhere: {url}");
}

/// The form of a page, as somebody filled it in.
fn filled(html: &str, (user, password): (&str, &str), answer: Answer) -> String {
    let from = html.find("<form").expect("there is a form");
    let form = html.get(from..).and_then(|rest| rest.split("</form>").next()).expect("it ends");
    let mut fields = BTreeMap::new();
    for input in form.split("<input").skip(1) {
        let input = input.split('>').next().unwrap_or_default();
        if let Some(name) = attribute(input, "name") {
            fields.insert(name, attribute(input, "value").unwrap_or_default());
        }
    }
    for (name, value) in [("username", user), ("password", password)] {
        if let Some(field) = fields.get_mut(name) {
            value.clone_into(field);
        }
    }
    let buttons: Vec<String> =
        form.split("<button").skip(1).filter_map(|button| attribute(button, "value")).collect();
    let wanted = match answer {
        Answer::Cancel => {
            buttons.iter().find(|value| ["deny", "cancel", "decline"].contains(&value.as_str()))
        }
        Answer::Accept => None,
    };
    if let Some(action) = wanted.or(buttons.first()) {
        fields.insert("action".to_owned(), action.clone());
    }
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

fn tag<'a>(html: &'a str, name: &str) -> &'a str {
    let from = html.find(name).unwrap_or(0);
    html.get(from..).and_then(|rest| rest.split('>').next()).unwrap_or_default()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    let plain =
        [("&#x2f;", "/"), ("&#47;", "/"), ("&#61;", "="), ("&#38;", "&"), ("&amp;", "&"), ("&#34;", "\"")];
    Some(plain.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
}

/// A value in a form (WHATWG URL §5).
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
