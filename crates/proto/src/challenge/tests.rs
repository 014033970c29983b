use proptest::prelude::*;

use super::*;

fn read(line: &str) -> Vec<Challenge> {
    Challenge::read([line.as_bytes()])
}

fn schemes(line: &str) -> Vec<String> {
    read(line).iter().map(|challenge| challenge.scheme().as_str().to_owned()).collect()
}

/// RFC 9449 §7.1, figures 16 and 17 in content.
#[test]
fn a_challenge_is_written_with_error_description_and_algorithms() {
    let challenge = Challenge::new(Scheme::DPoP)
        .error(ErrorCode::InvalidToken)
        .description("Invalid DPoP key binding")
        .algs(AlgSet::ES256);
    let expected =
        r#"DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256""#;
    assert_eq!(challenge.to_string(), expected);
    assert_eq!(Challenge::new(Scheme::Bearer).to_string(), "Bearer");
}

/// RFC 6750 §3: no value may hold a quote or a backslash; conformance A3.
#[test]
fn no_value_can_break_out_of_its_string() {
    let evil = "x\", error=\"none\\\"\r\nSet-Cookie: a=b\u{7f}é\0";
    let written = Challenge::new(Scheme::DPoP).description(evil).to_string();
    assert_eq!(written, r#"DPoP error_description="x', error='none/'  Set-Cookie: a=b???""#);
    let [read] = &read(&written)[..] else { panic!("one challenge") };
    assert_eq!(read.param("error"), None);
}

#[test]
fn a_second_value_of_one_name_replaces_the_first() {
    let challenge = Challenge::new(Scheme::DPoP).realm("a").error(ErrorCode::InvalidToken).realm("b");
    assert_eq!(challenge.to_string(), r#"DPoP error="invalid_token", realm="b""#);
}

/// RFC 9110 §11.6.1; conformance RS12, CL09.
#[test]
fn several_challenges_are_read_from_one_line_or_from_many() {
    let line = r#"Bearer realm="api", error="invalid_token" , dpOP algs="ES256 PS256",error=use_dpop_nonce"#;
    let challenges = read(line);
    assert_eq!(challenges.len(), 2);
    assert_eq!(challenges[0].scheme(), &Scheme::Bearer);
    assert_eq!(challenges[0].error_code(), Some(ErrorCode::InvalidToken));
    assert_eq!(challenges[1].scheme(), &Scheme::DPoP);
    assert_eq!(challenges[1].param("ALGS"), Some("ES256 PS256"));
    assert_eq!(challenges[1].error_code(), Some(ErrorCode::UseDpopNonce));
    let lines = [&b"Bearer"[..], b"DPoP error=\"use_dpop_nonce\""];
    assert_eq!(Challenge::read(lines).len(), 2);
}

/// RFC 9110 §11.3 and §5.6.
#[test]
fn the_whole_grammar_is_read() {
    assert_eq!(schemes("Negotiate, Basic realm=x"), ["negotiate", "Basic"]);
    assert_eq!(schemes("Negotiate dG9rZW4=, DPoP"), ["negotiate", "DPoP"]);
    assert_eq!(schemes(",, DPoP ,, algs=\"a\" ,,, Bearer,"), ["DPoP", "Bearer"]);
    assert_eq!(read(r#"DPoP error = "a\"b\\c""#)[0].param("error"), Some(r#"a"b\c"#));
    assert_eq!(read("DPoP algs=\"é\"")[0].param("algs"), Some("é"));
    assert_eq!(read("DPoP a=1, A=2")[0].param("a"), Some("1"));
}

#[test]
fn what_cannot_be_read_ends_its_line_and_no_other() {
    assert_eq!(schemes("Bearer a=1, DPoP error=\"open"), ["Bearer"]);
    assert_eq!(schemes("=, DPoP"), Vec::<String>::new());
    assert_eq!(Challenge::read([&b"\"\""[..], b"DPoP"]).len(), 1);
    assert_eq!(schemes("DPoP a=1 b=2"), Vec::<String>::new());
    assert_eq!(schemes("DPoP a=\"\x01\""), Vec::<String>::new());
    assert_eq!(Challenge::read([&b"DPoP a=\"\xff\""[..]]).len(), 0);
    let endless = format!("DPoP {}", (0..100).map(|n| format!("a{n}=1")).collect::<Vec<_>>().join(","));
    assert!(read(&endless).is_empty());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(values in proptest::collection::vec("[ -~é\"\\\\]{0,20}", 4)) {
        const NAMES: [&str; 4] = ["realm", "error_description", "scope", "resource_metadata"];
        let write = |scheme| {
            NAMES.iter().zip(&values).fold(Challenge::new(scheme), |made, (name, value)| made.with(name, value))
        };
        let (first, second) = (write(Scheme::Bearer), write(Scheme::DPoP));
        prop_assert_eq!(read(&format!("{first}, {second}")), vec![first, second]);
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_loop(bytes: Vec<u8>) {
        for challenge in Challenge::read([bytes.as_slice()]) {
            prop_assert!(challenge.to_string().is_ascii());
        }
    }
}
