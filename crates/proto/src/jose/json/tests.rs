use super::*;

fn fault(text: &str) -> JsonError {
    object(text.as_bytes()).unwrap_err()
}

/// RFC 8259 §4 and RFC 7515 §4: a name stands once; `conformance` P44.
#[test]
fn a_name_that_stands_twice_is_refused_at_every_depth_and_in_every_spelling() {
    assert_eq!(fault(r#"{"htu":1,"htu":1}"#), JsonError::Duplicate);
    assert_eq!(fault(r#"{"htu":1,"h\u0074u":2}"#), JsonError::Duplicate);
    assert_eq!(fault(r#"{"h\u0074u":1,"htu":2}"#), JsonError::Duplicate);
    assert_eq!(fault(r#"{"a":{"b":[{"c":1,"c":2}]}}"#), JsonError::Duplicate);
    assert_eq!(fault(r#"{"":1,"":2}"#), JsonError::Duplicate);
    let many: Vec<_> = (0..100).map(|i| format!(r#""m{i}":{i}"#)).collect();
    assert!(object(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
    for at in [0, 15, 16, 17, 99] {
        let text = format!(r#"{{{},"m{at}":0}}"#, many.join(","));
        assert_eq!(fault(&text), JsonError::Duplicate, "{at}");
    }
    for count in 2..40 {
        let mut some = many[..count].to_vec();
        some.push(r#""m0":1"#.into());
        assert_eq!(fault(&format!("{{{}}}", some.join(","))), JsonError::Duplicate, "{count}");
    }
}

/// `conformance` P46.
#[test]
fn only_one_object_in_unicode_and_nothing_else_is_read() {
    assert_eq!(fault("[]"), JsonError::NotAnObject);
    assert_eq!(fault(r#""x""#), JsonError::NotAnObject);
    assert_eq!(fault("null"), JsonError::NotAnObject);
    assert_eq!(fault("7"), JsonError::NotAnObject);
    assert_eq!(fault(""), JsonError::Grammar { at: 0 });
    assert_eq!(fault("\u{FEFF}{}"), JsonError::Grammar { at: 0 });
    assert_eq!(fault("{}{}"), JsonError::Trailing);
    assert_eq!(fault("{} x"), JsonError::Trailing);
    assert_eq!(fault("{}\0"), JsonError::Nul);
    assert_eq!(fault("{\"a\":\"\0\"}"), JsonError::Nul);
    assert_eq!(fault(r#"{"a":"\u0000"}"#), JsonError::Nul);
    assert_eq!(object(b"{\"a\":\"\xFF\"}"), Err(JsonError::Unicode));
    assert_eq!(object(b"{\"a\":\"\xED\xA0\x80\"}"), Err(JsonError::Unicode));
    assert_eq!(object(b"{\"a\":\"\xC0\x80\"}"), Err(JsonError::Unicode));
}

#[test]
fn half_of_a_surrogate_pair_is_refused() {
    for bad in
        [r"\ud800", r"\udc00", r"\ud800x", r"\ud800\n", r"\ud800\ud800", r"\ud800\u0041", r"\udc00\ud800"]
    {
        assert_eq!(fault(&format!(r#"{{"a":"{bad}"}}"#)), JsonError::Unicode, "{bad}");
    }
    let pair = object(br#"{"a":"\ud83d\ude00"}"#).unwrap();
    assert_eq!(pair.string("a"), Ok(Some("\u{1F600}")));
}

#[test]
fn the_grammar_is_kept_to_the_letter() {
    for bad in [
        "{",
        "}",
        "{,}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{"a":1 "b":2}"#,
        r#"{a:1}"#,
        r#"{'a':1}"#,
        r#"{"a":01}"#,
        r#"{"a":-}"#,
        r#"{"a":1.}"#,
        r#"{"a":.5}"#,
        r#"{"a":+1}"#,
        r#"{"a":1e}"#,
        r#"{"a":1e+}"#,
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":0x10}"#,
        r#"{"a":--1}"#,
        r#"{"a":tru}"#,
        r#"{"a":True}"#,
        r#"{"a":nul"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[1}"#,
        r#"{"a":[,1]}"#,
        r#"{"a":"\x41"}"#,
        r#"{"a":"\u12"}"#,
        r#"{"a":"\u+123"}"#,
        r#"{"a":"\U0041"}"#,
        r#"{"a":"x}"#,
        "{\"a\":\"\n\"}",
        "{\"a\":\"\u{1}\"}",
        r#"{"a":"\"#,
        "{/**/}",
        "{\"a\":1}//",
        "{\u{A0}}",
        "{\u{B}}",
        r#"{"a":1}}"#,
        r#"{1:1}"#,
        r#"{null:1}"#,
    ] {
        assert!(object(bad.as_bytes()).is_err(), "{bad}");
    }
    for good in [
        "{}",
        " \t\r\n{ } \n",
        r#"{"":0}"#,
        r#"{"a":-0}"#,
        r#"{"a":0.10e-7}"#,
        r#"{"a":1.7976931348623157E+308}"#,
        r#"{"a":1e-400}"#,
        r#"{"a":[]}"#,
        r#"{ "a" : [ 1 , true , false , null , { } , "x" ] , "b" : "" }"#,
        r#"{"a":"\"\\\/\b\f\n\r\tA"}"#,
        "{\"a\":\"\u{7F}é\u{10FFFF}\"}",
    ] {
        assert!(object(good.as_bytes()).is_ok(), "{good}");
    }
}

#[test]
fn depth_and_number_and_length_have_limits_and_no_stack_overflows() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(object(nested(31).as_bytes()).is_ok());
    assert_eq!(fault(&nested(32)), JsonError::TooDeep);
    assert_eq!(fault(&nested(10_000)), JsonError::TooDeep);
    let objects = "{\"a\":".repeat(10_000);
    assert_eq!(fault(&objects), JsonError::TooDeep);
    let members: Vec<_> = (0..5000).map(|i| format!(r#""{i}":0"#)).collect();
    assert_eq!(fault(&format!("{{{}}}", members.join(","))), JsonError::TooMany);
    assert_eq!(fault(&format!("{{\"a\":[{}]}}", vec!["0"; 5000].join(","))), JsonError::TooMany);
    assert_eq!(fault(&format!("{{\"a\":\"{}\"}}", "x".repeat(LIMITS.bytes))), JsonError::TooLong);
}

#[test]
fn strings_without_escapes_are_borrowed() {
    let text = br#"{"a":"plain","b":"es\u0063aped"}"#;
    let object = object(text).unwrap();
    assert!(matches!(object.member("a"), Some(Value::String(std::borrow::Cow::Borrowed("plain")))));
    assert_eq!(object.string("b"), Ok(Some("escaped")));
    assert_eq!(object.string("c"), Ok(None));
    assert_eq!(object.number("a"), Err(MemberError { name: "a", wanted: "a number" }));
    assert_eq!(object.clone().into_owned(), object);
}

/// RFC 7519 §2: a NumericDate may have a fraction.
#[test]
fn numbers_are_floored_and_never_overflow() {
    for (text, floor) in [
        ("0", 0),
        ("-0", 0),
        ("1562262616", 1_562_262_616),
        ("1562262616.5", 1_562_262_616),
        ("1562262616.99999999999999999999", 1_562_262_616),
        ("-1.5", -2),
        ("-1.0", -1),
        ("-0.5", -1),
        ("1.5e3", 1500),
        ("-15e-1", -2),
        ("9223372036854775807", i64::MAX),
        ("9223372036854775808", i64::MAX),
        ("-9223372036854775809.5", i64::MIN),
        ("1e300", i64::MAX),
        ("-1e300", i64::MIN),
        ("9007199254740992", 9_007_199_254_740_992),
    ] {
        let json = format!(r#"{{"n":{text}}}"#);
        let object = object(json.as_bytes()).unwrap();
        assert_eq!(object.number("n").unwrap().unwrap().floor(), floor, "{text}");
    }
}

/// RFC 8259 §6, RFC 7493 §2.2: what no double holds is infinity to one reader and an error to the next.
#[test]
fn a_number_that_no_double_holds_is_refused() {
    let long = "9".repeat(309);
    let long_fraction = format!("{}.5", "9".repeat(400));
    for bad in ["1e400", "-1e400", "1E+400", "1e309", "-1.8e308", "1e999999999", &long, &long_fraction] {
        assert_eq!(fault(&format!(r#"{{"a":{bad}}}"#)), JsonError::NotFinite, "{bad}");
        assert_eq!(fault(&format!(r#"{{"a":[{{"b":{bad}}}]}}"#)), JsonError::NotFinite, "{bad}");
    }
    let fraction = format!("0.{}", "9".repeat(400));
    for good in ["1e308", "-1e308", "1e-999999999", "0e400", &"9".repeat(308), &fraction] {
        assert!(object(format!(r#"{{"a":{good}}}"#).as_bytes()).is_ok(), "{good}");
    }
}

/// What serde_json reads differently is refused by us, never read to another value.
#[test]
fn what_is_read_is_what_serde_reads() {
    let text = r#"{"a":[1,-2.5,true,null,{"b":"\u00e9\n"}],"c":{"d":"x"},"e":1e3}"#;
    let ours = serde_json::Value::from(object(text.as_bytes()).unwrap().to_serde());
    assert_eq!(ours, serde_json::from_str::<serde_json::Value>(text).unwrap());
}
