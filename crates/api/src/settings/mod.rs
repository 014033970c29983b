//! What a tenant has one of, and what it has one of for each of a few names.
//!
//! None of it has to be made: it says something from the first day on ([`over`] what an administrator wrote lies what it
//! says by itself), or it is not there until somebody says what it is to be.

pub mod attack_protection;
pub mod branding;
pub mod email;
pub mod factors;
mod languages;
pub mod prompts;
mod setting;
pub mod tenant;

use serde_json::{Map, Value};

pub use self::languages::LANGUAGES;
pub use self::setting::{Audience, Reading, Setting, Telling, There};
use crate::field::{Field, Shape};
use crate::format::Format;
use crate::kind::{Kind, Name};

/// Lays what was written over what was there: objects within objects too, `null` takes away.
pub fn over(mut below: Map<String, Value>, above: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in above {
        match (below.get_mut(&name), value) {
            (_, Value::Null) => {
                below.remove(&name);
            }
            (Some(Value::Object(present)), Value::Object(members)) => {
                *present = over(std::mem::take(present), members);
            }
            (_, Value::Object(members)) => {
                below.insert(name, Value::Object(over(Map::new(), members)));
            }
            (_, value) => {
                below.insert(name, value);
            }
        }
    }
    below
}

/// Every setting but the tenant's own, in the order of the document.
pub const ALL: &[&Setting] = &[
    &branding::BRANDING,
    &branding::PAGE,
    &prompts::PROMPTS_SETTING,
    &prompts::WORDS,
    &prompts::PARTIALS_SETTING,
    &prompts::SCREEN,
    &attack_protection::BOTS,
    &attack_protection::BREACHES,
    &attack_protection::GUESSES,
    &attack_protection::CAPTCHAS,
    &attack_protection::CALLS,
    &attack_protection::ADDRESSES,
    &email::CARRIER,
    &email::LETTER,
    &factors::DUO_SETTING,
    &factors::MESSAGE_TYPES_SETTING,
    &factors::TWILIO_SETTING,
    &factors::PHONE_CHOICE_SETTING,
    &factors::PHONE_TEMPLATES_SETTING,
    &factors::APNS_SETTING,
    &factors::FCM_SETTING,
    &factors::FCM_V1_SETTING,
    &factors::SNS_SETTING,
    &factors::PUSH_CHOICE_SETTING,
];

/// Lays what was written over what is said by itself. `null` was written only where that means something.
fn lay(mut below: Map<String, Value>, above: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in above {
        match (below.get_mut(&name), value) {
            (Some(Value::Object(present)), Value::Object(members)) => {
                *present = lay(std::mem::take(present), members);
            }
            (_, value) => {
                below.insert(name, value);
            }
        }
    }
    below
}

/// The members of an object that is written down here.
pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A setting's table.
const fn kind(one: &'static str, path: &'static str, fields: &'static [Field]) -> Kind {
    Kind {
        name: Name { one, many: one, path },
        fields,
        told: &[],
        untold: &[],
        merged: &[],
        absent: "Not Found",
        absent_code: "",
    }
}

/// Addresses that are left alone.
const ALLOWLIST: Shape = Shape::List { of: &Shape::formatted(Format::AddressRange), most: 500 };

#[cfg(test)]
mod tests;
