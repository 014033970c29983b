//! What clients say of themselves, and what they are told of it.

use keybound_proto::{
    request::registration::ClientDocument,
    response::registration::RegistrationResponse,
    uri::{DocumentUrl, Origin},
};

/// What stands at an address that is a client's name, and a name that is a description itself.
pub fn client_document(bytes: &[u8]) {
    let Ok(url) = DocumentUrl::parse("https://notes.example/client.json") else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let read =
        [ClientDocument::parse(bytes, &url).ok(), ClientDocument::of_this_machine(text).and_then(Result::ok)];
    for client in read.into_iter().flatten() {
        assert!([url.as_str(), text].contains(&client.id.as_str()));
        assert!(!client.redirect_uris.is_empty() && !client.name.is_empty());
        let home = |origin: Origin| origin.is_private();
        assert!(client.redirect_uris.iter().all(|address| address.origin().is_none_or(home)));
    }
}

/// The answer to a registration, and an address that names a client.
pub fn registration(bytes: &[u8]) {
    if let Ok(read) = RegistrationResponse::parse(bytes) {
        assert!(!read.client_id.as_str().is_empty());
        assert!(read.client_secret.is_none_or(|secret| !secret.reveal().is_empty()));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(url) = DocumentUrl::parse(text) {
        assert_eq!(url.as_str(), text);
        assert!(Origin::of_url(text).is_ok_and(|origin| origin.is_secure()));
    }
}
