// Recorded traffic between Auth0's clients and Auth0, asked once more of ours. Recordings and player are not part of this
// repository: `KEYBOUND_CONTRACT` says where they are.
import { test, describe } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const PYTHON = process.env.KEYBOUND_PYTHON;
const CONTRACT = process.env.KEYBOUND_CONTRACT;
const skip = CONTRACT ? false : 'KEYBOUND_CONTRACT is not set';

/** Plays the scenarios of a tier, each to a fresh server, and holds the answers against these bars, in percent. */
async function played(tier, bars) {
  const files = readdirSync(join(CONTRACT, 'recordings')).filter((file) => file.endsWith('.jsonl.gz'));
  assert.ok(files.length > 0, 'there are recordings');
  const child = spawn(PYTHON, [
    join(CONTRACT, 'replay/replay.py'), '--server-cmd', `${process.env.KEYBOUND_BIN} serve`, '--tier', tier,
    '--recordings', ...files.map((file) => join(CONTRACT, 'recordings', file)),
    ...Object.entries(bars).map(([layer, percent]) => `--fail-under-${layer}=${percent}`),
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
}

// What no server can answer as recorded: ids that were never given out, a document on the Internet, and that deleting a
// connection once more was answered with 202 or 204, whichever came first there.
describe('recorded traffic', { skip }, () => {
  test('of what must be there is answered as Auth0 answered', () => played('must', { status: 97, shape: 96, value: 96, oas: 100 }));

  test('of what should be there is answered as Auth0 answered', () => played('should', { status: 97, shape: 96, value: 96, oas: 100 }));
});
