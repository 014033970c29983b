import { fileURLToPath } from 'node:url';

// The packages lie beside the suites, and what is built lies with them: new packages, new build.
const root = fileURLToPath(new URL('..', import.meta.url));

export default { distDir: '../node_modules/.cache/nextjs', turbopack: { root }, outputFileTracingRoot: root };
