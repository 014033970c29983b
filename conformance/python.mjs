// Runs a judge that is written in Python (`python/NAME.judge.py`): each of its functions named `test_` is a test. When it
// wants somebody to sign in, it says where, and is told where that ended.
import { after, before, describe, test } from 'node:test';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { signInByForms, startTrusted, trustedAuthority } from './harness.mjs';
import { furnishBackend, signing } from './backend.mjs';

const PYTHON = process.env.KEYBOUND_PYTHON;
if (!PYTHON) throw new Error('KEYBOUND_PYTHON is not set: run this through `cargo xtask test --only NAME`');

/** A server over TLS, a tenant, and all tests of a judge. */
export async function judge(name) {
  await trustedAuthority();
  const file = fileURLToPath(new URL(`python/${name}.judge.py`, import.meta.url));
  let server;
  let tenant;
  before(async () => {
    server = await startTrusted();
    tenant = await furnish(server);
  });
  after(() => server?.stop());
  const names = execFileSync(PYTHON, [file, '--list'], { encoding: 'utf8' }).trim().split('\n');
  describe(name, () => {
    for (const each of names) {
      test(each.replace(/^test_/, '').replaceAll('_', ' '), () => run([file, each], tenant, server.ca));
    }
  });
}

async function furnish(server) {
  const { api, ...tenant } = await furnishBackend(server);
  const open = {
    name: 'Open', app_type: 'native', token_endpoint_auth_method: 'none', callbacks: [tenant.callback],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0 },
  };
  const native = await api('POST', 'clients', { ...open, grant_types: ['authorization_code', 'refresh_token'] });
  const device = await api('POST', 'clients', { ...open, grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] });
  const { issuer, domain, management } = server;
  return { ...tenant, native, device, signing: await signing({ api, ...tenant }), issuer, domain, management };
}

async function run(command, tenant, ca) {
  const child = spawn(PYTHON, command, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env, KEYBOUND_TENANT: JSON.stringify(tenant), PYTHONDONTWRITEBYTECODE: '1',
      REQUESTS_CA_BUNDLE: ca, SSL_CERT_FILE: ca,
    },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  const ended = once(child, 'close');
  try {
    for await (const line of createInterface(child.stdout)) {
      const { sign_in: url, ends } = JSON.parse(line);
      const end = await signInByForms(url, tenant.person, tenant.callback, { ends: ends && new RegExp(ends) });
      child.stdin.write(`${ends ? '' : end}\n`);
    }
    const [code] = await ended;
    if (code !== 0) throw new Error(said);
  } finally {
    child.kill('SIGKILL');
  }
}
