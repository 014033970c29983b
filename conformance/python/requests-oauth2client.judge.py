"""PyPI requests-oauth2client, unmodified, over TLS: DPoP with its nonces, pushed requests, signing clients, devices."""

import requests
from jwskate import Jwk
from requests_oauth2client import DPoPKey, DPoPToken, EndpointError, InvalidGrant, OAuth2Client

from judge import TENANT, claims, run, sign_in

ISSUER = TENANT.get("issuer")
SCOPE = "openid profile email offline_access read:entries"


def client(of="web", **more):
    of = TENANT[of]
    more.setdefault("client_secret", of.get("client_secret"))
    return OAuth2Client.from_discovery_endpoint(
        issuer=ISSUER, client_id=of["client_id"], redirect_uri=TENANT["callback"], **more)


def public(**more):
    return client("native", client_secret=None, dpop_bound_access_tokens=True, **more)


def log_in(sdk, pushed=False, **more):
    asked = sdk.authorization_request(scope=SCOPE, audience=TENANT["audience"], **more)
    at = sdk.pushed_authorization_request(asked) if pushed else asked
    answer = asked.validate_callback(sign_in(at.uri))
    # The library cannot validate the ID token that comes with a bound token: it forgets the key on the way.
    return sdk.authorization_code(answer, validate=not sdk.dpop_bound_access_tokens)


def refused(error, function, *args, **more):
    try:
        function(*args, **more)
    except error as caught:
        return caught
    raise AssertionError(f"was not refused with {error}")


def test_a_public_client_logs_in_refreshes_asks_who_it_is_and_revokes():
    sdk = public()
    token = log_in(sdk)
    assert isinstance(token, DPoPToken), token
    key = token.dpop_key
    assert claims(token.access_token)["cnf"] == {"jkt": key.dpop_jkt}
    assert sdk.userinfo(token)["email"] == TENANT["person"]["email"]
    renewed = sdk.refresh_token(token, dpop_key=key)
    assert renewed.refresh_token != token.refresh_token, "refresh tokens rotate"
    assert claims(renewed.access_token)["cnf"] == {"jkt": key.dpop_jkt}
    assert sdk.revoke_refresh_token(renewed.refresh_token)
    refused(InvalidGrant, sdk.refresh_token, renewed.refresh_token, dpop_key=key)


def test_a_confidential_client_without_dpop_has_its_id_token_validated():
    token = log_in(client())
    assert not isinstance(token, DPoPToken) and "cnf" not in claims(token.access_token)
    assert token.id_token.sub == TENANT["person"]["sub"]


def test_what_a_thief_took_is_worth_nothing():
    sdk = public()
    token = log_in(sdk)
    thief = DPoPKey.generate()
    refused(InvalidGrant, sdk.refresh_token, token.refresh_token, dpop_key=thief)
    for auth in (DPoPToken(access_token=token.access_token, _dpop_key=thief), None):
        headers = {} if auth else {"Authorization": f"Bearer {token.access_token}"}
        answer = requests.get(f"{ISSUER}userinfo", auth=auth, headers=headers)
        assert answer.status_code == 401, answer.text
    assert isinstance(sdk.refresh_token(token, dpop_key=token.dpop_key), DPoPToken), "the thief spent nothing"


def test_a_pushed_request_with_its_proof():
    sdk = client(dpop_bound_access_tokens=True)
    token = log_in(sdk, pushed=True)
    assert claims(token.access_token)["cnf"] == {"jkt": token.dpop_key.dpop_jkt}


def test_a_machine_that_signs_who_it_is():
    key = Jwk.from_pem(TENANT["signing"]["pem"]).with_usage_parameters(alg="ES256").with_kid_thumbprint()
    sdk = client("signing", client_secret=None, private_key=key)
    token = sdk.client_credentials(audience=TENANT["audience"], dpop=True)
    assert claims(token.access_token)["cnf"] == {"jkt": token.dpop_key.dpop_jkt}
    stranger = client("signing", client_secret=None, private_key=Jwk.generate(alg="ES256").with_kid_thumbprint())
    refused(EndpointError, stranger.client_credentials, audience=TENANT["audience"])


def test_an_api_that_takes_bound_tokens_alone_gives_no_other():
    sdk = client()
    refused(EndpointError, sdk.client_credentials, audience=TENANT["bound"])
    assert isinstance(sdk.client_credentials(audience=TENANT["bound"], dpop=True), DPoPToken)


def test_a_device():
    # The library does not read this one in the metadata.
    sdk = client("device", client_secret=None, device_authorization_endpoint=f"{ISSUER}oauth/device/code")
    waiting = sdk.authorize_device(scope="openid email", audience=TENANT["audience"])
    sign_in(waiting.verification_uri_complete, ends="Your device is connected")
    token = sdk.device_code(waiting, dpop=True)
    assert claims(token.access_token)["cnf"] == {"jkt": token.dpop_key.dpop_jkt}


run(globals())
