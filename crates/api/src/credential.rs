//! Public keys of a client, each of which may be enabled for several purposes; what Auth0 calls its credentials.

use keybound_proto::jose::{Alg, AlgSet, Certificate, Jwk};
use keybound_proto::request::client::ClientAssertion;
use keybound_proto::time::Timestamp;
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
    untold: &["pem", "parse_expiry_from_cert"],
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
    /// When it ends, where a certificate says so and is to be believed.
    pub ends_at: Option<Timestamp>,
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
    /// Reads the key of a checked body, by itself or in a certificate. An RSA key is for RS256 unless it says otherwise,
    /// any other for the one algorithm there is for it.
    ///
    /// # Errors
    /// Where it is no public key, too weak a one, or not one for the algorithm; a private key is told apart.
    pub fn read(input: &Map<String, Value>) -> Result<Self, Invalid> {
        let pem = text(input, "pem").ok_or_else(|| Invalid::body("", Fault::Missing("pem")))?;
        let certificate = pem.contains("-----BEGIN CERTIFICATE-----");
        let certificate = certificate.then(|| certified(pem)).transpose()?;
        let key = match &certificate {
            Some(certificate) => certificate.key(),
            None => Jwk::from_pem(pem),
        };
        let key = key.map_err(|error| wrong("pem", &error.to_string()))?;
        let possible = key.allowed().and(ALGS);
        let alg = match text(input, "alg").and_then(Alg::parse) {
            Some(alg) => Some(alg).filter(|alg| possible.contains(*alg)),
            None if possible.contains(Alg::Rs256) => Some(Alg::Rs256),
            None => possible.iter().next(),
        };
        let alg = alg.ok_or_else(|| wrong("alg", "the key is not for that algorithm"))?;
        let believed = input.get("parse_expiry_from_cert") == Some(&Value::Bool(true));
        if believed && certificate.is_none() {
            return Err(wrong("parse_expiry_from_cert", "there is no certificate to read it from"));
        }
        let ends_at = certificate.filter(|_| believed).map(|certificate| certificate.ends_at());
        Ok(Self { key, alg, ends_at })
    }
}

/// Reads a certificate.
///
/// # Errors
/// Where it is none.
pub fn certified(pem: &str) -> Result<Certificate, Invalid> {
    Certificate::from_pem(pem).map_err(|error| wrong("pem", &error.to_string()))
}

/// The subject of a certificate that somebody vouches for, by which a client would be known: as it was written, or as it
/// stands in a certificate.
///
/// # Errors
/// Where neither or both are there.
pub fn subject(input: &Map<String, Value>) -> Result<String, Invalid> {
    match (text(input, "subject_dn"), text(input, "pem")) {
        (Some(subject), None) => Ok(subject.to_owned()),
        (None, Some(pem)) => {
            let certificate = certified(pem)?;
            let parts =
                certificate.subject().map(|(attribute, value)| format!("/{}={value}", attribute.short));
            Ok(parts.collect())
        }
        _ => Err(wrong("subject_dn", "either this or pem must be there")),
    }
}

fn text<'a>(input: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}

fn wrong(name: &str, reason: &str) -> Invalid {
    Invalid::body(name, Fault::Other(format!("'{reason}' on property {name}.")))
}

/// What a credential is when it is made: a key by which a client is known here.
pub fn create(input: &Map<String, Value>, sent: &Sent, made: Made<'_>) -> Map<String, Value> {
    let kid = text(input, "kid").unwrap_or(made.kid);
    let mut credential = born(input, "public_key", made);
    credential.insert("kid".to_owned(), kid.into());
    credential.insert("alg".to_owned(), sent.alg.name().into());
    let end = sent.ends_at.map(|end| end.to_rfc3339());
    let said = text(input, "expires_at").map(utc);
    if let Some(end) = end.or(said) {
        credential.insert("expires_at".to_owned(), end.into());
    }
    credential.insert("jwk".to_owned(), sent.key.to_json());
    credential
}

/// A time as it is told, whatever its offset was.
pub fn utc(text: &str) -> String {
    Timestamp::parse_rfc3339(text).map_or_else(|| text.to_owned(), Timestamp::to_rfc3339)
}

/// What a credential is that is only kept: a certificate, or the subject of one.
pub fn keep(
    input: &Map<String, Value>,
    facts: impl IntoIterator<Item = (&'static str, String)>,
    made: Made<'_>,
) -> Map<String, Value> {
    let mut credential = born(input, text(input, "credential_type").unwrap_or_default(), made);
    credential.extend(facts.into_iter().map(|(name, value)| (name.to_owned(), value.into())));
    credential
}

fn born(input: &Map<String, Value>, kind: &str, made: Made<'_>) -> Map<String, Value> {
    let name = text(input, "name").unwrap_or_default();
    let members = [
        ("id", made.id),
        ("name", name),
        ("credential_type", kind),
        ("created_at", made.at),
        ("updated_at", made.at),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
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
        Shape::OneOffered { offered: &["public_key"], inert: CERTIFICATES, others: &[] },
    )
    .when(Write::Demanded),
    Field::obeyed("pem", PEM).when(Write::Create),
    Field::obeyed(
        "alg",
        Shape::OneOffered { offered: &["RS256", "PS256", "ES256", "EdDSA"], inert: &[], others: &["RS384"] },
    )
    .when(Write::Create),
    Field::obeyed("kid", Shape::Text { least: 10, most: 64, format: Format::KeyName }).when(Write::Create),
    Field::obeyed("expires_at", END).when(Write::Create),
    Field::obeyed("expires_at", END).when(Write::Update).or_null(),
    Field::shown("name", Shape::text(128)).when(Write::Create),
    Field::obeyed("parse_expiry_from_cert", Shape::Flag).when(Write::Create),
    Field::inert("subject_dn", SUBJECT_DN, &[]).when(Write::Create),
];

/// What a client's own certificate says.
pub(crate) const CERTIFICATE: &[Field] = &[
    Field::inert("credential_type", Shape::OneOf(&["x509_cert"]), &[]).when(Write::Demanded),
    Field::inert("pem", PEM, &[]).when(Write::Demanded),
    Field::shown("name", Shape::text(128)).when(Write::Create),
];

/// What the subject of a certificate that somebody vouches for says: itself, or in a certificate.
pub(crate) const SUBJECT: &[Field] = &[
    Field::inert("credential_type", Shape::OneOf(&["cert_subject_dn"]), &[]).when(Write::Demanded),
    Field::inert("subject_dn", SUBJECT_DN, &[]).when(Write::Create),
    Field::inert("pem", PEM, &[]).when(Write::Create),
    Field::shown("name", Shape::text(128)).when(Write::Create),
];

const CERTIFICATES: &[&str] = &["x509_cert", "cert_subject_dn"];
const PEM: Shape = Shape::some_text(8_192);
const SUBJECT_DN: Shape = Shape::some_text(256);

const TOLD: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::told("name", Shape::text(128)),
    KID,
    ALG,
    Field::told("credential_type", TYPE),
    SUBJECT_TOLD,
    THUMBPRINT,
    EXPIRY,
    Field::told("created_at", END),
    Field::told("updated_at", END),
];

/// Where a client names one: the name alone, and to whoever makes it the whole.
pub(crate) const NAMED: &[Field] = &[
    Field::told("id", Shape::some_text(64)),
    Field::maybe("name", Shape::text(128)),
    KID,
    ALG,
    Field::maybe("credential_type", TYPE),
    SUBJECT_TOLD,
    THUMBPRINT,
    EXPIRY,
    Field::maybe("created_at", END),
    Field::maybe("updated_at", END),
];

const TYPE: Shape = Shape::OneOf(&["public_key", "x509_cert", "cert_subject_dn"]);
const KID: Field = Field::maybe("kid", Shape::some_text(64));
const ALG: Field = Field::maybe("alg", Shape::OneOf(&["RS256", "PS256", "ES256", "EdDSA"]));
const SUBJECT_TOLD: Field = Field::maybe("subject_dn", Shape::text(usize::MAX));
const THUMBPRINT: Field = Field::maybe("thumbprint_sha256", Shape::some_text(64));
const EXPIRY: Field = Field::maybe("expires_at", END);

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
            r#","parse_expiry_from_cert":"yes""#,
        ] {
            assert!(read(more).is_err(), "{more}");
        }
        assert!(read(r#","kid":"a-key_name1","expires_at":"2030-01-01T00:00:00Z""#).is_ok());
        let other = KIND.read(Verb::Create, br#"{"credential_type":"x509_cert","pem":"x"}"#).unwrap();
        assert_eq!(KIND.inert(Verb::Create, &other), ["credential_type"]);
        assert!(
            Sent::read(&KIND.read(Verb::Create, br#"{"credential_type":"public_key"}"#).unwrap()).is_err()
        );
    }

    #[test]
    fn only_its_end_can_be_changed() {
        assert!(KIND.read(Verb::Update, br#"{"expires_at":null}"#).is_ok());
        assert!(KIND.read(Verb::Update, br#"{"pem":"x"}"#).is_err());
    }
}
