//! Header fields, and the request that brings an answer to a native app.

use std::net::{IpAddr, Ipv4Addr};

use keybound_proto::{
    field::{self, InvalidCookie, MediaType},
    request::resource::{InvalidCredentials, PresentedToken},
    response::callback::query,
    time::Timestamp,
    uri::{Origin, join},
};

/// The head of a request to a native app's listener: what is read stands in its first line.
pub fn callback(bytes: &[u8]) {
    let Some(query) = query(bytes, "/callback") else { return };
    let line = format!("GET /callback?{query} HTTP/1.");
    assert!(bytes.starts_with(line.as_bytes()));
    assert!(!query.contains(|c: char| c.is_whitespace() || c.is_control()));
}

/// `Cookie`, in as many lines as there are: a value is one that was sent, and another beside it takes it away.
pub fn cookie(bytes: &[u8]) {
    const NAME: &str = "__Host-session";
    let lines = || bytes.split(|&byte| byte == b'\n');
    let found = field::cookie(lines(), NAME);
    if let Ok(Some(value)) = found {
        let sent = format!("{NAME}={value}");
        assert!(bytes.windows(sent.len()).any(|part| part == sent.as_bytes()));
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';'));
        assert_eq!(field::cookie(lines().chain([sent.as_bytes()]), NAME), found);
        let planted = format!("{sent}x");
        assert_eq!(field::cookie(lines().chain([planted.as_bytes()]), NAME), Err(InvalidCookie::Several));
    }
    let other = [&b"__Host-sessions=1; _Host-session=2; __host-session=3"[..]];
    assert_eq!(field::cookie(lines().chain(other), NAME), found);
}

/// `Authorization` at a protected resource, and behind a line feed its query.
pub fn credentials(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |&byte| byte == b'\n');
    let header = parts.next().unwrap_or_default();
    let query = parts.next().and_then(|query| std::str::from_utf8(query).ok());
    let Ok(Some(read)) = PresentedToken::read([header], query) else { return };
    assert!(header.ends_with(read.token.as_bytes()));
    assert!((1..=PresentedToken::LIMIT).contains(&read.token.len()));
    assert!(!read.token.contains([' ', ',', '"', ';']));
    let again = format!("{:?} {}", read.scheme, read.token);
    assert_eq!(PresentedToken::read([again.as_bytes()], None), Ok(Some(read)));
    assert_eq!(PresentedToken::read([header, header], query), Err(InvalidCredentials::Several));
    assert_eq!(PresentedToken::read([header], Some("access_token=x")), Err(InvalidCredentials::InQuery));
}

/// `X-Forwarded-For`, in as many lines as there are: whoever is not a trusted proxy has the last word.
pub fn forwarded(bytes: &[u8]) {
    let (proxy, stranger) = (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), IpAddr::V4(Ipv4Addr::new(9, 9, 9, 9)));
    let lines = || bytes.split(|&byte| byte == b'\n');
    assert_eq!(field::forwarded_for(stranger, lines(), &[proxy]), stranger);
    assert_eq!(field::forwarded_for(proxy, lines().chain([&b"9.9.9.9"[..]]), &[proxy]), stranger);
    let found = field::forwarded_for(proxy, lines(), &[proxy]);
    assert_eq!(found, found.to_canonical());
    assert_eq!(field::forwarded_for(proxy, lines().chain([&b"10.0.0.1"[..]]), &[proxy]), found);
}

/// `Date` of an answer: what is read is a day that there was.
pub fn http_date(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(read) = Timestamp::parse_http_date(text) else { return };
    assert_eq!(Timestamp::parse_rfc3339(&read.to_rfc3339()), Some(read));
    let written = read.to_rfc3339();
    let (day, year) = (written.get(8..10).unwrap_or("?"), written.get(..4).unwrap_or("?"));
    assert!(text.contains(day) && text.contains(year) && text.ends_with(" GMT"), "{text} is {written}");
}

/// `Content-Type`
pub fn media_type(bytes: &[u8]) {
    let Some(read) = MediaType::parse(bytes) else { return };
    assert!(read.is(&read.as_str().to_ascii_uppercase()));
    assert_eq!(read.as_str().matches('/').count(), 1);
    assert_eq!(MediaType::parse(format!(" {} ; q=\"/\"", read.as_str()).as_bytes()), Some(read));
    assert!(!read.is_json() || read.as_str().to_ascii_lowercase().ends_with("json"));
}

/// A reference, `Location` for instance, and behind a line feed the address it stands at: a path leads nowhere else.
pub fn reference(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (reference, base) = text.split_once('\n').unwrap_or((text, "https://api.example/v1/orders?x"));
    let Ok(url) = join(base, reference) else { return };
    let (Ok(here), Ok(there)) = (Origin::of_url(base), Origin::of_url(&url)) else { return };
    assert_eq!(join(&url, "").as_deref(), Ok(&*url));
    if !reference.contains(':') && !reference.starts_with("//") {
        assert_eq!(here, there, "{reference:?} at {base:?} is {url:?}");
    }
}
