//! What of a certificate is asked for here (RFC 5280 §4.1): its key, its subject, its end. Nobody vouches for any of it.

use super::{BIT_STRING, Jwk, OBJECT, PemError, SEQUENCE, any, subject_public_key, take, unarmour};
use crate::time::Timestamp;

/// A certificate, as far as it is read: its signature is not, since nothing follows from it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    ends_at: Timestamp,
    subject: Vec<(Attribute, Box<str>)>,
    key: Vec<u8>,
}

/// What an attribute of a name says (RFC 5280 §4.1.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// As X.520 calls it: `commonName`.
    pub name: &'static str,
    /// As names are written in one line: `CN`.
    pub short: &'static str,
}

impl Certificate {
    /// Reads one that is armoured as a `CERTIFICATE`.
    ///
    /// # Errors
    /// Where it is none, or not in the one form DER has.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        let (label, der) = unarmour(text)?;
        if label != "CERTIFICATE" {
            return Err(match label.contains("PRIVATE") {
                true => PemError::Private,
                false => PemError::Label { found: label.chars().take(32).collect() },
            });
        }
        let (ends_at, subject, key) = read(&der)?;
        let key = key.to_vec();
        Ok(Self { der, ends_at, subject, key })
    }

    /// As it came, without its armour.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Until when it is meant to be good.
    pub const fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// The attributes of its subject that have a name here, in their order.
    pub fn subject(&self) -> impl Iterator<Item = (Attribute, &str)> {
        self.subject.iter().map(|(attribute, value)| (*attribute, &**value))
    }

    /// Its public key, under the rules of [`Jwk::from_pem`].
    ///
    /// # Errors
    /// Where it is of a kind that is not read, or too weak.
    pub fn key(&self) -> Result<Jwk, PemError> {
        Ok(Jwk::new(subject_public_key(&self.key)?)?)
    }
}

type Read<'d> = (Timestamp, Vec<(Attribute, Box<str>)>, &'d [u8]);

/// `Certificate`, `TBSCertificate`.
fn read(der: &[u8]) -> Result<Read<'_>, PemError> {
    let (certificate, rest) = take(der, SEQUENCE)?;
    if !rest.is_empty() {
        return Err(PemError::Der);
    }
    let (signed, signature) = take(certificate, SEQUENCE)?;
    let (_, signature) = take(signature, SEQUENCE)?;
    let (_, after) = take(signature, BIT_STRING)?;
    // Of the first version there is no number.
    let signed = take(signed, VERSION).map_or(signed, |(_, rest)| rest);
    let (_serial, signed) = take(signed, super::INTEGER)?;
    let (_algorithm, signed) = take(signed, SEQUENCE)?;
    let (_issuer, signed) = take(signed, SEQUENCE)?;
    let (validity, signed) = take(signed, SEQUENCE)?;
    let (names, signed) = take(signed, SEQUENCE)?;
    let (inner, rest) = take(signed, SEQUENCE)?;
    let (_, _, validity) = any(validity)?;
    let (kind, end, more) = any(validity)?;
    if !after.is_empty() || !more.is_empty() {
        return Err(PemError::Der);
    }
    let key = signed.get(..signed.len() - rest.len()).filter(|_| !inner.is_empty()).ok_or(PemError::Der)?;
    Ok((moment(kind, end)?, subject(names)?, key))
}

/// `Name`: what has no name here is passed over.
fn subject(mut names: &[u8]) -> Result<Vec<(Attribute, Box<str>)>, PemError> {
    let mut found = Vec::new();
    while !names.is_empty() {
        let (mut set, rest) = take(names, SET)?;
        names = rest;
        while !set.is_empty() {
            let (pair, rest) = take(set, SEQUENCE)?;
            set = rest;
            let (kind, value) = take(pair, OBJECT)?;
            let (_, value, after) = any(value)?;
            if !after.is_empty() {
                return Err(PemError::Der);
            }
            let known = KNOWN.iter().find(|(object, _)| *object == kind);
            if let (Some((_, attribute)), Ok(value)) = (known, std::str::from_utf8(value)) {
                found.push((*attribute, value.into()));
            }
        }
    }
    Ok(found)
}

/// `Time`: two digits of a year are those of 1950 to 2049 (RFC 5280 §4.1.2.5.1).
fn moment(kind: u8, text: &[u8]) -> Result<Timestamp, PemError> {
    let text = std::str::from_utf8(text).map_err(|_| PemError::Der)?;
    let (year, rest) = match kind {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2).ok_or(PemError::Der)?;
            (format!("{}{year}", if year < "50" { "20" } else { "19" }), rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4).ok_or(PemError::Der)?;
            (year.to_owned(), rest)
        }
        _ => return Err(PemError::Der),
    };
    let digits = rest.strip_suffix('Z').filter(|digits| digits.len() == 10).ok_or(PemError::Der)?;
    let part = |from: usize| digits.get(from..from + 2).unwrap_or_default();
    let text = format!("{year}-{}-{}T{}:{}:{}Z", part(0), part(2), part(4), part(6), part(8));
    Timestamp::parse_rfc3339(&text).ok_or(PemError::Der)
}

const VERSION: u8 = 0xa0;
const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

const fn attribute(name: &'static str, short: &'static str) -> Attribute {
    Attribute { name, short }
}

/// X.520, and RFC 2985 §5.2.1 for the address.
const KNOWN: &[(&[u8], Attribute)] = &[
    (&[0x55, 4, 3], attribute("commonName", "CN")),
    (&[0x55, 4, 6], attribute("countryName", "C")),
    (&[0x55, 4, 7], attribute("localityName", "L")),
    (&[0x55, 4, 8], attribute("stateOrProvinceName", "ST")),
    (&[0x55, 4, 10], attribute("organizationName", "O")),
    (&[0x55, 4, 11], attribute("organizationalUnitName", "OU")),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], attribute("emailAddress", "emailAddress")),
];
