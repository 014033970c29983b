//! How second factors reach people: Auth0's providers of Guardian. None of these is asked by anybody here.

use serde_json::{Map, Value, json};

use super::{Audience, Setting, kind, members};
use crate::field::{Field, Scalar, Shape, Write};
use crate::kind::Kind;

/// The account at Duo.
pub const DUO: Kind = kind("Duo account", "guardian/factors/duo/settings", DUO_FIELDS);

/// How codes come to a telephone.
pub const MESSAGE_TYPES: Kind =
    kind("choice of message types", "guardian/factors/phone/message-types", MESSAGES);

/// The account at Twilio, by which messages leave.
pub const TWILIO: Kind = Kind {
    told: TWILIO_TOLD,
    ..kind("Twilio account", "guardian/factors/phone/providers/twilio", TWILIO_FIELDS)
};

/// Who carries messages to telephones.
pub const PHONE_CHOICE: Kind = kind(
    "choice of a phone provider",
    "guardian/factors/phone/selected-provider",
    &[Field::inert("provider", PHONE_PROVIDERS, &[Scalar::Text("auth0")]).when(Write::Within)],
);

/// What stands in messages to telephones.
pub const PHONE_TEMPLATES: Kind = kind("phone message", "guardian/factors/phone/templates", TEMPLATES);

/// The certificate for Apple's notifications.
pub const APNS: Kind = Kind {
    told: &[
        Field::maybe("bundle_id", LONG).or_null(),
        Field::told("sandbox", Shape::Flag),
        Field::maybe("enabled", Shape::Flag),
    ],
    untold: &["p12"],
    ..kind("APNs account", "guardian/factors/push-notification/providers/apns", APNS_FIELDS)
};

/// The older key for Google's notifications.
pub const FCM: Kind = Kind {
    untold: &["server_key"],
    ..kind(
        "FCM account",
        "guardian/factors/push-notification/providers/fcm",
        &[Field::inert("server_key", Shape::some_text(152), &[])],
    )
};

/// The newer one.
pub const FCM_V1: Kind = Kind {
    untold: &["server_credentials"],
    ..kind(
        "FCM v1 account",
        "guardian/factors/push-notification/providers/fcmv1",
        &[Field::inert("server_credentials", Shape::some_text(10_000), &[])],
    )
};

/// The account at Amazon, by which notifications leave.
pub const SNS: Kind = Kind {
    told: SNS_TOLD,
    untold: &["aws_secret_access_key"],
    ..kind("SNS account", "guardian/factors/push-notification/providers/sns", SNS_FIELDS)
};

/// Who carries notifications.
pub const PUSH_CHOICE: Kind = kind(
    "choice of a push provider",
    "guardian/factors/push-notification/selected-provider",
    &[Field::inert("provider", Shape::OneOf(&["guardian", "sns", "direct"]), &[Scalar::Text("guardian")])
        .when(Write::Within)],
);

/// [`DUO`], of every tenant.
pub const DUO_SETTING: Setting = Setting {
    secrets: &["skey"],
    ..Setting::always((&DUO, "duo"), &["/api/v2/guardian/factors/duo/settings"], duo)
};

/// [`MESSAGE_TYPES`], of every tenant.
pub const MESSAGE_TYPES_SETTING: Setting = Setting::always(
    (&MESSAGE_TYPES, "phone_message_types"),
    &["/api/v2/guardian/factors/phone/message-types"],
    message_types,
);

/// [`TWILIO`], of every tenant.
pub const TWILIO_SETTING: Setting = Setting {
    secrets: &["auth_token"],
    ..Setting::always(
        (&TWILIO, "twilio"),
        &["/api/v2/guardian/factors/phone/providers/twilio", "/api/v2/guardian/factors/sms/providers/twilio"],
        twilio,
    )
};

/// [`PHONE_CHOICE`], of every tenant.
pub const PHONE_CHOICE_SETTING: Setting = Setting::always(
    (&PHONE_CHOICE, "phone_choice"),
    &["/api/v2/guardian/factors/phone/selected-provider", "/api/v2/guardian/factors/sms/selected-provider"],
    phone_choice,
);

/// [`PHONE_TEMPLATES`], of every tenant.
pub const PHONE_TEMPLATES_SETTING: Setting = Setting::always(
    (&PHONE_TEMPLATES, "phone_messages"),
    &["/api/v2/guardian/factors/phone/templates", "/api/v2/guardian/factors/sms/templates"],
    phone_templates,
);

/// [`APNS`], of every tenant.
pub const APNS_SETTING: Setting = Setting {
    secrets: &["p12"],
    tell: |told, telling| {
        told.remove("enabled");
        if telling.to == Audience::Reader {
            let ready = told.get("bundle_id").is_some_and(Value::is_string);
            told.insert("enabled".to_owned(), ready.into());
        }
    },
    ..Setting::always((&APNS, "apns"), &["/api/v2/guardian/factors/push-notification/providers/apns"], apns)
};

/// [`FCM`], of every tenant.
pub const FCM_SETTING: Setting = Setting {
    secrets: &["server_key"],
    ..Setting::always((&FCM, "fcm"), &["/api/v2/guardian/factors/push-notification/providers/fcm"], Map::new)
};

/// [`FCM_V1`], of every tenant.
pub const FCM_V1_SETTING: Setting = Setting {
    secrets: &["server_credentials"],
    ..Setting::always(
        (&FCM_V1, "fcmv1"),
        &["/api/v2/guardian/factors/push-notification/providers/fcmv1"],
        Map::new,
    )
};

/// [`SNS`], of every tenant.
pub const SNS_SETTING: Setting = Setting {
    secrets: &["aws_secret_access_key"],
    ..Setting::always((&SNS, "sns"), &["/api/v2/guardian/factors/push-notification/providers/sns"], sns)
};

/// [`PUSH_CHOICE`], of every tenant.
pub const PUSH_CHOICE_SETTING: Setting = Setting::always(
    (&PUSH_CHOICE, "push_choice"),
    &["/api/v2/guardian/factors/push-notification/selected-provider"],
    push_choice,
);

/// What an account at Duo says at first.
pub fn duo() -> Map<String, Value> {
    members(json!({ "host": "", "ikey": "", "skey": "" }))
}

/// How codes come to telephones by themselves.
pub fn message_types() -> Map<String, Value> {
    members(json!({ "message_types": ["sms"] }))
}

/// What an account at Twilio says at first.
pub fn twilio() -> Map<String, Value> {
    members(json!({ "auth_token": null, "from": null, "messaging_service_sid": null, "sid": null }))
}

/// Who carries messages by themselves.
pub fn phone_choice() -> Map<String, Value> {
    members(json!({ "provider": "auth0" }))
}

/// What stands in messages that nobody wrote.
pub fn phone_templates() -> Map<String, Value> {
    members(json!({
        "enrollment_message": "{{code}} is your verification code for {{tenant.friendly_name}}. \
            Please enter this code to verify your enrollment.",
        "verification_message": "{{code}} is your verification code for {{tenant.friendly_name}}",
    }))
}

/// What is said of Apple's notifications at first.
pub fn apns() -> Map<String, Value> {
    members(json!({ "bundle_id": null, "enabled": false, "sandbox": false }))
}

/// What an account at Amazon says at first.
pub fn sns() -> Map<String, Value> {
    members(json!({
        "aws_access_key_id": null,
        "aws_region": null,
        "sns_apns_platform_application_arn": null,
        "sns_gcm_platform_application_arn": null,
    }))
}

/// Who carries notifications by themselves.
pub fn push_choice() -> Map<String, Value> {
    members(json!({ "provider": "guardian" }))
}

const LONG: Shape = Shape::some_text(1_000);
const KEY: Shape = Shape::text(10_000);

const DUO_FIELDS: &[Field] = &[Field::kept("ikey", KEY), Field::kept("skey", KEY), Field::kept("host", KEY)];

const MESSAGES: &[Field] = &[Field {
    nullable: false,
    ..Field::inert("message_types", Shape::List { of: &Shape::OneOf(&["sms", "voice"]), most: 2 }, &[])
}
.when(Write::Within)];

const TWILIO_FIELDS: &[Field] = &[
    Field::inert("from", Shape::text(64), &[]),
    Field::inert("messaging_service_sid", LONG, &[]),
    Field::inert("auth_token", LONG, &[]),
    Field::inert("sid", LONG, &[]),
];

const TWILIO_TOLD: &[Field] = &[
    Field::told("from", Shape::text(64)).or_null(),
    Field::told("messaging_service_sid", LONG).or_null(),
    Field::told("auth_token", LONG).or_null(),
    Field::told("sid", LONG).or_null(),
];

const PHONE_PROVIDERS: Shape = Shape::OneOf(&["auth0", "twilio", "phone-message-hook"]);

const MESSAGE: Shape = Shape::text(2_000);

const TEMPLATES: &[Field] = &[
    Field::kept("enrollment_message", MESSAGE).when(Write::Within),
    Field::kept("verification_message", MESSAGE).when(Write::Within),
];

const APNS_FIELDS: &[Field] = &[
    Field::kept("sandbox", Shape::Flag),
    Field::inert("bundle_id", LONG, &[]),
    Field::inert("p12", Shape::some_text(10_000), &[]),
];

const SNS_FIELDS: &[Field] = &[
    Field::inert("aws_access_key_id", LONG, &[]),
    Field::inert("aws_secret_access_key", LONG, &[]),
    Field::inert("aws_region", LONG, &[]),
    Field::inert("sns_apns_platform_application_arn", LONG, &[]),
    Field::inert("sns_gcm_platform_application_arn", LONG, &[]),
];

const SNS_TOLD: &[Field] = &[
    Field::told("aws_access_key_id", LONG).or_null(),
    Field::told("aws_region", LONG).or_null(),
    Field::told("sns_apns_platform_application_arn", LONG).or_null(),
    Field::told("sns_gcm_platform_application_arn", LONG).or_null(),
];
