//! `keybound api`: any request of the Management API.

use keybound_client::http::Method;
use serde_json::Value;

use super::{ask::confirmed, tenant_of};
use crate::{
    args::administering::Api,
    command::{
        asking::done,
        call::{answered, body, head},
        saying::failure,
    },
    error::Failure,
    exit::Exit,
    output,
};

/// Makes it; the exit status says how it was answered.
pub(crate) fn run(arguments: &Api) -> Result<Exit, Failure> {
    let (method, path) = what(arguments)?;
    let data = arguments.data.as_deref().map(body).transpose()?;
    if method == Method::DELETE {
        confirmed(&format!("delete {path}"), arguments.force)?;
    }
    done(async {
        let management = tenant_of(&arguments.access).await?;
        let mut call = management.request(method, &path);
        for (name, value) in &arguments.query {
            call = call.query(name, value);
        }
        if let Some(data) = data {
            call = call.body("application/json", data);
        }
        let answer = call.send().await.map_err(|error| failure(&error).about(management.base()))?;
        let status = answer.status();
        if arguments.include {
            output::result(&head(status.as_str(), answer.headers()));
        }
        let bytes = answer.bytes().await.map_err(|error| failure(&error))?;
        output::result(&match serde_json::from_slice::<Value>(&bytes) {
            Ok(told) => format!("{told:#}\n"),
            Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
        });
        Ok(answered(status))
    })
}

/// The method, in any case, and the path, as the documentation of the API or a browser's bar has it.
fn what(arguments: &Api) -> Result<(Method, String), Failure> {
    let (method, path) = match arguments.what.as_slice() {
        [method, path] => (method.to_ascii_uppercase(), path),
        [path] if arguments.data.is_some() => ("POST".to_owned(), path),
        [path] => ("GET".to_owned(), path),
        _ => return Err(Failure::new(Exit::Usage, "read the request: it has a method and a path")),
    };
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix("api/v2/").unwrap_or(path);
    let known = ["DELETE", "GET", "PATCH", "POST", "PUT"].contains(&method.as_str());
    let method = method.parse().ok().filter(|_| known).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            format!("read the method {method:?}: it is DELETE, GET, PATCH, POST or PUT"),
        )
    })?;
    Ok((method, path.to_owned()))
}
