// npm @modelcontextprotocol/conformance: every scenario it has for a client that is asked for authorization, at every
// revision of the protocol it runs them for. The client is `crates/client/examples/mcp_authorization`.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packages = join(import.meta.dirname, 'node_modules');
const suite = join(packages, '@modelcontextprotocol/conformance/dist/index.js');
const client = join(process.env.KEYBOUND_EXAMPLES, 'mcp_authorization');

/** Scenarios that fail, each with the reason. One that passes has to go from here. */
const EXPECTED_TO_FAIL = {};

/** Fewer than these, and the package was changed, or its list is read wrongly. */
const AT_LEAST = 50;

const { stdout: list } = await run(process.execPath, [suite, 'list']);
// `  - auth/basic-cimd [2025-11-25,2026-07-28]`; an extension belongs to no revision.
const runs = [...list.matchAll(/^\s*- (auth\/\S+) \[(.+)\]$/gm)].flatMap(([, scenario, revisions]) => (
  revisions.split(',').map((revision) => ({ scenario, revision: revision === 'extension' ? null : revision }))));

test('the package has the scenarios we know of', () => {
  assert.ok(runs.length >= AT_LEAST, `${runs.length} scenarios:\n${list}`);
  for (const name of Object.keys(EXPECTED_TO_FAIL)) assert.ok(runs.some(({ scenario }) => scenario === name), name);
});

for (const { scenario, revision } of runs) {
  test(`${scenario} ${revision ?? 'extension'}`, async () => {
    // Only where the scenario has DPoP can the tokens be bound.
    const command = scenario.startsWith('auth/dpop') ? client : `${client} --bearer`;
    const args = [suite, 'client', '--command', command, '--scenario', scenario, '--timeout', '30000'];
    if (revision) args.push('--spec-version', revision);
    const { code, told } = await run(process.execPath, args, { timeout: 60_000 }).then(
      ({ stdout, stderr }) => ({ code: 0, told: stdout + stderr }),
      (error) => ({ code: error.code ?? error.signal, told: `${error.stdout}${error.stderr}` }),
    );
    assert.ok(!/^SKIPPED/m.test(told), told);
    const reason = EXPECTED_TO_FAIL[scenario];
    if (reason) assert.notEqual(code, 0, `passes now, although: ${reason}`);
    else assert.equal(code, 0, told);
  });
}
