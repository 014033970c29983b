//! `/dbconnections/signup`: an account, by an application's own form.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    login::password::{Rule, Strength},
    model::{tenant::TakenAccount, user::User},
};
use keybound_proto::{form::Form, id::ClientId, jose::json, secret::Secret};
use serde_json::{Map, Value};

use crate::{
    app::App,
    extract::{Parameters, Visitor},
    failure::{Failure, RequestFailure},
    login::{
        connection::connection,
        new_user::{NotMade, Wish, create},
    },
    registered,
    tenant_log::record_alone,
};

/// `POST /dbconnections/signup`
pub(crate) async fn signup(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Asked { form, metadata }: Asked,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let malformed =
        RequestFailure::Parameter { parameter: "client_id", problem: "is not a client identifier" };
    let id = ClientId::parse(form.required("client_id")?).map_err(|_| malformed)?;
    let client = registered::client(&app, &id).await?.ok_or(Refusal::UnknownClient)?;
    let connection = connection(&app, &client, Some(form.required("connection")?)).await?;
    let email = form.required("email")?;
    let password = form.secret("password").unwrap_or_else(|| Secret::new(String::new()));
    let wish = Wish { email, username: form.text("username"), password, metadata };
    let (failure, response) = match create(&app, (&connection, &id), wish, &visitor.from, now).await {
        Ok(user) => return Ok(made(&user)),
        Err(NotMade::Weak(strength)) => {
            let failure = Failure::from(Refusal::WeakPassword).logged();
            (failure.clone(), failure.noted_in(weak(&strength)))
        }
        Err(NotMade::Refused(refusal)) => {
            let hidden = refusal == Refusal::UserExists
                && registered::tenant(&app).await?.taken_account == TakenAccount::Kept;
            let failure = Failure::from(refusal).logged();
            // The log has the reason; a stranger is told what is told of any sign-up that cannot be.
            let told = if hidden { Failure::from(Refusal::BadIdentifier).logged() } else { failure.clone() };
            (failure.clone(), failure.noted_in(told.into_response()))
        }
        Err(NotMade::Failed(failure)) => return Err(failure),
    };
    let answer = failure.answer();
    let event = Event::new(EventKind::SignupFailed, now).because_of(answer.reason, &answer.description);
    let mut event = event.by(&id).from(visitor.from).named(email);
    event.connection = Some(connection.name.clone());
    record_alone(&app, &event).await;
    Ok(response)
}

/// Who asks to be known, and what the application wants kept with them.
pub(crate) struct Asked {
    form: Form,
    metadata: Map<String, Value>,
}

impl FromRequest<Arc<App>> for Asked {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let Parameters { form, body } = Parameters::without(&[METADATA], request, app).await?;
        // A form has no way to write an object.
        let object = json::object(&body).ok();
        let metadata = match object.as_ref().and_then(|object| object.member(METADATA)) {
            None | Some(json::Value::Null) => Map::new(),
            Some(json::Value::Object(members)) if is_kept(members) => members.to_serde(),
            Some(_) => {
                let problem =
                    "must be an object of up to 10 texts, named in up to 100 characters, of up to 500";
                return Err(RequestFailure::Parameter { parameter: METADATA, problem }.into());
            }
        };
        Ok(Self { form, metadata })
    }
}

/// Auth0's limits for what strangers may have kept.
fn is_kept(members: &json::Object<'_>) -> bool {
    let short = |text: &str, most| text.chars().count() <= most;
    members.members().len() <= 10
        && members.members().iter().all(|member| {
            short(&member.name, 100) && member.value.as_str().is_some_and(|text| short(text, 500))
        })
}

const METADATA: &str = "user_metadata";

fn made(user: &User) -> Response {
    let subject = user.subject.as_str();
    let id = subject.rsplit_once('|').map_or(subject, |(_, id)| id);
    let mut body = serde_json::json!({
        "_id": id,
        "email": user.profile.email,
        "email_verified": user.profile.email_verified,
    });
    if let (Some(members), Some(username)) = (body.as_object_mut(), &user.profile.username) {
        members.insert("username".to_owned(), Value::from(&**username));
    }
    told(StatusCode::OK, &body)
}

/// Auth0's tree of rules, each with whether it is met.
fn weak(strength: &Strength) -> Response {
    let rules: Vec<Value> = strength.rules().iter().map(rule).collect();
    told(
        StatusCode::BAD_REQUEST,
        &serde_json::json!({
            "name": "PasswordStrengthError",
            "code": "invalid_password",
            "message": "Password is too weak",
            "description": { "rules": rules, "verified": false },
            "policy": strength.to_string(),
            "statusCode": 400,
        }),
    )
}

fn rule(rule: &Rule) -> Value {
    let mut format: Vec<Value> = rule.demand.numbers().into_iter().map(Value::from).collect();
    format.extend(rule.demand.example().map(Value::from));
    let mut told = serde_json::json!({
        "code": rule.demand.code(),
        "message": rule.demand.message(),
        "format": format,
        "verified": rule.met,
    });
    if let (Some(members), false) = (told.as_object_mut(), rule.kinds.is_empty()) {
        let kinds = rule.kinds.iter().map(
            |(kind, there)| serde_json::json!({ "code": kind.code(), "message": kind.message(), "verified": there }),
        );
        members.insert("items".to_owned(), kinds.collect());
    }
    told
}

fn told(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
