use argon2::Params;

use super::*;

const PASSWORD: &[u8] = b"correct horse";

/// Each was computed by Python's `hashlib` and `hmac`.
const HASHES: &[(&str, &str)] = &[
    (
        "md5",
        r#"{"algorithm": "md5", "hash": {"value": "3cb4e732631f47e6eb961f34554b7cde", "encoding": "hex"}}"#,
    ),
    (
        "sha1 with a salt before",
        r#"{"algorithm": "sha1", "hash": {"value": "d11dc5896bf42fb4320130682b5909d363bf770b", "encoding": "hex"}, "salt": {"value": "pepper", "position": "prefix"}}"#,
    ),
    (
        "sha256 with a salt after",
        r#"{"algorithm": "sha256", "hash": {"value": "iiBneCY1H83bKojQwRhnuXkXl3mOZIuJrAljDBgCy5A=", "encoding": "base64"}, "salt": {"value": "706570706572", "encoding": "hex", "position": "suffix"}}"#,
    ),
    (
        "sha512",
        r#"{"algorithm": "sha512", "hash": {"value": "c7fe8d1ffe0ba0cd83ce698e74567709815197a9a8bcf308886b218558ffd3e09f03963186ccf00c2cd3182019c503b1cff9eb24f692f9ce21de9f14cdc49106", "encoding": "hex"}, "password": {"encoding": "utf16le"}}"#,
    ),
    (
        "hmac",
        r#"{"algorithm": "hmac", "hash": {"value": "955ca3bd5be9681f0de4e366f1d33a17f77dde1ef64f2394b5f939aad39dbe26", "encoding": "hex", "digest": "sha256", "key": {"value": "6b6579", "encoding": "hex"}}}"#,
    ),
    (
        "ldap",
        r#"{"algorithm": "ldap", "hash": {"value": "{SSHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=", "encoding": "utf8"}}"#,
    ),
    (
        "ldap without salt",
        r#"{"algorithm": "ldap", "hash": {"value": "{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE="}}"#,
    ),
    (
        "pbkdf2 sha1",
        r#"{"algorithm": "pbkdf2", "hash": {"value": "$pbkdf2-sha1$i=1000,l=32$cGVwcGVycGVwcGVy$ow55NufxNcWaAg30ylJeSDKNCRFo7pgCXmUmXZZn/E0", "encoding": "utf8"}}"#,
    ),
    (
        "pbkdf2 sha256",
        r#"{"algorithm": "pbkdf2", "hash": {"value": "$pbkdf2-sha256$i=1000,l=32$cGVwcGVycGVwcGVy$l+wolRB51QWysUTwBNOFSqOgikBPIXuG+53R8qmZGK0", "encoding": "utf8"}}"#,
    ),
    (
        "pbkdf2 sha512",
        r#"{"algorithm": "pbkdf2", "hash": {"value": "$pbkdf2-sha512$i=1000,l=32$cGVwcGVycGVwcGVy$rCIrJOpnKsthpQl/mrwLWunET0eqb8QWY35TeQ1qMvc", "encoding": "utf8"}}"#,
    ),
    (
        "scrypt",
        r#"{"algorithm": "scrypt", "hash": {"value": "09057a01ffef8207998379c6b199dfdc2d08c29f72034fbbd203c1768c8f53c8927c014e82473d2613608276cc21345ba9ca776eed7d297b9a99907875e428af", "encoding": "hex"}, "salt": {"value": "pepper"}, "keylen": 64, "cost": 1024, "blockSize": 8, "parallelization": 1}"#,
    ),
];

fn is(stored: &str, password: &[u8]) -> bool {
    Foreign::parse(stored).unwrap().is(password).unwrap()
}

#[test]
fn a_hash_from_elsewhere_knows_its_password_and_no_other() {
    for (name, stored) in HASHES {
        assert!(is(stored, PASSWORD), "{name}");
        assert!(!is(stored, b"correct horsf") && !is(stored, b""), "{name}");
    }
}

/// The first is crypt_blowfish's own vector; the second is how Windows names `password`.
#[test]
fn the_vectors_of_others_hold() {
    assert!(is("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", b"U*U"));
    let windows = r#"{"algorithm":"md4","hash":{"value":"8846f7eaee8fb117ad06bdd830b7586c","encoding":"hex"},
        "password":{"encoding":"utf16le"}}"#;
    assert!(is(windows, b"password") && !is(windows, b"Password"));
}

#[test]
fn all_three_kinds_of_argon2_are_known() {
    for (kind, name) in
        [(Algorithm::Argon2d, "argon2d"), (Algorithm::Argon2i, "argon2i"), (Algorithm::Argon2id, "argon2id")]
    {
        let mut hash = [0; 32];
        let params = Params::new(64, 3, 1, Some(32)).unwrap();
        Argon2::new(kind, Version::V0x13, params)
            .hash_password_into(PASSWORD, b"pepperpepper", &mut hash)
            .unwrap();
        let (salt, hash) = (encode(b"pepperpepper"), encode(&hash));
        let stored = format!(
            r#"{{"algorithm":"argon2","hash":{{"value":"${name}$v=19$m=64,t=3,p=1${salt}${hash}"}}}}"#
        );
        assert!(is(&stored, PASSWORD) && !is(&stored, b"other"), "{name}");
    }
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes)
}

/// A file from somewhere must not name a price at which the server stands still.
#[test]
fn what_costs_too_much_is_told_apart_from_what_is_no_hash() {
    let scrypt = |cost: u64, r: u64, p: u64| {
        format!(
            r#"{{"algorithm":"scrypt","hash":{{"value":"{}"}},"salt":{{"value":"x"}},"keylen":8,"cost":{cost},"blockSize":{r},"parallelization":{p}}}"#,
            "00".repeat(8)
        )
    };
    for dear in [
        scrypt(1 << 40, 8, 1),
        scrypt(1 << 14, u64::MAX, 1),
        scrypt(1 << 14, 8, 1 << 20),
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
        format!(
            r#"{{"algorithm":"pbkdf2","hash":{{"value":"$pbkdf2-sha1$i=4000000000,l=20$c2FsdA${}"}}}}"#,
            encode(&[0; 20])
        ),
        format!(
            r#"{{"algorithm":"argon2","hash":{{"value":"$argon2i$v=19$m=4194304,t=9,p=1$c2FsdHNhbHQ${}"}}}}"#,
            encode(&[0; 32])
        ),
    ] {
        assert_eq!(Foreign::parse(&dear).err(), Some(PasswordError::TooCostly), "{dear}");
    }
    for none in [
        String::new(),
        "secret".to_owned(),
        "$2b$10$short".to_owned(),
        "{}".to_owned(),
        scrypt(1_000, 8, 1),
        scrypt(0, 8, 1),
        scrypt(1_024, 0, 1),
        r#"{"algorithm":"md5","hash":{"value":"00","encoding":"hex"}}"#.to_owned(),
        r#"{"algorithm":"rot13","hash":{"value":"00","encoding":"hex"}}"#.to_owned(),
        r#"{"algorithm":"sha1","hash":{"value":"zz","encoding":"hex"}}"#.to_owned(),
        r#"{"algorithm":"ldap","hash":{"value":"{CRYPT}xx"}}"#.to_owned(),
        r#"{"algorithm":"hmac","hash":{"value":"00","digest":"md5","key":{"value":"k"}}}"#.to_owned(),
    ] {
        assert_eq!(Foreign::parse(&none).err(), Some(PasswordError::Hash), "{none}");
    }
}
