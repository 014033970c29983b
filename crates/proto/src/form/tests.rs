use proptest::prelude::*;

use super::*;

fn pairs(form: &Form) -> Vec<(&str, &str)> {
    form.pairs().collect()
}

/// RFC 6749 §3.2, appendix B.
#[test]
fn a_form_is_percent_encoded_utf_8() {
    let form = Form::parse(b"a=1+2&b=%C3%A9%2B&c=x=y").unwrap();
    assert_eq!(pairs(&form), [("a", "1 2"), ("b", "é+"), ("c", "x=y")]);
    for bad in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"a=\xff", b"a=%00", b"%00=a", b"a=%+1"] {
        assert_eq!(Form::parse(bad).unwrap_err(), FormError::Encoding, "{bad:?}");
    }
}

/// RFC 6749 §3.2: request parameters must not be included more than once.
#[test]
fn a_repeated_parameter_is_refused_even_an_unknown_one() {
    let repeated = FormError::Repeated("grant_type".into());
    assert_eq!(Form::parse(b"grant_type=a&x=1&grant_type=a").unwrap_err(), repeated);
    assert_eq!(Form::parse(b"grant_type=a&grant%5Ftype=b").unwrap_err(), repeated);
    let repeated = FormError::Json(JsonError::Duplicate);
    assert_eq!(Form::from_json(br#"{"grant_type":"a","grant_type":"b"}"#).unwrap_err(), repeated);
    assert_eq!(Form::from_json(br#"{"grant_type":"a","grant\u005ftype":null}"#).unwrap_err(), repeated);
}

/// RFC 8707 §2: `resource` may be repeated.
#[test]
fn only_a_named_parameter_may_be_repeated() {
    let form = Form::parse_repeatable(b"resource=a&resource=b", &["resource"]).unwrap();
    assert_eq!(form.all("resource").collect::<Vec<_>>(), ["a", "b"]);
    assert!(Form::parse_repeatable(b"scope=a&scope=b", &["resource"]).is_err());
}

/// RFC 6749 §3.2: parameters without a value are treated as omitted.
#[test]
fn an_empty_parameter_is_omitted_and_a_bare_key_is_still_seen() {
    let form = Form::parse(b"scope=&state=x&federated&scope=openid&").unwrap();
    assert_eq!(form.text("scope"), Some("openid"));
    assert_eq!(form.text("federated"), None);
    assert!(form.names("federated") && form.names("state") && !form.names("nonce"));
    assert_eq!(form.required("nonce").unwrap_err(), FormError::Missing("nonce"));
}

#[test]
fn a_json_object_is_read_like_a_form() {
    let form = Form::from_json(br#"{"a":"x y","n":5,"t":true,"z":null,"f":-1.5}"#).unwrap();
    assert_eq!(pairs(&form), [("a", "x y"), ("n", "5"), ("t", "true"), ("f", "-1.5")]);
    let nested = FormError::Nested("a".into());
    assert_eq!(Form::from_json(br#"{"a":{}}"#).unwrap_err(), nested);
    assert_eq!(Form::from_json(br#"{"a":["b"]}"#).unwrap_err(), nested);
    for bad in ["", "[]", "\"a\"", "{\"a\":1}x", "{\"a\":", "{\"a\":\"\\ud800\"}", "{a:1}"] {
        assert!(matches!(Form::from_json(bad.as_bytes()), Err(FormError::Json(_))), "{bad}");
    }
    assert_eq!(Form::from_json(b"{\"a\":\"\\u0000\"}").unwrap_err(), FormError::Json(JsonError::Nul));
}

#[test]
fn members_that_somebody_else_reads_may_hold_anything_but_still_come_once() {
    let form = Form::from_json_without(br#"{"a":"x","more":{"b":[1]}}"#, &["more"]).unwrap();
    assert_eq!(pairs(&form), [("a", "x")]);
    let nested = Form::from_json_without(br#"{"a":{},"more":1}"#, &["more"]).unwrap_err();
    assert_eq!(nested, FormError::Nested("a".into()));
    let twice = Form::from_json_without(br#"{"more":1,"more":2}"#, &["more"]).unwrap_err();
    assert_eq!(twice, FormError::Json(JsonError::Duplicate));
}

#[test]
fn a_refusal_never_repeats_a_value() {
    let refusal = Form::from_json(br#"{"password":"hunter2","x":[1,}"#).unwrap_err();
    assert!(!refusal.to_string().contains("hunter2"));
    assert_eq!(format!("{:?}", Form::parse(b"password=hunter2").unwrap()), r#"["password"]"#);
    let Err(FormError::Repeated(name)) = Form::parse(b"a%22%0a=1&a%22%0a=2") else { panic!("repeated") };
    assert_eq!(name, "a??");
}

#[test]
fn endless_and_deep_bodies_are_refused() {
    let many = (0..200).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    assert_eq!(Form::parse(many.as_bytes()).unwrap_err(), FormError::TooMany);
    let bare = "a&".repeat(200);
    assert_eq!(Form::parse(bare.as_bytes()).unwrap_err(), FormError::TooMany);
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(Form::from_json(deep.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_back(fields in proptest::collection::btree_map("[^\0]{1,20}", "[^\0]{1,40}", 0..8)) {
        let form = fields.iter().fold(Form::new(), |form, (name, value)| form.with(name, value));
        let read = Form::parse(form.encode().as_bytes()).unwrap();
        prop_assert_eq!(pairs(&read), pairs(&form));
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes: Vec<u8>) {
        let _ = Form::parse(&bytes);
        let _ = Form::from_json(&bytes);
    }
}
