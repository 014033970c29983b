// npm auth0-deploy-cli, unmodified, over TLS: a server becomes the tenant that a file describes, and is exported; another
// server becomes what was exported, and its export is the same.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { administer, anotherMachine, scratch, startTrusted, trustedAuthority, Process } from './harness.mjs';

await trustedAuthority();
const TOOL = new URL('node_modules/auth0-deploy-cli/lib/index.js', import.meta.url).pathname;
const SEED = new URL('tenant', import.meta.url).pathname;

/** What the tool never writes into a file, and asks whoever imports one for. */
const SECRETS = {
  LOGSTREAMS_HTTP_SECRET: yaml.load(readFileSync(join(SEED, 'tenant.yaml'), 'utf8')).logStreams[0].sink.httpAuthorization,
};

/** Runs the tool at a tenant, where it may delete what the file does not have. */
async function run(server, args, more = {}) {
  const config = join(scratch(), 'config.json');
  writeFileSync(config, JSON.stringify({
    AUTH0_DOMAIN: server.domain,
    AUTH0_CLIENT_ID: server.management.client_id,
    AUTH0_CLIENT_SECRET: server.management.client_secret,
    AUTH0_ALLOW_DELETE: true,
    ...more,
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

const imported = (server, folder, more) => run(server, ['import', '--input_file', join(folder, 'tenant.yaml')], more);

/** Every file of an export by its name, as it is but for the address of its tenant. */
function files(folder, { domain }) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = names.map((one) => join(one.parentPath ?? one.path, one.name)).sort();
  const told = paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8').replaceAll(domain, 'tenant.example')]);
  return Object.fromEntries(told.map(([path, text]) => [path, path.endsWith('.yaml') ? ordered(yaml.load(text)) : text]));
}

/** The same with the things of each kind in one order: the tool lists them by ids, which are drawn. */
function ordered(tenant) {
  const said = (one) => JSON.stringify(one);
  const kinds = Object.entries(tenant).map(([kind, things]) => [
    kind, Array.isArray(things) ? things.toSorted((a, b) => (said(a) < said(b) ? -1 : 1)) : things,
  ]);
  return Object.fromEntries(kinds);
}

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

  test('another tenant becomes what was exported, and its export is the same', async () => {
    const first = await exported(server);
    const before = files(first, server);
    const other = await startTrusted(await anotherMachine());
    await imported(other, first, { AUTH0_KEYWORD_REPLACE_MAPPINGS: SECRETS });
    const after = files(await exported(other), other);
    await other.stop();
    assert.ok(Object.keys(before).length > 2, Object.keys(before).join());
    assert.deepEqual(after, before);
  });
});
