use serde_json::json;

use super::*;
use crate::field::Write;

const INNER: &[Field] = &[
    Field::obeyed("kind", Shape::OneOf(&["a", "b"])).when(Write::Within),
    Field::refused("off", Shape::Flag, &[]),
    Field::refused("level", Shape::text(9), &[Scalar::Text("none"), Scalar::Number(1), Scalar::Flag(true)]),
];

const FIELDS: &[Field] = &[
    Field::obeyed("name", Shape::Text { least: 2, most: 4, format: Format::Name }).when(Write::Demanded),
    Field::obeyed("count", Shape::Number { least: 1, most: 9 }),
    Field::obeyed("list", Shape::List { of: &Shape::text(3), most: 2 }),
    Field::obeyed("inner", Shape::Object(INNER)),
    Field::obeyed("maybe", Shape::Flag).or_null(),
    Field::obeyed("later", Shape::Flag).when(Write::Update),
    Field::shown("free", Shape::Free { most: 1 }),
    Field::obeyed("word", Shape::OneOffered { offered: &["x"], inert: &[], others: &["y"] }),
];

fn check(verb: Verb, value: Value) -> Result<(), String> {
    let Value::Object(members) = value else { panic!("an object") };
    object(FIELDS, &members, verb, "").map_err(|invalid| invalid.to_string())
}

fn update(value: Value) -> String {
    check(Verb::Update, value).expect_err("a fault")
}

#[test]
fn what_fits_the_table_passes() {
    let all = json!({
        "name": "ann", "count": 9, "list": ["a", "b"], "inner": {"kind": "a", "off": false, "level": "none"},
        "maybe": null, "free": {"x": [1]}, "word": "x",
    });
    assert_eq!(check(Verb::Create, all), Ok(()));
    assert_eq!(check(Verb::Update, json!({})), Ok(()));
    assert_eq!(check(Verb::Update, json!({"later": true})), Ok(()));
}

#[test]
fn each_fault_is_named_as_auth0_names_it() {
    for (value, message) in [
        (json!({"x": 1}), "'Additional properties not allowed: x'."),
        (
            json!({"inner": {"kind": "a", "x": 1}}),
            "'Additional properties not allowed: x' on property inner.",
        ),
        (json!({"inner": {}}), "'Missing required property: kind' on property inner."),
        (json!({"inner": {"kind": "c"}}), "'No enum match for: c' on property inner.kind."),
        (json!({"count": "1"}), "'Expected type integer but found type string' on property count."),
        (json!({"count": 1.5}), "'Expected type integer but found type number' on property count."),
        (json!({"count": 0}), "'Value 0 is less than minimum 1' on property count."),
        (json!({"count": 10}), "'Value 10 is greater than maximum 9' on property count."),
        (json!({"list": "a"}), "'Expected type array but found type string' on property list."),
        (json!({"list": ["a", 1]}), "'Expected type string but found type integer' on property list[1]."),
        (json!({"list": ["a", "b", "c"]}), "'Array is too long (3), maximum 2' on property list."),
        (json!({"list": ["abcd"]}), "'String is too long (4 chars), maximum 3' on property list[0]."),
        (json!({"maybe": 1}), "'Expected type boolean but found type integer' on property maybe."),
        (json!({"count": null}), "'Expected type integer but found type null' on property count."),
        (json!({"free": {"a": 1, "b": 2}}), "'Too many properties defined (2), maximum 1' on property free."),
        (json!({"word": "z"}), "'No enum match for: z' on property word."),
    ] {
        assert_eq!(update(value.clone()), format!("Payload validation error: {message}"), "{value}");
    }
    for (value, message) in [
        (json!({}), "'Missing required property: name'."),
        (json!({"name": "a"}), "'String is too short (1 chars), minimum 2' on property name."),
        (json!({"name": "<b>"}), "'Object didn't pass validation for format name: <b>' on property name."),
        (json!({"name": "ann", "later": true}), "'Additional properties not allowed: later'."),
    ] {
        assert_eq!(check(Verb::Create, value), Err(format!("Payload validation error: {message}")));
    }
}

#[test]
fn what_the_server_does_not_do_is_refused_unless_it_asks_for_nothing() {
    let not_offered =
        |path: &str| format!("This server does not offer what is asked for by the property {path}.");
    assert_eq!(update(json!({"inner": {"kind": "a", "off": true}})), not_offered("inner.off"));
    assert_eq!(update(json!({"inner": {"kind": "a", "level": "high"}})), not_offered("inner.level"));
    assert_eq!(update(json!({"word": "y"})), not_offered("word"));
    for nothing in
        [json!({"off": null}), json!({"level": ""}), json!({"level": "none"}), json!({"off": false})]
    {
        let Value::Object(mut inner) = nothing else { panic!("an object") };
        inner.insert("kind".to_owned(), "a".into());
        assert_eq!(check(Verb::Update, json!({ "inner": inner })), Ok(()));
    }
}

#[test]
fn an_object_asks_for_nothing_when_none_of_its_members_does() {
    assert!(asks_for_nothing(&json!({"a": {"b": [], "c": ""}, "d": null, "e": false}), &[]));
    for something in [json!({"a": {"b": true}}), json!([0]), json!(0), json!("x")] {
        assert!(!asks_for_nothing(&something, &[]), "{something}");
    }
}
