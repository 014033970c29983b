//! Tickets: links by which somebody chooses another password, or shows that an address is theirs.

use crate::field::{Field, Shape, Write};
use crate::format::Format;
use crate::job;
use crate::kind::{Kind, Name};

/// To choose another password.
pub const PASSWORD: Kind = Kind {
    name: Name { one: "password change ticket", many: "tickets", path: "tickets/password-change" },
    fields: &[
        RESULT,
        Field::obeyed("user_id", Shape::some_text(300)).when(Write::Create),
        CLIENT,
        ORGANIZATION,
        Field::obeyed("connection_id", CONNECTION).when(Write::Create),
        Field::obeyed("email", Shape::formatted(Format::Email)).when(Write::Create),
        LIFETIME,
        Field::obeyed("mark_email_as_verified", Shape::Flag).when(Write::Create),
        IN_REDIRECT,
        IDENTIFIED,
    ],
    told: TOLD,
    untold: &[
        "result_url",
        "user_id",
        "client_id",
        "organization_id",
        "connection_id",
        "email",
        "ttl_sec",
        "mark_email_as_verified",
        "includeEmailInRedirect",
        "identity",
    ],
    merged: &[],
    absent: "The ticket does not exist.",
    absent_code: "",
};

/// To show that an address is theirs.
pub const EMAIL: Kind = Kind {
    name: Name { one: "email verification ticket", many: "tickets", path: "tickets/email-verification" },
    fields: &[RESULT, DEMANDED, CLIENT, ORGANIZATION, LIFETIME, IN_REDIRECT, IDENTIFIED],
    ..PASSWORD
};

/// A letter with such a ticket.
pub const VERIFICATION: Kind = Kind {
    name: Name { one: "verification email", many: "jobs", path: "jobs/verification-email" },
    fields: &[DEMANDED, CLIENT, ORGANIZATION, IDENTIFIED],
    told: job::TOLD,
    untold: &["user_id", "client_id", "organization_id", "identity"],
    merged: &[],
    absent: job::KIND.absent,
    absent_code: job::KIND.absent_code,
};

/// To set up a second factor.
pub const ENROLMENT: Kind = Kind {
    name: Name { one: "enrollment ticket", many: "tickets", path: "guardian/enrollments/ticket" },
    fields: &[
        DEMANDED,
        Field::obeyed("email", Shape::formatted(Format::Email)).when(Write::Create),
        Field::obeyed("send_mail", Shape::Flag).when(Write::Create),
        // Letters are in one language.
        Field::kept("email_locale", Shape::text(100)).when(Write::Create),
        Field::obeyed("factor", FACTORS).when(Write::Create),
        // Of each sort there is one.
        Field::kept("allow_multiple_enrollments", Shape::Flag).when(Write::Create),
    ],
    told: &[Field::told("ticket_id", TEXT), Field::told("ticket_url", TEXT)],
    untold: &["user_id", "email", "send_mail", "email_locale", "factor", "allow_multiple_enrollments"],
    ..PASSWORD
};

const FACTORS: Shape = Shape::OneOffered {
    offered: &["otp"],
    inert: &["push-notification", "phone", "email", "webauthn-roaming", "webauthn-platform"],
    others: &[],
};

/// How long a ticket is good for of which nothing else is said: five days, as at Auth0.
pub const GOOD_FOR: u32 = 432_000;

const RESULT: Field = Field::obeyed("result_url", Shape::formatted(Format::Url)).when(Write::Create);
const DEMANDED: Field = Field::obeyed("user_id", Shape::some_text(300)).when(Write::Demanded);
const CLIENT: Field = Field::obeyed("client_id", Shape::some_text(2_048)).when(Write::Create);
const ORGANIZATION: Field = Field::obeyed("organization_id", Shape::some_text(50)).when(Write::Create);
const LIFETIME: Field =
    Field::obeyed("ttl_sec", Shape::Number { least: 0, most: 31_536_000 }).when(Write::Create);
const IN_REDIRECT: Field = Field::obeyed("includeEmailInRedirect", Shape::Flag).when(Write::Create);
const CONNECTION: Shape = Shape::some_text(50);
const IDENTIFIED: Field = Field::obeyed(
    "identity",
    Shape::Object(&[
        Field::obeyed("user_id", Shape::some_text(240)).when(Write::Within),
        Field::obeyed("provider", Shape::some_text(128)).when(Write::Within),
        Field::obeyed("connection_id", CONNECTION),
    ]),
)
.when(Write::Create);

const TEXT: Shape = Shape::text(usize::MAX);

const TOLD: &[Field] = &[Field::told("ticket", TEXT)];
