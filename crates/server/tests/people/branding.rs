//! What an administrator says of the pages is what people see next, and nothing else gets onto them.

use http::header;
use keybound_crypto::AwsLc;
use keybound_proto::jose::Digest as _;
use serde_json::{Value, json};

use crate::{
    organizations,
    world::{Page, World, ask, but},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

const SCOPES: &str = "update:branding update:tenant_settings update:organizations read:branding";

async fn says(world: &World, path: &str, body: Value) -> (u16, Value) {
    let token = world.management_token("machine@clients", SCOPES).await;
    world.manages_with(&token, ("PATCH", path), body).await
}

async fn login(world: &World, request: &keybound_proto::form::Form) -> Page {
    let mut browser = world.browser();
    let state = browser.asks(request).await.param("state");
    browser.get(&format!("/u/login?state={state}")).await
}

fn policy(page: &Page) -> &str {
    page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap()
}

/// Every stylesheet on a page is one that its policy names by its hash.
#[track_caller]
fn styles(page: &Page) -> Vec<&str> {
    let styles: Vec<&str> =
        page.body.split("<style>").skip(1).map(|rest| rest.split("</style>").next().unwrap()).collect();
    for style in &styles {
        let hash = STANDARD.encode(AwsLc.sha256(&[style.as_bytes()]));
        assert!(policy(page).contains(&format!("'sha256-{hash}'")), "{style}: {}", policy(page));
    }
    styles
}

#[tokio::test]
async fn the_next_page_looks_as_was_said_and_its_policy_allows_that_and_no_more() {
    let world = World::new().await;
    let before = login(&world, &ask("spa")).await;
    assert_eq!(styles(&before).len(), 1);
    assert!(!policy(&before).contains("img-src"), "{}", policy(&before));

    let branding = json!({
        "colors": { "primary": "#FFe600", "page_background": "#003" },
        "logo_url": "https://cdn.acme.example/logo.svg?v=1&size=2",
        "favicon_url": "https://www.acme.example/favicon.ico",
    });
    assert_eq!(says(&world, "branding", branding).await.0, 200);
    assert_eq!(says(&world, "tenants/settings", json!({ "friendly_name": "Acme & <Sons>" })).await.0, 200);
    let page = login(&world, &ask("spa")).await;
    let style = styles(&page)[1].to_owned();
    for part in ["--key:#ffe600;", "--on-key:#000000;", "--paper:#000033;", "--on-paper:#ffffff;"] {
        assert!(style.contains(part), "{part}: {style}");
    }
    let images = "; img-src https://www.acme.example https://cdn.acme.example; base-uri 'none'";
    assert!(policy(&page).contains(images), "{}", policy(&page));
    for part in [
        "<link rel=\"icon\" href=\"https://www.acme.example/favicon.ico\">",
        "src=\"https://cdn.acme.example/logo.svg?v=1&#38;size=2\" alt=\"Acme &#38; &#60;Sons&#62;\"",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("class=\"mark\""));

    let gradient =
        json!({ "type": "linear-gradient", "start": "#000000", "end": "#ffffff", "angle_deg": 35 });
    let colors = json!({ "colors": { "primary": null, "page_background": gradient }, "logo_url": null });
    assert_eq!(says(&world, "branding", colors).await.0, 200);
    let page = login(&world, &ask("spa")).await;
    assert!(styles(&page)[1].starts_with(":root{--paper:linear-gradient(35deg,#000000,#ffffff);"));
    assert!(page.body.contains("<p class=\"brand\">Acme &#38; &#60;Sons&#62;</p>"));

    let nothing = json!({ "colors": null, "favicon_url": null });
    assert_eq!(says(&world, "branding", nothing).await.0, 200);
    assert_eq!(says(&world, "tenants/settings", json!({ "friendly_name": "" })).await.0, 200);
    let after = login(&world, &ask("spa")).await;
    assert_eq!((styles(&after), policy(&after)), (styles(&before), policy(&before)));
}

/// What pages look like by themselves, written as it is told, changes nothing: not by night either.
#[tokio::test]
async fn the_colors_there_are_can_be_written_as_they_are_told() {
    let world = World::new().await;
    let token = world.management_token("machine@clients", SCOPES).await;
    let (_, told) = world.manages_with(&token, ("GET", "branding"), Value::Null).await;
    assert_eq!(says(&world, "branding", json!({ "colors": told["colors"] })).await.0, 200);
    assert_eq!(styles(&login(&world, &ask("spa")).await).len(), 1);
}

/// Whoever cannot go on is told whom to ask.
#[tokio::test]
async fn a_page_that_says_what_went_wrong_says_whom_to_ask() {
    let world = World::new().await;
    let help = json!({ "support_email": "help@acme.example?bcc=x@y.example", "support_url": "https://acme.example/help?a&b" });
    assert_eq!(says(&world, "tenants/settings", help).await.0, 200);
    let page = world.browser().asks(&ask("nobody")).await;
    for part in [
        "<a href=\"https://acme.example/help?a&#38;b\">Get support</a>",
        "<a href=\"mailto:help@acme.example%3Fbcc%3Dx@y.example\">",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!login(&world, &ask("spa")).await.body.contains("Need help?"));
}

/// The organization that somebody signs in to comes first; what it does not say, the tenant does.
#[tokio::test]
async fn an_organizations_pages_look_as_it_says() {
    let world = World::new().await;
    organizations::furnish(&world).await;
    let tenant = json!({
        "colors": { "primary": "#0059d6", "page_background": "#000033" },
        "logo_url": "https://cdn.acme.example/tenant.png",
        "favicon_url": "https://cdn.acme.example/favicon.ico",
    });
    assert_eq!(says(&world, "branding", tenant).await.0, 200);
    let own = json!({ "branding": {
        "logo_url": "https://org.example/logo.png",
        "colors": { "primary": "#b00020", "page_background": "#ffffff" },
    } });
    assert_eq!(says(&world, "organizations/org_acme", own).await.0, 200);

    let page = login(&world, &but(&ask("b2b"), "organization", "org_acme")).await;
    let style = styles(&page)[1];
    assert!(style.starts_with(":root{--key:#b00020;") && style.contains("--paper:#ffffff;"), "{style}");
    assert!(
        page.body.contains("src=\"https://org.example/logo.png\" alt=\"Acme &#60;Ltd&#62;\""),
        "{}",
        page.body
    );
    assert!(policy(&page).contains("; img-src https://cdn.acme.example https://org.example;"));

    let other = login(&world, &but(&ask("b2b"), "organization", "org_other")).await;
    assert!(styles(&other)[1].starts_with(":root{--key:#0059d6;"));
    let nobodys = login(&world, &ask("b2b")).await;
    assert!(nobodys.body.contains("https://cdn.acme.example/tenant.png"));

    let none = json!({ "branding": { "logo_url": null, "colors": null } });
    assert_eq!(says(&world, "organizations/org_acme", none).await.0, 200);
    let page = login(&world, &but(&ask("b2b"), "organization", "org_acme")).await;
    assert!(styles(&page)[1].starts_with(":root{--key:#0059d6;"));
}

/// Nothing but a color, and no address but one of `https`, is ever kept.
#[tokio::test]
async fn no_text_becomes_part_of_a_stylesheet_and_no_address_runs() {
    let world = World::new().await;
    organizations::furnish(&world).await;
    let color = |text: &str| json!({ "colors": { "primary": text } });
    let ground = |value: Value| json!({ "colors": { "page_background": value } });
    let logo = |text: &str| json!({ "logo_url": text });
    for body in [
        color("#fff;}*{display:none}"),
        color("red"),
        color("#12345"),
        color("url(https://evil.example/)"),
        ground("#fff url(https://evil.example/)".into()),
        ground("linear-gradient(red, blue)".into()),
        ground(json!({ "type": "linear-gradient", "start": "#fff;}", "end": "#000" })),
        ground(json!({ "type": "radial-gradient", "start": "#fff", "end": "#000" })),
        ground(
            json!({ "type": "linear-gradient", "start": "#fff", "end": "#000", "angle_deg": "1deg,url(x)" }),
        ),
        logo("http://cdn.example/l.png"),
        logo("javascript:alert(1)"),
        logo("data:image/svg+xml,<svg onload=alert(1)>"),
        logo("https://u:p@cdn.example/l.png"),
        logo("https://cdn.example;script-src 'unsafe-inline'/l.png"),
        logo("https://cdn.example/\"><script>alert(1)</script>"),
    ] {
        assert_eq!(says(&world, "branding", body.clone()).await.0, 400, "{body}");
    }
    for branding in [
        json!({ "logo_url": "http://cdn.example/l.png" }),
        json!({ "colors": { "primary": "#fff;}", "page_background": "#fff" } }),
    ] {
        let (status, _) = says(&world, "organizations/org_acme", json!({ "branding": branding })).await;
        assert_eq!(status, 400, "{branding}");
    }
    for settings in [json!({ "support_url": "javascript:alert(1)" }), json!({ "picture_url": "data:x" })] {
        assert_eq!(says(&world, "tenants/settings", settings.clone()).await.0, 400, "{settings}");
    }
    assert_eq!(styles(&login(&world, &ask("spa")).await).len(), 1);
}
