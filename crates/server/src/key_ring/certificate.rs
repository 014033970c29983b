//! A signing key as a certificate: nobody vouches for it but itself, and some tools want one (Auth0's `cert`, `pkcs7`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keybound_crypto::fingerprint;
use keybound_proto::{jose::Alg, secret::Secret, time::Timestamp};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::KeyRingError;

/// A certificate, DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate(Vec<u8>);

impl Certificate {
    /// One that was made before.
    pub(super) const fn of_der(der: Vec<u8>) -> Self {
        Self(der)
    }

    /// Makes the certificate of a key, in the name of a host, from when the key was made on.
    pub(super) fn make(
        host: &str,
        (alg, private): (Alg, &Secret<Vec<u8>>),
        made_at: Timestamp,
    ) -> Result<Self, KeyRingError> {
        let refused = |error: rcgen::Error| KeyRingError::Certificate(error.to_string());
        // What the certificate itself is signed by says nothing of how the key signs tokens.
        let algorithm = match alg {
            Alg::Es256 => &PKCS_ECDSA_P256_SHA256,
            Alg::EdDsa => &PKCS_ED25519,
            _ => &PKCS_RSA_SHA256,
        };
        let pkcs8 = PrivatePkcs8KeyDer::from(private.reveal().as_slice());
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, algorithm).map_err(refused)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, host);
        let (year, month, day) = date(made_at);
        params.not_before = rcgen::date_time_ymd(year, month, day);
        params.not_after = rcgen::date_time_ymd(year.saturating_add(YEARS), month, day);
        Ok(Self(params.self_signed(&key).map_err(refused)?.der().to_vec()))
    }

    /// As it is kept.
    pub(super) fn der(&self) -> &[u8] {
        &self.0
    }

    /// `-----BEGIN CERTIFICATE-----`
    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.0)
    }

    /// The same alone in a message that signs nothing (RFC 2315 §9.1), `-----BEGIN PKCS7-----`.
    pub(crate) fn pkcs7(&self) -> String {
        let version = tagged(INTEGER, &[&[1]]);
        let content = tagged(SEQUENCE, &[DATA]);
        let certificates = tagged(CONTEXT_0, &[&self.0]);
        let nothing = tagged(SET, &[]);
        let signed = tagged(SEQUENCE, &[&version, &nothing, &content, &certificates, &nothing]);
        let signed = tagged(CONTEXT_0, &[&signed]);
        pem("PKCS7", &tagged(SEQUENCE, &[SIGNED_DATA, &signed]))
    }

    /// Its SHA-1 as Auth0 writes it, `CC:FB:…`.
    pub(crate) fn fingerprint(&self) -> String {
        let bytes: Vec<String> = fingerprint(&self.0).iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }
}

/// The day, no later than the 28th: it must be there in every year.
fn date(at: Timestamp) -> (i32, u8, u8) {
    let text = at.to_rfc3339();
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next().unwrap_or_default();
    let (year, month, day) = (next(), next(), next());
    let day = day.get(..2).and_then(|day| day.parse().ok()).unwrap_or(1);
    (year.parse().unwrap_or(1970), month.parse().unwrap_or(1), u8::min(day, 28))
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\r\n");
    let encoded = STANDARD.encode(der);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push_str("\r\n");
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\r\n"));
    text
}

/// A value in DER (X.690 §8.1).
fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => der.push(short),
        _ => {
            let length: Vec<u8> =
                content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            der.push(0x80 | u8::try_from(length.len()).unwrap_or(0x7f));
            der.extend(length);
        }
    }
    der.extend(content);
    der
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;

/// 1.2.840.113549.1.7.1 and .2, with their tags.
const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// Longer than any key signs: nobody looks at a key's certificate for its end.
const YEARS: i32 = 14;

#[cfg(test)]
mod tests {
    use keybound_crypto::SigningKey;
    use keybound_proto::time::Lifetime;

    use super::*;

    #[test]
    fn every_kind_of_key_has_a_certificate_that_starts_on_the_day_it_was_made() {
        let made_at = Timestamp::from_unix(1_800_000_000).plus(Lifetime::seconds(86_400 * 16));
        for alg in [Alg::Rs256, Alg::Ps256, Alg::Es256, Alg::EdDsa] {
            let key = SigningKey::generate(alg).unwrap().to_pkcs8().unwrap();
            let made = Certificate::make("id.example", (alg, &key), made_at).unwrap();
            assert_eq!(made.der().first(), Some(&SEQUENCE));
            assert!(made.pem().starts_with("-----BEGIN CERTIFICATE-----\r\nMI"), "{alg}");
            assert!(made.pkcs7().starts_with("-----BEGIN PKCS7-----\r\nMI"), "{alg}");
            assert!(made.pem().lines().all(|line| line.len() <= 64));
            assert_eq!(made.fingerprint().len(), 59);
            let text = String::from_utf8_lossy(made.der()).into_owned();
            assert!(text.contains("id.example"), "{alg}");
        }
        assert_eq!(date(made_at), (2027, 1, 28));
    }

    #[test]
    fn lengths_are_written_as_short_as_they_can_be() {
        assert_eq!(tagged(SET, &[]), [0x31, 0]);
        assert_eq!(tagged(SET, &[&[0; 0x7f]])[..2], [0x31, 0x7f]);
        assert_eq!(tagged(SET, &[&[0; 0x80]])[..3], [0x31, 0x81, 0x80]);
        assert_eq!(tagged(SET, &[&[0; 0x100]])[..4], [0x31, 0x82, 1, 0]);
    }
}
