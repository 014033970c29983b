//! Who carries second factors to people, and what stands in their messages.

use super::{
    Field,
    Guard::Any,
    Method::{self, *},
    Operation, Shape, Told, changed, new, row,
};
use crate::format::Format;
use crate::kind::Kind;
use crate::settings::factors;
use crate::ticket::ENROLMENT;

const TAG: &str = "Second factors";

pub(super) const TABLE: &[Operation] = &[
    of(Get, "/api/v2/guardian/factors/duo/settings", &factors::DUO),
    of(Patch, "/api/v2/guardian/factors/duo/settings", &factors::DUO),
    of(Put, "/api/v2/guardian/factors/duo/settings", &factors::DUO),
    of(Get, "/api/v2/guardian/factors/phone/message-types", &factors::MESSAGE_TYPES),
    of(Put, "/api/v2/guardian/factors/phone/message-types", &factors::MESSAGE_TYPES),
    of(Get, "/api/v2/guardian/factors/phone/providers/twilio", &factors::TWILIO),
    of(Put, "/api/v2/guardian/factors/phone/providers/twilio", &factors::TWILIO),
    of(Get, "/api/v2/guardian/factors/phone/selected-provider", &factors::PHONE_CHOICE),
    of(Put, "/api/v2/guardian/factors/phone/selected-provider", &factors::PHONE_CHOICE),
    of(Get, "/api/v2/guardian/factors/phone/templates", &factors::PHONE_TEMPLATES),
    of(Put, "/api/v2/guardian/factors/phone/templates", &factors::PHONE_TEMPLATES),
    of(Get, "/api/v2/guardian/factors/push-notification/providers/apns", &factors::APNS),
    of(Patch, "/api/v2/guardian/factors/push-notification/providers/apns", &factors::APNS),
    of(Put, "/api/v2/guardian/factors/push-notification/providers/apns", &factors::APNS),
    of(Patch, "/api/v2/guardian/factors/push-notification/providers/fcm", &factors::FCM),
    of(Put, "/api/v2/guardian/factors/push-notification/providers/fcm", &factors::FCM),
    of(Patch, "/api/v2/guardian/factors/push-notification/providers/fcmv1", &factors::FCM_V1),
    of(Put, "/api/v2/guardian/factors/push-notification/providers/fcmv1", &factors::FCM_V1),
    of(Get, "/api/v2/guardian/factors/push-notification/providers/sns", &factors::SNS),
    of(Patch, "/api/v2/guardian/factors/push-notification/providers/sns", &factors::SNS),
    of(Put, "/api/v2/guardian/factors/push-notification/providers/sns", &factors::SNS),
    of(Get, "/api/v2/guardian/factors/push-notification/selected-provider", &factors::PUSH_CHOICE),
    of(Put, "/api/v2/guardian/factors/push-notification/selected-provider", &factors::PUSH_CHOICE),
    of(Get, "/api/v2/guardian/factors/sms/providers/twilio", &factors::TWILIO),
    of(Put, "/api/v2/guardian/factors/sms/providers/twilio", &factors::TWILIO),
    of(Get, "/api/v2/guardian/factors/sms/selected-provider", &factors::PHONE_CHOICE),
    of(Put, "/api/v2/guardian/factors/sms/selected-provider", &factors::PHONE_CHOICE),
    of(Get, "/api/v2/guardian/factors/sms/templates", &factors::PHONE_TEMPLATES),
    of(Put, "/api/v2/guardian/factors/sms/templates", &factors::PHONE_TEMPLATES),
    row(
        (Get, "/api/v2/guardian/enrollments/{id}"),
        "Read what somebody set up",
        TAG,
        Any(&["read:guardian_enrollments"]),
    )
    .tells(Told::Shape(Shape::Object(ENROLLMENT))),
    row(
        (Delete, "/api/v2/guardian/enrollments/{id}"),
        "Take from somebody what they set up",
        TAG,
        Any(&["delete:guardian_enrollments"]),
    ),
    row(
        (Post, "/api/v2/guardian/enrollments/ticket"),
        "Let a user set up a second factor",
        TAG,
        Any(&["create:guardian_enrollment_tickets"]),
    )
    .takes(new(&ENROLMENT))
    .tells(Told::Whole(&ENROLMENT))
    .also(&[404]),
];

const TEXT: Shape = Shape::text(usize::MAX);

const ENROLLMENT: &[Field] = &[
    Field::told("id", TEXT),
    Field::told("status", Shape::OneOf(&["pending", "confirmed"])),
    Field::told("enrolled_at", Shape::formatted(Format::DateTime)),
];

/// A provider, read, changed or written anew.
const fn of(method: Method, path: &'static str, kind: &'static Kind) -> Operation {
    let (summary, scopes): (_, &[&str]) = match method {
        Get => ("Read who carries second factors, and how", &["read:guardian_factors"]),
        _ => ("Say who carries second factors, and how", &["update:guardian_factors"]),
    };
    let told = row((method, path), summary, TAG, Any(scopes)).tells(Told::Part(kind));
    match method {
        Put => told.takes(new(kind)),
        Patch => told.takes(changed(kind)),
        _ => told,
    }
}
