//! One request, sent as often as it takes.

use std::{sync::Arc, time::Duration};

use http::{Method, StatusCode, header::CONTENT_TYPE, response::Parts};
use keybound_proto::{
    challenge::Scheme, code::ErrorCode, field::MediaType, id::Jti, response::token::TokenRefusal, uri::join,
};

use super::{
    Fetcher, Redirects, Response,
    busy::{Busy, Wait},
    redirect,
    request::Asked,
};
use crate::{
    ClientError, Tokens,
    attempt::{Attempt, challenged_as},
    call::{dressed, refusal},
    http::{Body, Download, Request, Upload},
    session::{Renew, Want},
    watch::Watch,
};

/// A request, and what was done about it so far.
pub(super) struct Sending<'a> {
    fetcher: &'a Fetcher,
    asked: Asked,
    watch: Watch,
    sent: u32,
    broken: u32,
    busy: Busy,
    hops: u32,
    renewed: Option<Renewed>,
}

/// The token was called invalid once; it will not be renewed twice.
struct Renewed;

/// What an answer means.
enum Verdict {
    Done(Parts, Download),
    Again,
    Wait(Duration),
    Renew(Parts, Download),
    Onwards(String, StatusCode),
}

impl<'a> Sending<'a> {
    pub(super) fn new(fetcher: &'a Fetcher, asked: Asked) -> Self {
        Self {
            fetcher,
            asked,
            watch: Watch::call(),
            sent: 0,
            broken: 0,
            busy: Busy::default(),
            hops: 0,
            renewed: None,
        }
    }

    pub(super) async fn run(mut self) -> Result<Response, ClientError> {
        let span = self.watch.clone();
        span.over(self.steps()).await
    }

    async fn steps(&mut self) -> Result<Response, ClientError> {
        let fetcher = self.fetcher;
        let (mut url, mut attempt) = fetcher.resource.target(&self.asked.target)?;
        let mut tokens = fetcher.tokens.tokens(&self.asked.want, self.asked.renew).await?;
        loop {
            let request = self.write(&url, &mut attempt, &tokens).await?;
            self.sent += 1;
            self.watch.sending(&request, self.sent);
            let (head, body) = match fetcher.transport.open(request).await {
                Ok(answer) => answer.into_parts(),
                Err(error) => {
                    self.watch.broke_off(&error);
                    self.broken += 1;
                    if self.broken > BROKEN || !self.repeats() {
                        return Err(error.into());
                    }
                    self.pause(Duration::ZERO).await;
                    continue;
                }
            };
            self.watch.answered(head.status);
            match self.judge(&mut attempt, tokens.is_bound(), (head, body)).await? {
                Verdict::Done(head, body) => return Ok(Response::new((head, body), url, self.sent)),
                Verdict::Again => self.pause(Duration::ZERO).await,
                Verdict::Wait(wait) => {
                    attempt = Attempt::to(&url, attempt.role)?;
                    self.pause(wait).await;
                }
                Verdict::Renew(head, body) => match fetcher.newer(&self.asked.want, &tokens).await? {
                    Some(newer) => (tokens, attempt) = (newer, Attempt::to(&url, attempt.role)?),
                    None => return Ok(Response::new((head, body), url, self.sent)),
                },
                Verdict::Onwards(target, status) => {
                    (url, attempt) = fetcher.resource.target(&join(&url, &target)?)?;
                    self.onwards(status)?;
                }
            }
        }
    }

    /// The request with a token and a new proof.
    async fn write(
        &mut self,
        url: &str,
        attempt: &mut Attempt,
        tokens: &Arc<Tokens>,
    ) -> Result<Request<Upload>, ClientError> {
        let fetcher = self.fetcher;
        let resource = &fetcher.resource;
        let looked = fetcher.seen.look(tokens, resource.key())?;
        looked.check(fetcher, &self.asked.want)?;
        let mut request = Request::new(Body::default());
        *request.method_mut() = self.asked.method.clone();
        *request.uri_mut() = url.parse().map_err(|_| ClientError::Header("address"))?;
        *request.headers_mut() = self.asked.headers.clone();
        let (now, jti) = (fetcher.ambient.now(), Jti::from_entropy(fetcher.ambient.entropy()));
        let of_client = (resource.key(), resource.clocks(), resource.origins());
        let request = dressed(request, attempt, &looked.carried, of_client, (now, &jti)).sign().await?;
        let spent = ClientError::BodySpent { wanted: "for another try" };
        let upload = self.asked.upload.take().ok_or(spent)?;
        self.asked.upload = upload.again();
        Ok(request.map(|_| upload))
    }

    async fn judge(
        &mut self,
        attempt: &mut Attempt,
        is_bound: bool,
        (head, body): (Parts, Download),
    ) -> Result<Verdict, ClientError> {
        let (status, origins) = (head.status, self.fetcher.resource.origins());
        let (said, body) = telling(&head, body).await?;
        let code = status.is_client_error().then(|| match is_bound {
            true => refusal(&head.headers, said.as_bytes()),
            false => challenged_as(&head.headers, &Scheme::Bearer),
        });
        let code = code.flatten();
        if attempt.again(origins, &head.headers, code.filter(|_| is_bound))? {
            let spent = ClientError::BodySpent { wanted: wanted(code) };
            return self.asked.upload.as_ref().map(|_| Verdict::Again).ok_or(spent);
        }
        if status == StatusCode::UNAUTHORIZED
            && code == Some(ErrorCode::InvalidToken)
            && self.asked.upload.is_some()
            && self.renewed.replace(Renewed).is_none()
        {
            return Ok(Verdict::Renew(head, body));
        }
        let of_request = (self.fetcher, &self.asked.method);
        match self.busy.found(of_request, (status, &head.headers), attempt.sent_at) {
            Some(Wait::Worthwhile(wait)) if self.asked.upload.is_some() => return Ok(Verdict::Wait(wait)),
            Some(Wait::Worthwhile(wait) | Wait::TooLong(wait)) => return Err(busy(status, wait, body).await),
            None => {}
        }
        if self.asked.redirects == Redirects::Followed
            && let Some(location) = redirect::target(status, &head.headers)
        {
            return Ok(Verdict::Onwards(location.to_owned(), status));
        }
        Ok(Verdict::Done(head, body))
    }

    /// The request as a redirect wants it.
    fn onwards(&mut self, status: StatusCode) -> Result<(), ClientError> {
        self.hops += 1;
        if self.hops > redirect::LIMIT {
            return Err(ClientError::Redirect("there were ten before it"));
        }
        let method = redirect::method(status, &self.asked.method);
        if method != self.asked.method || method == Method::GET && status == StatusCode::SEE_OTHER {
            self.asked.upload = Some(Upload::default());
            for name in redirect::OF_BODY {
                self.asked.headers.remove(name);
            }
        }
        self.asked.method = method;
        let spent = ClientError::BodySpent { wanted: "at another address" };
        self.asked.upload.as_ref().map(|_| ()).ok_or(spent)
    }

    /// Whether it does no harm to send it again when nobody knows what became of it (RFC 9110 §9.2.2).
    fn repeats(&self) -> bool {
        self.asked.method.is_idempotent() && self.asked.upload.is_some()
    }

    async fn pause(&self, atleast: Duration) {
        let fetcher = self.fetcher;
        let [chance, ..] = fetcher.ambient.entropy();
        fetcher.ambient.pause(atleast + fetcher.resource.retry().wait(chance)).await;
    }
}

impl Fetcher {
    /// Another token than the one that was refused: one that somebody has got meanwhile, or a new one.
    pub(super) async fn newer(&self, want: &Want, old: &Tokens) -> Result<Option<Arc<Tokens>>, ClientError> {
        let is_new = |tokens: &Arc<Tokens>| tokens.access_token != old.access_token;
        let kept = self.tokens.tokens(want, Renew::WhenDue).await?;
        if is_new(&kept) {
            return Ok(Some(kept));
        }
        let renewed = self.tokens.tokens(want, Renew::Now).await?;
        Ok(is_new(&renewed).then_some(renewed))
    }
}

/// What a proof should have had.
pub(super) fn wanted(code: Option<ErrorCode>) -> &'static str {
    if code == Some(ErrorCode::UseDpopNonce) { "with a nonce" } else { "by its clock" }
}

/// What is said of an API that is not waited for.
async fn busy(status: StatusCode, wait: Duration, body: Download) -> ClientError {
    let said = body.collect().await.unwrap_or_default();
    let said = TokenRefusal::parse(said.as_bytes()).ok();
    let (error, description) = said.map(|said| (said.error, said.description)).unzip();
    let (status, description) = (status.as_u16(), description.flatten());
    ClientError::Busy { status, error, description, retry_after: Some(wait) }
}

/// What a refusal says in its body, where it is JSON; the body is handed on whole.
async fn telling(head: &Parts, body: Download) -> Result<(Body, Download), ClientError> {
    let may_tell = matches!(head.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED);
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| MediaType::parse(kind.as_bytes()));
    if !may_tell || !kind.is_some_and(MediaType::is_json) {
        return Ok((Body::default(), body));
    }
    let said = body.collect().await?;
    Ok((said.clone(), Download::from(said)))
}

/// Times a request is sent again after it got no answer.
const BROKEN: u32 = 2;
