"""A mail server on a free port of this machine: PyPI aiosmtpd, which keeps what it takes in a folder.

    smtp_server.py FOLDER [--certificate PEM --key PEM [--tls]] [--user NAME --password WORD]

Says its port on the first line of its output, and ends when its input does. Each letter becomes a file of JSON: who it
was from and for, whether it came by TLS, and what it says, decoded. An address that begins with `later` is told to come
back, once; one that begins with `never` is refused.
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Keep:
    def __init__(self, folder):
        self.folder = folder
        self.kept = 0
        self.put_off = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never"):
            return "550 5.1.1 nobody here has that name"
        if address.startswith("later") and address not in self.put_off:
            self.put_off.add(address)
            return "450 4.2.0 try again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("sslcontext") is not None,
            "login": session.auth_data.decode() if session.authenticated else None,
            "headers": [[name, str(value)] for name, value in letter.items()],
            "text": letter.get_content(),
        }
        self.kept += 1
        name = os.path.join(self.folder, f"{self.kept:04}.json")
        with open(name + ".draft", "w", encoding="utf-8") as file:
            json.dump(told, file)
        os.rename(name + ".draft", name)
        return "250 2.0.0 taken"


def context(told):
    if told.certificate is None:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(told.certificate, told.key)
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    for name in ["--certificate", "--key", "--user", "--password"]:
        parser.add_argument(name)
    parser.add_argument("--tls", action="store_true")
    told = parser.parse_args()

    def authenticate(server, session, envelope, mechanism, data):
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        right = (told.user, told.password) == (data.login.decode(), data.password.decode())
        return AuthResult(success=right, handled=False, auth_data=data.login)

    settings = {}
    if told.user is not None:
        settings.update(authenticator=authenticate, auth_required=True, auth_require_tls=False)
    made = context(told)
    if made is not None and not told.tls:
        settings.update(tls_context=made, require_starttls=True)
    keep = Keep(told.folder)

    async def serve():
        loop = asyncio.get_running_loop()
        wrapped = made if told.tls else None
        server = await loop.create_server(lambda: SMTP(keep, **settings), "127.0.0.1", 0, ssl=wrapped)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)

    asyncio.run(serve())


main()
