"""PyPI auth0-api-python, unmodified: an API of somebody else in front of our bound tokens."""

import asyncio
import time

import requests
from auth0_api_python import ApiClient, ApiClientOptions
from auth0_api_python.errors import BaseAuthError
from requests_oauth2client import DPoPKey, DPoPToken, OAuth2Client

from judge import TENANT, claims, run

ISSUER = TENANT.get("issuer")
ORDERS = "https://orders.example/orders"


def api(audience="bound", **more):
    return ApiClient(ApiClientOptions(domain=TENANT["domain"], audience=TENANT[audience], **more))


def token(audience="bound", **more):
    web = TENANT["web"]
    sdk = OAuth2Client.from_discovery_endpoint(issuer=ISSUER, client_id=web["client_id"], client_secret=web["client_secret"])
    return sdk.client_credentials(audience=TENANT[audience], **more)


def signed(access_token, key, method="GET", url=ORDERS):
    """The headers of a call, as a client sends them."""
    auth = DPoPToken(access_token=access_token, _dpop_key=key)
    return dict(requests.Request(method, url, auth=auth).prepare().headers)


def ask(server, headers, method="GET", url=ORDERS):
    return asyncio.run(server.verify_request(headers, http_method=method, http_url=url))


def refused(status, error, function, *args, **more):
    try:
        function(*args, **more)
    except BaseAuthError as caught:
        assert (caught.get_status_code(), caught.get_error_code()) == (status, error), repr(caught)
        return
    raise AssertionError(f"was not refused with {error}")


def test_a_bound_token_is_taken_with_its_key_alone():
    bound = token(dpop=True)
    key = bound.dpop_key
    said = ask(api(dpop_required=True), signed(bound.access_token, key))
    assert said["cnf"] == {"jkt": key.dpop_jkt} == claims(bound.access_token)["cnf"]
    refused(401, "invalid_token", ask, api(), signed(bound.access_token, DPoPKey.generate()))


def test_a_bound_token_is_worth_nothing_as_a_bearer():
    bound = token(dpop=True)
    refused(401, "invalid_token", ask, api(), {"authorization": f"Bearer {bound.access_token}"})


def test_a_proof_is_for_one_method_and_one_address_and_not_for_long():
    bound = token(dpop=True)
    for wrong in ({"method": "POST"}, {"url": "https://orders.example/others"}):
        headers = signed(bound.access_token, bound.dpop_key, **wrong)
        refused(400, "invalid_dpop_proof", ask, api(), headers)
    old = DPoPKey(bound.dpop_key.private_key, iat_generator=lambda: int(time.time()) - 3600)
    refused(400, "invalid_dpop_proof", ask, api(), signed(bound.access_token, old))


def test_a_bearer_token_is_taken_where_that_is_allowed():
    plain = token("audience")
    headers = {"authorization": f"Bearer {plain.access_token}"}
    assert ask(api("audience"), headers)["sub"] == f"{TENANT['web']['client_id']}@clients"
    refused(401, "invalid_token", ask, api("bound"), headers)
    refused(400, "invalid_request", ask, api("audience", dpop_required=True), headers)


run(globals())
