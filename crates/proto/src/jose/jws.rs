//! The compact form of a signed message (RFC 7515 §3.1, §7.1).

use super::{
    alg::Alg,
    base64url::{decode, encode},
    json::{self, JsonError, MemberError, Object},
    jwk::{Jwk, JwkError},
    keys::{Sign, SignError},
    unsigned::Unsigned,
};

/// Why a signed message is refused before its signature is looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// An algorithm that is not offered: `none`, a HMAC, or one nobody knows.
    #[error("the algorithm `{found}` is not offered")]
    Alg {
        /// As sent, shortened.
        found: Box<str>,
    },
    /// A part is padded, or otherwise not the one spelling base64url has.
    #[error("the {part} is not base64url without padding")]
    Base64Url {
        /// `header`, `payload` or `signature`.
        part: &'static str,
    },
    /// `crit` asks for extensions, and there are none here (RFC 7515 §4.1.11).
    #[error("`crit` asks for an extension that is not understood")]
    Crit,
    /// A part is not one JSON object.
    #[error("the {part} is refused: {source}")]
    Json {
        /// `header` or `payload`.
        part: &'static str,
        /// What is wrong with it.
        source: JsonError,
    },
    /// The key in the header is refused.
    #[error("the key in the header is refused: {0}")]
    Jwk(#[from] JwkError),
    /// A header member has the wrong type.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// A header member that must be there is not.
    #[error("`{name}` is missing")]
    Missing {
        /// Which.
        name: &'static str,
    },
    /// `b64` or `zip`: the payload would not be what it seems (RFC 7797, RFC 8725 §3.6).
    #[error("`{name}` is not offered")]
    Option {
        /// Which.
        name: &'static str,
    },
    /// Not three parts with a full stop between them.
    #[error("it does not have the three parts of a signed token")]
    Parts,
    /// Longer than the place it came from allows.
    #[error("it has {found} bytes; at most {limit} are allowed")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// Three parts, cut but neither decoded nor copied.
#[derive(Clone, Copy, Debug)]
pub struct Compact<'a> {
    signed: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Cuts `bytes`, which may have at most `limit`.
    pub fn parse(bytes: &'a [u8], limit: usize) -> Result<Self, JwsError> {
        if bytes.len() > limit {
            return Err(JwsError::TooLong { found: bytes.len(), limit });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| JwsError::Parts)?;
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsError::Parts)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Parts)?;
        if payload.contains('.') {
            return Err(JwsError::Parts);
        }
        Ok(Self { signed, header, payload, signature })
    }

    /// What the signature covers (RFC 7515 §5.2 (8)).
    pub const fn signed(&self) -> &'a [u8] {
        self.signed.as_bytes()
    }

    /// The header as it was sent: equal texts are equal headers.
    pub const fn encoded_header(&self) -> &'a str {
        self.header
    }

    /// The header's bytes. What cannot begin an object is refused at its first byte: noise must stay cheap.
    pub fn header(&self) -> Result<Vec<u8>, JwsError> {
        let refused = JwsError::Base64Url { part: "header" };
        if let Some((first, _)) = self.header.split_at_checked(4) {
            let Ok(first) = decode(first) else { return Err(refused) };
            if let Some(source) = first.first().and_then(|byte| json::first_fault(*byte)) {
                return Err(JwsError::Json { part: "header", source });
            }
        }
        decode(self.header).map_err(|_| refused)
    }

    /// The payload's bytes, not to be believed.
    pub fn payload(&self) -> Result<Vec<u8>, JwsError> {
        decode(self.payload).map_err(|_| JwsError::Base64Url { part: "payload" })
    }

    /// The signature's bytes.
    pub fn signature(&self) -> Result<Vec<u8>, JwsError> {
        decode(self.signature).map_err(|_| JwsError::Base64Url { part: "signature" })
    }
}

/// A header whose algorithm is known and which asks for nothing we cannot do.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    alg: Alg,
    members: Object<'a>,
}

impl<'a> Header<'a> {
    /// Reads the bytes of [`Compact::header`]. Members it does not know are ignored (RFC 7515 §4).
    pub fn read(bytes: &'a [u8]) -> Result<Self, JwsError> {
        let members = json::object(bytes).map_err(|source| JwsError::Json { part: "header", source })?;
        if members.has("crit") {
            return Err(JwsError::Crit);
        }
        for name in ["b64", "zip"] {
            if members.has(name) {
                return Err(JwsError::Option { name });
            }
        }
        let name = members.string("alg")?.ok_or(JwsError::Missing { name: "alg" })?;
        let alg = Alg::parse(name).ok_or_else(|| JwsError::Alg { found: name.chars().take(32).collect() })?;
        Ok(Self { alg, members })
    }

    /// The algorithm it names.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// Its media type; compare it with [`is_media_type`].
    pub fn typ(&self) -> Result<Option<&str>, MemberError> {
        self.members.string("typ")
    }

    /// Which key it says has signed.
    pub fn kid(&self) -> Result<Option<&str>, MemberError> {
        self.members.string("kid")
    }

    /// The key it carries. Other ways to name a key (`jku`, `x5u`, `x5c`) are never followed.
    pub fn jwk(&self) -> Result<Option<Jwk>, JwsError> {
        match self.members.object("jwk")? {
            Some(object) => Ok(Some(Jwk::read(object)?)),
            None => Ok(None),
        }
    }

    /// All of it.
    pub const fn members(&self) -> &Object<'a> {
        &self.members
    }
}

/// Whether a `typ` means the media type `application/{wanted}` (RFC 7515 §4.1.9).
///
/// Case does not matter and `application/` may be left out; anything else, a parameter too, is another type.
pub fn is_media_type(found: &str, wanted: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match found.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => found,
    };
    short.eq_ignore_ascii_case(wanted)
}

/// Signs `payload` under a header given as JSON.
pub fn sign_compact<K: Sign + ?Sized>(header: &[u8], payload: &[u8], key: &K) -> Result<String, SignError> {
    sign_encoded(&encode(header), payload, key)
}

/// Signs `payload` under a header that was encoded before: it seldom changes from one message to the next.
pub fn sign_encoded<K: Sign + ?Sized>(header: &str, payload: &[u8], key: &K) -> Result<String, SignError> {
    let unsigned = Unsigned::new(header, payload);
    let signature = key.sign(unsigned.message())?;
    Ok(unsigned.signed(&signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> JwsError {
        Header::read(text.as_bytes()).unwrap_err()
    }

    /// RFC 7515 §7.1; `conformance` P03, P04.
    #[test]
    fn three_parts_are_wanted_no_more_and_no_fewer() {
        for bad in ["", "abc", "a.b", "a.b.c.d", "a.b.c.d.e", "{\"payload\":\"\"}"] {
            assert_eq!(Compact::parse(bad.as_bytes(), 64).unwrap_err(), JwsError::Parts, "{bad}");
        }
        assert_eq!(Compact::parse(b"a.\xFF.c", 64).unwrap_err(), JwsError::Parts);
        let compact = Compact::parse(b"e30.e30.AA", 64).unwrap();
        assert_eq!(compact.signed(), b"e30.e30");
        assert_eq!(compact.encoded_header(), "e30");
        assert_eq!(compact.header().unwrap(), b"{}");
        assert_eq!(compact.payload().unwrap(), b"{}");
        assert_eq!(compact.signature().unwrap(), [0]);
    }

    #[test]
    fn length_is_checked_before_anything_is_decoded() {
        assert_eq!(Compact::parse(&[b'a'; 65], 64).unwrap_err(), JwsError::TooLong { found: 65, limit: 64 });
    }

    /// RFC 7515 §2; `conformance` P45.
    #[test]
    fn each_part_must_be_base64url_without_padding() {
        let compact = Compact::parse(b"e30=.e30 .AB", 64).unwrap();
        assert_eq!(compact.header(), Err(JwsError::Base64Url { part: "header" }));
        assert_eq!(compact.payload(), Err(JwsError::Base64Url { part: "payload" }));
        assert_eq!(compact.signature(), Err(JwsError::Base64Url { part: "signature" }));
    }

    /// RFC 7515 §4: a header is an object; noise is refused at its first byte, as the whole of it would be.
    #[test]
    fn a_header_that_begins_as_no_object_is_refused_at_its_first_byte() {
        for begun in
            [&b"\xA5"[..], b"\xFFxy", b"[1]", b"\"a\"", b"7", b"\0ab", b"xyz", "\u{feff}{}".as_bytes()]
        {
            let whole = [begun, &[b'x'; 30]].concat();
            let text = format!("{}.e30.AA", encode(&whole));
            let Err(JwsError::Json { part: "header", source }) =
                Compact::parse(text.as_bytes(), 64).unwrap().header()
            else {
                panic!("{begun:?} may not begin an object")
            };
            assert_eq!(Some(source), json::object(&whole).err(), "{begun:?}");
        }
        for begun in [" \n\r\t{}", "{}   ", "{"] {
            let text = format!("{}.e30.AA", encode(begun));
            assert_eq!(Compact::parse(text.as_bytes(), 64).unwrap().header().unwrap(), begun.as_bytes());
        }
        for bad in ["e3!w", "=30e", "e30\u{e9}", "\u{e9}e30e30", "e30wé"] {
            let text = format!("{bad}.e30.AA");
            let refused = Compact::parse(text.as_bytes(), 64).unwrap().header();
            assert_eq!(refused, Err(JwsError::Base64Url { part: "header" }), "{bad}");
        }
    }

    /// RFC 7515 §4.1.11: an extension that is not understood is refused; so is an empty or a needless list.
    #[test]
    fn crit_is_refused_whatever_it_says() {
        for crit in [r#"["exp"]"#, "[]", r#"["alg"]"#, "null", r#"["b64"]"#] {
            assert_eq!(header(&format!(r#"{{"alg":"ES256","crit":{crit}}}"#)), JwsError::Crit, "{crit}");
        }
    }

    /// RFC 7797 and RFC 8725 §3.6.
    #[test]
    fn an_unencoded_or_compressed_payload_is_refused() {
        assert_eq!(header(r#"{"alg":"ES256","b64":false}"#), JwsError::Option { name: "b64" });
        assert_eq!(header(r#"{"alg":"ES256","zip":"DEF"}"#), JwsError::Option { name: "zip" });
    }

    /// RFC 8725 §3.1; `conformance` P10 to P12.
    #[test]
    fn the_algorithm_must_be_one_of_ours() {
        for alg in ["none", "nOnE", "HS256", "ES256K", "RS1", "ECDH-ES", ""] {
            assert_eq!(header(&format!(r#"{{"alg":"{alg}"}}"#)), JwsError::Alg { found: alg.into() });
        }
        assert_eq!(header("{}"), JwsError::Missing { name: "alg" });
        assert_eq!(header(r#"{"alg":1}"#), JwsError::Member(MemberError { name: "alg", wanted: "a string" }));
        assert!(matches!(header(r#"{"alg":"ES256","a\u006cg":"none"}"#), JwsError::Json { .. }));
    }

    /// RFC 7515 §4.1.9.
    #[test]
    fn typ_is_compared_as_a_media_type() {
        for good in ["dpop+jwt", "DPoP+JWT", "application/dpop+jwt", "APPLICATION/dpop+JWT"] {
            assert!(is_media_type(good, "dpop+jwt"), "{good}");
        }
        for bad in ["", "JWT", "at+jwt", "dpop", "dpop+jwt+x", "text/dpop+jwt", "dpop+jwt;q=1", " dpop+jwt"] {
            assert!(!is_media_type(bad, "dpop+jwt"), "{bad}");
        }
        assert!(!is_media_type("application/application/dpop+jwt", "dpop+jwt"));
    }
}
