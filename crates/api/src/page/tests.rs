use serde_json::json;

use super::*;

fn parameters<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
}

fn read(pairs: &[(&str, &str)]) -> Result<Paging, String> {
    Paging::read(parameters(pairs)).map_err(|invalid| invalid.to_string())
}

const NAME: Name = Name { one: "client", many: "clients", path: "clients" };

#[test]
fn a_page_is_asked_for_by_number_or_after_another() {
    let first = Paging::Offset { page: 0, per_page: 50, totals: Totals::Omitted };
    assert_eq!(read(&[]), Ok(first));
    let third = Paging::Offset { page: 2, per_page: 10, totals: Totals::Counted };
    assert_eq!(read(&[("page", "2"), ("per_page", "10"), ("include_totals", "true")]), Ok(third));
    let checkpoint = Paging::Checkpoint { after: None, take: 7, totals: Totals::Omitted };
    assert_eq!(read(&[("take", "7"), ("per_page", "10"), ("include_totals", "true")]), Ok(checkpoint));
    let after = Some("cgr_1".to_owned());
    let next = Paging::Checkpoint { after, take: 50, totals: Totals::Omitted };
    assert_eq!(read(&[("from", "Y2dyXzE")]), Ok(next));
}

#[test]
fn numbers_are_numbers_and_not_too_big() {
    for (name, value, message) in [
        ("per_page", "101", "'Value 101 is greater than maximum 100' on property per_page."),
        ("take", "0", "'Value 0 is less than minimum 1' on property take."),
        ("page", "-1", "'Value -1 is less than minimum 0' on property page."),
        ("page", "two", "'Expected type integer but found type string' on property page."),
        ("include_totals", "1", "'Expected type boolean but found type string' on property include_totals."),
        (
            "include_totals",
            "yes",
            "'Expected type boolean but found type string' on property include_totals.",
        ),
        ("from", "x", "'Object didn't pass validation for format checkpoint: x' on property from."),
        ("from", "_w", "'Object didn't pass validation for format checkpoint: _w' on property from."),
    ] {
        assert_eq!(read(&[(name, value)]), Err(format!("Query validation error: {message}")));
        // What wins does not hide what is wrong.
        if name != "take" {
            let both = read(&[("take", "7"), (name, value)]);
            assert_eq!(both, Err(format!("Query validation error: {message}")));
        }
    }
}

#[test]
fn each_way_of_paging_has_its_shape() {
    let items = || vec![json!({"client_id": "a"})];
    let plain = read(&[]).unwrap();
    assert_eq!(plain.write(&NAME, items(), 9, None), json!([{"client_id": "a"}]));
    let counted = read(&[("page", "1"), ("per_page", "5"), ("include_totals", "true")]).unwrap();
    assert_eq!(
        counted.write(&NAME, items(), 9, None),
        json!({"start": 5, "limit": 5, "length": 1, "total": 9, "next": "", "clients": [{"client_id": "a"}]})
    );
    let users = Name { one: "user", many: "users", path: "users" };
    assert_eq!(counted.write(&users, items(), 9, None)["length"], 1);
    let others = Name { one: "user of a role", ..users };
    assert_eq!(counted.write(&others, items(), 9, None).get("length"), None, "Auth0 says it of users alone");
    let checkpoint = read(&[("take", "1")]).unwrap();
    assert_eq!(
        checkpoint.write(&NAME, items(), 0, Some("cgr_1")),
        json!({"clients": [{"client_id": "a"}], "next": "Y2dyXzE"})
    );
    assert_eq!(checkpoint.write(&NAME, items(), 0, None), json!({"clients": [{"client_id": "a"}]}));
}

#[test]
fn members_are_chosen_or_left_out() {
    let members = || Map::from_iter([("a".to_owned(), json!(1)), ("b".to_owned(), json!(2))]);
    let names = |pairs: &[(&str, &str)]| {
        let selection = Selection::read(parameters(pairs)).unwrap();
        selection.apply(members()).keys().cloned().collect::<Vec<_>>().join(",")
    };
    assert_eq!(names(&[]), "a,b");
    assert_eq!(names(&[("fields", "b,c")]), "b");
    assert_eq!(names(&[("fields", "b"), ("include_fields", "true")]), "b");
    assert_eq!(names(&[("fields", "b"), ("include_fields", "false")]), "a");
    assert_eq!(names(&[("include_fields", "false")]), "a,b");
}
