use proptest::prelude::*;

use super::*;

fn htu(text: &str) -> String {
    Htu::parse(text).unwrap().as_str().to_owned()
}

/// RFC 3986 §6.2.2.1.
#[test]
fn scheme_and_host_are_compared_without_case() {
    assert_eq!(htu("HTTPS://Server.EXAMPLE.com/Token"), "https://server.example.com/Token");
}

/// RFC 3986 §6.2.2.1 and §6.2.2.2.
#[test]
fn percent_triplets_have_one_spelling() {
    assert_eq!(htu("https://a.example/x%3ay"), htu("https://a.example/x%3Ay"));
    assert_eq!(htu("https://a.example/%61pi"), "https://a.example/api");
    assert_eq!(htu("https://a.example/%7Eme"), "https://a.example/~me");
    assert_ne!(htu("https://a.example/a%2Fb"), htu("https://a.example/a/b"));
    assert_eq!(htu("https://a.example/a%2f../b"), "https://a.example/a%2F../b");
    assert_eq!(Htu::parse("https://a.example/%zz"), Err(UriError::Percent));
    assert_eq!(Htu::parse("https://a.example/%"), Err(UriError::Percent));
    assert_eq!(Htu::parse("https://a.example/%+1"), Err(UriError::Percent));
}

/// RFC 3986 §5.2.4 and its example.
#[test]
fn dot_segments_are_removed_from_a_claim() {
    assert_eq!(htu("https://a.example/a/b/c/./../../g"), "https://a.example/a/g");
    assert_eq!(htu("https://a.example/x/../api"), "https://a.example/api");
    assert_eq!(htu("https://a.example/./api"), "https://a.example/api");
    assert_eq!(htu("https://a.example/.."), "https://a.example/");
    assert_eq!(htu("https://a.example/a/."), "https://a.example/a/");
    assert_eq!(htu("https://a.example/a/%2e%2E/b"), "https://a.example/b");
    assert_eq!(htu("https://a.example/.well-known/x"), "https://a.example/.well-known/x");
    assert_eq!(htu("https://a.example/a//../b"), "https://a.example/a/b");
}

#[test]
fn dot_segments_of_a_request_are_kept_and_so_match_no_other_name() {
    let origin = Origin::parse("https://a.example").unwrap();
    let asked = Htu::of_request(&origin, "/x/../api?q=1").unwrap();
    assert_eq!(asked.as_str(), "https://a.example/x/../api");
    assert!(!asked.is_named_by("https://a.example/api"));
    assert!(!Htu::of_request(&origin, "/api").unwrap().is_named_by("https://a.example/x/../api/"));
    assert!(Htu::of_request(&origin, "/api").unwrap().is_named_by("https://a.example/x/../api"));
}

/// RFC 3986 §6.2.3.
#[test]
fn a_default_port_and_an_empty_path_are_left_out() {
    assert_eq!(htu("https://a.example:443"), "https://a.example/");
    assert_eq!(htu("https://a.example:"), "https://a.example/");
    assert_eq!(htu("http://a.example:80/"), "http://a.example/");
    assert_eq!(htu("http://a.example:443/"), "http://a.example:443/");
    for port in ["0", "0443", "65536", "99999999999", "+443", "4 43", "-1"] {
        assert!(Htu::parse(&format!("https://a.example:{port}/")).is_err(), "{port}");
    }
}

/// RFC 9449 §4.3 (9): query and fragment are ignored.
#[test]
fn query_and_fragment_of_a_claim_are_ignored() {
    let origin = Origin::parse("https://a.example").unwrap();
    let asked = Htu::of_request(&origin, "/api?page=2").unwrap();
    for claim in ["https://a.example/api", "https://a.example/api?x", "https://A.example/api?x#y"] {
        assert!(asked.is_named_by(claim), "{claim}");
    }
    assert!(!asked.is_named_by("https://a.example/api/"));
    assert!(!asked.is_named_by("https://a.example/ap"));
    assert!(!asked.is_named_by("https://a.example/apix"));
    assert!(!asked.is_named_by("http://a.example/api"));
    assert!(!asked.is_named_by("https://a.example:8443/api"));
    assert!(!asked.is_named_by(""));
    assert!(!asked.is_named_by("https://a.example/api?\r\n"));
    assert!(!asked.is_named_by("https://a.example/api#\\"));
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    for claim in [
        "https://user:pw@a.example/",
        "https://a.example@evil.example/",
        "https:\\\\a.example\\",
        "https://a.example/\u{0}",
        "https://a.example/a b",
        "https://a.example/a\tb",
        "https://a.example/ä",
        "https://ä.example/",
        "https://a%2eexample/",
        "https:/a.example/",
        "https:a.example",
        "https:///path",
        "//a.example/",
        "/api",
        "",
        "ftp://a.example/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://a.example:80:80/",
        "https://*/",
    ] {
        assert!(Htu::parse(claim).is_err(), "{claim}");
    }
    assert!(Htu::parse(&format!("https://a.example/{}", "a".repeat(5000))).is_err());
}

#[test]
fn an_ipv6_literal_has_one_spelling() {
    assert_eq!(htu("http://[::1]:8080/x"), htu("http://[0:0:0:0:0:0:0:1]:8080/x"));
    assert_eq!(htu("http://[2001:DB8::A]/"), "http://[2001:db8::a]/");
    assert_ne!(htu("https://a.example./"), htu("https://a.example/"));
}

/// RFC 8414 §2, RFC 9207 §2.4: simple string comparison.
#[test]
fn issuers_are_compared_byte_for_byte() {
    let with = Issuer::parse("https://a.example/").unwrap();
    assert_ne!(with, Issuer::parse("https://a.example").unwrap());
    assert_ne!(with, Issuer::parse("https://A.example/").unwrap());
    assert_eq!(with.as_str(), "https://a.example/");
    assert_eq!(with.join("/oauth/token"), "https://a.example/oauth/token");
    assert_eq!(with.openid_configuration(), "https://a.example/.well-known/openid-configuration");
    assert_eq!(with.oauth_metadata(), "https://a.example/.well-known/oauth-authorization-server");
    let deep = Issuer::parse("http://localhost:8420/tenant/one").unwrap();
    let twin = |text| Issuer::parse(text).unwrap().twin().map(|twin| twin.to_string());
    assert_eq!(twin("https://a.example").as_deref(), Some("https://a.example/"));
    assert_eq!(twin("https://a.example:444/").as_deref(), Some("https://a.example:444"));
    for path in ["https://a.example/t", "https://a.example/t/", "https://a.example//"] {
        assert_eq!(twin(path), None, "{path}");
    }
    assert_eq!(
        deep.oauth_metadata(),
        "http://localhost:8420/.well-known/oauth-authorization-server/tenant/one"
    );
    assert_eq!(
        deep.openid_configuration(),
        "http://localhost:8420/tenant/one/.well-known/openid-configuration"
    );
    assert!(Issuer::parse("https://a.example/?x").is_err());
    assert!(Issuer::parse("https://a.example/#x").is_err());
    assert!(Issuer::parse("a.example").is_err());
}

/// RFC 9700 §2.1 (exact comparison), RFC 8252 §7.3 (loopback ports).
#[test]
fn a_redirection_goes_exactly_where_it_was_registered() {
    let permits = |registered: &str, asked: &str| {
        RedirectUri::parse(registered).unwrap().permits(&RedirectUri::parse(asked).unwrap())
    };
    assert!(permits("https://a.example/cb", "https://a.example/cb"));
    for asked in [
        "https://a.example/cb/",
        "https://a.example/CB",
        "https://A.example/cb",
        "https://a.example/cb?x=1",
        "https://a.example/%63b",
        "http://a.example/cb",
        "https://a.example:443/cb",
    ] {
        assert!(!permits("https://a.example/cb", asked), "{asked}");
    }
    assert!(permits("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"));
    assert!(permits("http://127.0.0.1:1/cb", "http://127.0.0.1:51004/cb"));
    assert!(permits("http://[::1]/cb", "http://[::1]:51004/cb"));
    assert!(!permits("http://127.0.0.1/cb", "http://127.0.0.1:51004/other"));
    assert!(!permits("http://127.0.0.1/cb", "http://[::1]/cb"));
    assert!(!permits("http://127.0.0.1/cb", "http://127.0.0.10/cb"));
    assert!(!permits("http://localhost/cb", "http://localhost:51004/cb"));
    assert!(!permits("https://127.0.0.1/cb", "https://127.0.0.1:51004/cb"));
    assert!(permits("com.example.app:/cb", "com.example.app:/cb"));
}

#[test]
fn a_redirection_that_hides_something_is_refused() {
    for text in [
        "https://a.example/#x",
        "https://u:p@a.example/",
        "https://a.example\\@evil.example/",
        "https://a.example/\r\nSet-Cookie:x",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "/cb",
        "",
        "https:",
        "https://",
    ] {
        assert!(RedirectUri::parse(text).is_err(), "{text}");
    }
}

/// RFC 8707 §2; conformance A14.
#[test]
fn a_resource_is_absolute_and_has_no_fragment() {
    assert!(Resource::parse("https://api.example.com/app/").is_ok());
    assert!(Resource::parse("urn:example:api").is_ok());
    assert!(Resource::parse("https://api.example.com/#x").is_err());
    assert!(Resource::parse("api").is_err());
}

#[test]
fn an_origin_is_only_an_origin() {
    assert_eq!(Origin::parse("HTTPS://A.example:443/").unwrap().as_str(), "https://a.example");
    for text in ["null", "https://a.example/x", "https://a.example?x", "https://a.example#x", "*"] {
        assert!(Origin::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_an_address_panic(text in "\\PC{0,80}") {
        let _ = (Htu::parse(&text), Issuer::parse(&text), RedirectUri::parse(&text), Resource::parse(&text));
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form(
        host in "[A-Za-z][A-Za-z0-9.-]{0,12}", port in proptest::option::of(1u16..),
        path in "(/[a-zA-Z0-9.~_-]{0,4}(%[2-7][0-9a-fA-F])?){0,5}",
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let once = htu(&format!("https://{host}{port}{path}"));
        prop_assert_eq!(&htu(&once), &once);
    }

    #[test]
    fn a_proof_made_for_a_request_names_it(path in "(/[a-zA-Z0-9~_-]{0,6}(%[2-7][0-9a-fA-F])?){0,4}") {
        let origin = Origin::parse("https://a.example").unwrap();
        let asked = Htu::of_request(&origin, &path).unwrap();
        let claim = format!("https://a.example{path}");
        // `%2e` between slashes is a dot segment in a claim, and nothing else is different.
        prop_assume!(!asked.as_str().split('/').any(|segment| matches!(segment, "." | "..")));
        prop_assert!(asked.is_named_by(&claim));
    }
}
