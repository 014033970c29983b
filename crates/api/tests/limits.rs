//! Every text, number and list that a body may have, at its limit and one past it.

#![expect(clippy::panic, reason = "a test stops at what it did not expect")]

use keybound_api::{
    Fault, Field, Kind, Shape, Verb, Write,
    format::Format,
    operation::{self, Body},
};
use serde_json::{Map, Value, json};

/// A value somewhere in a body, and what surrounds it there.
struct Place {
    path: String,
    shape: Shape,
    around: Box<dyn Fn(Value) -> Value>,
}

/// Every value that the fields know, the inner ones too.
fn places(fields: &'static [Field], verb: Verb) -> Vec<Place> {
    let written = |field: &&Field| match verb {
        Verb::Create => field.write != Write::Update,
        Verb::Update => matches!(field.write, Write::Always | Write::Within | Write::Update),
    };
    let mut all = Vec::new();
    for field in fields.iter().filter(written) {
        let around = move |value: Value| {
            let mut object = demanded(fields, verb);
            object.insert(field.name.to_owned(), value);
            Value::Object(object)
        };
        all.extend(
            inside(field.name, field.shape, verb)
                .into_iter()
                .map(|place| Place { around: Box::new(move |value| around((place.around)(value))), ..place }),
        );
    }
    all
}

/// A value, and those in it.
fn inside(name: &str, shape: Shape, verb: Verb) -> Vec<Place> {
    let mut all = vec![Place { path: name.to_owned(), shape, around: Box::new(|value| value) }];
    match shape {
        Shape::Object(fields) | Shape::Open(fields) => {
            all.extend(
                places(fields, verb)
                    .into_iter()
                    .map(|place| Place { path: format!("{name}.{}", place.path), ..place }),
            );
        }
        Shape::List { of, most } if most > 0 => {
            all.extend(inside(&format!("{name}[]"), *of, verb).into_iter().map(|place| Place {
                around: Box::new(move |value| json!([(place.around)(value)])),
                ..place
            }));
        }
        Shape::Map { of, most } if most > 0 => {
            all.extend(inside(&format!("{name}.*"), *of, verb).into_iter().map(|place| Place {
                around: Box::new(move |value| json!({ "any": (place.around)(value) })),
                ..place
            }));
        }
        _ => {}
    }
    all
}

fn demanded(fields: &[Field], verb: Verb) -> Map<String, Value> {
    let wanted = |field: &&Field| match field.write {
        Write::Within => true,
        Write::Demanded => verb == Verb::Create,
        _ => false,
    };
    fields.iter().filter(wanted).map(|field| (field.name.to_owned(), least(field.shape, verb))).collect()
}

/// The least that has this shape.
fn least(shape: Shape, verb: Verb) -> Value {
    match shape {
        Shape::Flag => json!(false),
        Shape::Number { least, .. } | Shape::Decimal { least, .. } => json!(least),
        Shape::OneOf(words) | Shape::OneOffered { offered: words, .. } => json!(words.first()),
        Shape::Text { least, most, format } => json!(text(format, least.max(1).min(most))),
        Shape::List { .. } => json!([]),
        Shape::Object(fields) | Shape::Open(fields) => Value::Object(demanded(fields, verb)),
        Shape::Free { .. } | Shape::Map { .. } => json!({}),
        Shape::Any | Shape::Either(_) | Shape::Nothing => Value::Null,
    }
}

/// A text that reads as that, of so many characters where it can have any length.
fn text(format: Format, length: usize) -> String {
    let filled = |start: &str| format!("{start}{}", "a".repeat(length.saturating_sub(start.len())));
    match format {
        // Of two bytes each: characters are counted.
        Format::Any | Format::Name => "é".repeat(length),
        Format::Callback
        | Format::Endpoint
        | Format::Https
        | Format::HttpsOrNothing
        | Format::Uri
        | Format::Url => filled("https://a.example/"),
        Format::Color => "#0057ff".to_owned(),
        Format::Country => "DE".to_owned(),
        Format::Hostname => "a.example".to_owned(),
        Format::AddressRange => "192.0.2.1".to_owned(),
        Format::DateTime => "2027-01-01T00:00:00.000Z".to_owned(),
        Format::Email | Format::EmailOrNothing => "ann@example.com".to_owned(),
        Format::Origin => "https://a.example".to_owned(),
        Format::Phone => "+15550100".to_owned(),
        _ => "a".repeat(length),
    }
}

fn judge(kind: &Kind, verb: Verb, place: &Place, value: Value) -> Result<(), Fault> {
    match (place.around)(value) {
        Value::Object(body) => kind.check(verb, &body).map_err(|invalid| invalid.fault),
        other => panic!("{other} is no body"),
    }
}

/// How many were judged at their limit, and past it.
#[derive(Default)]
struct Judged {
    at: usize,
    past: usize,
}

impl Judged {
    fn place(&mut self, kind: &Kind, verb: Verb, place: &Place) {
        let told = |value: &Value| format!("{}, {verb:?}, {}: {value:.60}", kind.name.one, place.path);
        let mut at = |value: Value| {
            self.at += 1;
            let what = told(&value);
            let judged = judge(kind, verb, place, value);
            assert!(matches!(judged, Ok(()) | Err(Fault::NotOffered)), "{what}: {judged:?}");
        };
        match place.shape {
            Shape::Text { most, format, .. } if text(format, most).chars().count() == most => {
                at(json!(text(format, most)));
            }
            Shape::Number { least, most } => {
                at(json!(least));
                at(json!(most));
            }
            Shape::List { of, most } => at(json!(vec![least(*of, verb); most.min(LONGEST)])),
            _ => {}
        }
        for (value, fault) in past(place.shape, verb) {
            self.past += 1;
            let what = told(&value);
            assert_eq!(judge(kind, verb, place, value), Err(fault), "{what}");
        }
    }
}

/// What is one past a limit, and what is said of it.
fn past(shape: Shape, verb: Verb) -> Vec<(Value, Fault)> {
    match shape {
        Shape::Text { least, most, .. } => {
            let long = (json!("a".repeat(most + 1)), Fault::TooLong { found: most + 1, most });
            let short = least
                .checked_sub(1)
                .map(|found| (json!("a".repeat(found)), Fault::TooShort { found, least }));
            short.into_iter().chain([long]).collect()
        }
        Shape::Number { least, most } => {
            let small = least.checked_sub(1).map(|found| (json!(found), Fault::TooSmall { found, least }));
            let big = most.checked_add(1).map(|found| (json!(found), Fault::TooBig { found, most }));
            small.into_iter().chain(big).collect()
        }
        Shape::List { of, most } if most < LONGEST => {
            vec![(json!(vec![least(*of, verb); most + 1]), Fault::ListTooLong { found: most + 1, most })]
        }
        _ => Vec::new(),
    }
}

/// Longer lists than that are bounded by the size of a body first.
const LONGEST: usize = 5_000;

#[test]
fn every_value_is_taken_at_its_limit_and_refused_past_it() {
    let mut judged = Judged::default();
    for row in operation::all() {
        let (Body::Kind(kind, verb) | Body::Maybe(kind, verb)) = row.body else { continue };
        for place in places(kind.fields, verb) {
            judged.place(kind, verb, &place);
        }
    }
    assert!(judged.at > 500 && judged.past > 800, "only {} and {}", judged.at, judged.past);
}
