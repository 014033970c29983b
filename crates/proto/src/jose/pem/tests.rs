use super::*;
use crate::jose::Alg;

const P256_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE23UeFPN5s9xC8w1M73N3hgzDKU0+
m02Zj+z/mjXCZF0H7/v1v7aDhb2gv0SNtJVxRiAO7lSmgVq5gorvRxtlEw==
-----END PUBLIC KEY-----
";
const ED25519_KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAoT/yrLKHeR39X9o8GLrEFrf8FB/haifA557HGDTOW8o=
-----END PUBLIC KEY-----";
const SHORT_RSA_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC2kHycu3QKHJf6Qo7j4hFAWk0H
reMC2ORUq/O9L3AAChppwMxZghk7Ex4IOFBHdVz/7NGJvvRaSLHolwlnGHWvfkZF
RX2rb3sPo/uxWBp3yZqo2F45nbcdbPB38AzarOHA6ucXRbooRtmBhiYSoOvqvq04
KnmoRHvw7OpFE4TFpQIDAQAB
-----END PUBLIC KEY-----";
const RSA_KEY: &str = "MIIBCgKCAQEA7edEe+1Ug8VBgsVbsGhdc3laxjAH7Ly12aIzo3r76QmOcLFkR4K9
iufbPEj+UuXisVeD/PHcJdtSmmzCDRSt3kDpEj1dQM0otr3yEQBdlI3nuqpF0TnP
iXcuagq5CraLUD01GXwRQLVQqYzQzmZg10NF5b1UncLwhvX6y0cSRzKrEuNLgkX3
gAvGl3YtSZlHrFhyDL/jbttKMyCUSOVMWcQM344ea48OGC3Cg6sVMy9mErtA5n7g
geZwpNzlQTf4HVN/+n79ORtY2JdoYOra9o4x9yKbUugEgUCiczcxK353PO4INlso
eQxI/SHwXZ09GbGMfuJrN/K2T2+TTkRkxQIDAQAB";
const SECP256K1_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEvVcqhg2iKe7QZslgOhiMCDcXsnxopwU9
UUh54P90NGOHw85R4pubwLoUGXFiv1E5/g9yY3zLH/xDZz3GYeqdvg==
-----END PUBLIC KEY-----";

fn armoured(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn pkcs1() -> Vec<u8> {
    STANDARD.decode(RSA_KEY.replace('\n', "")).unwrap()
}

/// RFC 5480 §2.2, RFC 8410 §4, RFC 3279 §2.3.1, RFC 8017 §A.1.1.
#[test]
fn a_public_key_of_every_kind_is_read() {
    let key = Jwk::from_pem(P256_KEY).unwrap();
    assert_eq!(key.to_json()["x"], "23UeFPN5s9xC8w1M73N3hgzDKU0-m02Zj-z_mjXCZF0");
    assert_eq!(key.to_json()["y"], "B-_79b-2g4W9oL9EjbSVcUYgDu5UpoFauYKK70cbZRM");
    assert!(Jwk::from_pem(ED25519_KEY).unwrap().alg_allowed(Alg::EdDsa));
    let own = Jwk::from_pem(&armoured("RSA PUBLIC KEY", &pkcs1())).unwrap();
    assert!(own.alg_allowed(Alg::Rs256) && own.alg_allowed(Alg::Ps256));
    let head = [&[0x30, 0x82, 1, 0x22, 0x30, 0x0d, 6, 9], RSA, NULL, &[3, 0x82, 1, 0x0f, 0]].concat();
    let spki = armoured("PUBLIC KEY", &[head, pkcs1()].concat());
    assert_eq!(Jwk::from_pem(&spki), Ok(own));
    assert_eq!(Jwk::from_pem(&P256_KEY.replace('\n', "\r\n")).map(|key| key.to_json()), Ok(key.to_json()));
}

#[test]
fn a_weak_key_a_private_one_and_a_certificate_are_refused_by_name() {
    assert_eq!(Jwk::from_pem(SHORT_RSA_KEY), Err(PemError::Key(JwkError::RsaSize { bits: 1024 })));
    assert!(matches!(Jwk::from_pem(SECP256K1_KEY), Err(PemError::Key(JwkError::Curve { .. }))));
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        assert_eq!(Jwk::from_pem(&armoured(label, &[48])), Err(PemError::Private), "{label}");
    }
    let found = "CERTIFICATE".into();
    assert_eq!(Jwk::from_pem(&armoured("CERTIFICATE", &[48])), Err(PemError::Label { found }));
}

/// X.690 §10.1: DER has one spelling; what follows the key is no part of it.
#[test]
fn what_is_not_one_block_of_der_is_refused() {
    for broken in [
        "",
        "x",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n%%%\n-----END PUBLIC KEY-----",
        &P256_KEY.repeat(2),
        &format!("x{P256_KEY}"),
    ] {
        assert_eq!(Jwk::from_pem(broken), Err(PemError::Armour), "{broken}");
    }
    let whole = pkcs1();
    for end in 0..whole.len() {
        let cut = armoured("RSA PUBLIC KEY", whole.get(..end).unwrap());
        assert_eq!(Jwk::from_pem(&cut), Err(PemError::Der), "{end}");
    }
    let longer = [whole.as_slice(), &[0]].concat();
    assert_eq!(Jwk::from_pem(&armoured("RSA PUBLIC KEY", &longer)), Err(PemError::Der));
    // A length of one byte written in two, and a negative number.
    for der in [&[0x30, 0x81, 3, 2, 1, 3][..], &[0x30, 6, 2, 1, 0x80, 2, 1, 3], &[0x30, 0x80, 0, 0]] {
        assert_eq!(Jwk::from_pem(&armoured("RSA PUBLIC KEY", der)), Err(PemError::Der), "{der:?}");
    }
}

/// RFC 5280 §4.1: what a certificate says of itself is read, and its signature is nobody's business here.
#[test]
fn a_certificate_tells_its_key_its_subject_and_its_end() {
    let certificate = Certificate::from_pem(CERTIFICATE).unwrap();
    assert_eq!(certificate.ends_at().to_rfc3339(), "2010-09-09T22:05:43.000Z");
    let subject: Vec<String> =
        certificate.subject().map(|(attribute, value)| format!("{}={value}", attribute.short)).collect();
    assert_eq!(subject, ["C=AU", "ST=Some-State", "O=Internet Widgits Pty Ltd", "CN=europa.example"]);
    assert!(certificate.key().unwrap().alg_allowed(Alg::Es256));
    assert_eq!(Certificate::from_pem(P256_KEY), Err(PemError::Label { found: "PUBLIC KEY".into() }));
    assert_eq!(Certificate::from_pem(&armoured("PRIVATE KEY", &[48])), Err(PemError::Private));
    let whole = certificate.der().to_vec();
    for end in 0..whole.len() {
        let cut = armoured("CERTIFICATE", whole.get(..end).unwrap());
        assert_eq!(Certificate::from_pem(&cut), Err(PemError::Der), "{end}");
    }
}

/// Made for this test; its key signed nothing else.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBpDCCAUoCAQEwCgYIKoZIzj0EAwIwXjELMAkGA1UEBhMCQVUxEzARBgNVBAgM
ClNvbWUtU3RhdGUxITAfBgNVBAoMGEludGVybmV0IFdpZGdpdHMgUHR5IEx0ZDEX
MBUGA1UEAwwOZXVyb3BhLmV4YW1wbGUwHhcNMDkwOTA5MjIwNTQzWhcNMTAwOTA5
MjIwNTQzWjBeMQswCQYDVQQGEwJBVTETMBEGA1UECAwKU29tZS1TdGF0ZTEhMB8G
A1UECgwYSW50ZXJuZXQgV2lkZ2l0cyBQdHkgTHRkMRcwFQYDVQQDDA5ldXJvcGEu
ZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMmyq6OYwXSVm8k63oS6
wulFlyAwNw24cx7XN1VJDPhd6ltpUrawyRmbibOT/YxGkXB8ikX79IOAgBgTSgUM
F6YwCgYIKoZIzj0EAwIDSAAwRQIgSr53pcxcgWTrYgGRwF9HJn7klMNH5tzzZqhY
PBS7tcsCIQC9yRo7hX12QOtsbMUp0U3aZ3JLItlVAh5xF+efi+Po9A==
-----END CERTIFICATE-----";
