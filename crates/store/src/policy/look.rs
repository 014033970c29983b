//! What pages look like.

use keybound_authority::model::look::{Color, Ground, Help, Look, Picture};
use keybound_proto::id::reorders;
use keybound_proto::uri::Origin;
use serde::Deserialize;
use serde_json::Value;

use super::read;
use crate::documents::kept::Kept;
use crate::documents::{Document, Organizations, Tenants};
use crate::error::StoreError;

/// What the tenant says of its pages, and in its branding; these two colors say nothing, since that is what pages look
/// like by themselves.
///
/// What cannot be shown is passed over: an old document never keeps anybody from signing in.
///
/// # Errors
/// [`StoreError::Corrupt`] where a document says what it cannot mean.
pub fn look(
    tenant: Option<&Document<Tenants>>,
    branding: Option<&Kept>,
    [primary, ground]: [&str; 2],
) -> Result<Look, StoreError> {
    let said: WroteTenant<'_> = tenant.map(read).transpose()?.unwrap_or_default();
    let wrote: WroteBranding<'_> = match branding {
        Some(kept) => {
            let unread = |reason| StoreError::corrupt("branding", format!("{}: {reason}", kept.id));
            WroteBranding::deserialize(&kept.doc).map_err(unread)?
        }
        None => WroteBranding::default(),
    };
    let colors = wrote.colors.unwrap_or_default();
    Ok(Look {
        primary: colors.primary.filter(|text| *text != primary).and_then(Color::parse),
        ground: colors.page_background.filter(|wrote| *wrote != ground).and_then(|wrote| lies(&wrote)),
        logo: picture(wrote.logo_url).or_else(|| picture(said.picture_url)),
        icon: picture(wrote.favicon_url),
        name: said.friendly_name.and_then(shown),
        help: Help {
            email: said.support_email.and_then(shown),
            page: said.support_url.filter(|text| Origin::of_url(text).is_ok()).map(Into::into),
        },
    })
}

/// The same where people come in to an organization: what it says of itself comes first.
///
/// # Errors
/// As [`look`].
pub fn look_within(organization: &Document<Organizations>, tenant: &Look) -> Result<Look, StoreError> {
    let wrote: WroteOrganization<'_> = read(organization)?;
    let branding = wrote.branding.unwrap_or_default();
    let colors = branding.colors.unwrap_or_default();
    let logo = picture(branding.logo_url);
    Ok(Look {
        primary: colors.primary.and_then(Color::parse).or(tenant.primary),
        ground: colors.page_background.and_then(|wrote| lies(&wrote)).or(tenant.ground),
        // A picture is called as whom it shows.
        name: match &logo {
            Some(_) => wrote.display_name.or(wrote.name).and_then(shown),
            None => tenant.name.clone(),
        },
        logo: logo.or_else(|| tenant.logo.clone()),
        icon: tenant.icon.clone(),
        help: tenant.help.clone(),
    })
}

fn picture(wrote: Option<&str>) -> Option<Picture> {
    wrote.and_then(Picture::parse)
}

/// What is left of a name where nothing in it hides or turns what stands beside it.
fn shown(text: &str) -> Option<Box<str>> {
    let text: String = text.chars().filter(|&c| !c.is_control() && !reorders(c)).collect();
    Some(text.trim()).filter(|text| !text.is_empty()).map(Into::into)
}

fn lies(wrote: &Value) -> Option<Ground> {
    let color = |value: &Value| value.as_str().and_then(Color::parse);
    if let Some(color) = color(wrote) {
        return Some(Ground::Plain(color));
    }
    wrote.get("type").filter(|kind| *kind == "linear-gradient")?;
    let angle = wrote.get("angle_deg").and_then(Value::as_u64).unwrap_or_default();
    Some(Ground::Gradient {
        start: color(wrote.get("start")?)?,
        end: color(wrote.get("end")?)?,
        angle: u16::try_from(angle % 360).unwrap_or_default(),
    })
}

#[derive(Default, Deserialize)]
struct WroteTenant<'d> {
    friendly_name: Option<&'d str>,
    picture_url: Option<&'d str>,
    support_email: Option<&'d str>,
    support_url: Option<&'d str>,
}

#[derive(Default, Deserialize)]
struct WroteBranding<'d> {
    #[serde(borrow)]
    colors: Option<WroteColors<'d>>,
    logo_url: Option<&'d str>,
    favicon_url: Option<&'d str>,
}

#[derive(Default, Deserialize)]
struct WroteColors<'d> {
    primary: Option<&'d str>,
    page_background: Option<Value>,
}

#[derive(Deserialize)]
struct WroteOrganization<'d> {
    name: Option<&'d str>,
    display_name: Option<&'d str>,
    #[serde(borrow)]
    branding: Option<WroteBranding<'d>>,
}
