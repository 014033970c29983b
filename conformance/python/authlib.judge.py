"""PyPI Authlib, unmodified, over TLS: its OAuth client, which knows no DPoP, and its reader of ID tokens."""

import time

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from judge import TENANT, claims, run, sign_in

ISSUER = TENANT.get("issuer")
SCOPE = "openid profile email offline_access read:entries"


def discover():
    return requests.get(f"{ISSUER}.well-known/openid-configuration").json()


def session(server, of="web", **more):
    of = TENANT[of]
    return OAuth2Session(of["client_id"], of.get("client_secret"), redirect_uri=TENANT["callback"], scope=SCOPE,
                         code_challenge_method="S256", **more)


def log_in(sdk, server):
    verifier, nonce = generate_token(48), generate_token(24)
    url, state = sdk.create_authorization_url(
        server["authorization_endpoint"], code_verifier=verifier, nonce=nonce, audience=TENANT["audience"])
    back = sign_in(url)
    token = sdk.fetch_token(server["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier)
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"]).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    options = {"iss": {"values": [ISSUER]}, "aud": {"values": [sdk.client_id]}}
    identity = CodeIDToken(decoded.claims, decoded.header, options, {"nonce": nonce, "access_token": token["access_token"]})
    identity.validate(leeway=30)
    assert identity["sub"] == TENANT["person"]["sub"]
    return token


def refused(error, function, *args, **more):
    try:
        function(*args, **more)
    except AuthlibBaseError as caught:
        assert caught.error == error, caught
        return
    raise AssertionError(f"was not refused with {error}")


def test_a_web_app_logs_in_refreshes_asks_who_it_is_and_revokes():
    for method in ("client_secret_post", "client_secret_basic"):
        server = discover()
        sdk = session(server, token_endpoint_auth_method=method, revocation_endpoint_auth_method=method)
        token = log_in(sdk, server)
        renewed = sdk.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"])
        assert renewed["refresh_token"] != token["refresh_token"], "refresh tokens rotate"
        assert sdk.get(server["userinfo_endpoint"]).json()["email"] == TENANT["person"]["email"]
        answer = sdk.revoke_token(server["revocation_endpoint"], token=renewed["refresh_token"])
        assert answer.status_code == 200, answer.text
        refused("invalid_grant", sdk.refresh_token, server["token_endpoint"], refresh_token=renewed["refresh_token"])


def test_another_persons_answer_is_not_taken():
    server = discover()
    sdk = session(server)
    url, _ = sdk.create_authorization_url(server["authorization_endpoint"], code_verifier=generate_token(48))
    back = sign_in(url)
    refused("mismatching_state", sdk.fetch_token, server["token_endpoint"], authorization_response=back, state="another")


def test_a_machine_that_signs_who_it_is():
    server = discover()
    signing = TENANT["signing"]
    sdk = OAuth2Session(signing["client_id"], ECKey.import_key(signing["pem"]), token_endpoint_auth_method="private_key_jwt")
    endpoint = server["token_endpoint"]
    sdk.register_client_auth_method(PrivateKeyJWT(endpoint, alg="ES256"))
    # The library's own choice is an hour; nobody should be able to use what he found for so long.
    refused("invalid_client", sdk.fetch_token, endpoint, grant_type="client_credentials", audience=TENANT["audience"])
    sdk.register_client_auth_method(PrivateKeyJWT(endpoint, claims={"exp": int(time.time()) + 60}, alg="ES256"))
    token = sdk.fetch_token(endpoint, grant_type="client_credentials", audience=TENANT["audience"])
    assert claims(token["access_token"])["sub"] == f"{signing['client_id']}@clients"


def test_a_wrong_secret_and_an_api_that_demands_dpop_are_refused():
    server = discover()
    sdk = OAuth2Session(TENANT["web"]["client_id"], TENANT["web"]["client_secret"])
    refused("invalid_dpop_proof", sdk.fetch_token, server["token_endpoint"], grant_type="client_credentials",
            audience=TENANT["bound"])
    sdk.client_secret = "not the secret"
    refused("access_denied", sdk.fetch_token, server["token_endpoint"], grant_type="client_credentials",
            audience=TENANT["audience"])


run(globals())
