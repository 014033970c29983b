//! Who belongs to an organization, and by which roles: a file names people by their address and roles by their name,
//! the API both by their ids.

use std::collections::{BTreeMap, BTreeSet};

use keybound_client::{
    http::Method,
    management::{Management, Paging},
};
use serde_json::{Map, Value, json};

use super::{
    file::{File, key},
    found::There,
    section::{Beside, ROLES, SECTIONS, Section},
};
use crate::{
    command::{
        administer::resource::{asked, gathered},
        saying::failed_to,
    },
    error::Failure,
    exit::Exit,
};

/// Says why that can be no list of members.
pub(super) fn fault(list: &Value) -> Option<&'static str> {
    let Some(list) = list.as_array() else { return Some("`members` is no list") };
    let mut seen = BTreeSet::new();
    list.iter().find_map(|one| {
        let Some(user) = one.get("user").and_then(Value::as_str).filter(|user| !user.is_empty()) else {
            return Some("one of `members` has no user");
        };
        let known = |name: &String| name == "user" || name == "roles";
        let is_name = |role: &Value| role.as_str().is_some_and(|role| !role.is_empty());
        let roles =
            one.get("roles").map(|roles| roles.as_array().is_some_and(|list| list.iter().all(is_name)));
        match (one.as_object().is_some_and(|one| one.keys().all(known)), roles) {
            (false, _) => Some("one of `members` has more than user and roles"),
            (_, Some(false)) => Some("the roles of one of `members` are no list of names"),
            _ if !seen.insert(user) => Some("one of `members` is there twice"),
            _ => None,
        }
    })
}

/// What a file says of organizations, with people's ids: whom it does not name stays unless `prune`, and whose roles it
/// does not tell keeps them.
pub(super) async fn meant(
    management: &Management,
    (file, section, there): (&File, &Section, &[There]),
    prune: bool,
) -> Result<Vec<Value>, Failure> {
    let mut wanted = file.section(section).cloned().unwrap_or_default();
    let (mut people, mut roles) = (People::default(), None);
    for one in &mut wanted {
        let name = key(section, one).unwrap_or_default();
        let before = there.iter().find(|there| key(section, &there.said).is_some_and(|key| key == name));
        let before = Member::all(before.and_then(|there| there.said.get(MEMBERS)).unwrap_or(&Value::Null));
        let Some(list) = one.get_mut(MEMBERS) else { continue };
        let mut members = Vec::new();
        for mut member in Member::all(list) {
            member.user = people.id(management, &member.user).await?;
            if members.iter().any(|other: &Member| other.user == member.user) {
                let what = format!("read {name}: {} is a member twice", member.user);
                return Err(Failure::new(Exit::Configuration, what));
            }
            let before = before.iter().find(|before| before.user == member.user);
            member.roles = member.roles.or_else(|| before?.roles.clone());
            for role in member.roles.iter().flatten() {
                let known = match &mut roles {
                    Some(known) => known,
                    known => known.insert(to_be(management, file).await?),
                };
                if !known.contains(role) {
                    let what = format!("read {name}: there is no role {role:?}");
                    return Err(
                        Failure::new(Exit::Configuration, what).hint("roles are named by their names")
                    );
                }
            }
            members.push(member);
        }
        let stay = before.into_iter().filter(|before| !members.iter().any(|one| one.user == before.user));
        let stay: Vec<_> = stay.filter(|_| !prune).collect();
        *list = members.into_iter().chain(stay).map(Member::said).collect();
    }
    Ok(wanted)
}

/// The names of roles that are there, or are made.
async fn to_be(management: &Management, file: &File) -> Result<BTreeSet<String>, Failure> {
    let section = SECTIONS.iter().find(|section| section.name == ROLES);
    let made = section.and_then(|section| file.section(section)).into_iter().flatten();
    let made = made.filter_map(|role| role.get("name")?.as_str()).map(str::to_owned);
    Ok(roles(management).await?.into_keys().chain(made).collect())
}

/// Who belongs to an organization, by their ids.
pub(super) async fn members(management: &Management, organization: &str) -> Result<Value, Failure> {
    let place = ["organizations", organization, MEMBERS];
    let found = gathered(management.pages_at(&place, Paging::Checkpoint), "members", None).await?;
    let mut members = Vec::with_capacity(found.len());
    for user in found.iter().filter_map(|one| one.get("user_id")?.as_str()) {
        let place = ["organizations", organization, MEMBERS, user, "roles"];
        let roles = gathered(management.pages_at(&place, Paging::Offset), "roles", None).await?;
        let names = roles.iter().filter_map(|role| role.get("name")?.as_str()).map(str::to_owned);
        members.push(Member { user: user.to_owned(), roles: Some(names.collect()) });
    }
    members.sort_by(|one, other| one.user.cmp(&other.user));
    Ok(members.into_iter().map(Member::said).collect())
}

/// The same with their addresses, where an address is one person's alone.
pub(super) async fn addressed(
    management: &Management,
    list: Value,
    people: &mut People,
) -> Result<Value, Failure> {
    let mut members = Vec::new();
    for mut member in Member::all(&list) {
        member.user = people.address(management, &member.user).await?;
        members.push(member);
    }
    members.sort_by(|one, other| one.user.cmp(&other.user));
    Ok(members.into_iter().map(Member::said).collect())
}

/// Makes the members of an organization so.
pub(super) async fn lay(
    management: &Management,
    organization: &str,
    (before, wanted): (&Value, &Value),
) -> Result<(), Failure> {
    let (before, wanted) = (Member::all(before), Member::all(wanted));
    let beyond = |these: &[Member], those: &[Member]| -> Vec<String> {
        let missing = these.iter().filter(|one| !those.iter().any(|other| other.user == one.user));
        missing.map(|one| one.user.clone()).collect()
    };
    let place = ["organizations", organization, MEMBERS];
    for (method, users) in
        [(Method::POST, beyond(&wanted, &before)), (Method::DELETE, beyond(&before, &wanted))]
    {
        for some in users.chunks(AT_ONCE) {
            asked(management, method.clone(), &place, Some(&json!({ MEMBERS: some }))).await?;
        }
    }
    let mut ids = None;
    for member in &wanted {
        let had = before.iter().find(|before| before.user == member.user);
        let had = had.and_then(|had| had.roles.clone()).unwrap_or_default();
        let has = member.roles.clone().unwrap_or_default();
        let place = ["organizations", organization, MEMBERS, &member.user, "roles"];
        for (method, names) in [(Method::POST, &has - &had), (Method::DELETE, &had - &has)] {
            if names.is_empty() {
                continue;
            }
            let known = match &mut ids {
                Some(known) => known,
                known => known.insert(roles(management).await?),
            };
            let named: Vec<&String> = names.iter().filter_map(|name| known.get(name)).collect();
            for some in named.chunks(AT_ONCE) {
                asked(management, method.clone(), &place, Some(&json!({ "roles": some }))).await?;
            }
        }
    }
    Ok(())
}

/// The ids of roles, by their names.
async fn roles(management: &Management) -> Result<BTreeMap<String, String>, Failure> {
    let found = gathered(management.pages("roles", Paging::Offset), "roles", None).await?;
    let pair = |role: &Value| Some((text(role, "name")?, text(role, "id")?));
    Ok(found.iter().filter_map(pair).collect())
}

/// Somebody who belongs to an organization.
struct Member {
    /// Their address in a file, their id elsewhere.
    user: String,
    /// The names of their roles within it; `None` where a file does not tell.
    roles: Option<BTreeSet<String>>,
}

impl Member {
    fn all(list: &Value) -> Vec<Self> {
        let one = |one: &Value| {
            let roles = one.get("roles").and_then(Value::as_array);
            let names =
                |roles: &Vec<Value>| roles.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            Some(Self { user: text(one, "user")?, roles: roles.map(names) })
        };
        list.as_array().into_iter().flatten().filter_map(one).collect()
    }

    fn said(self) -> Value {
        let mut said = Map::new();
        said.insert("user".to_owned(), self.user.into());
        if let Some(roles) = self.roles.filter(|roles| !roles.is_empty()) {
            said.insert("roles".to_owned(), roles.into_iter().collect());
        }
        said.into()
    }
}

/// People who were asked for already, each once.
#[derive(Default)]
pub(super) struct People {
    ids: BTreeMap<String, String>,
    addresses: BTreeMap<String, String>,
}

impl People {
    /// The id of whoever has this address, or this id.
    async fn id(&mut self, management: &Management, named: &str) -> Result<String, Failure> {
        if let Some(id) = self.ids.get(named) {
            return Ok(id.clone());
        }
        let found: Vec<String> = match named.contains('|') {
            true => found(management, named)
                .await?
                .map(|user| text(&user, "user_id"))
                .into_iter()
                .flatten()
                .collect(),
            false => having(management, named).await?,
        };
        let id = match found.as_slice() {
            [id] => id.clone(),
            [] => {
                let what = format!("read organizations: there is no user {named:?}");
                return Err(Failure::new(Exit::Configuration, what).hint(
                    "people are named by their address or their id here; `keybound users import` makes them",
                ));
            }
            several => {
                let what = format!("read organizations: {named:?} may be {}", several.join(" or "));
                return Err(Failure::new(Exit::Configuration, what).hint("name them by their id"));
            }
        };
        self.ids.insert(named.to_owned(), id.clone());
        Ok(id)
    }

    /// The address of that person, or the id where somebody else has the same address.
    async fn address(&mut self, management: &Management, id: &str) -> Result<String, Failure> {
        if let Some(address) = self.addresses.get(id) {
            return Ok(address.clone());
        }
        let address = found(management, id).await?.and_then(|user| text(&user, "email"));
        let alone = match &address {
            Some(address) => having(management, address).await?.len() == 1,
            None => false,
        };
        let address = address.filter(|_| alone).unwrap_or_else(|| id.to_owned());
        self.addresses.insert(id.to_owned(), address.clone());
        Ok(address)
    }
}

/// The user of that id.
async fn found(management: &Management, id: &str) -> Result<Option<Value>, Failure> {
    match management.at(Method::GET, &["users", id]).query("fields", "user_id,email").await {
        Ok(user) => Ok(Some(user)),
        Err(keybound_client::ClientError::Management(refusal)) if refusal.status == 404 => Ok(None),
        Err(error) => Err(failed_to(&format!("GET users/{id}"), &error)),
    }
}

/// The ids of those who have an address.
async fn having(management: &Management, address: &str) -> Result<Vec<String>, Failure> {
    let call = management.request(Method::GET, "users-by-email").query("email", address);
    let found = call.await.map_err(|error| failed_to("GET users-by-email", &error))?;
    Ok(found.as_array().into_iter().flatten().filter_map(|user| text(user, "user_id")).collect())
}

fn text(one: &Value, member: &str) -> Option<String> {
    one.get(member).and_then(Value::as_str).map(str::to_owned)
}

const MEMBERS: &str = Beside::Members.name();

/// As many as Auth0 takes at once.
const AT_ONCE: usize = 10;
