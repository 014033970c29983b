"""PyPI auth0-python, unmodified, over TLS: its ManagementClient, and what its work is worth to people who sign in."""

import json
import time

from auth0.authentication import GetToken
from auth0.management import ManagementClient
from auth0.management.core.api_error import ApiError
from requests_oauth2client import DPoPToken, InvalidGrant, OAuth2Client

from judge import TENANT, claims, run, sign_in

DIRECTORY = "Username-Password-Authentication"
PERSON = TENANT.get("person", {})


def management():
    boot = TENANT["management"]
    return ManagementClient(
        domain=TENANT["domain"], client_id=boot["client_id"], client_secret=boot["client_secret"])


def refused(status, function, *args, **more):
    try:
        function(*args, **more)
    except ApiError as caught:
        assert caught.status_code == status, repr(caught)
        return caught.body
    raise AssertionError(f"was not refused with {status}")


def log_in(client_id, audience, scope):
    """Signs the person in, for tokens bound to a key."""
    sdk = OAuth2Client.from_discovery_endpoint(
        issuer=TENANT["issuer"], client_id=client_id, redirect_uri=TENANT["callback"], dpop_bound_access_tokens=True)
    asked = sdk.authorization_request(scope=scope, audience=audience)
    token = sdk.authorization_code(asked.validate_callback(sign_in(asked.uri)), validate=False)
    assert isinstance(token, DPoPToken), token
    return sdk, token


def test_an_api_an_app_and_a_role_are_felt_in_a_bound_token():
    api = management()
    audience = "https://python.example/"
    orders = api.resource_servers.create(
        identifier=audience, name="Python", scopes=[{"value": "read:orders"}, {"value": "write:orders"}],
        allow_offline_access=True, enforce_policies=True, token_dialect="access_token_authz",
        proof_of_possession={"mechanism": "dpop", "required": True})
    app = api.clients.create(
        name="Python app", app_type="native", token_endpoint_auth_method="none", callbacks=[TENANT["callback"]],
        grant_types=["authorization_code", "refresh_token"])
    role = api.roles.create(name="Python clerk")
    api.roles.permissions.add(
        role.id, permissions=[{"permission_name": "read:orders", "resource_server_identifier": audience}])
    api.users.roles.assign(PERSON["sub"], roles=[role.id])
    sdk, token = log_in(app.client_id, audience, "openid offline_access read:orders write:orders")
    told = claims(token.access_token)
    assert told["cnf"] == {"jkt": token.dpop_key.dpop_jkt} and told["permissions"] == ["read:orders"], told
    kept = list(api.users.refresh_token.list(PERSON["sub"]))
    assert [one.client_id for one in kept].count(app.client_id) == 1, kept
    api.refresh_tokens.delete(next(one.id for one in kept if one.client_id == app.client_id))
    try:
        sdk.refresh_token(token, dpop_key=token.dpop_key)
    except InvalidGrant:
        pass
    else:
        raise AssertionError("what was deleted refreshes still")
    api.resource_servers.delete(orders.id)
    refused(404, api.resource_servers.get, audience)


def test_lists_are_read_page_by_page_and_people_are_found():
    api = management()
    for at in range(5):
        api.users.create(
            connection=DIRECTORY, email=f"python{at}@example.com", password="Correct-Horse-7-Battery",
            app_metadata={"team": "python"})
    found = api.users.list(q="app_metadata.team:python AND email:python*", sort="email:-1", per_page=2)
    assert [user.email for user in found] == [f"python{at}@example.com" for at in (4, 3, 2, 1, 0)]
    assert refused(400, lambda: list(api.users.list(q="email:(((")))["errorCode"] == "invalid_query_string"


def test_people_are_imported_and_what_is_wrong_is_told_row_by_row():
    api = management()
    directory = next(iter(api.connections.list(name=DIRECTORY)))
    rows = json.dumps([{"email": "imported@example.com"}, {"email": "nowhere"}]).encode()
    job = api.jobs.users_imports.create(users=("people.json", rows), connection_id=directory.id)
    for _ in range(300):
        told = api.jobs.get(job.id)
        if told.status == "completed":
            break
        time.sleep(0.1)
    assert told.summary.inserted == 1 and told.summary.failed == 1, told
    assert len(api.jobs.errors.get(job.id)) == 1
    assert api.users.list_users_by_email(email="imported@example.com")[0].email == "imported@example.com"


def test_what_is_wrong_is_said_in_auth0s_words():
    api = management()
    wrong = refused(400, api.clients.create, name="")
    assert (wrong["error"], wrong["errorCode"]) == ("Bad Request", "invalid_body"), wrong
    gone = refused(404, api.users.get, "auth0|0123456789abcdef01234567")
    assert gone["errorCode"] == "inexistent_user", gone
    taken = refused(409, api.connections.create, name=DIRECTORY, strategy="auth0")
    assert taken["error"] == "Conflict", taken


def test_a_token_of_less_opens_less():
    api = management()
    reader = api.clients.create(name="Reader", app_type="non_interactive", grant_types=["client_credentials"])
    api.client_grants.create(
        client_id=reader.client_id, audience=f"{TENANT['issuer']}api/v2/", scope=["read:users"])
    get = GetToken(TENANT["domain"], reader.client_id, client_secret=reader.client_secret)
    token = get.client_credentials(f"{TENANT['issuer']}api/v2/")["access_token"]
    less = ManagementClient(domain=TENANT["domain"], token=token)
    assert less.users.get(PERSON["sub"]).email == PERSON["email"]
    told = refused(403, less.users.update, PERSON["sub"], blocked=True)
    assert told["message"] == "Insufficient scope, expected any of: update:users,update:users_app_metadata", told


run(globals())
