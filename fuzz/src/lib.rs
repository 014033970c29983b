//! One function for each parser that meets bytes nobody has vouched for.
//!
//! Each must return, whatever the bytes, and each checks what must hold of whatever it could read: mostly that
//! what is written is read back. Fuzzers call them with bytes of their own making, `crates/testkit/tests/seeds.rs`
//! with the committed seeds, so that the seeds are tests too.

mod clients;
mod fields;
mod management;

use keybound_proto::{
    challenge::Challenge,
    dpop::{DpopNonce, NonceKeys, NoncePurpose, Proof},
    form::{Form, Multipart},
    id::{ClientId, IdTokenNonce, Jti},
    jose::{Alg, Certificate, Claims, Compact, Digest, Header, Jwk, KeySet, Sealer, Unverified, json},
    metadata::{ResourceMetadata, ServerMetadata},
    pkce::{CodeChallenge, CodeVerifier},
    request::{
        about_token::AboutToken, authorization::AuthorizationRequest, client::PresentedClient,
        logout::LogoutRequest, token::TokenRequest, webfinger::WebfingerRequest,
    },
    response::{
        authorization::AuthorizationResponse,
        ciba::CibaResponse,
        device::DeviceResponse,
        introspection::Introspection,
        mfa::{MfaAssociation, MfaAuthenticator, MfaChallenge},
        pushed::PushedResponse,
        token::{TokenRefusal, TokenResponse},
        userinfo::UserInfo,
    },
    scope::Scopes,
    secret::Secret,
    time::{Lifetime, Timestamp},
    token::logout::{ExpectLogout, LogoutClaims},
    uri::{Htu, Issuer, Origin, RedirectUri, Resource},
};

pub use clients::{client_document, registration};
pub use fields::{callback, cookie, credentials, forwarded, http_date, media_type, reference};
pub use management::{management_body, management_query, metadata_merge, search, sign_in_name};

/// Every target by name, for those who want them all.
#[expect(clippy::type_complexity, reason = "a table of names and functions")]
pub const ALL: &[(&str, fn(&[u8]))] = &[
    ("answer", answer),
    ("authorization_request", authorization_request),
    ("callback", callback),
    ("challenge", challenge),
    ("client", client),
    ("client_document", client_document),
    ("cookie", cookie),
    ("credentials", credentials),
    ("elements", elements),
    ("form", form),
    ("forwarded", forwarded),
    ("http_date", http_date),
    ("htu", htu),
    ("identifier", identifier),
    ("json", json),
    ("json_form", json_form),
    ("jwk", jwk),
    ("jws", jws),
    ("logout_token", logout_token),
    ("management_body", management_body),
    ("management_query", management_query),
    ("media_type", media_type),
    ("metadata", metadata),
    ("metadata_merge", metadata_merge),
    ("multipart", multipart),
    ("nonce", nonce),
    ("proof", proof),
    ("public_key", public_key),
    ("redirect_uri", redirect_uri),
    ("reference", reference),
    ("registration", registration),
    ("scope", scope),
    ("search", search),
    ("sign_in_name", sign_in_name),
    ("token_request", token_request),
    ("webfinger", webfinger),
];

/// What comes back from an authorization server.
pub fn answer(bytes: &[u8]) {
    if let Ok(tokens) = TokenResponse::parse(bytes) {
        assert_eq!(TokenResponse::parse(tokens.to_json().as_bytes()), Ok(tokens));
    }
    if let Ok(refusal) = TokenRefusal::parse(bytes) {
        assert_eq!(TokenRefusal::parse(refusal.to_json().as_bytes()), Ok(refusal));
    }
    if let Ok(told) = Introspection::parse(bytes) {
        assert!(Introspection::parse(told.to_json().as_bytes()).is_ok());
    }
    if let Ok(info) = UserInfo::parse(bytes) {
        let _ = info.to_json();
    }
    let _ = (CibaResponse::parse(bytes), DeviceResponse::parse(bytes), PushedResponse::parse(bytes));
    let _ = (MfaAssociation::parse(bytes), MfaAuthenticator::parse_all(bytes), MfaChallenge::parse(bytes));
    if let Ok(form) = Form::parse(bytes) {
        let _ = AuthorizationResponse::parse(&form);
    }
}

/// The query of `/authorize`.
pub fn authorization_request(bytes: &[u8]) {
    let Ok(form) = Form::parse_repeatable(bytes, AuthorizationRequest::REPEATABLE) else { return };
    if let Ok(request) = AuthorizationRequest::parse(&form) {
        assert_eq!(form.text("state"), request.back.state.as_ref().map(|state| state.as_str()));
    }
    let _ = LogoutRequest::parse(&form);
    let _ = LogoutRequest::parse_return_to(&form);
}

/// `WWW-Authenticate`, one line.
pub fn challenge(bytes: &[u8]) {
    let read = Challenge::read([bytes]);
    let written = read.iter().map(Challenge::to_string).collect::<Vec<_>>();
    assert!(written.iter().all(|line| line.bytes().all(|byte| matches!(byte, b' '..=b'~'))));
    let again = Challenge::read([written.join(", ").as_bytes()]);
    assert_eq!(again.len(), read.len());
    assert_eq!(again.iter().map(Challenge::to_string).collect::<Vec<_>>(), written);
}

/// The `Authorization` header of a client.
pub fn client(bytes: &[u8]) {
    let _ = PresentedClient::read(Some(bytes), &Form::new());
}

/// A form body.
pub fn form(bytes: &[u8]) {
    let Ok(form) = Form::parse(bytes) else { return };
    let again = Form::parse(form.encode().as_bytes());
    assert_eq!(again.map(|again| again.encode()), Ok(form.encode()));
}

/// The `htu` of a proof, and the target of a request.
pub fn htu(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(htu) = Htu::parse(text) {
        assert_eq!(Htu::parse(htu.as_str()), Ok(htu.clone()));
        assert!(htu.is_named_by(text));
    }
    if let Ok(origin) = Origin::parse("https://api.example") {
        let _ = Htu::of_request(&origin, text);
    }
}

/// Names, PKCE and nonces of others.
pub fn identifier(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = (ClientId::parse(text), IdTokenNonce::parse(text), Jti::parse(text), DpopNonce::parse(text));
    if let Ok(verifier) = CodeVerifier::parse(text) {
        assert_eq!(verifier.reveal(), text);
    }
    if let Ok(challenge) = CodeChallenge::parse(text, Some("S256")) {
        assert_eq!(challenge.to_text(), text);
    }
}

/// JSON under a signature.
pub fn json(bytes: &[u8]) {
    let Ok(object) = json::object(bytes) else { return };
    assert!(serde_json_agrees(bytes), "a second reader refuses what the first one reads");
    assert_eq!(object.clone().into_owned(), object);
}

/// A JSON body read as a form.
pub fn json_form(bytes: &[u8]) {
    let Ok(form) = Form::from_json(bytes) else { return };
    assert!(form.pairs().all(|(_, value)| !value.is_empty()));
}

/// A public key, and a set of them.
pub fn jwk(bytes: &[u8]) {
    if let Ok(key) = Jwk::parse(bytes) {
        let again = Jwk::parse(key.to_json().to_string().as_bytes());
        assert_eq!(again.map(|again| again.to_json()), Ok(key.to_json()));
    }
    if let Ok(keys) = KeySet::parse(bytes) {
        let _ = KeySet::parse(keys.to_json().to_string().as_bytes());
    }
}

/// A signed token in compact form.
pub fn jws(bytes: &[u8]) {
    if let Ok(compact) = Compact::parse(bytes, 16 * 1024)
        && let Ok(header) = compact.header()
    {
        let _ = Header::read(&header);
    }
    let _ = Unverified::parse(bytes);
}

/// What a logout token says, once its signature is verified.
pub fn logout_token(bytes: &[u8]) {
    let Ok(claims) = Claims::read(bytes) else { return };
    let names = (Issuer::parse("https://a.example/"), ClientId::parse("app"));
    let (Ok(issuer), Ok(client_id)) = names else { return };
    let expect = ExpectLogout { issuer: &issuer, client_id: &client_id, leeway: Lifetime::seconds(30) };
    if let Ok(read) = LogoutClaims::read(&claims, &expect, Timestamp::from_unix(1_800_000_000)) {
        assert!(read.subject.is_some() || read.session.is_some());
        assert!(claims.claim("nonce").is_none() && claims.issued().is_some());
    }
}

/// Descriptions of servers and resources.
pub fn metadata(bytes: &[u8]) {
    if let Ok(issuer) = Issuer::parse("https://a.example/")
        && let Ok(read) = ServerMetadata::parse(bytes, &issuer)
    {
        assert_eq!(ServerMetadata::parse(read.to_json().as_bytes(), &issuer), Ok(read));
    }
    if let Ok(resource) = Resource::parse("https://api.example/orders")
        && let Ok(read) = ResourceMetadata::parse(bytes, &resource)
    {
        assert_eq!(ResourceMetadata::parse(read.to_json().as_bytes(), &resource), Ok(read));
    }
}

/// A nonce that comes back: none that we did not mint opens.
pub fn nonce(bytes: &[u8]) {
    let now = Timestamp::from_unix(1_800_000_000);
    let keys = NonceKeys::new(Secret::new([7; 32]), NoncePurpose::AuthorizationServer, 1);
    let own = keys.mint(now, &Folded);
    assert_eq!(keys.open(own.as_str(), now, &Folded), Ok(now));
    if let Ok(text) = std::str::from_utf8(bytes)
        && keys.open(text, now, &Folded).is_ok()
    {
        assert_eq!(text.len(), 32);
    }
}

/// The `DPoP` header.
pub fn proof(bytes: &[u8]) {
    if let Ok(Some(proof)) = Proof::parse([bytes]) {
        assert_eq!(proof.as_str().as_bytes(), bytes);
    }
}

/// A public key in PEM, or a certificate: what is read is a key that its JSON tells whole.
pub fn public_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(certificate) = Certificate::from_pem(text) {
        assert!(!certificate.der().is_empty());
        let _ = (certificate.key(), certificate.subject().count(), certificate.ends_at().to_rfc3339());
    }
    if let Ok(key) = Jwk::from_pem(text) {
        let again = Jwk::parse(key.to_json().to_string().as_bytes());
        assert_eq!(again.map(|again| again.to_json()), Ok(key.to_json()));
    }
}

/// A form with a file in it: each part that is found stands in the body, once.
pub fn multipart(bytes: &[u8]) {
    let (head, body) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let head = std::str::from_utf8(head).unwrap_or("multipart/form-data; boundary=x");
    if let Ok(form) = Multipart::parse(head, body.get(1..).unwrap_or_default()) {
        let names: Vec<&str> = form.names().collect();
        assert!(names.len() <= Multipart::LIMIT);
        for (at, name) in names.iter().enumerate() {
            assert!(form.bytes(name).is_some() && !names[..at].contains(name));
        }
    }
}

/// An array taken apart: where the strict reader reads the whole, the parts are what it read.
pub fn elements(bytes: &[u8]) {
    let parts: Result<Vec<&[u8]>, _> = json::Elements::of(bytes).collect();
    let whole: Result<Vec<serde_json::Value>, _> = serde_json::from_slice(bytes);
    if let Ok(whole) = whole {
        let parts = parts.expect("what is an array can be taken apart");
        let read =
            parts.iter().map(|part| serde_json::from_slice::<serde_json::Value>(part).expect("an element"));
        assert!(read.eq(whole));
    }
}

/// A redirection address, registered or asked for.
pub fn redirect_uri(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(address) = RedirectUri::parse(text) {
        assert_eq!(address.as_str(), text);
        assert!(address.permits(&address));
        if let Ok(registered) = RedirectUri::parse("https://app.example/callback") {
            assert_eq!(registered.permits(&address), text == registered.as_str());
        }
    }
    let _ = (Issuer::parse(text), Resource::parse(text), Origin::parse(text));
}

/// A list of scopes.
pub fn scope(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(scopes) = Scopes::parse(text) else { return };
    let again = Scopes::parse(&scopes.to_string());
    assert_eq!(again.as_ref(), Ok(&scopes));
    assert!(scopes.iter().all(|scope| scopes.contains(scope.as_str())));
}

/// The body of a token request, as a form and as JSON, and its neighbours.
pub fn token_request(bytes: &[u8]) {
    for form in [Form::parse_repeatable(bytes, TokenRequest::REPEATABLE), Form::from_json(bytes)] {
        let Ok(form) = form else { continue };
        let _ = (PresentedClient::read(None, &form), AboutToken::parse(&form));
        if let Ok(request) = TokenRequest::parse(&form) {
            let again = request.to_form().encode();
            let again = Form::parse_repeatable(again.as_bytes(), TokenRequest::REPEATABLE);
            let again = again.map(|again| TokenRequest::parse(&again));
            if !matches!(request, TokenRequest::Other(_)) {
                assert_eq!(again, Ok(Ok(request)));
            }
        }
    }
}

/// The query of `/.well-known/webfinger`.
pub fn webfinger(bytes: &[u8]) {
    let Ok(form) = Form::parse_repeatable(bytes, WebfingerRequest::REPEATABLE) else { return };
    let Ok(asked) = WebfingerRequest::parse(&form) else { return };
    let Ok(issuer) = Issuer::parse("https://login.example.com/") else { return };
    if asked.is_at(&issuer) {
        let told = serde_json::from_str::<serde_json::Value>(&asked.answer(&issuer));
        assert!(told.is_ok_and(|told| told.get("subject") == Some(&asked.resource.as_str().into())));
    }
}

/// A number beyond all floats is the one thing on which the two may differ: ours keeps it as it was written.
fn serde_json_agrees(bytes: &[u8]) -> bool {
    let read = serde_json::from_slice::<serde_json::Value>(bytes);
    read.map_or_else(|error| error.to_string().starts_with("number out of range"), |_| true)
}

/// A keyed fold in place of HMAC: fuzzers look for panics here, not for collisions.
struct Folded;

impl Digest for Folded {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.hmac_sha256(&[1; 32], parts)
    }

    fn hash_for(&self, _: Alg, message: &[u8]) -> Vec<u8> {
        self.sha256(&[message]).to_vec()
    }

    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        let mut state = *key;
        for (at, byte) in parts.iter().flat_map(|part| part.iter()).enumerate() {
            let mixed = state[at % 32].rotate_left(3) ^ state[(at + 7) % 32] ^ byte;
            state[at % 32] = mixed.wrapping_mul(167).wrapping_add(13);
        }
        state
    }

    fn sealer(&self, key: &[u8; 16]) -> Box<dyn Sealer> {
        Box::new(FoldedSealer(*key))
    }
}

/// A keyed sum in place of a MAC.
struct FoldedSealer([u8; 16]);

impl Sealer for FoldedSealer {
    fn seal(&self, place: [u8; 3], open: [u8; 5]) -> [u8; 21] {
        let mut sealed = [0; 21];
        sealed[..5].copy_from_slice(&open);
        sealed[5..].copy_from_slice(&Folded.hmac_sha256(&[self.0[0]; 32], &[&place, &open])[..16]);
        sealed
    }

    fn open(&self, place: [u8; 3], sealed: [u8; 21]) -> Option<[u8; 5]> {
        let open = sealed[..5].try_into().ok()?;
        (self.seal(place, open) == sealed).then_some(open)
    }
}
