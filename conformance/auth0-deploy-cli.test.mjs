// npm auth0-deploy-cli, unmodified, over TLS: a server becomes the tenant that a file describes, and is exported.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { administer, anotherMachine, scratch, startTrusted, trustedAuthority, Process } from './harness.mjs';

await trustedAuthority();
const TOOL = new URL('node_modules/auth0-deploy-cli/lib/index.js', import.meta.url).pathname;
const SEED = new URL('tenant', import.meta.url).pathname;

/** Runs the tool at a tenant, where it may delete what the file does not have. */
async function run(server, args) {
  const config = join(scratch(), 'config.json');
  writeFileSync(config, JSON.stringify({
    AUTH0_DOMAIN: server.domain,
    AUTH0_CLIENT_ID: server.management.client_id,
    AUTH0_CLIENT_SECRET: server.management.client_secret,
    AUTH0_ALLOW_DELETE: true,
  }));
  const tool = new Process([process.execPath, TOOL, ...args, '--config_file', config], { NO_COLOR: '1' });
  const [code] = await tool.exited;
  assert.equal(code, 0, tool.log);
  return tool.log;
}

async function exported(server) {
  const folder = scratch();
  await run(server, ['export', '--format', 'yaml', '--output_folder', folder]);
  return folder;
}

const imported = (server, folder) => run(server, ['import', '--input_file', join(folder, 'tenant.yaml')]);

describe('auth0-deploy-cli', () => {
  let server;
  before(async () => { server = await startTrusted(await anotherMachine()); });
  after(() => server?.stop());

  test('a tenant becomes what the file says', async () => {
    const folder = scratch();
    cpSync(SEED, folder, { recursive: true });
    await imported(server, folder);
    const api = await administer(server);
    const clients = await api('GET', 'clients?per_page=100');
    assert.deepEqual(clients.map(({ name }) => name).filter((name) => name.startsWith('Shop')).sort(), ['Shop', 'Shop night job']);
    const [orders] = (await api('GET', 'resource-servers?per_page=100')).filter(({ identifier }) => identifier === 'https://orders.example/');
    assert.deepEqual(orders.proof_of_possession, { mechanism: 'dpop', required: true });
    assert.equal((await api('GET', 'tenants/settings')).friendly_name, 'Orders Inc.');
  });

  test('it is exported as it was described', async () => {
    const tenant = yaml.load(readFileSync(join(await exported(server), 'tenant.yaml'), 'utf8'));
    const described = yaml.load(readFileSync(join(SEED, 'tenant.yaml'), 'utf8'));
    for (const kind of ['clients', 'resourceServers', 'roles', 'databases', 'actions', 'organizations', 'rules', 'logStreams']) {
      const names = (list) => list.map(({ name }) => name).sort();
      // The server's own stand beside them: the client that administers, and the Management API.
      const told = names(tenant[kind]);
      assert.ok(names(described[kind]).every((name) => told.includes(name)), `${kind}: ${told}`);
    }
  });
});
