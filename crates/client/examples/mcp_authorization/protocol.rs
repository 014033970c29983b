//! As much of the Model Context Protocol as it takes to be asked for authorization: JSON-RPC over streamable HTTP, with
//! the handshake of the revisions until 2025-11-25 and without it since.

use std::error::Error;

use http::HeaderMap;
use keybound_client::http::{Body, Response};
use serde_json::{Value, json};

use crate::access::Access;

/// An MCP server.
pub(crate) struct Server {
    access: Access,
    revision: String,
    session: Option<String>,
    asked: u32,
}

impl Server {
    pub(crate) const fn new(access: Access, revision: String) -> Self {
        Self { access, revision, session: None, asked: 0 }
    }

    /// Whether each request says all there is to know, and nothing begins or ends.
    fn is_stateless(&self) -> bool {
        self.revision.as_str() >= "2026-07-28"
    }

    /// Says hello, where that is the custom.
    pub(crate) async fn begin(&mut self) -> Result<(), Box<dyn Error>> {
        if self.is_stateless() {
            return Ok(());
        }
        let hello = json!({ "protocolVersion": self.revision, "capabilities": {}, "clientInfo": who() });
        let answer = self.ask("initialize", hello).await?;
        if let Some(chosen) = answer.get("protocolVersion").and_then(Value::as_str) {
            self.revision = chosen.to_owned();
        }
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await?;
        Ok(())
    }

    /// The names of its tools.
    pub(crate) async fn tools(&mut self) -> Result<Vec<String>, Box<dyn Error>> {
        let answer = self.ask("tools/list", json!({})).await?;
        let tools = answer.get("tools").and_then(Value::as_array).ok_or("no list of tools")?;
        let name = |tool: &Value| tool.get("name").and_then(Value::as_str).map(str::to_owned);
        Ok(tools.iter().filter_map(name).collect())
    }

    /// What a tool says when it is called.
    pub(crate) async fn call(&mut self, tool: &str) -> Result<String, Box<dyn Error>> {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": {} })).await?;
        Ok(answer.get("content").map(Value::to_string).unwrap_or_default())
    }

    async fn ask(&mut self, method: &str, mut params: Value) -> Result<Value, Box<dyn Error>> {
        self.asked += 1;
        let id = self.asked;
        if self.is_stateless()
            && let Some(params) = params.as_object_mut()
        {
            let meta = json!({
                "io.modelcontextprotocol/protocolVersion": self.revision,
                "io.modelcontextprotocol/clientInfo": who(),
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            params.insert("_meta".to_owned(), meta);
        }
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let response = self.send(&message).await?;
        let status = response.status();
        let answer = messages(&response).into_iter().find(|message| message.get("id") == Some(&id.into()));
        let answer = answer.ok_or_else(|| format!("{method}: no answer, status {status}"))?;
        match answer.get("result") {
            Some(result) => Ok(result.clone()),
            None => Err(format!("{method}: {answer}").into()),
        }
    }

    async fn send(&mut self, message: &Value) -> Result<Response<Body>, Box<dyn Error>> {
        let mut headers = HeaderMap::new();
        headers.insert("accept", "application/json, text/event-stream".parse()?);
        headers.insert("content-type", "application/json".parse()?);
        headers.insert("mcp-protocol-version", self.revision.parse()?);
        if let Some(method) = message.get("method").and_then(Value::as_str).filter(|_| self.is_stateless()) {
            headers.insert("mcp-method", method.parse()?);
            if let Some(name) = message.pointer("/params/name").and_then(Value::as_str) {
                headers.insert("mcp-name", name.parse()?);
            }
        }
        if let Some(session) = &self.session {
            headers.insert("mcp-session-id", session.parse()?);
        }
        let response = self.access.post(&headers, message.to_string().as_bytes()).await?;
        if let Some(session) = response.headers().get("mcp-session-id") {
            self.session = Some(session.to_str()?.to_owned());
        }
        Ok(response)
    }
}

fn who() -> Value {
    json!({ "name": "keybound-mcp-example", "version": env!("CARGO_PKG_VERSION") })
}

/// The messages of an answer: one in JSON, or several as events.
fn messages(response: &Response<Body>) -> Vec<Value> {
    let body = String::from_utf8_lossy(response.body().as_bytes());
    let events = body.lines().filter_map(|line| line.strip_prefix("data:"));
    let whole = std::iter::once(body.as_ref());
    whole.chain(events).filter_map(|text| serde_json::from_str(text).ok()).collect()
}
