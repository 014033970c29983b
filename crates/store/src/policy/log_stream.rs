//! Where the log is sent.

use keybound_proto::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

use crate::documents::kept::Kept;
use crate::error::StoreError;

/// A stream of the log, as it is sent on.
#[derive(Clone, Debug)]
pub struct LogStream {
    /// Where to.
    pub endpoint: Box<str>,
    /// How entries stand beside one another.
    pub layout: LogLayout,
    /// What the request says it is.
    pub media: Box<str>,
    /// What the request shows, if anything.
    pub authorization: Option<Secret<String>>,
    /// What else it says.
    pub headers: Vec<(Box<str>, Secret<String>)>,
    /// Entries of these categories are sent; without any, all are.
    pub categories: Vec<Box<str>>,
}

/// How entries stand beside one another; Auth0's `httpContentFormat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLayout {
    /// A line each.
    #[default]
    Lines,
    /// A list.
    Array,
    /// An object with a list.
    Object,
}

/// What a stream asks for; `None` where nothing is to be sent: it is not active, it goes where nothing is sent from here,
/// or it wants names kept back, which is not done here.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn log_stream(kept: &Kept) -> Result<Option<LogStream>, StoreError> {
    let corrupt =
        |reason: serde_json::Error| StoreError::corrupt("log_streams", format!("{}: {reason}", kept.id));
    let wrote = Wrote::deserialize(&kept.doc).map_err(corrupt)?;
    let keeps_back = wrote.pii_config.is_some_and(|config| !config.is_null());
    if wrote.kind != "http" || wrote.status != "active" || keeps_back {
        return Ok(None);
    }
    let sink = WroteSink::deserialize(&wrote.sink).map_err(corrupt)?;
    let headers = sink.headers.unwrap_or_default().into_iter();
    Ok(Some(LogStream {
        endpoint: sink.endpoint.into(),
        layout: match sink.format {
            Some("JSONARRAY") => LogLayout::Array,
            Some("JSONOBJECT") => LogLayout::Object,
            _ => LogLayout::Lines,
        },
        media: sink.media.unwrap_or("application/json").into(),
        authorization: sink.authorization.map(|text| Secret::new(text.to_owned())),
        headers: headers
            .filter_map(|one| {
                Some((one.header?.into(), Secret::new(one.value.unwrap_or_default().to_owned())))
            })
            .collect(),
        categories: wrote
            .filters
            .unwrap_or_default()
            .into_iter()
            .filter_map(|one| one.name)
            .map(Into::into)
            .collect(),
    }))
}

#[derive(Deserialize)]
struct Wrote<'d> {
    #[serde(rename = "type")]
    kind: &'d str,
    status: &'d str,
    sink: Value,
    pii_config: Option<Value>,
    #[serde(borrow)]
    filters: Option<Vec<WroteFilter<'d>>>,
}

#[derive(Deserialize)]
struct WroteFilter<'d> {
    name: Option<&'d str>,
}

#[derive(Deserialize)]
struct WroteSink<'d> {
    #[serde(rename = "httpEndpoint")]
    endpoint: &'d str,
    #[serde(rename = "httpContentFormat")]
    format: Option<&'d str>,
    #[serde(rename = "httpContentType")]
    media: Option<&'d str>,
    #[serde(rename = "httpAuthorization")]
    authorization: Option<&'d str>,
    #[serde(rename = "httpCustomHeaders", borrow)]
    headers: Option<Vec<WroteHeader<'d>>>,
}

#[derive(Deserialize)]
struct WroteHeader<'d> {
    header: Option<&'d str>,
    value: Option<&'d str>,
}
