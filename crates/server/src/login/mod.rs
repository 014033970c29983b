//! What a person sees between asking and being answered: sign in, sign up, consent, or why not.

pub(crate) mod account;
mod activate;
mod approve;
pub(crate) mod blocks;
pub(crate) mod connection;
mod consent;
pub(crate) mod content_policy;
pub(crate) mod credentials;
mod directory;
mod dress;
mod enrolment_ticket;
mod enter;
pub(crate) mod leave;
pub(crate) mod new_user;
pub(crate) mod pages;
pub(crate) mod place;
pub(crate) mod same_site;
mod second_factor;
pub(crate) mod sent_code;
pub(crate) mod shown;
mod sign_in;
mod sign_up;
mod ticket;
pub(crate) mod transaction;
mod words;

pub(crate) use activate::{activate, confirm as confirm_device, show as show_activate, show_confirm};
pub(crate) use approve::{confirm as approve, show as show_approve, show_confirm as show_approval};
pub(crate) use consent::{answer as answer_consent, show as show_consent};
pub(crate) use dress::{Dress, dressed};
pub(crate) use enrolment_ticket::{enrol as enrol_by_ticket, show as show_enrolment};
pub(crate) use enter::about;
pub(crate) use second_factor::{answer as answer_second_factor, show as show_second_factor};
pub(crate) use shown::failed;
pub(crate) use sign_in::{show as show_sign_in, sign_in};
pub(crate) use sign_up::{show as show_sign_up, sign_up};
pub(crate) use ticket::{reset, show_reset, show_verification, verification};
