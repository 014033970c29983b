//! Public keys of a client, each of which may be enabled for several purposes; what Auth0 calls its credentials.

use keybound_proto::jose::{Alg, AlgSet, Jwk};
use keybound_proto::request::client::ClientAssertion;
use serde_json::{Map, Value};

use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::invalid::{Fault, Invalid};
use crate::kind::{Kind, Name};

/// What a credential may say.
pub const KIND: Kind = Kind {
    name: Name { one: "client credential", many: "client_credentials", path: "clients/credentials" },
    fields: FIELDS,
    told: TOLD,
    untold: &["pem", "parse_expiry_from_cert", "subject_dn"],
    merged: &[],
    absent: "The credential does not exist",
    absent_code: "inexistent_credential",
};

/// How many a client may have.
pub const MOST: usize = 20;

/// A key as it was sent, and for which algorithm.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The key.
    pub key: Jwk,
    /// The algorithm it is for.
    pub alg: Alg,
}

/// What only the maker of a credential knows.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// Its id.
    pub id: &'a str,
    /// How assertions name its key where nobody chose a name.
    pub kid: &'a str,
    /// When it was made.
    pub at: &'a str,
}

impl Sent {
    /// Reads the key of a checked body. An RSA key is for RS256 unless it says otherwise, any other for the one
    /// algorithm there is for it.
    ///
    /// # Errors
    /// Where it is no public key, too weak a one, or not one for the algorithm; a certificate and a private key are
    /// told apart.
    pub fn read(input: &Map<String, Value>) -> Result<Self, Invalid> {
        let text = |name| input.get(name).and_then(Value::as_str);
        let other = |name: &str, reason: String| {
            Invalid::body(name, Fault::Other(format!("'{reason}' on property {name}.")))
        };
        let key = Jwk::from_pem(text("pem").unwrap_or_default())
            .map_err(|error| other("pem", error.to_string()))?;
        let possible = key.allowed().and(ALGS);
        let alg = match text("alg").and_then(Alg::parse) {
            Some(alg) => Some(alg).filter(|alg| possible.contains(*alg)),
            None if possible.contains(Alg::Rs256) => Some(Alg::Rs256),
            None => possible.iter().next(),
        };
        let alg = alg.ok_or_else(|| other("alg", "the key is not for that algorithm".to_owned()))?;
        Ok(Self { key, alg })
    }
}

/// What a credential is when it is made.
pub fn create(input: &Map<String, Value>, sent: &Sent, made: Made<'_>) -> Map<String, Value> {
    let text = |name| input.get(name).and_then(Value::as_str);
    let mut credential = Map::new();
    let mut say = |name: &str, value: &str| {
        credential.insert(name.to_owned(), value.into());
    };
    say("id", made.id);
    say("name", text("name").unwrap_or_default());
    say("kid", text("kid").unwrap_or(made.kid));
    say("alg", sent.alg.name());
    say("credential_type", "public_key");
    say("created_at", made.at);
    say("updated_at", made.at);
    if let Some(end) = text("expires_at") {
        say("expires_at", end);
    }
    credential.insert("jwk".to_owned(), sent.key.to_json());
    credential
}

/// What is shown of one: the key is not asked back.
pub fn view(mut credential: Map<String, Value>) -> Map<String, Value> {
    credential.remove("jwk");
    credential
}

const ALGS: AlgSet = ClientAssertion::ALGS;

const END: Shape = Shape::formatted(Format::DateTime);

/// What a credential may say when it is made, by itself or along with its client.
pub(crate) const FIELDS: &[Field] = &[
    Field::obeyed(
        "credential_type",
        Shape::OneOffered { offered: &["public_key"], inert: &[], others: &["x509_cert", "cert_subject_dn"] },
    )
    .when(Write::Demanded),
    Field::obeyed("pem", Shape::some_text(8_192)).when(Write::Demanded),
    Field::obeyed(
        "alg",
        Shape::OneOffered { offered: &["RS256", "PS256", "ES256", "EdDSA"], inert: &[], others: &["RS384"] },
    )
    .when(Write::Create),
    Field::obeyed("kid", Shape::Text { least: 10, most: 64, format: Format::KeyName }).when(Write::Create),
    Field::obeyed("expires_at", END).when(Write::Create),
    Field::obeyed("expires_at", END).when(Write::Update).or_null(),
    Field::shown("name", Shape::text(128)).when(Write::Create),
    Field::refused("parse_expiry_from_cert", Shape::Flag, &[]).when(Write::Create),
    Field::refused("subject_dn", Shape::text(256), &[]).when(Write::Create),
];

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::told("name", Shape::text(128)),
    Field::told("kid", Shape::some_text(64)),
    Field::told("alg", Shape::OneOf(&["RS256", "PS256", "ES256", "EdDSA"])),
    Field::told("credential_type", Shape::OneOf(&["public_key"])),
    Field::told("created_at", END),
    Field::told("updated_at", END),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verb;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEAoT/yrLKHeR39X9o8GLrEFrf8FB/haifA557HGDTOW8o=\\n-----END PUBLIC KEY-----";

    fn read(more: &str) -> Result<Map<String, Value>, Invalid> {
        let body = format!(r#"{{"credential_type":"public_key","pem":"{PEM}"{more}}}"#);
        KIND.read(Verb::Create, body.as_bytes())
    }

    #[test]
    fn a_key_is_for_the_algorithm_it_can_do() {
        let input = read("").unwrap();
        let sent = Sent::read(&input).unwrap();
        assert_eq!(sent.alg, Alg::EdDsa);
        let made = create(&input, &sent, Made { id: "cred_1", kid: "own", at: "2026-01-01T00:00:00.000Z" });
        assert_eq!((made["kid"].as_str(), made["alg"].as_str()), (Some("own"), Some("EdDSA")));
        assert!(made.contains_key("jwk") && !view(made).contains_key("jwk"));
        let refused = Sent::read(&read(r#","alg":"ES256""#).unwrap()).unwrap_err();
        assert_eq!(refused.property, "alg");
    }

    #[test]
    fn what_is_not_obeyed_is_refused() {
        for more in [
            r#","alg":"RS384""#,
            r#","alg":"HS256""#,
            r#","kid":"short""#,
            r#","kid":"with blanks in it""#,
            r#","expires_at":"tomorrow""#,
            r#","parse_expiry_from_cert":true"#,
        ] {
            assert!(read(more).is_err(), "{more}");
        }
        assert!(read(r#","kid":"a-key_name1","expires_at":"2030-01-01T00:00:00Z""#).is_ok());
        let other = KIND.read(Verb::Create, br#"{"credential_type":"x509_cert","pem":"x"}"#).unwrap_err();
        assert!(other.is_not_offered());
    }

    #[test]
    fn only_its_end_can_be_changed() {
        assert!(KIND.read(Verb::Update, br#"{"expires_at":null}"#).is_ok());
        assert!(KIND.read(Verb::Update, br#"{"pem":"x"}"#).is_err());
    }
}
