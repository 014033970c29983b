//! Every way to forge a token, at every door that takes one: conformance A2 (JOSE).
//!
//! What each check refuses is tested where it stands; here is that no door has forgotten one.

use std::net::TcpListener;

use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    form::Form,
    jose::{Alg, Digest as _, Sign as _, encode_base64url, sign_compact},
};
use keybound_store::documents::Clients;
use serde_json::{Value, json};

use crate::{
    assertions,
    exchange::{self, BACKEND, STOCK, swap, unbound},
    signing::{credential, key},
    wallet::get,
    world::{CALLBACK, ISSUER, M2M, SECRET, USER, WEB, World, claims},
};

const SIGNER: &str = "request-signer";
const MANAGEMENT: &str = "https://id.example/api/v2/";

/// Where a token is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Userinfo,
    Management,
    Introspection,
    Exchange,
    Assertion,
    Request,
    Hint,
}

const DOORS: [Door; 7] = [
    Door::Userinfo,
    Door::Management,
    Door::Introspection,
    Door::Exchange,
    Door::Assertion,
    Door::Request,
    Door::Hint,
];

/// What opens a door: the type, the claims and the key of a good token.
struct Good<'a> {
    typ: &'static str,
    claims: Value,
    key: &'a SigningKey,
}

impl Good<'_> {
    fn header(&self) -> Value {
        json!({ "alg": self.key.alg().name(), "typ": self.typ, "kid": self.key.kid().unwrap().as_str() })
    }

    fn under(&self, header: &Value) -> String {
        signed(self.key, &header.to_string(), self.claims.to_string().as_bytes())
    }

    fn with(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.under(&header)
    }

    fn saying(&self, payload: &[u8]) -> String {
        signed(self.key, &self.header().to_string(), payload)
    }

    /// The claims with more text at their end.
    fn and(&self, more: &str) -> String {
        let claims = self.claims.to_string();
        self.saying(format!("{},{more}}}", claims.strip_suffix('}').unwrap()).as_bytes())
    }
}

fn signed(key: &SigningKey, header: &str, payload: &[u8]) -> String {
    sign_compact(header.as_bytes(), payload, key).unwrap()
}

/// All that is no token, each with what is wrong with it. A listener stands where some of them say their key is.
fn forgeries(good: &Good<'_>, thief: &SigningKey, listener: &str) -> Vec<(&'static str, String)> {
    let token = good.under(&good.header());
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    let named = |name: &str, value: Value| {
        let mut header = good.header();
        header[name] = value;
        header
    };
    let unsigned =
        |header: Value, end: &str| format!("{}.{payload}.{end}", encode_base64url(header.to_string()));
    let public = good.key.public().to_json();
    let mac = |secret: &[u8; 32]| {
        let message = format!("{}.{payload}", encode_base64url(named("alg", json!("HS256")).to_string()));
        let mac = AwsLc.hmac_sha256(secret, &[message.as_bytes()]);
        format!("{message}.{}", encode_base64url(mac))
    };
    let stolen = |header: &Value| signed(thief, &header.to_string(), good.claims.to_string().as_bytes());
    let bent = if signature.starts_with('A') { "B" } else { "A" };
    let twice = good.header().to_string().replacen('{', "{\"typ\":\"JWT\",", 1);
    vec![
        ("no algorithm and no signature", unsigned(named("alg", json!("none")), "")),
        ("no algorithm in other letters", unsigned(named("alg", json!("nOnE")), signature)),
        ("the public key as a secret", mac(&AwsLc.sha256(&[public.to_string().as_bytes()]))),
        (
            "a stranger's key under its own name",
            stolen(&json!({
                "alg": thief.alg().name(), "typ": good.typ, "kid": thief.kid().unwrap().as_str(),
            })),
        ),
        ("a stranger's key under ours", stolen(&good.header())),
        ("a stranger's key in the header", stolen(&named("jwk", thief.public().to_json()))),
        ("a stranger's keys at an address", stolen(&named("jku", json!(format!("http://{listener}/keys"))))),
        (
            "a stranger's certificate at an address",
            stolen(&named("x5u", json!(format!("http://{listener}/x")))),
        ),
        ("a name that is a path", good.with("kid", json!("../../../../dev/null"))),
        ("a name that is SQL", good.with("kid", json!("' OR 1=1 --"))),
        ("a name without end", good.with("kid", json!("k".repeat(8_000)))),
        ("a critical header", good.with("crit", json!(["exp"]))),
        ("an empty list of critical headers", good.with("crit", json!([]))),
        (
            "a payload that is not encoded",
            good.under(&{
                let mut header = named("b64", json!(false));
                header["crit"] = json!(["b64"]);
                header
            }),
        ),
        ("a compressed payload", good.with("zip", json!("DEF"))),
        ("five parts", format!("{token}.{payload}.{signature}")),
        ("a header member twice", signed(good.key, &twice, good.claims.to_string().as_bytes())),
        ("a claim twice", good.and(r#""exp":4000000000,"e\u0078p":4000000000"#)),
        ("an end in words", good.with_claim("exp", json!("4000000000"))),
        ("no UTF-8", good.saying(b"{\"iss\":\"\xff\"}")),
        ("too deep", good.and(&format!("\"deep\":{}{}", "[".repeat(3_000), "]".repeat(3_000)))),
        ("too long", good.and(&format!("\"long\":\"{}\"", "a".repeat(13_000)))),
        ("padding", format!("{token}=")),
        ("a bit flipped", format!("{message}.{bent}{}", &signature[1..])),
        ("half a signature", format!("{message}.{}", &signature[..signature.len() / 2])),
        ("a stranger's issuer", good.with_claim("iss", json!("https://evil.example/"))),
    ]
}

impl Good<'_> {
    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.saying(claims.to_string().as_bytes())
    }
}

/// A world behind all the doors, the tenant's key, and the key of its clients that sign.
async fn world() -> (World, std::sync::Arc<SigningKey>, SigningKey) {
    let (world, own) = (exchange::world().await, key(Alg::Rs256));
    assertions::furnished(&world, assertions::ID, &own, &json!({})).await;
    let doc = json!({
        "client_id": SIGNER, "name": "Signer", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code"],
        "credentials": [credential("cred_1", &own)],
        "signed_request_object": { "required": true, "credentials": [{ "id": "cred_1" }] },
    });
    world.put::<Clients>(SIGNER, doc).await;
    let tenant = world.app.keys.signer(&world.app.store, Alg::Rs256, world.now()).await.unwrap();
    (world, tenant, own)
}

/// What opens that door, with a `jti` of its own each time where that counts.
async fn opening<'a>(world: &World, door: Door, keys: (&'a SigningKey, &'a SigningKey)) -> Good<'a> {
    let (tenant, own) = keys;
    let now = world.now().as_unix();
    let (typ, claims, key) = match door {
        Door::Userinfo | Door::Introspection | Door::Exchange => {
            ("JWT", claims(&unbound(world).await), tenant)
        }
        Door::Management => {
            let claims = json!({
                "iss": ISSUER, "sub": format!("{M2M}@clients"), "aud": MANAGEMENT, "azp": M2M,
                "scope": "read:clients", "gty": "client-credentials", "iat": now, "exp": now + 600,
            });
            ("JWT", claims, tenant)
        }
        Door::Assertion => ("JWT", assertions::claims(world), own),
        Door::Request => {
            let claims = json!({
                "iss": SIGNER, "client_id": SIGNER, "aud": ISSUER, "nbf": now, "exp": now + 300,
                "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid",
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                "code_challenge_method": "S256",
            });
            ("oauth-authz-req+jwt", claims, own)
        }
        Door::Hint => {
            let claims = json!({ "iss": ISSUER, "sub": USER, "aud": WEB, "iat": now, "exp": now + 600 });
            ("JWT", claims, tenant)
        }
    };
    Good { typ, claims, key }
}

/// Shows a token there; whether it was believed.
async fn believed(world: &World, door: Door, token: &str, place: &str) -> bool {
    let bearer = format!("Bearer {token}");
    let (answer, good, bad) = match door {
        Door::Userinfo => (get(world, "/userinfo", &[("authorization", &bearer)]).await, 200, 401),
        Door::Management => (get(world, "/api/v2/clients", &[("authorization", &bearer)]).await, 200, 401),
        Door::Introspection => {
            let form = Form::new().with("client_id", BACKEND).with("client_secret", SECRET);
            let answer = world.post("/oauth/introspect", form.with("token", token), &[]).await;
            assert_eq!(answer.status, 200, "{place}");
            if answer.body != br#"{"active":false}"# {
                assert_eq!(answer.json()["active"], true, "{place}");
                return true;
            }
            return false;
        }
        Door::Exchange => {
            let form = swap(BACKEND, token).with("audience", STOCK);
            (world.post("/oauth/token", form, &[]).await, 200, 400)
        }
        Door::Assertion => (world.post("/oauth/token", assertions::machine(token), &[]).await, 200, 401),
        Door::Request => {
            let form = Form::new().with("client_id", SIGNER).with("request", token);
            (world.post("/oauth/par", form, &[]).await, 201, 400)
        }
        Door::Hint => {
            let form = Form::new().with("id_token_hint", token);
            (get(world, &format!("/oidc/logout?{}", form.encode()), &[]).await, 200, 400)
        }
    };
    let status = answer.status.as_u16();
    let said = String::from_utf8_lossy(&answer.body);
    assert!([good, bad, 400].contains(&status), "{place}: {status} {said}");
    assert!(!said.contains(token), "{place}: a token is not repeated");
    status == good
}

#[tokio::test]
async fn no_forged_token_opens_any_door_and_a_good_one_opens_each() {
    let (world, tenant, own) = world().await;
    let thief = key(Alg::Rs256);
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let listener = canary.local_addr().unwrap().to_string();
    for door in DOORS {
        let good = opening(&world, door, (&tenant, &own)).await;
        for (what, forged) in forgeries(&good, &thief, &listener) {
            let place = format!("{door:?}: {what}");
            assert!(!believed(&world, door, &forged, &place).await, "{place}");
        }
        let token = good.under(&good.header());
        assert!(believed(&world, door, &token, &format!("{door:?}")).await, "{door:?}: the door is no wall");
    }
    let nobody = canary.accept().unwrap_err();
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock, "somebody looked where a forger said");
}
